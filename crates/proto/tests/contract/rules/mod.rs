//! The rules of the protos: Google's AIPs where `buf lint` does not look, and the dialect that the
//! project chose. A rule reads the schema alone, so that a new method or field is under it without
//! being listed anywhere.

mod comments;
mod enums;
mod fields;
mod lists;
mod methods;
mod mutations;
mod resources;

use std::fmt;

use devisa_schema::{
    Commented, Schema,
    prost_reflect::{FieldDescriptor, MessageDescriptor},
};

/// A rule that every part of the contract keeps.
pub(crate) struct Rule {
    /// Its name: `list.trio`.
    pub(crate) name: &'static str,
    /// What to do to keep it, for whoever reads that it is broken.
    pub(crate) demand: &'static str,
    /// Finds what breaks it.
    pub(crate) check: fn(&Schema, &mut Found),
    /// Edits of the sample (find, replace), each of which breaks this rule and no other.
    pub(crate) bad: &'static [(&'static str, &'static str)],
}

/// Every rule there is.
pub(crate) const ALL: &[&Rule] = &[
    &comments::PRESENT,
    &comments::ERRORS,
    &comments::REASONS,
    &enums::ZERO,
    &enums::STATE,
    &fields::BEHAVIOUR,
    &fields::LIMIT,
    &fields::NUMBER,
    &fields::TIME,
    &fields::DATE,
    &fields::NAME,
    &fields::REFERENCE,
    &fields::EMBEDDING,
    &lists::TRIO,
    &lists::ARGUMENTS,
    &lists::SIZES,
    &lists::ORDER,
    &methods::HTTP,
    &methods::MESSAGES,
    &methods::FIRST_FIELD,
    &methods::STANDARD,
    &mutations::REQUEST_ID,
    &mutations::VALIDATE_ONLY,
    &mutations::ETAG,
    &resources::NAME,
    &resources::PATTERN,
    &resources::COMMON,
];

/// Where rules are broken.
#[derive(Debug, Default)]
pub(crate) struct Found(Vec<(String, String)>);

impl Found {
    /// Notes that the part `at` breaks the rule, and how.
    fn note(&mut self, at: &str, what: impl Into<String>) {
        self.0.push((at.to_owned(), what.into()));
    }

    /// Notes it unless `holds`.
    fn unless(&mut self, holds: bool, at: &str, what: impl Into<String>) {
        if !holds {
            self.note(at, what);
        }
    }
}

/// A broken rule.
pub(crate) struct Fault {
    pub(crate) rule: &'static Rule,
    /// The full name of the part that breaks it.
    pub(crate) at: String,
    pub(crate) what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}\n    to do: {}", self.rule.name, self.at, self.what, self.rule.demand)
    }
}

/// Everything in the schema that breaks a rule.
pub(crate) fn faults(schema: &Schema) -> Vec<Fault> {
    let of = |rule: &&'static Rule| {
        let mut found = Found::default();
        (rule.check)(schema, &mut found);
        let rule = *rule;
        found.0.into_iter().map(move |(at, what)| Fault { rule, at, what })
    };
    ALL.iter().flat_map(of).collect()
}

/// Whether the field's type is this message, by full name.
fn is_message(field: &FieldDescriptor, full_name: &str) -> bool {
    field.kind().as_message().is_some_and(|message| message.full_name() == full_name)
}

/// The field of this number, where it has this name.
fn numbered(message: &MessageDescriptor, number: u32, name: &str) -> Option<FieldDescriptor> {
    message.get_field(number).filter(|field| field.name() == name)
}

/// Whether the comment above says one of these.
fn says(part: &impl Commented, words: &[&str]) -> bool {
    let comment = part.comment();
    words.iter().any(|word| comment.contains(word))
}
