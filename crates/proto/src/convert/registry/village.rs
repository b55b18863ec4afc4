//! Villages.

use devisa_domain::{
    name::VillageName,
    refusal::{Checks, Refusal},
    village::{Kind, Query, Village},
};

use crate::{
    convert::common::{optional_text, text},
    registry::v1 as wire,
};

/// No name of a request to resolve villages is longer.
const MAX_NAME: usize = 100;

/// Reads a request to resolve villages.
///
/// # Errors
/// `field.missing` at `name`; at each field `text.length`, `text.form`, and `place.form`
/// for text that holds no name.
pub fn parse_resolve_villages(request: wire::ResolveVillagesRequest) -> Result<Query, Refusal> {
    let wire::ResolveVillagesRequest { name, district, regency } = request;
    let mut checks = Checks::new();
    let name = checks.keep("name", text(&name, MAX_NAME));
    let district = checks.keep("district", optional_text(&district, MAX_NAME));
    let regency = checks.keep("regency", optional_text(&regency, MAX_NAME));
    let (Some(name), Some(district), Some(regency)) = (name, district, regency) else {
        return Err(checks.into_violations().into());
    };
    Query::new(&name, &district, &regency).map_err(Refusal::from)
}

/// Renders a village.
pub fn render_village(village: &Village) -> wire::Village {
    let Village { code, name, district, regency, province, kind } = village;
    let kind = match kind {
        Kind::Desa => wire::VillageKind::Desa,
        Kind::Kelurahan => wire::VillageKind::Kelurahan,
        Kind::DesaAdat => wire::VillageKind::DesaAdat,
    };
    wire::Village {
        name: VillageName::new(code.clone()).to_string(),
        display_name: (*name).to_owned(),
        district: (*district).to_owned(),
        regency: (*regency).to_owned(),
        province: (*province).to_owned(),
        kind: kind.into(),
    }
}
