//! Reads the shipment service's whole log, a page at a time.

use devisa_domain::refusal::Refusal;
use devisa_proto::{
    event::v1::{Event, ListEventsRequest},
    shipment::v1::event_service_client::EventServiceClient,
};
use devisa_server::{Caller, Outgoing, ServiceChannel, bounded, outgoing::Failure};

/// How many events are read at once.
const PAGE: i32 = 1_000;

/// The pages of the log that the service answers with.
#[derive(Debug)]
pub(super) struct Pages {
    channel: ServiceChannel,
    /// None behind the last page.
    token: Option<String>,
}

impl Pages {
    /// Begins before the first event.
    pub(super) fn new(channel: ServiceChannel) -> Self {
        Self { channel, token: Some(String::new()) }
    }

    /// The next events, oldest first; none at the end.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(super) async fn next(&mut self) -> Result<Vec<Event>, Refusal> {
        // A page may be empty without being the last.
        while let Some(page_token) = self.token.take() {
            let caller = Caller::inside(crate::Deals::NAME);
            let outgoing = Outgoing::new(&caller, "shipment");
            let mut client = bounded!(EventServiceClient::new(self.channel.clone()));
            let request = ListEventsRequest { page_size: PAGE, page_token, ..Default::default() };
            let listed = outgoing.send(request, |request| client.list_events(request)).await;
            let listed = listed.map_err(|failure| match failure {
                Failure::Unavailable(refusal) => refusal,
                Failure::Refused(detail) => outgoing.unexpected(&detail),
            })?;
            self.token = Some(listed.next_page_token).filter(|token| !token.is_empty());
            if !listed.events.is_empty() {
                return Ok(listed.events);
            }
        }
        Ok(Vec::new())
    }
}
