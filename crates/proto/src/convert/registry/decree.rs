//! Decrees.

use std::collections::BTreeMap;

use devisa_domain::{
    identifier::{region::RegionPrefix, text::Text, village_code::VillageCode},
    name::{DecreeName, Id, ProgrammeName, VillageName},
    refusal::{Checks, Refusal, RuleBroken, Violation},
    registry::{
        decree::{DeclaredVillages, Decree, DecreeFacts},
        record::{Draft, Stated},
    },
    time::Date,
    village,
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

/// A decree that shall be recorded together with its villages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportCommand {
    /// The decree to create.
    pub draft: Draft<DecreeName, DecreeFacts>,
    /// The villages it designates, all of the national list and covered by its region, in order of
    /// their codes; each with the place at which the request names it.
    pub villages: BTreeMap<VillageCode, usize>,
}

/// No decree is imported with more villages.
const MAX_VILLAGES: usize = 1_000;

/// Reads a request to import a decree; `today` is the day after which none is issued.
///
/// # Errors
/// All violations of `parent`, `decree_id`, `decree` and `villages`: `field.missing` without any,
/// `villages.count` beyond 1,000; at each, those of a village's name, `village_code.unknown`,
/// `villages.duplicate`, `decree.region` where the decree's region does not cover it.
pub fn parse_import_decree(
    request: wire::ImportDecreeRequest,
    today: Date,
) -> Result<ImportCommand, Refusal> {
    let wire::ImportDecreeRequest {
        parent,
        decree_id,
        decree,
        villages,
        request_id: _,
        validate_only: _,
    } = request;
    let create = wire::CreateDecreeRequest { parent, decree_id, decree, ..Default::default() };
    let mut checks = Checks::new();
    let draft = match parse_create_decree(create, today) {
        Ok(draft) => Some(draft),
        Err(Refusal::Invalid(broken)) => checks.keep_part("", Err(broken)),
        Err(other) => return Err(other),
    };
    let region = draft.as_ref().and_then(|draft| draft.stated.facts.region.as_ref());
    let villages = parse_villages(&mut checks, &villages, region);
    match draft {
        Some(draft) => checks.finish(ImportCommand { draft, villages }).map_err(Refusal::from),
        None => Err(checks.into_violations().into()),
    }
}

fn parse_villages(
    checks: &mut Checks,
    villages: &[String],
    region: Option<&RegionPrefix>,
) -> BTreeMap<VillageCode, usize> {
    checks.ensure(!villages.is_empty(), "villages", RuleBroken::missing);
    checks.ensure(villages.len() <= MAX_VILLAGES, "villages", || {
        RuleBroken::expected("villages.count", format!("1 to {MAX_VILLAGES}"), villages.len())
    });
    let mut read = BTreeMap::new();
    for (index, name) in villages.iter().take(MAX_VILLAGES).enumerate() {
        let field = format!("villages[{index}]");
        let Some(code) = checks.keep(&field, parse_code(name, region)) else { continue };
        let first = *read.entry(code.clone()).or_insert(index);
        checks.ensure(first == index, field, || {
            let found = format!("{code} at villages[{first}], too");
            RuleBroken::expected("villages.duplicate", "each village once", found)
        });
    }
    read
}

/// Reads a village's name, or its code alone.
fn parse_code(name: &str, region: Option<&RegionPrefix>) -> Result<VillageCode, RuleBroken> {
    let code = match name.contains('/') {
        true => VillageName::parse(name)?.village,
        false => VillageCode::parse(name)?,
    };
    village::require(&code)?;
    match region.filter(|region| !region.covers(&code)) {
        None => Ok(code),
        Some(region) => {
            let expected = format!("a village of the decree's region {region}");
            Err(RuleBroken::expected("decree.region", expected, code))
        }
    }
}

/// Renders what an import made: the enrolments in the order given.
pub fn render_import(
    decree: &Decree,
    enrolments: Vec<wire::Enrolment>,
    created: usize,
) -> wire::ImportDecreeResponse {
    wire::ImportDecreeResponse {
        decree: Some(render_decree(decree)),
        enrolments,
        // At most as many as villages may be named.
        created_count: i32::try_from(created).unwrap_or(i32::MAX),
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
