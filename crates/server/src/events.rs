//! The event log over gRPC, alike in every service.

use std::pin::Pin;

use devisa_domain::refusal::Refusal;
use devisa_ledger::{EventQuery, Ledger, WatchEnd, WatchItem};
use devisa_proto::event::v1::{
    Checkpoint, ListEventsRequest, ListEventsResponse, WatchRequest, WatchResponse,
    watch_response::Update,
};
use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use crate::{Drain, status};

/// What a Watch sends.
pub type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

/// A service's event log with the types that it has.
#[derive(Clone, Debug)]
pub struct Events {
    ledger: Ledger,
    drain: Drain,
    types: &'static [&'static str],
}

impl Events {
    /// The log of `ledger`; its streams end when `drain` begins.
    pub fn new(ledger: Ledger, drain: Drain, types: &'static [&'static str]) -> Self {
        Self { ledger, drain, types }
    }

    /// Answers `EventService.Watch`.
    ///
    /// # Errors
    /// What the query breaks; a revision that the log has never reached; the database's.
    pub async fn watch(
        &self,
        request: Request<WatchRequest>,
    ) -> Result<Response<WatchStream>, Status> {
        let query = EventQuery::of_watch(request.get_ref(), self.types).map_err(status::refuse)?;
        self.ledger.check_reached(&query).await.map_err(status::refuse)?;
        let items = self.ledger.watch(query, self.drain.token());
        let rendered = items.map(|item| item.map(render).map_err(end));
        Ok(Response::new(Box::pin(rendered)))
    }

    /// Answers `EventService.ListEvents`.
    ///
    /// # Errors
    /// What the query breaks; the database's.
    pub async fn list(
        &self,
        request: Request<ListEventsRequest>,
        method: &str,
    ) -> Result<Response<ListEventsResponse>, Status> {
        let listed = self.ledger.list_events(request.get_ref(), method, self.types).await;
        listed.map(Response::new).map_err(status::refuse)
    }
}

fn render(item: WatchItem) -> WatchResponse {
    let update = match item {
        WatchItem::Event(event) => Update::Event(*event),
        WatchItem::Checkpoint(revision) => {
            Update::Checkpoint(Checkpoint { revision: revision.to_string() })
        }
    };
    WatchResponse { update: Some(update) }
}

fn end(end: WatchEnd) -> Status {
    match end {
        WatchEnd::Draining(revision) => status::draining(Some(&revision.to_string())),
        WatchEnd::SlowReader(revision) => status::slow_reader(&revision.to_string()),
        WatchEnd::Compacted(revision, oldest) => {
            let (revision, oldest) = (revision.to_string(), oldest.to_string());
            status::refuse(Refusal::RevisionCompacted { revision, oldest })
        }
        WatchEnd::Storage(error, revision) => status::interrupted(error, &revision.to_string()),
    }
}

/// Implements a package's `EventService` on a struct of the calling crate's own:
/// `event_service!(EventLog, registry)` for `devisa.registry.v1.EventService`.
#[macro_export]
macro_rules! event_service {
    ($name:ident, $service:ident) => {
        /// The service's event log over gRPC.
        #[derive(Clone, Debug)]
        pub struct $name(pub $crate::events::Events);

        #[tonic::async_trait]
        impl devisa_proto::$service::v1::event_service_server::EventService for $name {
            type WatchStream = $crate::events::WatchStream;

            async fn watch(
                &self,
                request: tonic::Request<devisa_proto::event::v1::WatchRequest>,
            ) -> Result<tonic::Response<Self::WatchStream>, tonic::Status> {
                self.0.watch(request).await
            }

            async fn list_events(
                &self,
                request: tonic::Request<devisa_proto::event::v1::ListEventsRequest>,
            ) -> Result<tonic::Response<devisa_proto::event::v1::ListEventsResponse>, tonic::Status>
            {
                const METHOD: &str =
                    concat!("devisa.", stringify!($service), ".v1.EventService/ListEvents");
                self.0.list(request, METHOD).await
            }
        }
    };
}
