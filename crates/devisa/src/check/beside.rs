//! What the ledger knows beside the figures: totals by tier, held ones apart, and sponsorships.

use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        DealGroup, SummarizeDealsRequest,
        summary_service_client::SummaryServiceClient as DealSummary,
    },
    google_type::Money,
    registry::v1::{
        GetOrganisationRequest, Organisation,
        organisation_service_client::OrganisationServiceClient,
    },
    shipment::v1::{
        ListSponsorshipsRequest, SummarizeShipmentsRequest, Sponsorship,
        sponsorship_service_client::SponsorshipServiceClient,
        summary_service_client::SummaryServiceClient as ShipmentSummary,
    },
};

use super::statement::Statement;
use crate::{
    client::{self, Client, patiently, within_deadline},
    exit::Failure,
};

/// What stands beside the figures.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    /// The releases named in the statement.
    pub(super) releases: Vec<ReleaseBeside>,
    /// The sessions named in the statement.
    pub(super) sessions: Vec<SessionBeside>,
}

/// A release's totals and its sponsorships.
#[derive(Clone, Debug, Default)]
pub(super) struct ReleaseBeside {
    /// The release's name.
    pub(super) name: String,
    /// What left.
    pub(super) released: Vec<Money>,
    /// What was exported.
    pub(super) realised: Vec<Money>,
    /// The help it was given, each with the organisation that gave it.
    pub(super) sponsorships: Vec<(Sponsorship, Organisation)>,
}

/// A session's totals.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionBeside {
    /// The session's name.
    pub(super) name: String,
    /// What was promised.
    pub(super) potential: DealsBeside,
    /// What was agreed.
    pub(super) contracted: DealsBeside,
}

/// The deals of one tier.
#[derive(Clone, Debug, Default)]
pub(super) struct DealsBeside {
    /// Without those held.
    pub(super) values: Vec<Money>,
    /// Those held.
    pub(super) held: Vec<Money>,
    /// Both together.
    pub(super) with_held: Vec<Money>,
}

/// Fetches what stands beside the figures of a statement.
pub(super) async fn fetch(client: &Client, statement: &Statement) -> Result<Beside, Failure> {
    let mut beside = Beside::default();
    for name in statement.named("releases/") {
        beside.releases.push(ReleaseBeside {
            released: shipments(client, &name, Tier::Released).await?,
            realised: shipments(client, &name, Tier::Realised).await?,
            sponsorships: sponsorships(client, &name).await?,
            name,
        });
    }
    for name in statement.named("sessions/") {
        beside.sessions.push(SessionBeside {
            potential: deals(client, &name, Tier::Potential).await?,
            contracted: deals(client, &name, Tier::Contracted).await?,
            name,
        });
    }
    Ok(beside)
}

async fn shipments(client: &Client, release: &str, tier: Tier) -> Result<Vec<Money>, Failure> {
    let request = SummarizeShipmentsRequest {
        tier: tier.into(),
        filter: format!("release = \"{release}\""),
        ..Default::default()
    };
    let answered = patiently(|| async {
        let mut service = ShipmentSummary::new(client.channel());
        service.summarize_shipments(within_deadline(request.clone())).await
    });
    let answered = answered.await.map_err(|status| client::failure(&status))?;
    Ok(answered.into_inner().total.map(|total| total.values).unwrap_or_default())
}

async fn deals(client: &Client, session: &str, tier: Tier) -> Result<DealsBeside, Failure> {
    let without = summarize_deals(client, session, tier, false).await?;
    let with = summarize_deals(client, session, tier, true).await?;
    Ok(DealsBeside { values: without.values, held: without.held_values, with_held: with.values })
}

async fn summarize_deals(
    client: &Client,
    session: &str,
    tier: Tier,
    include_held: bool,
) -> Result<DealGroup, Failure> {
    let request = SummarizeDealsRequest {
        tier: tier.into(),
        include_held,
        filter: format!("session = \"{session}\""),
        ..Default::default()
    };
    let answered = patiently(|| async {
        let mut service = DealSummary::new(client.channel());
        service.summarize_deals(within_deadline(request.clone())).await
    });
    let answered = answered.await.map_err(|status| client::failure(&status))?;
    Ok(answered.into_inner().total.unwrap_or_default())
}

/// A release's sponsorships, oldest first, each with its sponsor.
async fn sponsorships(
    client: &Client,
    release: &str,
) -> Result<Vec<(Sponsorship, Organisation)>, Failure> {
    let mut request = ListSponsorshipsRequest {
        page_size: 1000,
        filter: format!("release = \"{release}\""),
        ..Default::default()
    };
    let mut found = Vec::new();
    loop {
        let answered = patiently(|| async {
            let mut service = SponsorshipServiceClient::new(client.channel());
            service.list_sponsorships(within_deadline(request.clone())).await
        });
        let page = answered.await.map_err(|status| client::failure(&status))?.into_inner();
        for sponsorship in page.sponsorships {
            let sponsor = organisation(client, &sponsorship.sponsor).await?;
            found.push((sponsorship, sponsor));
        }
        if page.next_page_token.is_empty() {
            found.reverse();
            return Ok(found);
        }
        request.page_token = page.next_page_token;
    }
}

async fn organisation(client: &Client, name: &str) -> Result<Organisation, Failure> {
    let request = GetOrganisationRequest { name: name.to_owned() };
    let answered = patiently(|| async {
        let mut service = OrganisationServiceClient::new(client.channel());
        service.get_organisation(within_deadline(request.clone())).await
    });
    Ok(answered.await.map_err(|status| client::failure(&status))?.into_inner())
}
