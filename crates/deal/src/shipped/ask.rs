//! Asks the shipment service for one shipment whose events have not come yet.

use std::collections::BTreeSet;

use devisa_domain::{
    name::ShipmentName,
    refusal::{Reason, Refusal},
};
use devisa_ledger::{Call, Decision, Error, Ledger};
use devisa_proto::shipment::v1::{
    GetShipmentRequest, ListMilestonesRequest, milestone_service_client::MilestoneServiceClient,
    shipment_service_client::ShipmentServiceClient,
};
use devisa_server::{Caller, Outgoing, ServiceChannel, bounded, outgoing::Failure};

use super::{decide, load, news::News};

/// The shipment service's short name, as refusals tell it.
const SHIPMENT: &str = "shipment";
/// How many milestones are asked for: more than a shipment has.
const MILESTONES: i32 = 1_000;

/// A client of the shipment service. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Shipments {
    channel: ServiceChannel,
}

impl Shipments {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        Self { channel }
    }

    /// Hears of a shipment as it is now, just as its events would tell.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`]; [`Refusal::Contention`]; the database's.
    pub(crate) async fn ask(
        &self,
        ledger: &Ledger,
        caller: &Caller,
        name: &ShipmentName,
    ) -> Result<(), Error> {
        let news = self.now(caller, name).await?;
        if news.is_empty() {
            return Ok(());
        }
        let names = BTreeSet::from([name.clone()]);
        let call = inside("devisa.deal/ask");
        let load = || load::known(ledger, &names);
        let heard = ledger.write(&call, load, |known, moment| {
            let change = decide::hear(known, &news, moment.now)?;
            Ok(Decision { change, response: () })
        });
        heard.await
    }

    /// Whether there is such a shipment, so that nothing is heard of it.
    ///
    /// # Errors
    /// [`Refusal::UpstreamUnavailable`].
    pub(crate) async fn has(&self, caller: &Caller, name: &ShipmentName) -> Result<bool, Refusal> {
        Ok(!self.now(caller, name).await?.is_empty())
    }

    /// What there is to hear; nothing where there is no such shipment.
    async fn now(&self, caller: &Caller, name: &ShipmentName) -> Result<Vec<News>, Refusal> {
        let outgoing = Outgoing::new(caller, SHIPMENT);
        let unexpected = |failure| match failure {
            Failure::Unavailable(refusal) => refusal,
            Failure::Refused(detail) => outgoing.unexpected(&detail),
        };
        // The milestones first: those that come between the two answers are heard of by events.
        let mut client = bounded!(MilestoneServiceClient::new(self.channel.clone()));
        let request = ListMilestonesRequest {
            parent: name.to_string(),
            page_size: MILESTONES,
            ..Default::default()
        };
        let listed = outgoing.send(request, |request| client.list_milestones(request)).await;
        let milestones = match listed {
            Ok(listed) => listed.milestones,
            Err(Failure::Refused(detail)) if detail.is(Reason::ResourceNotFound) => Vec::new(),
            Err(failure) => return Err(unexpected(failure)),
        };
        let mut client = bounded!(ShipmentServiceClient::new(self.channel.clone()));
        let request = GetShipmentRequest { name: name.to_string() };
        let shipment = match outgoing.send(request, |request| client.get_shipment(request)).await {
            Ok(shipment) => shipment,
            Err(Failure::Refused(detail)) if detail.is(Reason::ResourceNotFound) => {
                return Ok(Vec::new());
            }
            Err(failure) => return Err(unexpected(failure)),
        };
        let told = milestones.iter().map(|milestone| News::of_milestone(milestone, String::new()));
        let told = told.chain([News::of_shipment(&shipment, String::new())]);
        told.collect::<Result<_, _>>().map_err(|broken| Refusal::UpstreamUnavailable {
            service: SHIPMENT.to_owned(),
            detail: format!("its answer cannot be read: {broken}"),
        })
    }
}

/// A call of the service's own.
pub(super) fn inside(method: &str) -> Call {
    Call {
        principal: crate::Deals::NAME.to_owned(),
        method: method.to_owned(),
        request_id: None,
        request_hash: Call::hash(&[]),
        validate_only: false,
        traceparent: String::new(),
    }
}
