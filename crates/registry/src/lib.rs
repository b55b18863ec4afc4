//! The registry service: who may export, what and from where.
//!
//! Purpose: villages, programmes, decrees, enrolments, organisations with their products and
//! exchange rates over gRPC, and published counts of enrolments checked against them. Invariant:
//! what crosses rows (a NIB, an NPWP, a rate's days) rests on a guard row; a count is answered from
//! the history, for any day and as far as was known at any instant.
//! It must never know of shipments or deals: they ask it, it asks nobody.

mod decree;
mod enrolment;
mod events;
mod exchange_rate;
mod migrations;
mod organisation;
mod product;
mod programme;
mod summary;
mod verify;
mod village;

use devisa_ledger::{Ledger, schema, store};
use devisa_proto::registry::v1::{
    decree_service_server::DecreeServiceServer, enrolment_service_server::EnrolmentServiceServer,
    event_service_server::EventServiceServer,
    exchange_rate_service_server::ExchangeRateServiceServer,
    organisation_service_server::OrganisationServiceServer,
    product_service_server::ProductServiceServer, programme_service_server::ProgrammeServiceServer,
    summary_service_server::SummaryServiceServer, village_service_server::VillageServiceServer,
};
use devisa_server::{Drain, Limits, Part, Stack, bounded, events::Events};

pub use events::TYPES;
pub use migrations::Migrator;
pub use verify::verify;

use events::EventLog;

/// The registry service on its own ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Registry {
    handlers: Handlers,
    events: EventLog,
}

/// Answers every method; each resource's folder implements its service on it.
#[derive(Clone, Debug)]
pub(crate) struct Handlers {
    pub(crate) ledger: Ledger,
}

impl Registry {
    /// The service's short name.
    pub const NAME: &'static str = "registry";
    /// The service's name in events; give it to [`Ledger::open`].
    pub const SOURCE: &'static str = "devisa.registry";

    /// The service on a ledger whose database [`Migrator`] has brought up to date. Its streams end
    /// when `drain` begins.
    pub fn new(ledger: Ledger, drain: Drain) -> Self {
        let events = EventLog(Events::new(ledger.clone(), drain, TYPES));
        Self { handlers: Handlers { ledger }, events }
    }

    /// Everything it answers, with the layers around it.
    pub fn stack(&self, limits: &Limits) -> Stack {
        let handlers = || self.handlers.clone();
        Stack::builder(limits)
            .add_service(bounded!(VillageServiceServer::new(handlers())))
            .add_service(bounded!(ProgrammeServiceServer::new(handlers())))
            .add_service(bounded!(DecreeServiceServer::new(handlers())))
            .add_service(bounded!(EnrolmentServiceServer::new(handlers())))
            .add_service(bounded!(OrganisationServiceServer::new(handlers())))
            .add_service(bounded!(ProductServiceServer::new(handlers())))
            .add_service(bounded!(ExchangeRateServiceServer::new(handlers())))
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
