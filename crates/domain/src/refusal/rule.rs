//! A broken rule, and the field of a request where it was broken.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A rule that a value broke, said without knowing where the value stood.
///
/// Parsers of single values answer with it; whoever knows the field turns it into a [`Violation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleBroken {
    rule: String,
    detail: String,
}

impl RuleBroken {
    /// A broken rule, such as `container_number.check_digit` with `expected 3, found 4`.
    pub fn new(rule: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { rule: rule.into(), detail: detail.into() }
    }

    /// The form most rules have: what was expected against what was found.
    pub fn expected(rule: &str, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self::new(rule, format!("expected {expected}, found {found}"))
    }

    /// A required value that is absent.
    pub fn missing() -> Self {
        Self::new("field.missing", "expected a value, found none")
    }

    /// That a resource named in a request does not exist, or is deleted.
    pub fn absent(name: &impl ToString) -> Self {
        let expected = "a resource that exists and is not deleted";
        Self::expected("reference.exists", expected, name.to_string())
    }

    /// The rule's stable name, lower case with dots: `container_number.check_digit`.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// What was expected and what was found.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The rule's name as a machine-readable reason: `CONTAINER_NUMBER_CHECK_DIGIT`.
    pub fn reason(&self) -> String {
        self.rule.replace('.', "_").to_ascii_uppercase()
    }

    /// Places the broken rule at a field.
    pub fn at(self, field: impl Into<String>) -> Violation {
        Violation { field: field.into(), broken: self }
    }
}

impl fmt::Display for RuleBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}

impl std::error::Error for RuleBroken {}

/// A broken rule at a field of a request, such as `shipment.lines[2].value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field in the request, snake_case, list positions in brackets from 0.
    pub field: String,
    /// The rule and what was found.
    pub broken: RuleBroken,
}

impl Violation {
    /// The same violation one level further out: `value` under `lines[2]` is `lines[2].value`.
    #[must_use]
    pub fn under(mut self, parent: &str) -> Self {
        self.field = match (parent.is_empty(), self.field.is_empty()) {
            (true, _) => self.field,
            (false, true) => parent.to_owned(),
            (false, false) => format!("{parent}.{}", self.field),
        };
        self
    }

    /// Whether the field was absent, rather than wrong.
    pub fn is_missing(&self) -> bool {
        self.broken.rule() == "field.missing"
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.broken)
    }
}
