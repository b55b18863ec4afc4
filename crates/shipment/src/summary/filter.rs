//! What totals can be filtered by: the dimensions.

use devisa_domain::{
    identifier::{country::RegionCode, region::RegionPrefix},
    name::{OrganisationName, ReleaseName},
    refusal::RuleBroken,
    shipment::parts::UNKNOWN,
};
use devisa_ledger::{Field, FilterSchema};

/// The fields, each with the form in which its column holds it.
pub(super) fn filters() -> FilterSchema {
    FilterSchema::new([
        Field::normalised("destination_region_code", "destination_region_code", |code| {
            RegionCode::parse(code).map(|code| code.to_string())
        }),
        Field::reference("release", "release", |name| {
            ReleaseName::parse(name).map(|name| name.to_string())
        }),
        Field::text("commodity", "commodity"),
        Field::normalised("hs_chapter", "hs_chapter", chapter_or_none),
        Field::normalised("regency", "regency", regency),
        Field::reference("exporter", "exporter", |name| {
            OrganisationName::parse(name).map(|name| name.to_string())
        }),
        Field::month("month", "month"),
        Field::year("year", "year"),
    ])
}

fn chapter_or_none(chapter: &str) -> Result<String, RuleBroken> {
    if chapter.is_empty() || (chapter.len() == 2 && digits(chapter)) {
        return Ok(chapter.to_owned());
    }
    Err(RuleBroken::expected("hs_chapter.form", "two digits", format!("{chapter:?}")))
}

fn regency(code: &str) -> Result<String, RuleBroken> {
    if code == UNKNOWN {
        return Ok(code.to_owned());
    }
    let region = RegionPrefix::parse(code)?.to_string();
    if region.len() == "35.25".len() {
        return Ok(region);
    }
    let expected = "a regency or city such as 35.25, or UNKNOWN";
    Err(RuleBroken::expected("regency.form", expected, format!("{code:?}")))
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
