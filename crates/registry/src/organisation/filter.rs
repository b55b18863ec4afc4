//! What organisations can be filtered by.

use devisa_domain::{
    identifier::{country::RegionCode, nib::Nib, npwp::Npwp, village_code::VillageCode},
    refusal::RuleBroken,
    registry::organisation::Role,
};
use devisa_ledger::{Field, FilterSchema};

/// The fields, each with the form in which its column holds it.
pub(super) fn schema() -> FilterSchema {
    FilterSchema::resource([
        Field::normalised("region_code", "region_code", |text| {
            RegionCode::parse(text).map(|code| code.to_string())
        }),
        Field::reference("village", "village", village),
        Field::normalised("nib", "nib", |text| Nib::parse(text).map(|nib| nib.to_string())),
        Field::normalised("npwp", "npwp", |text| Npwp::parse(text).map(|npwp| npwp.to_string())),
        Field::has("roles", "roles", role),
    ])
}

/// A village's name; the column holds its code, which is read, too.
fn village(text: &str) -> Result<String, RuleBroken> {
    let code = text.strip_prefix("villages/").unwrap_or(text);
    VillageCode::parse(code).map(|code| code.to_string())
}

fn role(text: &str) -> Result<String, RuleBroken> {
    let name = text.strip_prefix("ROLE_").unwrap_or(text);
    let names: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    if names.contains(&name) {
        return Ok(name.to_owned());
    }
    let expected = format!("one of {}", names.join(", "));
    Err(RuleBroken::expected("enum.unknown", expected, format!("{text:?}")))
}
