//! What is heard of shipments.

use devisa_domain::{
    deal::{Shipped, shipped::ShippedFacts},
    name::ShipmentName,
    refusal::RuleBroken,
    shipment::Milestone,
};
use devisa_proto::{
    convert::deal::shipped::{parse_passed, parse_shipped},
    event::v1::Event,
    shipment::v1 as wire,
};

/// One thing heard of a shipment.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// Its place in the shipment service's log; empty for an answer to a question.
    pub(crate) revision: String,
    /// Which shipment.
    pub(crate) shipment: ShipmentName,
    /// What of it.
    pub(crate) told: Told,
}

/// What is told of a shipment.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// How it is now.
    Facts(Box<ShippedFacts>),
    /// That it passed a milestone.
    Milestone(Box<Milestone>),
}

impl News {
    /// What an event tells; none where it is of no shipment.
    ///
    /// # Errors
    /// What the shipment service would never say.
    pub(crate) fn of_event(event: &Event) -> Result<Option<Self>, RuleBroken> {
        let Some(data) = &event.data else { return Ok(None) };
        let revision = event.revision.clone();
        let unreadable = |why: String| RuleBroken::new("event.data", why);
        if data.type_url.ends_with("/devisa.shipment.v1.Shipment") {
            let shipment: wire::Shipment =
                data.to_msg().map_err(|error| unreadable(error.to_string()))?;
            return Self::of_shipment(&shipment, revision).map(Some);
        }
        if data.type_url.ends_with("/devisa.shipment.v1.Milestone") {
            let milestone: wire::Milestone =
                data.to_msg().map_err(|error| unreadable(error.to_string()))?;
            return Self::of_milestone(&milestone, revision).map(Some);
        }
        Ok(None)
    }

    /// What a shipment tells.
    ///
    /// # Errors
    /// As [`News::of_event`].
    pub(crate) fn of_shipment(
        shipment: &wire::Shipment,
        revision: String,
    ) -> Result<Self, RuleBroken> {
        let (shipment, facts) = parse_shipped(shipment)?;
        Ok(Self { revision, shipment, told: Told::Facts(Box::new(facts)) })
    }

    /// What a milestone tells.
    ///
    /// # Errors
    /// As [`News::of_event`].
    pub(crate) fn of_milestone(
        milestone: &wire::Milestone,
        revision: String,
    ) -> Result<Self, RuleBroken> {
        let milestone = parse_passed(milestone)?;
        let shipment = ShipmentName::new(milestone.name.shipment.clone());
        Ok(Self { revision, shipment, told: Told::Milestone(Box::new(milestone)) })
    }

    /// How the shipment is now, where it tells that.
    pub(super) fn facts(&self) -> Option<&ShippedFacts> {
        match &self.told {
            Told::Facts(facts) => Some(facts),
            Told::Milestone(_) => None,
        }
    }

    /// The milestone that it tells of.
    pub(super) fn milestone(&self) -> Option<&Milestone> {
        match &self.told {
            Told::Milestone(milestone) => Some(milestone),
            Told::Facts(_) => None,
        }
    }

    /// Whether it tells of the shipment in this version or an earlier one.
    pub(crate) fn is_version_up_to(&self, version: i64) -> bool {
        self.facts().is_some_and(|facts| facts.version <= version)
    }

    /// Tells it. Whether that was news.
    pub(crate) fn tell(&self, shipped: &mut Shipped) -> bool {
        match &self.told {
            Told::Facts(facts) => shipped.hear(facts.as_ref().clone(), &self.revision),
            Told::Milestone(milestone) => shipped.pass(milestone.as_ref().clone()),
        }
    }
}
