//! Filters: comparisons joined by AND, a subset of AIP-160.
//!
//! Invariant: only fields, operators and values that a schema lists ever become part of a query.

use aip_160::{Arg, Comparable, Comparator, Expression, FilterError, Restriction};
use devisa_domain::{
    identifier::region::RegionPrefix,
    refusal::{Refusal, RuleBroken},
    time::Timestamp,
};
use sea_orm::{
    Condition,
    sea_query::{Alias, Expr, ExprTrait, LikeExpr},
};

/// No filter is longer, in bytes.
const MAX_LENGTH: usize = 2_000;

/// Reads a value and gives it the form in which it is stored.
pub type Normalise = fn(&str) -> Result<String, RuleBroken>;

/// What may stand to the right of a field.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text(Normalise),
    Enumeration { prefix: &'static str, values: &'static [&'static str] },
    Prefix,
    Has(Normalise),
    Time,
    Own(Normalise),
}

/// A field that a list can be filtered by.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    name: &'static str,
    column: &'static str,
    kind: Kind,
}

fn verbatim(value: &str) -> Result<String, RuleBroken> {
    Ok(value.to_owned())
}

impl Field {
    /// Text that equals the column.
    pub const fn text(name: &'static str, column: &'static str) -> Self {
        Self { name, column, kind: Kind::Text(verbatim) }
    }

    /// Text that equals the column once it has its stored form.
    pub const fn normalised(name: &'static str, column: &'static str, form: Normalise) -> Self {
        Self { name, column, kind: Kind::Text(form) }
    }

    /// An enum value by its short or full name; the column holds the short one.
    /// `prefix` is what the full name has before it: `STATE_`.
    pub const fn enumeration(
        name: &'static str,
        column: &'static str,
        prefix: &'static str,
        values: &'static [&'static str],
    ) -> Self {
        Self { name, column, kind: Kind::Enumeration { prefix, values } }
    }

    /// A Kemendagri prefix of the village or region code in the column.
    pub const fn prefix(name: &'static str, column: &'static str) -> Self {
        Self { name, column, kind: Kind::Prefix }
    }

    /// A member of the set in the column, which is stored as `|A|B|`; by `:` or `=`.
    pub const fn has(name: &'static str, column: &'static str, form: Normalise) -> Self {
        Self { name, column, kind: Kind::Has(form) }
    }

    /// An instant, RFC 3339, quoted; also by `<`, `<=`, `>` and `>=`.
    pub const fn time(name: &'static str, column: &'static str) -> Self {
        Self { name, column, kind: Kind::Time }
    }

    /// A value that the service compares on its own, by [`Filter::get`].
    pub const fn own(name: &'static str, form: Normalise) -> Self {
        Self { name, column: "", kind: Kind::Own(form) }
    }
}

/// The times that every stored resource can be filtered by.
pub const TIMES: [Field; 2] =
    [Field::time("create_time", "create_time"), Field::time("update_time", "update_time")];

/// The fields that a list can be filtered by.
#[derive(Clone, Debug)]
pub struct FilterSchema {
    fields: Vec<Field>,
}

/// A parsed filter: every comparison must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    comparisons: Vec<Comparison>,
}

#[derive(Clone, Debug)]
struct Comparison {
    field: Field,
    comparator: Comparator,
    value: String,
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

    /// Reads a filter; empty text is none.
    ///
    /// # Errors
    /// [`Refusal::FilterInvalid`] with the byte offset of a syntax error, otherwise with the field,
    /// operator or value that is refused.
    pub fn parse(&self, text: &str) -> Result<Filter, Refusal> {
        if text.len() > MAX_LENGTH {
            return Err(invalid(format!(
                "expected at most {MAX_LENGTH} bytes, found {}",
                text.len()
            )));
        }
        let parsed = aip_160::parse_filter(text).map_err(syntax)?;
        let terms = match parsed.expression {
            None => Vec::new(),
            Some(Expression::And(terms)) => terms,
            Some(term) => vec![term],
        };
        let comparisons =
            terms.iter().map(|term| self.comparison(term)).collect::<Result<_, _>>()?;
        Ok(Filter { comparisons })
    }

    fn comparison(&self, term: &Expression) -> Result<Comparison, Refusal> {
        let Expression::Restriction(Restriction { comparable, comparator, arg }) = term else {
            return Err(invalid(
                "expected comparisons joined by AND, such as a = \"b\"".to_owned(),
            ));
        };
        let field = self.field(comparable)?;
        let value = match arg {
            Arg::Comparable(Comparable::Member(member)) if member.is_simple() => {
                member.value.as_str()
            }
            _ => {
                return Err(invalid(format!(
                    "{}: expected a single value, quoted if in doubt",
                    field.name
                )));
            }
        };
        field.check_comparator(*comparator)?;
        let value = field.normalise(value)?;
        Ok(Comparison { field, comparator: *comparator, value })
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

impl Field {
    fn check_comparator(&self, comparator: Comparator) -> Result<(), Refusal> {
        let allowed: &[Comparator] = match self.kind {
            Kind::Has(_) => &[Comparator::Equal, Comparator::Has],
            Kind::Time => &[
                Comparator::Equal,
                Comparator::LessThan,
                Comparator::LessThanOrEqual,
                Comparator::GreaterThan,
                Comparator::GreaterThanOrEqual,
            ],
            _ => &[Comparator::Equal],
        };
        if allowed.contains(&comparator) {
            return Ok(());
        }
        let symbols: Vec<_> = allowed.iter().map(|comparator| symbol(*comparator)).collect();
        let found = symbol(comparator);
        Err(invalid(format!("{}: expected {}, found {found}", self.name, symbols.join(" "))))
    }

    fn normalise(&self, value: &str) -> Result<String, Refusal> {
        let refused = |broken: RuleBroken| invalid(format!("{}: {broken}", self.name));
        match self.kind {
            Kind::Text(form) | Kind::Has(form) | Kind::Own(form) => form(value).map_err(refused),
            Kind::Enumeration { prefix, values } => {
                let short = value.strip_prefix(prefix).unwrap_or(value);
                values.iter().find(|known| **known == short).map(ToString::to_string).ok_or_else(
                    || {
                        invalid(format!(
                            "{}: expected one of {}, found {value:?}",
                            self.name,
                            values.join(", ")
                        ))
                    },
                )
            }
            Kind::Prefix => {
                RegionPrefix::parse(value).map(|region| region.to_string()).map_err(refused)
            }
            Kind::Time => {
                Timestamp::parse(value).map(|time| time.micros().to_string()).map_err(refused)
            }
        }
    }
}

impl Filter {
    /// The value that a field is compared with for equality, if it is.
    pub fn get<'a>(&'a self, field: &'a str) -> Option<&'a str> {
        self.get_all(field).next()
    }

    /// Every value that a field is compared with.
    pub fn get_all<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        let named =
            self.comparisons.iter().filter(move |comparison| comparison.field.name == field);
        named.map(|comparison| comparison.value.as_str())
    }

    /// The filter as a condition on columns; fields of the service's own are left to it.
    pub fn condition(&self) -> Condition {
        self.comparisons.iter().fold(Condition::all(), |all, comparison| {
            match comparison.condition() {
                Some(condition) => all.add(condition),
                None => all,
            }
        })
    }
}

impl Comparison {
    fn condition(&self) -> Option<Condition> {
        let column = || Expr::col(Alias::new(self.field.column));
        let value = self.value.as_str();
        let one = |expression| Some(Condition::all().add(expression));
        match self.field.kind {
            Kind::Own(_) => None,
            Kind::Text(_) | Kind::Enumeration { .. } => one(column().eq(value)),
            // Codes are digits in groups: whatever starts with the prefix and a dot sorts between
            // the prefix with `.` and the prefix with `/`, the next character.
            Kind::Prefix => Some(
                Condition::any().add(column().eq(value)).add(
                    Condition::all()
                        .add(column().gt(format!("{value}.")))
                        .add(column().lt(format!("{value}/"))),
                ),
            ),
            Kind::Has(_) => {
                one(column().like(LikeExpr::new(format!("%|{}|%", escaped(value))).escape('\\')))
            }
            Kind::Time => {
                let micros: i64 = value.parse().unwrap_or_default();
                one(match self.comparator {
                    Comparator::LessThan => column().lt(micros),
                    Comparator::LessThanOrEqual => column().lte(micros),
                    Comparator::GreaterThan => column().gt(micros),
                    Comparator::GreaterThanOrEqual => column().gte(micros),
                    _ => column().eq(micros),
                })
            }
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn symbol(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Equal => "=",
        Comparator::NotEqual => "!=",
        Comparator::GreaterThan => ">",
        Comparator::GreaterThanOrEqual => ">=",
        Comparator::LessThan => "<",
        Comparator::LessThanOrEqual => "<=",
        Comparator::Has => ":",
    }
}

fn invalid(detail: String) -> Refusal {
    Refusal::FilterInvalid { offset: None, detail }
}

fn syntax(error: FilterError) -> Refusal {
    match error {
        FilterError::Syntax { offset, message } => Refusal::FilterInvalid {
            offset: Some(offset),
            detail: format!("at byte {offset}: {message}"),
        },
        other => invalid(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn schema() -> FilterSchema {
        FilterSchema::resource([
            Field::text("exporter", "exporter"),
            Field::enumeration("state", "state", "STATE_", &["DRAFT", "READY"]),
            Field::prefix("region", "village"),
            Field::has("roles", "roles", verbatim),
            Field::own("valid_on", verbatim),
        ])
    }

    fn refusal(text: &str) -> (Option<usize>, String) {
        match schema().parse(text).unwrap_err() {
            Refusal::FilterInvalid { offset, detail } => (offset, detail),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn comparisons_joined_by_and_are_read() {
        let filter =
            schema().parse(r#"state = STATE_DRAFT AND exporter = "organisations/a""#).unwrap();
        assert_eq!(filter.get("state"), Some("DRAFT"));
        assert_eq!(filter.get("exporter"), Some("organisations/a"));
        assert_eq!(filter.get("region"), None);
    }

    #[test]
    fn empty_text_filters_nothing() {
        assert!(schema().parse("").unwrap().comparisons.is_empty());
        assert!(schema().parse("  ").unwrap().comparisons.is_empty());
    }

    #[test]
    fn a_syntax_error_names_its_byte() {
        assert_eq!(refusal("state = ").0, Some(8));
    }

    #[test]
    fn what_the_schema_does_not_list_is_refused() {
        for (text, part) in [
            ("color = RED", "found color"),
            ("state = LOST", "expected one of DRAFT, READY"),
            ("state != DRAFT", "expected =, found !="),
            ("state = DRAFT OR state = READY", "joined by AND"),
            ("NOT state = DRAFT", "joined by AND"),
            ("draft", "joined by AND"),
            (r#"region = "99""#, "region: region"),
            (r#"create_time > "yesterday""#, "timestamp.form"),
            ("state = f(x)", "single value"),
        ] {
            let (_, detail) = refusal(text);
            assert!(detail.contains(part), "{text}: {detail}");
        }
        assert!(refusal(&"a".repeat(2_001)).1.contains("2000 bytes"));
    }
}
