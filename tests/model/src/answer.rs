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

    /// That what a field says breaks a rule, which is why it is refused.
    #[must_use]
    pub fn at(self, field: &str, rule: &str) -> Self {
        Self { fields: vec![(field.to_owned(), rule.to_owned())], ..self }
    }

    /// The same of a part of a request.
    #[must_use]
    pub fn under(self, part: &str) -> Self {
        let fields = self.places().into_iter().map(|(field, rule)| match field.as_str() {
            "" => (part.to_owned(), rule),
            field => (format!("{part}.{field}"), rule),
        });
        Self { fields: fields.collect(), ..self }
    }

    /// What is wrong where; of the whole request where it says nothing of fields.
    fn places(&self) -> Vec<(String, String)> {
        match self.fields.is_empty() {
            true => vec![(String::new(), self.reason.clone())],
            false => self.fields.clone(),
        }
    }

    /// Everything that one request is refused for, told at once: as the first, with what is wrong
    /// where of each. After fields that are wrong by themselves all else is one more of them.
    pub fn together(refused: impl IntoIterator<Item = Self>) -> Option<Self> {
        refused.into_iter().reduce(|first, next| {
            let mut fields = first.places();
            fields.extend(next.places());
            fields.sort();
            match first.reason.as_str() {
                "FIELD_INVALID" | "FIELD_MISSING" => Self::invalid(fields),
                _ => Self { fields, ..first },
            }
        })
    }

    /// Both of two answers, or everything that either is refused for.
    ///
    /// # Errors
    /// That.
    pub fn both<A, B>(one: Answer<A>, other: Answer<B>) -> Answer<(A, B)> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (one, other) => Err(Self::together(one.err().into_iter().chain(other.err()))
                .unwrap_or_else(Self::state)),
        }
    }

    /// A refusal with what else is wrong in fields that it says nothing of.
    ///
    /// # Errors
    /// That.
    pub fn telling(answer: Answer<()>, also: Answer<()>) -> Answer<()> {
        let Err(refused) = answer else { return Ok(()) };
        let Err(mut also) = also else { return Err(refused) };
        also.fields.retain(|(field, _)| refused.fields.iter().all(|(told, _)| told != field));
        let also = Some(also).filter(|also| !also.fields.is_empty());
        Err(Self::together([refused.clone()].into_iter().chain(also)).unwrap_or(refused))
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
