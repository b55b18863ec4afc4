//! The shipment service: what left?
//!
//! Purpose: releases (the ceremonies), shipments, their milestones and sponsorships over gRPC, with
//! totals by value tier and published figures checked against them. Invariant: a release leaves
//! with all of its shipments or with none; state and tier follow from what happened, never from
//! what was typed in; a customs declaration belongs to one shipment.
//! It must never know of deals, nor how the registry stores organisations: it asks it, and keeps a
//! copy of what it was told.

mod events;
mod migrations;
mod milestone;
mod release;
#[cfg(test)]
mod sample;
mod shipment;
mod sponsorship;
mod summary;
mod upstream;
mod verify;

use devisa_ledger::{Ledger, schema, store};
use devisa_proto::shipment::v1::{
    event_service_server::EventServiceServer, milestone_service_server::MilestoneServiceServer,
    release_service_server::ReleaseServiceServer, shipment_service_server::ShipmentServiceServer,
    sponsorship_service_server::SponsorshipServiceServer,
    summary_service_server::SummaryServiceServer,
};
use devisa_server::{Drain, Limits, Part, ServiceChannel, Stack, bounded, events::Events};

pub use events::TYPES;
pub use migrations::Migrator;
pub use verify::verify;

use events::EventLog;
use upstream::Registry;

/// The shipment service on its own ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shipments {
    handlers: Handlers,
    events: EventLog,
}

/// Answers every method; each resource's folder implements its service on it.
#[derive(Clone, Debug)]
pub(crate) struct Handlers {
    pub(crate) ledger: Ledger,
    pub(crate) registry: Registry,
    /// When streams must end.
    pub(crate) drain: Drain,
}

impl Shipments {
    /// The service's short name.
    pub const NAME: &'static str = "shipment";
    /// The service's name in events; give it to [`Ledger::open`].
    pub const SOURCE: &'static str = "devisa.shipment";

    /// The service on a ledger whose database [`Migrator`] has brought up to date. `registry` is
    /// the channel to the registry, which need not be up. Its streams end when `drain` begins.
    pub fn new(ledger: Ledger, registry: ServiceChannel, drain: Drain) -> Self {
        let events = EventLog(Events::new(ledger.clone(), drain.clone(), TYPES));
        let registry = Registry::new(registry);
        Self { handlers: Handlers { ledger, registry, drain }, events }
    }

    /// Everything it answers, with the layers around it.
    pub fn stack(&self, limits: &Limits) -> Stack {
        let handlers = || self.handlers.clone();
        Stack::builder(limits)
            .add_service(bounded!(ReleaseServiceServer::new(handlers())))
            .add_service(bounded!(ShipmentServiceServer::new(handlers())))
            .add_service(bounded!(MilestoneServiceServer::new(handlers())))
            .add_service(bounded!(SponsorshipServiceServer::new(handlers())))
            .add_service(bounded!(SummaryServiceServer::new(handlers())))
            .add_service(bounded!(EventServiceServer::new(self.events.clone())))
            .build()
    }

    /// The service as a part of a process.
    pub fn part(&self, limits: &Limits) -> Part {
        let migrations = schema::names::<Migrator>();
        Part::on(Self::NAME, self.stack(limits), &self.handlers.ledger, migrations)
    }
}
