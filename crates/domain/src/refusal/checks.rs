//! Gathers what is wrong with one request.

use super::{RuleBroken, Violation};

/// Gathers the violations of one request, so that all of them are reported at once.
///
/// ```
/// use devisa_domain::refusal::{Checks, RuleBroken};
/// let mut checks = Checks::new();
/// let kept: Option<u8> = checks.keep("a", "7".parse::<u8>().map_err(|e| RuleBroken::new("a.number", e.to_string())));
/// assert_eq!(kept, Some(7));
/// let lost: Option<u8> = checks.keep("b", Err(RuleBroken::missing()));
/// assert_eq!(lost, None);
/// assert!(checks.finish(()).is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Checks {
    violations: Vec<Violation>,
}

impl Checks {
    /// No violation yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a parsed value, or records why `field` could not be parsed.
    pub fn keep<T>(
        &mut self,
        field: impl Into<String>,
        parsed: Result<T, RuleBroken>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(broken) => {
                self.violations.push(broken.at(field));
                None
            }
        }
    }

    /// Keeps a parsed part, or records all violations inside it, placed under `field`.
    pub fn keep_part<T>(&mut self, field: &str, parsed: Result<T, Vec<Violation>>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(inner) => {
                self.violations.extend(inner.into_iter().map(|v| v.under(field)));
                None
            }
        }
    }

    /// Records a violation.
    pub fn push(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Records `broken` at `field` unless `holds`.
    pub fn ensure(
        &mut self,
        holds: bool,
        field: impl Into<String>,
        broken: impl FnOnce() -> RuleBroken,
    ) {
        if !holds {
            self.violations.push(broken().at(field));
        }
    }

    /// Whether nothing has been recorded.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// The value, if nothing was recorded; otherwise everything that was.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<Violation>> {
        if self.violations.is_empty() { Ok(value) } else { Err(self.violations) }
    }

    /// What was recorded.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}
