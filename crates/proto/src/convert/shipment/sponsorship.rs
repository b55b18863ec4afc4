//! Sponsorships.

use devisa_domain::{
    identifier::text::Note,
    name::{Id, OrganisationName, ReleaseName, ShipmentName, SponsorshipName},
    refusal::{Checks, Refusal, RuleBroken, Violation},
    shipment::{
        Sponsorship, SponsorshipFacts,
        sponsorship::{Kind, Recipient, not_negative},
    },
};

use super::{Creation, Rendered, Stated, stated, text};
use crate::{
    convert::common::{
        enumeration, money, optional, provenance, render_money, render_provenance, render_timestamp,
    },
    shipment::v1 as wire,
};

/// The full name of the message.
pub const MESSAGE: &str = "devisa.shipment.v1.Sponsorship";

/// Reads what a caller says of a sponsorship; output fields are ignored.
///
/// # Errors
/// Every violation, with paths relative to the sponsorship: `field.missing` (at `release` when
/// neither recipient is named), `sponsorship.recipient` at `shipment` when both are,
/// `enum.unknown`, `money.negative`, the rules of names, texts, money and provenance.
pub fn parse_sponsorship(
    sponsorship: &wire::Sponsorship,
) -> Result<Stated<SponsorshipFacts>, Vec<Violation>> {
    let wire::Sponsorship {
        name: _,
        sponsor,
        sponsor_display_name: _,
        kind,
        release,
        shipment,
        in_kind_value,
        note,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
        delete_time: _,
    } = sponsorship;
    let mut checks = Checks::new();
    let sponsor = checks.keep("sponsor", OrganisationName::parse(sponsor));
    let kind = checks.keep("kind", parse_kind(*kind));
    let recipient = parse_recipient(&mut checks, release, shipment);
    let value = in_kind_value.as_ref().map(|value| money(value).and_then(not_negative));
    let in_kind_value = checks.keep("in_kind_value", value.transpose());
    let note = checks.keep("note", optional(note, Note::parse));
    let provenance = checks.keep_part("provenance", provenance(origin.as_ref(), MESSAGE));
    let (Some(sponsor), Some(kind), Some(recipient)) = (sponsor, kind, recipient) else {
        return Err(checks.into_violations());
    };
    let (in_kind_value, note) = (in_kind_value.flatten(), note.flatten());
    let facts = SponsorshipFacts { sponsor, kind, recipient, in_kind_value, note };
    checks.finish(Stated { facts, provenance: provenance.unwrap_or_default() })
}

fn parse_recipient(checks: &mut Checks, release: &str, shipment: &str) -> Option<Recipient> {
    let release = checks.keep("release", optional(release, ReleaseName::parse))?;
    let shipment = checks.keep("shipment", optional(shipment, ShipmentName::parse))?;
    match (release, shipment) {
        (Some(release), None) => Some(Recipient::Release(release)),
        (None, Some(shipment)) => Some(Recipient::Shipment(shipment)),
        (None, None) => {
            let broken = "expected a release or a shipment, found neither";
            checks.push(RuleBroken::new("field.missing", broken).at("release"));
            None
        }
        (Some(_), Some(_)) => {
            let expected = "a release or a shipment";
            let broken = RuleBroken::expected("sponsorship.recipient", expected, "both");
            checks.push(broken.at("shipment"));
            None
        }
    }
}

fn parse_kind(number: i32) -> Result<Kind, RuleBroken> {
    match enumeration(number)? {
        wire::sponsorship::Kind::Unspecified => Err(RuleBroken::missing()),
        wire::sponsorship::Kind::Container => Ok(Kind::Container),
        wire::sponsorship::Kind::Freight => Ok(Kind::Freight),
        wire::sponsorship::Kind::Certificate => Ok(Kind::Certificate),
        wire::sponsorship::Kind::Booth => Ok(Kind::Booth),
        wire::sponsorship::Kind::Training => Ok(Kind::Training),
    }
}

/// Reads a request to create a sponsorship.
///
/// # Errors
/// Every violation of `sponsorship_id` and of what [`parse_sponsorship`] reads.
pub fn parse_create_sponsorship(
    request: &wire::CreateSponsorshipRequest,
) -> Result<Creation<SponsorshipName, SponsorshipFacts>, Refusal> {
    let wire::CreateSponsorshipRequest {
        sponsorship_id,
        sponsorship,
        request_id: _,
        validate_only: _,
    } = request;
    let mut checks = Checks::new();
    let id = checks.keep("sponsorship_id", Id::parse_or_generate(sponsorship_id));
    let stated = stated(&mut checks, "sponsorship", sponsorship.as_ref(), parse_sponsorship);
    match (id, stated) {
        (Some(id), Some(Stated { facts, provenance })) => {
            Ok(Creation { name: SponsorshipName::new(id), facts, provenance })
        }
        _ => Err(checks.into_violations().into()),
    }
}

/// Renders a sponsorship.
pub fn render_sponsorship(sponsorship: &Sponsorship) -> wire::Sponsorship {
    let Rendered { etag, create_time, update_time } = Rendered::of(&sponsorship.meta);
    let facts = &sponsorship.facts;
    let kind = match facts.kind {
        Kind::Container => wire::sponsorship::Kind::Container,
        Kind::Freight => wire::sponsorship::Kind::Freight,
        Kind::Certificate => wire::sponsorship::Kind::Certificate,
        Kind::Booth => wire::sponsorship::Kind::Booth,
        Kind::Training => wire::sponsorship::Kind::Training,
    };
    wire::Sponsorship {
        name: sponsorship.name.to_string(),
        sponsor: facts.sponsor.to_string(),
        sponsor_display_name: sponsorship.sponsor_display_name.clone(),
        kind: kind.into(),
        release: text(facts.recipient.release()),
        shipment: text(facts.recipient.shipment()),
        in_kind_value: facts.in_kind_value.map(render_money),
        note: text(facts.note.as_ref()),
        provenance: render_provenance(&sponsorship.meta.provenance),
        etag,
        create_time,
        update_time,
        delete_time: sponsorship.meta.delete_time.map(render_timestamp),
    }
}
