//! Decrees.

use devisa_domain::{
    identifier::{region::RegionPrefix, text::Text},
    name::{DecreeName, Id, ProgrammeName},
    refusal::{Checks, Refusal, Violation},
    registry::{
        decree::{DeclaredVillages, Decree, DecreeFacts},
        record::{Draft, Stated},
    },
    time::Date,
};
use prost::Name;

use super::{not_future, part};
use crate::{
    convert::common::{
        nonempty, optional, provenance, render_date, render_provenance, render_timestamp,
        required_date,
    },
    registry::v1 as wire,
};

/// Reads a request to create a decree; `today` is the day after which none is issued.
///
/// # Errors
/// All violations of `parent`, `decree_id` and `decree`.
pub fn parse_create_decree(
    request: wire::CreateDecreeRequest,
    today: Date,
) -> Result<Draft<DecreeName, DecreeFacts>, Refusal> {
    let wire::CreateDecreeRequest { parent, decree_id, decree, request_id: _, validate_only: _ } =
        request;
    let mut checks = Checks::new();
    let parent = checks.keep("parent", ProgrammeName::parse(&parent));
    let id = checks.keep("decree_id", nonempty(&decree_id, Id::parse));
    let stated = part(&mut checks, "decree", decree, |decree| parse_decree(decree, today));
    match (parent, id, stated) {
        (Some(parent), Some(id), Some(stated)) => {
            Ok(Draft { name: DecreeName::new(parent.programme, id), stated })
        }
        _ => Err(checks.into_violations().into()),
    }
}

fn parse_decree(message: wire::Decree, today: Date) -> Result<Stated<DecreeFacts>, Vec<Violation>> {
    let wire::Decree {
        name: _,
        number,
        issue_date,
        issuer,
        declared_village_count,
        region,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
    } = message;
    let mut checks = Checks::new();
    let number = checks.keep("number", Text::parse(&number));
    let issue_date = required_date(issue_date.as_ref()).and_then(|date| not_future(date, today));
    let issue_date = checks.keep("issue_date", issue_date);
    let issuer = checks.keep("issuer", Text::parse(&issuer));
    let declared = DeclaredVillages::parse(declared_village_count);
    let declared = checks.keep("declared_village_count", declared);
    let region = checks.keep("region", optional(&region, RegionPrefix::parse));
    let origin = provenance(origin.as_ref(), &wire::Decree::full_name());
    let provenance = checks.keep_part("provenance", origin);
    match (number, issue_date, issuer, declared, region, provenance) {
        (
            Some(number),
            Some(issue_date),
            Some(issuer),
            Some(declared_villages),
            Some(region),
            Some(provenance),
        ) => {
            let facts = DecreeFacts { number, issue_date, issuer, declared_villages, region };
            Ok(Stated { facts, provenance })
        }
        _ => Err(checks.into_violations()),
    }
}

/// Renders a decree.
pub fn render_decree(decree: &Decree) -> wire::Decree {
    let Decree { name, meta, facts } = decree;
    let DecreeFacts { number, issue_date, issuer, declared_villages, region } = facts;
    wire::Decree {
        name: name.to_string(),
        number: number.to_string(),
        issue_date: Some(render_date(*issue_date)),
        issuer: issuer.to_string(),
        declared_village_count: declared_villages.get(),
        region: region.as_ref().map(ToString::to_string).unwrap_or_default(),
        provenance: render_provenance(&meta.provenance),
        etag: meta.etag(),
        create_time: Some(render_timestamp(meta.create_time)),
        update_time: Some(render_timestamp(meta.update_time)),
    }
}
