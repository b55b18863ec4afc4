//! `devisa.registry.v1`: villages, programmes, decrees, enrolments, organisations, products, exchange
//! rates.

mod decree;
mod enrolment;
mod exchange_rate;
mod organisation;
mod product;
mod programme;
mod village;

pub use decree::{
    ImportCommand, parse_create_decree, parse_import_decree, render_decree, render_import,
};
pub use enrolment::{
    AdvanceCommand, CountCommand, parse_advance_enrolment, parse_count_enrolments,
    parse_create_enrolment, render_count, render_enrolment,
};
pub use exchange_rate::{
    ResolveQuery, parse_create_exchange_rate, parse_named_rate, parse_rate_kind,
    parse_resolve_exchange_rate, render_exchange_rate, render_rate_kind, series_and_validity,
};
pub use organisation::{
    UpdateCommand, parse_batch_get_organisations, parse_create_organisation,
    parse_delete_organisation, parse_organisation, parse_undelete_organisation,
    parse_update_organisation, render_organisation,
};
pub use product::{
    UpdateProduct, parse_batch_get_products, parse_create_product, parse_delete_product,
    parse_product, parse_undelete_product, parse_update_product, render_product,
};
pub use programme::{parse_create_programme, render_programme};
pub use village::{parse_resolve_villages, render_village};

use devisa_domain::{
    identifier::text::Text,
    refusal::{Checks, Refusal, RuleBroken, Violation},
    time::Date,
};

use super::common::optional;

/// A resource that a caller names, in the version in which they last read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtVersion<N> {
    /// The resource.
    pub name: N,
    /// Its etag as last read; empty when the caller does not mind.
    pub etag: String,
}

impl<N> AtVersion<N> {
    fn parse(
        name: &str,
        etag: String,
        parse: fn(&str) -> Result<N, RuleBroken>,
    ) -> Result<Self, Refusal> {
        let name = parse(name).map_err(|broken| Refusal::field("name", broken))?;
        Ok(Self { name, etag })
    }
}

/// Reads a message that must be there, placing what is wrong in it under `field`.
fn part<W, T>(
    checks: &mut Checks,
    field: &str,
    message: Option<W>,
    parse: impl FnOnce(W) -> Result<T, Vec<Violation>>,
) -> Option<T> {
    let parsed = match message {
        Some(message) => parse(message),
        None => Err(vec![RuleBroken::missing().at("")]),
    };
    checks.keep_part(field, parsed)
}

/// Reads text that may be empty.
fn maybe_text<const MAX: usize>(text: &str) -> Result<Option<Text<MAX>>, RuleBroken> {
    optional(text, Text::parse)
}

/// Renders text that may be absent.
fn render_text<const MAX: usize>(text: Option<&Text<MAX>>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Refuses a date after today's.
fn not_future(date: Date, today: Date) -> Result<Date, RuleBroken> {
    if date <= today {
        return Ok(date);
    }
    Err(RuleBroken::expected("date.future", format!("{today} or earlier"), date))
}

/// Reads and renders an enum whose values have the same names on the wire and in the domain. Both
/// directions are exhaustive: a new value on either side does not compile until it is named here.
macro_rules! same_values {
    ($parse:ident, $render:ident: $wire:ty, $domain:ty { $($value:ident),+ $(,)? }) => {
        fn $parse(number: i32) -> Result<$domain, devisa_domain::refusal::RuleBroken> {
            match $crate::convert::common::enumeration::<$wire>(number)? {
                <$wire>::Unspecified => Err(devisa_domain::refusal::RuleBroken::missing()),
                $(<$wire>::$value => Ok(<$domain>::$value),)+
            }
        }

        fn $render(value: $domain) -> i32 {
            match value {
                $(<$domain>::$value => <$wire>::$value.into(),)+
            }
        }
    };
}
use same_values;

#[cfg(test)]
mod tests;
