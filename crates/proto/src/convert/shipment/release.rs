//! Releases and what they come to.

use devisa_domain::{
    identifier::text::Text,
    name::{Id, ReleaseName},
    refusal::{Checks, Refusal, Violation},
    shipment::{Release, ReleaseFacts, Totals, release::State},
    time::Timestamp,
};

use super::{Creation, Rendered, Stated, count, stated, text};
use crate::{
    convert::common::{
        optional, provenance, render_date, render_provenance, render_sums, render_timestamp,
        required_date, timestamp, update,
    },
    mask::UpdateMask,
    shipment::v1 as wire,
};

/// The full name of the message.
pub const MESSAGE: &str = "devisa.shipment.v1.Release";

/// Reads what a caller says of a release; output fields are ignored.
///
/// # Errors
/// Every violation, with paths relative to the release: `field.missing`, `text.length`,
/// `text.form`, `date.form`, those of provenance.
pub fn parse_release(release: &wire::Release) -> Result<Stated<ReleaseFacts>, Vec<Violation>> {
    let wire::Release {
        name: _,
        display_name,
        event_date,
        place,
        officiant,
        state: _,
        dispatch_time: _,
        totals: _,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
    } = release;
    let mut checks = Checks::new();
    let display_name = checks.keep("display_name", Text::parse(display_name));
    let event_date = checks.keep("event_date", required_date(event_date.as_ref()));
    let place = checks.keep("place", optional(place, Text::parse));
    let officiant = checks.keep("officiant", optional(officiant, Text::parse));
    let provenance = checks.keep_part("provenance", provenance(origin.as_ref(), MESSAGE));
    let (Some(display_name), Some(event_date)) = (display_name, event_date) else {
        return Err(checks.into_violations());
    };
    let (place, officiant) = (place.flatten(), officiant.flatten());
    let facts = ReleaseFacts { display_name, event_date, place, officiant };
    checks.finish(Stated { facts, provenance: provenance.unwrap_or_default() })
}

/// Reads a request to create a release.
///
/// # Errors
/// Every violation of `release_id` and of what [`parse_release`] reads.
pub fn parse_create_release(
    request: &wire::CreateReleaseRequest,
) -> Result<Creation<ReleaseName, ReleaseFacts>, Refusal> {
    let wire::CreateReleaseRequest { release_id, release, request_id: _, validate_only: _ } =
        request;
    let mut checks = Checks::new();
    let id = checks.keep("release_id", Id::parse_or_generate(release_id));
    let stated = stated(&mut checks, "release", release.as_ref(), parse_release);
    match (id, stated) {
        (Some(id), Some(Stated { facts, provenance })) => {
            Ok(Creation { name: ReleaseName::new(id), facts, provenance })
        }
        _ => Err(checks.into_violations().into()),
    }
}

/// A request to change a release, read as far as it can be without the release.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRelease {
    /// Which release.
    pub name: ReleaseName,
    /// The new values, and the etag that the caller sent.
    pub patch: wire::Release,
    /// Which of them to take.
    pub mask: UpdateMask,
}

/// Reads a request to change a release.
///
/// # Errors
/// `field.missing` at `release`, what is wrong with its name and with `update_mask`, at once.
pub fn parse_update_release(request: wire::UpdateReleaseRequest) -> Result<UpdateRelease, Refusal> {
    let wire::UpdateReleaseRequest { release, update_mask, request_id: _ } = request;
    let mut checks = Checks::new();
    let named = |release: &wire::Release| ReleaseName::parse(&release.name);
    match update(&mut checks, "release", release, update_mask.as_ref(), named) {
        Some((name, patch, mask)) => Ok(UpdateRelease { name, patch, mask }),
        None => Err(checks.into_violations().into()),
    }
}

/// Reads when the trucks left.
///
/// # Errors
/// At `dispatch_time`: `timestamp.range`.
pub fn parse_dispatch_time(
    request: &wire::DispatchReleaseRequest,
) -> Result<Option<Timestamp>, Refusal> {
    let time = request.dispatch_time.as_ref().map(timestamp).transpose();
    time.map_err(|broken| Refusal::field("dispatch_time", broken))
}

/// Renders a release with what it comes to.
pub fn render_release(release: &Release, totals: &Totals) -> wire::Release {
    let Rendered { etag, create_time, update_time } = Rendered::of(&release.meta);
    let state = match release.state {
        State::Planned => wire::release::State::Planned,
        State::Released { .. } => wire::release::State::Released,
        State::Cancelled => wire::release::State::Cancelled,
    };
    wire::Release {
        name: release.name.to_string(),
        display_name: release.facts.display_name.to_string(),
        event_date: Some(render_date(release.facts.event_date)),
        place: text(release.facts.place.as_ref()),
        officiant: text(release.facts.officiant.as_ref()),
        state: state.into(),
        dispatch_time: release.dispatch_time().map(render_timestamp),
        totals: Some(render_totals(totals)),
        provenance: render_provenance(&release.meta.provenance),
        etag,
        create_time,
        update_time,
    }
}

/// Renders what a release comes to.
pub fn render_totals(totals: &Totals) -> wire::ReleaseTotals {
    wire::ReleaseTotals {
        line_count: count(totals.lines),
        shipment_count: count(totals.shipments),
        truck_count: count(totals.trucks),
        container_count: count(totals.containers),
        exporter_count: count(totals.exporters),
        destination_count: count(totals.destinations.len()),
        destinations: totals.destination_codes(),
        values: render_sums(&totals.values),
    }
}
