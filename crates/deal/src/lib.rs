//! The deal service: what was agreed?
//!
//! Purpose: matching sessions and the deals made at them, with totals by value tier and published
//! figures checked against them. Invariant: whatever changes what a session's signed deals are
//! worth evaluates all of them in the same change; an implausible value is held from headline
//! totals and never altered, and freed only by somebody who had no part in writing the deal.
//! It must never know how rates, organisations or shipments are stored: it asks their services.

mod deal;
mod events;
mod migrations;
mod newest;
mod realisation;
mod session;
mod shipped;
mod summary;
mod upstream;
mod verify;

use devisa_ledger::{Database, Error, Ledger, Revision, StorageError, place, schema, store};
use devisa_proto::deal::v1::{
    deal_service_server::DealServiceServer, event_service_server::EventServiceServer,
    realisation_service_server::RealisationServiceServer,
    session_service_server::SessionServiceServer, summary_service_server::SummaryServiceServer,
};
use devisa_server::{Drain, Limits, Part, ServiceChannel, Stack, bounded, events::Events};

pub use events::TYPES;
pub use migrations::Migrator;
pub use shipped::{AT_ONCE, Rebuilt, ShipmentLog};
pub use verify::{verify, verify_holding};

use crate::{
    events::EventLog,
    shipped::{Follower, Shipments},
    upstream::Registry,
};

/// The deal service on its own ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Deals {
    handlers: Handlers,
    events: EventLog,
    follower: Follower,
    drain: Drain,
}

/// The revision up to which a migrated database of deals has heard of shipments; none where it has
/// heard of nothing. What its service has yet to hear must stay in the shipment service's log.
///
/// # Errors
/// [`StorageError`], also where it holds what is no revision.
pub async fn heard_of_shipments(database: &Database) -> Result<Revision, StorageError> {
    let place = place(database, shipped::PROJECTION).await?;
    Revision::parse(place.revision())
        .map_err(|broken| StorageError::Broken(format!("stored place: {broken}")))
}

/// Answers every method; each resource's folder implements its service on it.
#[derive(Clone, Debug)]
pub(crate) struct Handlers {
    pub(crate) ledger: Ledger,
    pub(crate) registry: Registry,
    pub(crate) shipments: Shipments,
}

impl Deals {
    /// The service's short name.
    pub const NAME: &'static str = "deal";
    /// The service's name in events; give it to [`Ledger::open`].
    pub const SOURCE: &'static str = "devisa.deal";

    /// The service on a ledger whose database [`Migrator`] has brought up to date. `registry` and
    /// `shipment` are the channels to those services, which need not be up. Its streams end when
    /// `drain` begins, and so does its following of shipments.
    pub fn new(
        ledger: Ledger,
        registry: ServiceChannel,
        shipment: ServiceChannel,
        drain: Drain,
    ) -> Self {
        let events = EventLog(Events::new(ledger.clone(), drain.clone(), TYPES));
        let follower = Follower::new(ledger.clone(), shipment.clone());
        let (registry, shipments) = (Registry::new(registry), Shipments::new(shipment));
        Self { handlers: Handlers { ledger, registry, shipments }, events, follower, drain }
    }

    /// Follows shipments until the drain begins: what was agreed is drawn down by what becomes of
    /// them. Several may follow at once; each event takes effect once.
    pub async fn follow(&self) {
        self.follower.clone().run(self.drain.clone()).await;
    }

    /// Makes what is known of shipments anew, from the first event of their service's log.
    ///
    /// # Errors
    /// [`devisa_domain::refusal::Refusal::UpstreamUnavailable`]; the database's.
    pub async fn rebuild(&self) -> Result<Rebuilt, Error> {
        self.rebuild_holding(AT_ONCE).await
    }

    /// The same, holding so many shipments in memory at once; for each so many the log is read anew.
    ///
    /// # Errors
    /// As [`Deals::rebuild`].
    pub async fn rebuild_holding(&self, at_once: usize) -> Result<Rebuilt, Error> {
        shipped::rebuild(&self.handlers.ledger, self.follower.channel(), at_once).await
    }

    /// Everything it answers, with the layers around it.
    pub fn stack(&self, limits: &Limits) -> Stack {
        let handlers = || self.handlers.clone();
        Stack::builder(limits)
            .add_service(bounded!(SessionServiceServer::new(handlers())))
            .add_service(bounded!(DealServiceServer::new(handlers())))
            .add_service(bounded!(RealisationServiceServer::new(handlers())))
            .add_service(bounded!(SummaryServiceServer::new(handlers())))
            .add_service(bounded!(EventServiceServer::new(self.events.clone())))
            .build()
    }

    /// The service as a part of a process. Neither registry nor shipment is asked: reads go on without them.
    pub fn part(&self, limits: &Limits) -> Part {
        let migrations = schema::names::<Migrator>();
        Part::on(Self::NAME, self.stack(limits), &self.handlers.ledger, migrations)
    }
}
