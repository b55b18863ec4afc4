//! Villages.

use devisa_domain::{
    name::VillageName,
    village::{Kind, Village},
};

use crate::registry::v1 as wire;

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
