//! Filters: a subset of AIP-160.
//!
//! A filter is comparisons joined by AND; those of one field may be alternatives, joined by OR,
//! which binds tighter. Invariant: only fields, operators and values that a schema lists ever
//! become part of a query, and what holds of a row in the database holds of it in memory.

mod condition;
mod field;
mod parse;

#[cfg(test)]
mod tests;

use devisa_domain::refusal::Refusal;

pub use field::{Field, Normalise, TIMES};

use field::Operator;

/// The fields that a list can be filtered by.
#[derive(Clone, Debug)]
pub struct FilterSchema {
    fields: Vec<Field>,
}

impl FilterSchema {
    /// Fields of a list.
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Self {
        Self { fields: fields.into_iter().collect() }
    }

    /// Fields of a list of stored resources: these and their times.
    pub fn resource(fields: impl IntoIterator<Item = Field>) -> Self {
        Self::new(fields.into_iter().chain(TIMES))
    }
}

/// A parsed filter: every clause must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    clauses: Vec<Clause>,
}

/// Comparisons of one field, of which one must hold; there is at least one.
#[derive(Clone, Debug)]
struct Clause {
    field: Field,
    alternatives: Vec<Comparison>,
}

#[derive(Clone, Debug)]
struct Comparison {
    operator: Operator,
    value: String,
}

impl Filter {
    /// Whether a field is compared at all.
    pub fn names(&self, field: &str) -> bool {
        self.clauses_of(field).next().is_some()
    }

    /// The values of which a field must have one, as `a = 1 OR a = 2` says; none where the field is
    /// not compared. For those who do not compare rows but ask for something by these values.
    ///
    /// # Errors
    /// [`Refusal::FilterInvalid`] when the field is compared by another operator than `=`, or more
    /// than once.
    pub fn one_of(&self, field: &str) -> Result<Option<Vec<&str>>, Refusal> {
        let mut clauses = self.clauses_of(field);
        let Some(clause) = clauses.next() else { return Ok(None) };
        if clauses.next().is_some() {
            return Err(invalid(format!("{field}: expected one comparison, found several")));
        }
        if clause.alternatives.iter().any(|comparison| comparison.operator != Operator::Equal) {
            return Err(invalid(format!("{field}: expected =, found another operator")));
        }
        Ok(Some(clause.alternatives.iter().map(|comparison| comparison.value.as_str()).collect()))
    }

    /// The value that a field must have; none where the field is not compared.
    ///
    /// # Errors
    /// [`Refusal::FilterInvalid`] when it is compared by another operator than `=`, or with more
    /// than one value.
    pub fn only(&self, field: &str) -> Result<Option<&str>, Refusal> {
        match self.one_of(field)?.as_deref() {
            None => Ok(None),
            Some([value]) => Ok(Some(value)),
            Some(_) => Err(invalid(format!("{field}: expected one value, found several"))),
        }
    }

    fn clauses_of(&self, field: &str) -> impl Iterator<Item = &Clause> {
        self.clauses.iter().filter(move |clause| clause.field.name == field)
    }
}

/// The field by which requests have their filter.
const FIELD: &str = "filter";

fn invalid(detail: String) -> Refusal {
    Refusal::FilterInvalid { field: FIELD.to_owned(), offset: None, detail }
}
