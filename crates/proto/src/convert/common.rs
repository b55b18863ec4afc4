//! Conversions of what all packages use: money, dates, decimals, instants, texts, provenance.

use std::collections::BTreeSet;

use chrono::Datelike;
use devisa_domain::{
    identifier::text::{parse_note, parse_text},
    money::{Currency, Money, Sum, Sums},
    provenance::Provenance,
    refusal::{Checks, Refusal, RuleBroken, Violation},
    tier::Tier,
    time::{Date, Timestamp},
};
use prost::Name;
use prost_types::FieldMask;
use rust_decimal::Decimal;

use crate::{common::v1 as wire, google_type, mask::UpdateMask};

/// Requires a value to be there.
///
/// # Errors
/// `field.missing`.
pub fn required<T>(value: Option<T>) -> Result<T, RuleBroken> {
    value.ok_or_else(RuleBroken::missing)
}

/// Reads a value that may be empty text; empty is none.
///
/// # Errors
/// Those of `parse`.
pub fn optional<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, RuleBroken>,
) -> Result<Option<T>, RuleBroken> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Reads a value that must not be empty text.
///
/// # Errors
/// `field.missing`, or those of `parse`.
pub fn nonempty<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, RuleBroken>,
) -> Result<T, RuleBroken> {
    if text.is_empty() { Err(RuleBroken::missing()) } else { parse(text) }
}

/// Reads text of 1 to `max` code points.
///
/// # Errors
/// `field.missing`, `text.length`, `text.form`.
pub fn text(value: &str, max: usize) -> Result<String, RuleBroken> {
    nonempty(value, |value| parse_text(value, max))
}

/// Reads text of at most `max` code points; may be empty.
///
/// # Errors
/// `text.length`, `text.form`.
pub fn optional_text(value: &str, max: usize) -> Result<String, RuleBroken> {
    Ok(optional(value, |value| parse_text(value, max))?.unwrap_or_default())
}

/// Reads a note of at most `max` code points, which may have several lines; may be empty.
///
/// # Errors
/// `text.length`, `text.form`.
pub fn note(value: &str, max: usize) -> Result<String, RuleBroken> {
    Ok(optional(value, |value| parse_note(value, max))?.unwrap_or_default())
}

/// Reads an absolute URI of at most 2,000 characters; may be empty.
///
/// # Errors
/// `text.length`, `text.form`, `uri.form` when it has no scheme or holds white space.
pub fn uri(value: &str) -> Result<String, RuleBroken> {
    let uri = optional_text(value, 2_000)?;
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !uri.contains(char::is_whitespace);
    if uri.is_empty() || well_formed {
        return Ok(uri);
    }
    Err(RuleBroken::expected("uri.form", "an absolute URI", format!("{uri:?}")))
}

/// Reads an enum value that must be set.
///
/// # Errors
/// `field.missing` for 0, `enum.unknown` for a number that the enum does not have.
pub fn enumeration<E: TryFrom<i32>>(number: i32) -> Result<E, RuleBroken> {
    if number == 0 {
        return Err(RuleBroken::missing());
    }
    E::try_from(number)
        .map_err(|_| RuleBroken::expected("enum.unknown", "a value of the enum", number))
}

/// Reads a whole calendar date.
///
/// # Errors
/// `date.form` when it is not one, or lies outside the years 1 to 9999.
pub fn date(date: &google_type::Date) -> Result<Date, RuleBroken> {
    let google_type::Date { year, month, day } = *date;
    let found = || format!("{year:04}-{month:02}-{day:02}");
    let wrong = || RuleBroken::expected("date.form", "a whole calendar date", found());
    let (Ok(month), Ok(day)) = (u32::try_from(month), u32::try_from(day)) else {
        return Err(wrong());
    };
    if !(1..=9_999).contains(&year) {
        return Err(wrong());
    }
    Date::from_ymd_opt(year, month, day).ok_or_else(wrong)
}

/// Reads a date that must be there.
///
/// # Errors
/// `field.missing`, `date.form`.
pub fn required_date(value: Option<&google_type::Date>) -> Result<Date, RuleBroken> {
    required(value).and_then(date)
}

/// Reads a date that may be absent.
///
/// # Errors
/// `date.form`.
pub fn optional_date(value: Option<&google_type::Date>) -> Result<Option<Date>, RuleBroken> {
    value.map(date).transpose()
}

/// Renders a date.
pub fn render_date(date: Date) -> google_type::Date {
    google_type::Date {
        year: date.year(),
        month: i32::try_from(date.month()).unwrap_or_default(),
        day: i32::try_from(date.day()).unwrap_or_default(),
    }
}

/// Reads an instant, cut to microseconds.
///
/// # Errors
/// `timestamp.range`.
pub fn timestamp(value: &prost_types::Timestamp) -> Result<Timestamp, RuleBroken> {
    Timestamp::from_parts(value.seconds, value.nanos)
}

/// Renders an instant.
pub fn render_timestamp(value: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = value.parts();
    prost_types::Timestamp { seconds, nanos }
}

/// Reads money.
///
/// # Errors
/// `field.missing` without a currency; `currency_code.unknown`, and the rules of
/// [`Money::from_parts`].
pub fn money(value: &google_type::Money) -> Result<Money, RuleBroken> {
    let google_type::Money { currency_code, units, nanos } = value;
    let currency = nonempty(currency_code, Currency::parse)?;
    Money::from_parts(*units, *nanos, currency)
}

/// Reads money that must be there and above zero.
///
/// # Errors
/// `field.missing`, `money.positive`, and those of [`money`].
pub fn positive_money(value: Option<&google_type::Money>) -> Result<Money, RuleBroken> {
    required(value).and_then(money).and_then(Money::positive)
}

/// Reads of a request to change a resource what can be read without the resource: which one it is,
/// the new values, which are read once they are laid over the current ones, and the mask.
///
/// # Errors
/// At once: `field.missing` at `field`, what `named` reports at its `name`, and
/// `field_mask.unknown_path` at `update_mask`.
pub fn update<M: Name, N>(
    checks: &mut Checks,
    field: &str,
    patch: Option<M>,
    mask: Option<&FieldMask>,
    named: impl FnOnce(&M) -> Result<N, RuleBroken>,
) -> Option<(N, M, UpdateMask)> {
    let patch = checks.keep(field, required(patch));
    let name = patch.as_ref().and_then(|patch| checks.keep(format!("{field}.name"), named(patch)));
    let mask = checks.keep_part("", UpdateMask::parse::<M>(mask));
    Some((name?, patch?, mask?))
}

/// Reads the names of a batch: `field.missing` without any, `names.count` beyond 100,
/// `names.duplicate` at `names`, and at each that is malformed what is wrong with it.
pub fn batch_names<N>(
    checks: &mut Checks,
    names: &[String],
    parse: fn(&str) -> Result<N, RuleBroken>,
) -> Vec<N> {
    const MAX: usize = 100;
    checks.ensure(!names.is_empty(), "names", RuleBroken::missing);
    checks.ensure(names.len() <= MAX, "names", || {
        RuleBroken::expected("names.count", format!("1 to {MAX}"), names.len())
    });
    let mut seen = BTreeSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        let found = format!("{twice:?} twice");
        let broken = RuleBroken::expected("names.duplicate", "each name once", found);
        checks.push(broken.at("names"));
    }
    let read = names.iter().take(MAX).enumerate();
    read.filter_map(|(index, name)| checks.keep(format!("names[{index}]"), parse(name))).collect()
}

/// Renders money.
pub fn render_money(money: Money) -> google_type::Money {
    let (units, nanos) = money.parts();
    google_type::Money { currency_code: money.currency().code().to_owned(), units, nanos }
}

/// Reads sums as [`render_sums`] renders them.
///
/// # Errors
/// As [`money`], but for `money.range`.
pub fn sums(values: &[google_type::Money]) -> Result<Sums, RuleBroken> {
    let sum = |value: &google_type::Money| {
        let google_type::Money { currency_code, units, nanos } = value;
        Sum::from_parts(*units, *nanos, nonempty(currency_code, Currency::parse)?)
    };
    Ok(Sums::of(values.iter().map(sum).collect::<Result<Vec<_>, _>>()?))
}

/// Renders sums, ordered by currency code; one that is too large for a single `Money` as several
/// that add up to it.
pub fn render_sums(sums: &Sums) -> Vec<google_type::Money> {
    sums.iter().flat_map(render_parts).collect()
}

/// Renders a sum; none when it is too large for a `Money`.
pub fn render_sum(sum: Sum) -> Option<google_type::Money> {
    match <[_; 1]>::try_from(render_parts(sum)) {
        Ok([whole]) => Some(whole),
        Err(_) => None,
    }
}

fn render_parts(sum: Sum) -> Vec<google_type::Money> {
    let code = sum.currency().code();
    let part = |(units, nanos)| google_type::Money { currency_code: code.to_owned(), units, nanos };
    sum.parts().into_iter().map(part).collect()
}

/// Reads an exact decimal above zero with at most 12 digits before the point and `scale` after it.
/// Its digits are kept as written.
///
/// # Errors
/// `decimal.form`, `decimal.digits`, `decimal.positive`.
pub fn positive_decimal(value: &google_type::Decimal, scale: u32) -> Result<Decimal, RuleBroken> {
    let text = value.value.as_str();
    if text.is_empty() {
        return Err(RuleBroken::missing());
    }
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    let number = if plain { Decimal::from_str_exact(text).ok() } else { None };
    let number = number.ok_or_else(|| {
        RuleBroken::expected(
            "decimal.form",
            "a plain decimal number such as 12.50",
            format!("{text:?}"),
        )
    })?;
    if number <= Decimal::ZERO {
        return Err(RuleBroken::expected("decimal.positive", "a number above zero", text));
    }
    if number.scale() > scale || number.trunc() >= Decimal::from(1_000_000_000_000_i64) {
        let expected = format!("at most 12 digits before and {scale} after the point");
        return Err(RuleBroken::expected("decimal.digits", expected, text));
    }
    Ok(number)
}

/// Renders an exact decimal with the digits it has.
pub fn render_decimal(value: Decimal) -> google_type::Decimal {
    google_type::Decimal { value: value.to_string() }
}

/// The most paths of synthetic fields.
const MAX_SYNTHETIC: usize = 100;

/// Reads provenance; absent is empty. `resource` is the full name of the message whose fields
/// `synthetic_fields` may name.
///
/// # Errors
/// Violations under `source_uri`, `note` and `synthetic_fields`.
pub fn provenance(
    value: Option<&wire::Provenance>,
    resource: &str,
) -> Result<Provenance, Vec<Violation>> {
    let Some(wire::Provenance { source_uri, note: remark, synthetic_fields }) = value else {
        return Ok(Provenance::default());
    };
    let mut checks = Checks::new();
    let source_uri = checks.keep("source_uri", uri(source_uri)).unwrap_or_default();
    let note = checks.keep("note", note(remark, 1_000)).unwrap_or_default();
    let paths = synthetic_fields.as_ref().map(|mask| mask.paths.clone()).unwrap_or_default();
    checks.ensure(paths.len() <= MAX_SYNTHETIC, "synthetic_fields", || {
        RuleBroken::expected("paths.count", format!("at most {MAX_SYNTHETIC}"), paths.len())
    });
    for path in paths.iter().take(MAX_SYNTHETIC) {
        checks.keep("synthetic_fields", crate::mask::check_path(resource, path));
    }
    checks.finish(Provenance { source_uri, note, synthetic_fields: paths })
}

/// Renders provenance; empty is absent.
pub fn render_provenance(value: &Provenance) -> Option<wire::Provenance> {
    if *value == Provenance::default() {
        return None;
    }
    let paths = value.synthetic_fields.clone();
    Some(wire::Provenance {
        source_uri: value.source_uri.clone(),
        note: value.note.clone(),
        synthetic_fields: (!paths.is_empty()).then_some(FieldMask { paths }),
    })
}

/// Renders a tier; none is `TIER_UNSPECIFIED`.
pub fn render_tier(tier: Option<Tier>) -> i32 {
    let tier = match tier {
        None => wire::Tier::Unspecified,
        Some(Tier::Potential) => wire::Tier::Potential,
        Some(Tier::Contracted) => wire::Tier::Contracted,
        Some(Tier::Released) => wire::Tier::Released,
        Some(Tier::Realised) => wire::Tier::Realised,
    };
    tier.into()
}

/// Reads the tier that a total must name.
///
/// # Errors
/// [`Refusal::TierRequired`] without one, `tier.unsupported` for one that is not in `allowed`.
pub fn required_tier(number: i32, field: &str, allowed: &[Tier]) -> Result<Tier, Refusal> {
    let names: Vec<_> = allowed.iter().map(|tier| tier.as_str()).collect();
    let expected = names.join(" or ");
    let tier = match wire::Tier::try_from(number) {
        Ok(wire::Tier::Unspecified) => {
            return Err(Refusal::TierRequired {
                field: field.to_owned(),
                detail: format!("expected {expected}, found none"),
            });
        }
        Ok(wire::Tier::Potential) => Some(Tier::Potential),
        Ok(wire::Tier::Contracted) => Some(Tier::Contracted),
        Ok(wire::Tier::Released) => Some(Tier::Released),
        Ok(wire::Tier::Realised) => Some(Tier::Realised),
        Err(_) => None,
    };
    tier.filter(|tier| allowed.contains(tier)).ok_or_else(|| {
        let found = tier.map_or_else(|| number.to_string(), |tier| tier.to_string());
        Refusal::field(field, RuleBroken::expected("tier.unsupported", expected, found))
    })
}
