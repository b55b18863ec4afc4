//! What the shipment service tells, as far as deals depend on it.

use devisa_domain::{
    deal::shipped::{ShippedFacts, ShippedLine},
    meta::Meta,
    name::{MilestoneName, OrganisationName, ShipmentName},
    provenance::Provenance,
    refusal::RuleBroken,
    shipment::{Milestone, MilestoneFacts, State},
    tier::Tier,
};

use crate::{
    common::v1 as common,
    convert::{
        common::{enumeration, money, optional, required, timestamp},
        shipment::milestone::{parse_classifier, read_code},
    },
    shipment::v1 as wire,
};

/// Reads a shipment that its service told.
///
/// # Errors
/// What its service would never say.
pub fn parse_shipped(
    shipment: &wire::Shipment,
) -> Result<(ShipmentName, ShippedFacts), RuleBroken> {
    let facts = ShippedFacts {
        version: version(&shipment.etag)?,
        exporter: OrganisationName::parse(&shipment.exporter)?,
        exporter_of_record: optional(&shipment.exporter_of_record, OrganisationName::parse)?,
        lines: shipment.lines.iter().map(parse_line).collect::<Result<_, _>>()?,
        state: parse_state(shipment.state)?,
        tier: parse_tier(shipment.tier)?,
        create_time: required(shipment.create_time.as_ref()).and_then(timestamp)?,
        update_time: required(shipment.update_time.as_ref()).and_then(timestamp)?,
    };
    Ok((ShipmentName::parse(&shipment.name)?, facts))
}

/// The version that an etag of ours is made of.
fn version(etag: &str) -> Result<i64, RuleBroken> {
    let wrong = |_| RuleBroken::expected("etag.form", "a version in quotes", etag);
    etag.trim_matches('"').parse().map_err(wrong)
}

fn parse_line(line: &wire::ShipmentLine) -> Result<ShippedLine, RuleBroken> {
    let producers = line.shares.iter().map(|share| share.producer.as_str());
    let producers = producers.filter(|name| !name.is_empty()).map(OrganisationName::parse);
    Ok(ShippedLine {
        value: required(line.value.as_ref()).and_then(money)?,
        producers: producers.collect::<Result<_, _>>()?,
    })
}

fn parse_state(number: i32) -> Result<State, RuleBroken> {
    use wire::shipment::State as Wire;
    match enumeration(number)? {
        Wire::Unspecified => Err(RuleBroken::missing()),
        Wire::Draft => Ok(State::Draft),
        Wire::Ready => Ok(State::Ready),
        Wire::Released => Ok(State::Released),
        Wire::GatedIn => Ok(State::GatedIn),
        Wire::Loaded => Ok(State::Loaded),
        Wire::Departed => Ok(State::Departed),
        Wire::Arrived => Ok(State::Arrived),
        Wire::Delivered => Ok(State::Delivered),
        Wire::Cancelled => Ok(State::Cancelled),
    }
}

fn parse_tier(number: i32) -> Result<Option<Tier>, RuleBroken> {
    match common::Tier::try_from(number) {
        Ok(common::Tier::Unspecified) => Ok(None),
        Ok(common::Tier::Potential) => Ok(Some(Tier::Potential)),
        Ok(common::Tier::Contracted) => Ok(Some(Tier::Contracted)),
        Ok(common::Tier::Released) => Ok(Some(Tier::Released)),
        Ok(common::Tier::Realised) => Ok(Some(Tier::Realised)),
        Err(_) => Err(RuleBroken::expected("enum.unknown", "a value of the enum", number)),
    }
}

/// Reads a milestone that the shipment service told, without what realisations do not depend on.
///
/// # Errors
/// What its service would never say.
pub fn parse_passed(milestone: &wire::Milestone) -> Result<Milestone, RuleBroken> {
    let recorded = required(milestone.create_time.as_ref()).and_then(timestamp)?;
    let facts = MilestoneFacts {
        code: read_code(milestone.code)?,
        classifier: parse_classifier(milestone.classifier)?,
        event_time: required(milestone.event_time.as_ref()).and_then(timestamp)?,
        location: None,
        corrects: optional(&milestone.corrects, MilestoneName::parse)?,
    };
    let name = MilestoneName::parse(&milestone.name)?;
    Ok(Milestone { name, meta: Meta::new(recorded, Provenance::default()), facts })
}
