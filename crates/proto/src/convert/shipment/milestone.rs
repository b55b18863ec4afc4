//! Milestones.

use devisa_domain::{
    identifier::text::Text,
    name::{Id, MilestoneName, ShipmentName},
    provenance::Provenance,
    refusal::{Checks, Refusal, RuleBroken, Violation},
    shipment::{Classifier, Code, Milestone, MilestoneFacts},
    time::Timestamp,
};

use super::{Creation, Rendered, Stated, stated, text};
use crate::{
    convert::common::{
        enumeration, optional, provenance, render_provenance, render_timestamp, required, timestamp,
    },
    shipment::v1 as wire,
};

/// The full name of the message.
pub const MESSAGE: &str = "devisa.shipment.v1.Milestone";

/// Reads what a caller says of a milestone; output fields are ignored.
///
/// # Errors
/// Every violation, with paths relative to the milestone: `field.missing`, `enum.unknown`,
/// `milestone_code.released` for the code that only a dispatch writes, `timestamp.range`,
/// `timestamp.future` for an actual time after `now`, the rules of texts and provenance.
pub fn parse_milestone(
    milestone: &wire::Milestone,
    now: Timestamp,
) -> Result<Stated<MilestoneFacts>, Vec<Violation>> {
    let wire::Milestone {
        name: _,
        code,
        classifier,
        event_time,
        location,
        record_time: _,
        dcsa_code: _,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
        corrects,
    } = milestone;
    let mut checks = Checks::new();
    let code = checks.keep("code", parse_code(*code));
    let classifier = checks.keep("classifier", parse_classifier(*classifier));
    let time = required(event_time.as_ref()).and_then(timestamp);
    let time = time.and_then(|time| happened(time, classifier, now));
    let event_time = checks.keep("event_time", time);
    let location = checks.keep("location", optional(location, Text::parse));
    let corrects = checks.keep("corrects", optional(corrects, MilestoneName::parse));
    let origin: Option<Provenance> =
        checks.keep_part("provenance", provenance(origin.as_ref(), MESSAGE));
    let (Some(code), Some(classifier), Some(event_time)) = (code, classifier, event_time) else {
        return Err(checks.into_violations());
    };
    let (location, corrects) = (location.flatten(), corrects.flatten());
    let facts = MilestoneFacts { code, classifier, event_time, location, corrects };
    checks.finish(Stated { facts, provenance: origin.unwrap_or_default() })
}

/// What happened did not happen in the future.
fn happened(
    time: Timestamp,
    classifier: Option<Classifier>,
    now: Timestamp,
) -> Result<Timestamp, RuleBroken> {
    if classifier == Some(Classifier::Actual) && time > now {
        return Err(RuleBroken::expected(
            "timestamp.future",
            format!("not after now, {now}"),
            time,
        ));
    }
    Ok(time)
}

fn parse_code(number: i32) -> Result<Code, RuleBroken> {
    match read_code(number)? {
        Code::Released => Err(RuleBroken::expected(
            "milestone_code.released",
            "another code, RELEASED is written by DispatchRelease",
            "RELEASED",
        )),
        code => Ok(code),
    }
}

/// Reads a code that a milestone on record may have.
pub(in crate::convert) fn read_code(number: i32) -> Result<Code, RuleBroken> {
    match enumeration(number)? {
        wire::milestone::Code::Unspecified => Err(RuleBroken::missing()),
        wire::milestone::Code::Booked => Ok(Code::Booked),
        wire::milestone::Code::PebLodged => Ok(Code::PebLodged),
        wire::milestone::Code::NpeIssued => Ok(Code::NpeIssued),
        wire::milestone::Code::Stuffed => Ok(Code::Stuffed),
        wire::milestone::Code::Released => Ok(Code::Released),
        wire::milestone::Code::GatedIn => Ok(Code::GatedIn),
        wire::milestone::Code::Loaded => Ok(Code::Loaded),
        wire::milestone::Code::Departed => Ok(Code::Departed),
        wire::milestone::Code::Arrived => Ok(Code::Arrived),
        wire::milestone::Code::Delivered => Ok(Code::Delivered),
        wire::milestone::Code::Rolled => Ok(Code::Rolled),
        wire::milestone::Code::ShortShipped => Ok(Code::ShortShipped),
        wire::milestone::Code::Returned => Ok(Code::Returned),
    }
}

/// Reads how sure a milestone is.
pub(in crate::convert) fn parse_classifier(number: i32) -> Result<Classifier, RuleBroken> {
    match enumeration(number)? {
        wire::milestone::Classifier::Unspecified => Err(RuleBroken::missing()),
        wire::milestone::Classifier::Planned => Ok(Classifier::Planned),
        wire::milestone::Classifier::Estimated => Ok(Classifier::Estimated),
        wire::milestone::Classifier::Actual => Ok(Classifier::Actual),
    }
}

/// A milestone to be recorded, under the name it shall have.
pub type Recording = Creation<MilestoneName, MilestoneFacts>;

/// Reads a request to record a milestone.
///
/// # Errors
/// Every violation of `parent`, `milestone_id` and of what [`parse_milestone`] reads;
/// `corrects.shipment` at `milestone.corrects` for a milestone of another shipment.
pub fn parse_record_milestone(
    request: &wire::RecordMilestoneRequest,
    now: Timestamp,
) -> Result<Recording, Refusal> {
    Ok(parse_recording(request, &request.parent, now)?)
}

fn parse_recording(
    request: &wire::RecordMilestoneRequest,
    parent: &str,
    now: Timestamp,
) -> Result<Recording, Vec<Violation>> {
    let wire::RecordMilestoneRequest {
        parent: _,
        milestone_id,
        milestone,
        request_id: _,
        validate_only: _,
    } = request;
    let mut checks = Checks::new();
    let parent = checks.keep("parent", ShipmentName::parse(parent));
    let id = checks.keep("milestone_id", Id::parse_or_generate(milestone_id));
    let stated = stated(&mut checks, "milestone", milestone.as_ref(), |milestone| {
        parse_milestone(milestone, now)
    });
    // Read here, so that it is told even where something else of the milestone is wrong.
    let corrects = milestone.as_ref().and_then(|m| MilestoneName::parse(&m.corrects).ok());
    if let (Some(parent), Some(corrects)) = (&parent, &corrects) {
        checks.keep("milestone.corrects", of_shipment(corrects, parent));
    }
    match (parent, id, stated) {
        (Some(parent), Some(id), Some(Stated { facts, provenance })) => {
            let name = MilestoneName::new(parent.shipment, id);
            checks.finish(Creation { name, facts, provenance })
        }
        _ => Err(checks.into_violations()),
    }
}

fn of_shipment(corrects: &MilestoneName, parent: &ShipmentName) -> Result<(), RuleBroken> {
    if corrects.shipment == parent.shipment {
        return Ok(());
    }
    let expected = format!("a milestone of {parent}");
    Err(RuleBroken::expected("corrects.shipment", expected, corrects))
}

/// The parent of a batch whose milestones are of several shipments.
const SEVERAL: &str = "shipments/-";
/// The most milestones of a batch.
const MAX_BATCH: usize = 100;

/// Reads a request to record several milestones, in the order given.
///
/// A milestone that cannot be read stands there as its refusal: those of [`parse_record_milestone`],
/// and `parent.differs`, `batch.request_id` and `batch.validate_only` for what only the batch may
/// say. So what is wrong with the others can be told beside it.
///
/// # Errors
/// `field.missing` and `requests.count` at `requests`, the rules of names at `parent`, and beside
/// these what is wrong with each milestone, all at once.
pub fn parse_batch_record_milestones(
    request: &wire::BatchRecordMilestonesRequest,
    now: Timestamp,
) -> Result<Vec<Result<Recording, Refusal>>, Refusal> {
    let wire::BatchRecordMilestonesRequest { parent, requests, request_id: _, validate_only: _ } =
        request;
    let mut checks = Checks::new();
    if parent != SEVERAL {
        checks.keep("parent", ShipmentName::parse(parent));
    }
    checks.ensure(!requests.is_empty(), "requests", RuleBroken::missing);
    checks.ensure(requests.len() <= MAX_BATCH, "requests", || {
        RuleBroken::expected("requests.count", format!("1 to {MAX_BATCH}"), requests.len())
    });
    let parts = requests.iter().take(MAX_BATCH).map(|one| parse_part(one, parent, now));
    if checks.is_clean() {
        return Ok(parts.map(|part| part.map_err(Refusal::from)).collect());
    }
    for (index, part) in parts.enumerate() {
        // That the parent is wrong is told of the batch.
        let own = part.err().into_iter().flatten().filter(|violation| violation.field != "parent");
        own.for_each(|violation| checks.push(violation.under(&format!("requests[{index}]"))));
    }
    Err(checks.into_violations().into())
}

fn parse_part(
    request: &wire::RecordMilestoneRequest,
    parent: &str,
    now: Timestamp,
) -> Result<Recording, Vec<Violation>> {
    let mut checks = Checks::new();
    let own = request.parent.as_str();
    checks.ensure(parent == SEVERAL || own.is_empty() || own == parent, "parent", || {
        RuleBroken::expected("parent.differs", format!("none, or {parent}"), own)
    });
    checks.ensure(request.request_id.is_empty(), "request_id", || {
        RuleBroken::expected("batch.request_id", "none, the batch has one", &request.request_id)
    });
    checks.ensure(!request.validate_only, "validate_only", || {
        RuleBroken::expected("batch.validate_only", "false, the batch says it", "true")
    });
    let parent = if parent == SEVERAL { own } else { parent };
    let recording = checks.keep_part("", parse_recording(request, parent, now));
    match recording {
        Some(recording) => checks.finish(recording),
        None => Err(checks.into_violations()),
    }
}

/// Renders a milestone.
pub fn render_milestone(milestone: &Milestone) -> wire::Milestone {
    let Rendered { etag, create_time, update_time } = Rendered::of(&milestone.meta);
    let facts = &milestone.facts;
    wire::Milestone {
        name: milestone.name.to_string(),
        code: render_code(facts.code).into(),
        classifier: render_classifier(facts.classifier).into(),
        event_time: Some(render_timestamp(facts.event_time)),
        location: text(facts.location.as_ref()),
        record_time: create_time,
        dcsa_code: facts.code.dcsa().to_owned(),
        provenance: render_provenance(&milestone.meta.provenance),
        etag,
        create_time,
        update_time,
        corrects: text(facts.corrects.as_ref()),
    }
}

fn render_code(code: Code) -> wire::milestone::Code {
    match code {
        Code::Booked => wire::milestone::Code::Booked,
        Code::PebLodged => wire::milestone::Code::PebLodged,
        Code::NpeIssued => wire::milestone::Code::NpeIssued,
        Code::Stuffed => wire::milestone::Code::Stuffed,
        Code::Released => wire::milestone::Code::Released,
        Code::GatedIn => wire::milestone::Code::GatedIn,
        Code::Loaded => wire::milestone::Code::Loaded,
        Code::Departed => wire::milestone::Code::Departed,
        Code::Arrived => wire::milestone::Code::Arrived,
        Code::Delivered => wire::milestone::Code::Delivered,
        Code::Rolled => wire::milestone::Code::Rolled,
        Code::ShortShipped => wire::milestone::Code::ShortShipped,
        Code::Returned => wire::milestone::Code::Returned,
    }
}

fn render_classifier(classifier: Classifier) -> wire::milestone::Classifier {
    match classifier {
        Classifier::Planned => wire::milestone::Classifier::Planned,
        Classifier::Estimated => wire::milestone::Classifier::Estimated,
        Classifier::Actual => wire::milestone::Classifier::Actual,
    }
}
