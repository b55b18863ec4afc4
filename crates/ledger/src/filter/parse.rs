//! From text to clauses.

use aip_160::{Arg, Comparable, Expression, FilterError, Restriction};
use devisa_domain::refusal::Refusal;

use super::{Clause, Comparison, FIELD, Field, Filter, FilterSchema, invalid};

/// No filter is longer, in bytes.
const MAX_LENGTH: usize = 2_000;

impl FilterSchema {
    /// Reads a filter; empty text is none.
    ///
    /// # Errors
    /// [`Refusal::FilterInvalid`] with the byte offset of a syntax error, otherwise with the field,
    /// operator, value or term that is refused.
    pub fn parse(&self, text: &str) -> Result<Filter, Refusal> {
        if text.len() > MAX_LENGTH {
            return Err(invalid(format!(
                "expected at most {MAX_LENGTH} bytes, found {}",
                text.len()
            )));
        }
        let parsed = aip_160::parse_filter(text).map_err(|error| syntax(text, error))?;
        let mut clauses = Vec::new();
        if let Some(expression) = &parsed.expression {
            self.conjunction(expression, &mut clauses)?;
        }
        Ok(Filter { clauses })
    }

    /// The clauses that an expression joins by AND, at any depth of parentheses.
    fn conjunction(&self, term: &Expression, clauses: &mut Vec<Clause>) -> Result<(), Refusal> {
        match term {
            Expression::And(terms) => {
                terms.iter().try_for_each(|term| self.conjunction(term, clauses))
            }
            Expression::Or(_) | Expression::Restriction(_) => {
                clauses.push(self.clause(term)?);
                Ok(())
            }
            other => Err(refused(other)),
        }
    }

    /// Comparisons of one field, joined by OR.
    fn clause(&self, term: &Expression) -> Result<Clause, Refusal> {
        let mut compared = Vec::new();
        self.alternatives(term, &mut compared)?;
        let mut fields = compared.iter().map(|(field, _)| field);
        let field = *fields.next().unwrap_or_else(|| unreachable!("OR joins at least two terms"));
        if let Some(other) = fields.find(|other| other.name != field.name) {
            let both = format!("{} OR {}", field.name, other.name);
            return Err(invalid(format!("{both}: expected OR between values of one field")));
        }
        let alternatives = compared.into_iter().map(|(_, comparison)| comparison).collect();
        Ok(Clause { field, alternatives })
    }

    fn alternatives(
        &self,
        term: &Expression,
        compared: &mut Vec<(Field, Comparison)>,
    ) -> Result<(), Refusal> {
        match term {
            Expression::Or(terms) => {
                terms.iter().try_for_each(|term| self.alternatives(term, compared))
            }
            Expression::Restriction(restriction) => {
                compared.push(self.comparison(restriction)?);
                Ok(())
            }
            Expression::And(_) => {
                let expected = "expected OR between values of one field, found AND inside of OR";
                Err(invalid(format!("{term}: {expected}")))
            }
            other => Err(refused(other)),
        }
    }

    fn comparison(&self, restriction: &Restriction) -> Result<(Field, Comparison), Refusal> {
        let field = self.field(&restriction.comparable)?;
        let value = match &restriction.arg {
            Arg::Comparable(Comparable::Member(member)) if member.is_simple() => {
                member.value.as_str()
            }
            _ => {
                let expected = "expected a single value, quoted if in doubt";
                return Err(invalid(format!("{}: {expected}", field.name)));
            }
        };
        let operator = field.operator(restriction.comparator)?;
        Ok((field, Comparison { operator, value: field.normalise(value)? }))
    }

    fn field(&self, comparable: &Comparable) -> Result<Field, Refusal> {
        let path = comparable.field_path();
        let known = self.fields.iter().find(|field| path.as_deref() == Some(field.name));
        known.copied().ok_or_else(|| {
            let names: Vec<_> = self.fields.iter().map(|field| field.name).collect();
            let found = path.unwrap_or_else(|| "something that is not a field".to_owned());
            invalid(format!("expected a field of {}; found {found}", names.join(", ")))
        })
    }
}

/// A term that is no comparison: a negation, a bare word, terms side by side.
fn refused(term: &Expression) -> Refusal {
    invalid(format!("{term}: expected comparisons joined by AND, such as a = \"b\""))
}

fn syntax(text: &str, error: FilterError) -> Refusal {
    match error {
        FilterError::Syntax { offset, .. } if is_dangling(text, offset) => Refusal::FilterInvalid {
            field: FIELD.to_owned(),
            offset: Some(text.len()),
            detail: format!("at byte {}: expected a comparison", text.len()),
        },
        FilterError::Syntax { offset, message } => Refusal::FilterInvalid {
            field: FIELD.to_owned(),
            offset: Some(offset),
            detail: format!("at byte {offset}: {message}"),
        },
        other => invalid(other.to_string()),
    }
}

/// Whether from here on there is nothing but the word that should join one more comparison: then it
/// is the end where something is missing.
fn is_dangling(text: &str, offset: usize) -> bool {
    text.get(offset..).is_some_and(|rest| matches!(rest.trim(), "AND" | "OR" | "NOT"))
}
