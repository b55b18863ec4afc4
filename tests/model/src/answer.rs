//! What a call answers, and how it is refused.

use devisa_domain::refusal::RuleBroken;
use tonic::Code;

/// A response or a refusal.
pub type Answer<T> = Result<T, Refused>;

/// A refusal as far as a client can act on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The gRPC code.
    pub code: Code,
    /// `ErrorInfo.reason`.
    pub reason: String,
    /// Every violated field with its rule, sorted.
    pub fields: Vec<(String, String)>,
    /// The resource that is absent or in the way; of other refusals none.
    pub resource: Option<String>,
}

impl Refused {
    /// A refusal of a reason alone.
    pub fn because(code: Code, reason: &str) -> Self {
        Self { code, reason: reason.to_owned(), fields: vec![], resource: None }
    }

    /// That a resource does not exist.
    pub fn absent(name: &str) -> Self {
        let resource = Some(name.to_owned());
        Self { resource, ..Self::because(Code::NotFound, "RESOURCE_NOT_FOUND") }
    }

    /// That a resource exists already.
    pub fn exists(name: &str) -> Self {
        let resource = Some(name.to_owned());
        Self { resource, ..Self::because(Code::AlreadyExists, "RESOURCE_EXISTS") }
    }

    /// That a state forbids it.
    pub fn state() -> Self {
        Self::because(Code::FailedPrecondition, "STATE_FORBIDS")
    }

    /// That these fields break their rules.
    pub fn invalid(mut fields: Vec<(String, String)>) -> Self {
        fields.sort();
        let missing = fields.iter().all(|(_, rule)| rule == "FIELD_MISSING");
        let reason = if missing { "FIELD_MISSING" } else { "FIELD_INVALID" };
        Self { fields, ..Self::because(Code::InvalidArgument, reason) }
    }
}

/// The violations of a request, gathered.
#[derive(Debug, Default)]
pub struct Faults(Vec<(String, String)>);

impl Faults {
    /// Adds one where something does not hold.
    pub fn unless(&mut self, holds: bool, field: &str, rule: &str) {
        if !holds {
            self.0.push((field.to_owned(), rule.to_owned()));
        }
    }

    /// Adds one where a value is absent.
    pub fn required(&mut self, present: bool, field: &str) {
        self.unless(present, field, "FIELD_MISSING");
    }

    /// Reads a value that may be absent; adds what is wrong with it.
    pub fn optional<T>(
        &mut self,
        field: &str,
        text: &str,
        read: impl Fn(&str) -> Result<T, RuleBroken>,
    ) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        match read(text) {
            Ok(value) => Some(value),
            Err(broken) => {
                self.0.push((field.to_owned(), broken.rule().to_uppercase().replace('.', "_")));
                None
            }
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses where anything was found.
    ///
    /// # Errors
    /// All that was found.
    pub fn none(self) -> Answer<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Refused::invalid(self.0)) }
    }
}
