//! Enrolments.

use devisa_domain::{
    identifier::region::RegionPrefix,
    name::{DecreeName, EnrolmentName, ProgrammeName, VillageName},
    refusal::{Checks, Refusal, RuleBroken, Violation},
    registry::{
        count::{CountQuery, EnrolmentCount},
        enrolment::{Advance, Enrolment, EnrolmentFacts, Entry, Proposal, State},
        record::{Draft, Stated},
    },
    time::{Date, Timestamp},
    village,
};
use prost::Name;

use super::{maybe_text, not_future, part, render_text, same_values};
use crate::{
    convert::common::{
        optional, optional_date, provenance, render_date, render_provenance, render_timestamp,
        required_date, timestamp,
    },
    registry::v1 as wire,
};

same_values! {
    parse_state, render_state: wire::enrolment::State, State {
        Proposed, UnderAssessment, Candidate, Designated, Inaugurated, Rejected, Suspended, Revoked,
    }
}

/// Reads a request to propose a village; `today` is the day after which nothing takes effect.
///
/// # Errors
/// All violations of `parent` and `enrolment`.
pub fn parse_create_enrolment(
    request: wire::CreateEnrolmentRequest,
    today: Date,
) -> Result<Proposal, Refusal> {
    let wire::CreateEnrolmentRequest { parent, enrolment, request_id: _, validate_only: _ } =
        request;
    let mut checks = Checks::new();
    let parent = checks.keep("parent", ProgrammeName::parse(&parent));
    let parse = |enrolment| parse_enrolment(enrolment, today);
    let enrolment = part(&mut checks, "enrolment", enrolment, parse);
    match (parent, enrolment) {
        (Some(parent), Some(Proposed { village, effective_date, stated })) => {
            let name = EnrolmentName::new(parent.programme, village.village);
            Ok(Proposal { draft: Draft { name, stated }, effective_date })
        }
        _ => Err(checks.into_violations().into()),
    }
}

struct Proposed {
    village: VillageName,
    effective_date: Date,
    stated: Stated<EnrolmentFacts>,
}

fn parse_enrolment(message: wire::Enrolment, today: Date) -> Result<Proposed, Vec<Violation>> {
    let wire::Enrolment {
        name: _,
        village,
        effective_date,
        state: _,
        cluster,
        lead_commodity,
        decree: _,
        history: _,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
    } = message;
    let mut checks = Checks::new();
    let village = checks.keep("village", parse_village(&village));
    let effective_date = checks.keep("effective_date", past_date(effective_date.as_ref(), today));
    let cluster = checks.keep("cluster", maybe_text(&cluster));
    let lead_commodity = checks.keep("lead_commodity", maybe_text(&lead_commodity));
    let origin = provenance(origin.as_ref(), &wire::Enrolment::full_name());
    let provenance = checks.keep_part("provenance", origin);
    match (village, effective_date, cluster, lead_commodity, provenance) {
        (
            Some(village),
            Some(effective_date),
            Some(cluster),
            Some(lead_commodity),
            Some(provenance),
        ) => {
            let stated = Stated { facts: EnrolmentFacts { cluster, lead_commodity }, provenance };
            Ok(Proposed { village, effective_date, stated })
        }
        _ => Err(checks.into_violations()),
    }
}

/// Reads the name of a village of the national list.
pub(super) fn parse_village(name: &str) -> Result<VillageName, RuleBroken> {
    let name = VillageName::parse(name)?;
    village::require(&name.village)?;
    Ok(name)
}

fn past_date(date: Option<&crate::google_type::Date>, today: Date) -> Result<Date, RuleBroken> {
    required_date(date).and_then(|date| not_future(date, today))
}

/// An enrolment that shall take a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvanceCommand {
    /// The enrolment.
    pub name: EnrolmentName,
    /// What it shall become.
    pub advance: Advance,
    /// Its etag as the caller last read it; empty when the caller does not mind.
    pub etag: String,
}

/// Reads a request to advance an enrolment; `today` is the day after which nothing takes effect.
///
/// # Errors
/// All violations: besides those of the fields, `decree.programme` when the decree is another
/// programme's, and the rules of [`Advance::new`].
pub fn parse_advance_enrolment(
    request: wire::AdvanceEnrolmentRequest,
    today: Date,
) -> Result<AdvanceCommand, Refusal> {
    let wire::AdvanceEnrolmentRequest {
        name,
        state,
        effective_date,
        decree,
        reason,
        etag,
        request_id: _,
        validate_only: _,
    } = request;
    let mut checks = Checks::new();
    let name = checks.keep("name", EnrolmentName::parse(&name));
    let state = checks.keep("state", parse_state(state));
    let date = checks.keep("effective_date", past_date(effective_date.as_ref(), today));
    let decree = checks.keep("decree", optional(&decree, DecreeName::parse));
    let reason = checks.keep("reason", maybe_text(&reason));
    if let (Some(name), Some(Some(decree))) = (&name, &decree) {
        checks.keep("decree", same_programme(name, decree));
    }
    let advance = match (state, decree, reason) {
        // An unexpected decree is told even where the date is wrong, which fails the call anyway.
        (Some(state), Some(decree), Some(reason)) => {
            let advance = Advance::new(state, date.unwrap_or(today), decree, reason);
            checks.keep_part("", advance.map_err(|unexpected| vec![unexpected]))
        }
        _ => None,
    };
    match (name, advance) {
        (Some(name), Some(advance)) if checks.is_clean() => {
            Ok(AdvanceCommand { name, advance, etag })
        }
        _ => Err(checks.into_violations().into()),
    }
}

fn same_programme(name: &EnrolmentName, decree: &DecreeName) -> Result<(), RuleBroken> {
    if name.programme == decree.programme {
        return Ok(());
    }
    let expected = format!("a decree of programmes/{}", name.programme);
    Err(RuleBroken::expected("decree.programme", expected, decree))
}

/// Renders an enrolment.
pub fn render_enrolment(enrolment: &Enrolment) -> wire::Enrolment {
    let Enrolment { name, meta, facts: EnrolmentFacts { cluster, lead_commodity }, history } =
        enrolment;
    wire::Enrolment {
        name: name.to_string(),
        village: VillageName::new(name.enrolment.clone()).to_string(),
        effective_date: Some(render_date(history.effective_date())),
        state: render_state(enrolment.state()),
        cluster: render_text(cluster.as_ref()),
        lead_commodity: render_text(lead_commodity.as_ref()),
        decree: history.decree().map(ToString::to_string).unwrap_or_default(),
        history: history.entries().iter().map(render_entry).collect(),
        provenance: render_provenance(&meta.provenance),
        etag: meta.etag(),
        create_time: Some(render_timestamp(meta.create_time)),
        update_time: Some(render_timestamp(meta.update_time)),
    }
}

fn render_entry(entry: &Entry) -> wire::EnrolmentEntry {
    let Entry { state, effective_date, record_time, actor, reason, decree } = entry;
    wire::EnrolmentEntry {
        state: render_state(*state),
        effective_date: Some(render_date(*effective_date)),
        record_time: Some(render_timestamp(*record_time)),
        actor: actor.clone(),
        reason: render_text::<500>(reason.as_ref()),
        decree: decree.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// A programme whose enrolments shall be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountCommand {
    /// The programme.
    pub programme: ProgrammeName,
    /// What to count.
    pub query: CountQuery,
}

/// Reads a request to count enrolments; `now` stands for what it leaves open.
///
/// # Errors
/// All violations of its fields.
pub fn parse_count_enrolments(
    request: wire::CountEnrolmentsRequest,
    now: Timestamp,
) -> Result<CountCommand, Refusal> {
    let wire::CountEnrolmentsRequest { parent, states, region, as_of, known_at } = request;
    let mut checks = Checks::new();
    let programme = checks.keep("parent", ProgrammeName::parse(&parent));
    let states = states.into_iter().enumerate();
    let states: Vec<_> = states
        .filter_map(|(index, state)| checks.keep(format!("states[{index}]"), parse_state(state)))
        .collect();
    let region = checks.keep("region", optional(&region, RegionPrefix::parse));
    let as_of = checks.keep("as_of", optional_date(as_of.as_ref()));
    let known_at = checks.keep("known_at", known_at.as_ref().map(timestamp).transpose());
    match (programme, region, as_of, known_at) {
        (Some(programme), Some(region), Some(as_of), Some(known_at)) if checks.is_clean() => {
            let query = CountQuery {
                states: CountQuery::states_or_standing(states),
                region,
                as_of: as_of.unwrap_or(now.jakarta_date()),
                known_at: known_at.unwrap_or(now),
            };
            Ok(CountCommand { programme, query })
        }
        _ => Err(checks.into_violations().into()),
    }
}

/// Renders what was counted.
pub fn render_count(count: &EnrolmentCount, query: &CountQuery) -> wire::CountEnrolmentsResponse {
    let EnrolmentCount { listed, declared, regencies, digest } = count;
    let regencies = regencies.iter().map(|(region, listed)| wire::RegencyCount {
        region: region.clone(),
        display_name: village::region_name(region).unwrap_or_default().to_owned(),
        listed_count: count_of(*listed),
    });
    wire::CountEnrolmentsResponse {
        listed_count: count_of(*listed),
        declared_count: declared.as_ref().map(|declared| count_of(declared.count())),
        regencies: regencies.collect(),
        digest: digest.clone(),
        as_of: Some(render_date(query.as_of)),
        known_at: Some(render_timestamp(query.known_at)),
    }
}

/// A count as the wire holds it; there are fewer than 100,000 villages, and not many more decrees.
fn count_of(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}
