//! What a list can be filtered by: fields, their operators and the form of their values.

use aip_160::Comparator;
use devisa_domain::{
    identifier::region::RegionPrefix,
    refusal::{Refusal, RuleBroken},
    time::{Date, Timestamp},
};

use super::invalid;

/// Reads a value and gives it the form in which it is stored.
pub type Normalise = fn(&str) -> Result<String, RuleBroken>;

/// What stands in a field's column, and so what it may be compared with and how.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Text.
    Text(Normalise),
    /// Text, or empty for none.
    Reference(Normalise),
    /// Text whose bytewise order is the order of what it says.
    Ordered(Normalise),
    /// One of these names.
    Enumeration { prefix: &'static str, values: &'static [&'static str] },
    /// The code of a region or village.
    Region,
    /// A set, `|A|B|`.
    Set(Normalise),
    /// An instant, microseconds.
    Time,
    /// The first of two days, of which the last stands in the column named here.
    Days { last: &'static str },
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    const ALL: [Self; 6] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
    ];

    const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// A field that a list can be filtered by.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub(super) name: &'static str,
    pub(super) column: &'static str,
    pub(super) kind: Kind,
}

fn verbatim(value: &str) -> Result<String, RuleBroken> {
    Ok(value.to_owned())
}

impl Field {
    /// Text that equals the column.
    pub const fn text(name: &'static str, column: &'static str) -> Self {
        Self::normalised(name, column, verbatim)
    }

    /// Text that equals the column once it has its stored form.
    pub const fn normalised(name: &'static str, column: &'static str, form: Normalise) -> Self {
        Self { name, column, kind: Kind::Text(form) }
    }

    /// The name of a resource that a row may refer to, once it has its stored form; `""` where it
    /// refers to none, for which the column is empty.
    pub const fn reference(name: &'static str, column: &'static str, form: Normalise) -> Self {
        Self { name, column, kind: Kind::Reference(form) }
    }

    /// Text whose stored form is ordered, such as a month `2025-11`; also by `<`, `<=`, `>`, `>=`.
    pub const fn ordered(name: &'static str, column: &'static str, form: Normalise) -> Self {
        Self { name, column, kind: Kind::Ordered(form) }
    }

    /// A month, `2025-11`, quoted; also by `<`, `<=`, `>`, `>=`.
    pub const fn month(name: &'static str, column: &'static str) -> Self {
        Self::ordered(name, column, month)
    }

    /// A year of four digits; also by `<`, `<=`, `>`, `>=`.
    pub const fn year(name: &'static str, column: &'static str) -> Self {
        Self::ordered(name, column, year)
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
        Self { name, column, kind: Kind::Region }
    }

    /// A member of the set in the column, which is stored as `|A|B|`; by `:`, `=` or `!=`.
    pub const fn has(name: &'static str, column: &'static str, form: Normalise) -> Self {
        Self { name, column, kind: Kind::Set(form) }
    }

    /// An instant, RFC 3339, quoted; also by `<`, `<=`, `>` and `>=`.
    pub const fn time(name: &'static str, column: &'static str) -> Self {
        Self { name, column, kind: Kind::Time }
    }

    /// A day, `2025-11-26`, that lies in the period whose first and last day the columns hold.
    pub const fn within(name: &'static str, first: &'static str, last: &'static str) -> Self {
        Self { name, column: first, kind: Kind::Days { last } }
    }
}

/// The times that every stored resource can be filtered by.
pub const TIMES: [Field; 2] =
    [Field::time("create_time", "create_time"), Field::time("update_time", "update_time")];

impl Field {
    /// The operator of a comparison.
    pub(super) fn operator(&self, comparator: Comparator) -> Result<Operator, Refusal> {
        let operator = match comparator {
            Comparator::Has if matches!(self.kind, Kind::Set(_)) => Some(Operator::Equal),
            Comparator::Has => None,
            Comparator::Equal => Some(Operator::Equal),
            Comparator::NotEqual => Some(Operator::NotEqual),
            Comparator::LessThan => Some(Operator::Less),
            Comparator::LessThanOrEqual => Some(Operator::LessOrEqual),
            Comparator::GreaterThan => Some(Operator::Greater),
            Comparator::GreaterThanOrEqual => Some(Operator::GreaterOrEqual),
        };
        let has_order = matches!(self.kind, Kind::Time | Kind::Ordered(_));
        let allowed = if has_order { &Operator::ALL[..] } else { &Operator::ALL[..2] };
        operator.filter(|operator| allowed.contains(operator)).ok_or_else(|| {
            let symbols: Vec<_> = allowed.iter().map(|operator| operator.symbol()).collect();
            let found = operator.map_or(":", Operator::symbol);
            invalid(format!("{}: expected {}, found {found}", self.name, symbols.join(" ")))
        })
    }

    /// A value in the form in which the column holds it.
    pub(super) fn normalise(&self, value: &str) -> Result<String, Refusal> {
        let normalised = match self.kind {
            Kind::Reference(_) if value.is_empty() => Ok(String::new()),
            Kind::Text(form) | Kind::Reference(form) | Kind::Ordered(form) | Kind::Set(form) => {
                form(value)
            }
            Kind::Enumeration { prefix, values } => member(value, prefix, values),
            Kind::Region => RegionPrefix::parse(value).map(|region| region.to_string()),
            Kind::Time => Timestamp::parse(value).map(|time| time.micros().to_string()),
            Kind::Days { .. } => day(value).map(|day| day.to_string()),
        };
        normalised.map_err(|broken| invalid(format!("{}: {broken}", self.name)))
    }
}

fn member(value: &str, prefix: &str, values: &[&str]) -> Result<String, RuleBroken> {
    let short = value.strip_prefix(prefix).unwrap_or(value);
    let known = values.iter().find(|known| **known == short).map(ToString::to_string);
    known.ok_or_else(|| {
        let expected = format!("one of {}", values.join(", "));
        RuleBroken::expected("enum.unknown", expected, format!("{value:?}"))
    })
}

fn day(text: &str) -> Result<Date, RuleBroken> {
    let whole = text.len() == 10;
    let date = whole.then(|| Date::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    date.ok_or_else(|| {
        RuleBroken::expected("date.form", "a date such as 2025-11-26", format!("{text:?}"))
    })
}

fn month(text: &str) -> Result<String, RuleBroken> {
    let is_month = |month: &str| day(&format!("{month}-01")).is_ok();
    let read = is_month(text).then(|| text.to_owned());
    read.ok_or_else(|| {
        RuleBroken::expected("month.form", "a month such as 2025-11", format!("{text:?}"))
    })
}

fn year(text: &str) -> Result<String, RuleBroken> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = is_year.then(|| text.to_owned());
    read.ok_or_else(|| {
        RuleBroken::expected("year.form", "a year such as 2025", format!("{text:?}"))
    })
}
