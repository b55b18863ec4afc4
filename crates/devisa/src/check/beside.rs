//! What the ledger knows beside the figures: totals by tier, held deals apart, sponsorships, and how
//! far promises were kept.

use chrono::NaiveDate;
use devisa_domain::{
    money::{Money, Sums},
    refusal::RuleBroken,
};
use devisa_proto::{
    common::v1::Tier,
    convert::common::{money, optional_date, sums},
    deal::v1::{
        Deal, DealGroup, GetDealRequest, SummarizeDealsRequest,
        deal_service_client::DealServiceClient,
        summary_service_client::SummaryServiceClient as DealSummaries,
    },
    google_type,
    registry::v1::{
        Alias, GetOrganisationRequest, Organisation,
        organisation_service_client::OrganisationServiceClient,
    },
    shipment::v1::{
        ListSponsorshipsRequest, Sponsorship, SummarizeShipmentsRequest,
        sponsorship_service_client::SponsorshipServiceClient,
        summary_service_client::SummaryServiceClient as ShipmentSummaries,
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
    /// The releases that the statement names.
    pub(super) releases: Vec<ReleaseBeside>,
    /// The sessions that the statement names.
    pub(super) sessions: Vec<SessionBeside>,
    /// The deals that the statement names.
    pub(super) deals: Vec<DealBeside>,
}

/// A release's totals and the help it was given.
#[derive(Clone, Debug)]
pub(super) struct ReleaseBeside {
    /// Its name.
    pub(super) name: String,
    /// What left.
    pub(super) released: Sums,
    /// What was exported.
    pub(super) realised: Sums,
    /// The help it was given, oldest first.
    pub(super) sponsorships: Vec<SponsorshipBeside>,
}

/// Help given to a release, and who gave it.
#[derive(Clone, Debug)]
pub(super) struct SponsorshipBeside {
    /// The sponsorship's name.
    pub(super) name: String,
    /// The sponsor's name in the API.
    pub(super) sponsor: String,
    /// What the sponsor is called.
    pub(super) display_name: String,
    /// What it was called before the event, and until when.
    pub(super) ended: Vec<(String, NaiveDate)>,
    /// What was given, `CONTAINER`.
    pub(super) kind: &'static str,
    /// What it was worth.
    pub(super) in_kind_value: Option<Money>,
    /// Anything else; may be empty.
    pub(super) note: String,
}

/// A session's totals.
#[derive(Clone, Debug)]
pub(super) struct SessionBeside {
    /// Its name.
    pub(super) name: String,
    /// What was promised.
    pub(super) potential: DealTotals,
    /// What was agreed.
    pub(super) contracted: DealTotals,
}

/// The deals of one tier; the three are never added.
#[derive(Clone, Debug, Default)]
pub(super) struct DealTotals {
    /// Without held deals.
    pub(super) values: Sums,
    /// The held deals.
    pub(super) held: Sums,
    /// With held deals.
    pub(super) with_held: Sums,
}

/// How far a deal was kept. The last four add up to its value.
#[derive(Clone, Debug)]
pub(super) struct DealBeside {
    /// Its name.
    pub(super) name: String,
    /// What was agreed.
    pub(super) value: Money,
    /// What of it was exported.
    pub(super) realised: Money,
    /// What of it is under way.
    pub(super) pending: Money,
    /// What was taken back.
    pub(super) closed: Money,
    /// What is left; negative when more was exported than agreed.
    pub(super) balance: Money,
}

impl DealBeside {
    /// Whether anything was made of it.
    pub(super) fn is_drawn(&self) -> bool {
        [self.realised, self.pending, self.closed].iter().any(|part| part.minor() != 0)
    }
}

/// Fetches what stands beside the figures of a statement.
pub(super) async fn fetch(client: &Client, statement: &Statement) -> Result<Beside, Failure> {
    let mut beside = Beside::default();
    for name in named(statement, "releases/") {
        beside.releases.push(ReleaseBeside {
            released: shipments(client, &name, Tier::Released).await?,
            realised: shipments(client, &name, Tier::Realised).await?,
            sponsorships: sponsorships(client, &name, statement.event_date).await?,
            name,
        });
    }
    for name in named(statement, "sessions/") {
        beside.sessions.push(SessionBeside {
            potential: deals(client, &name, Tier::Potential).await?,
            contracted: deals(client, &name, Tier::Contracted).await?,
            name,
        });
    }
    for name in named(statement, "deals/") {
        beside.deals.push(kept(deal(client, &name).await?)?);
    }
    Ok(beside)
}

/// The resources of a collection that figures are of, each once.
fn named(statement: &Statement, collection: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for stated in &statement.figures {
        if stated.of.starts_with(collection) && !names.contains(&stated.of) {
            names.push(stated.of.clone());
        }
    }
    names
}

async fn shipments(client: &Client, release: &str, tier: Tier) -> Result<Sums, Failure> {
    let request = SummarizeShipmentsRequest {
        tier: tier.into(),
        filter: format!("release = \"{release}\""),
        ..Default::default()
    };
    let asking = || async {
        let mut summaries = ShipmentSummaries::new(client.channel());
        summaries.summarize_shipments(within_deadline(request.clone())).await
    };
    let answered = patiently(asking).await.map_err(|status| client::failure(&status))?;
    amounts(&answered.into_inner().total.unwrap_or_default().values)
}

async fn deals(client: &Client, session: &str, tier: Tier) -> Result<DealTotals, Failure> {
    let without = deal_total(client, session, tier, false).await?;
    let with = deal_total(client, session, tier, true).await?;
    Ok(DealTotals {
        values: amounts(&without.values)?,
        held: amounts(&without.held_values)?,
        with_held: amounts(&with.values)?,
    })
}

async fn deal_total(
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
    let asking = || async {
        let mut summaries = DealSummaries::new(client.channel());
        summaries.summarize_deals(within_deadline(request.clone())).await
    };
    let answered = patiently(asking).await.map_err(|status| client::failure(&status))?;
    Ok(answered.into_inner().total.unwrap_or_default())
}

async fn deal(client: &Client, name: &str) -> Result<Deal, Failure> {
    let asking = || async {
        let request = within_deadline(GetDealRequest { name: name.to_owned() });
        DealServiceClient::new(client.channel()).get_deal(request).await
    };
    let found = patiently(asking).await.map_err(|status| client::failure(&status))?;
    Ok(found.into_inner())
}

fn kept(deal: Deal) -> Result<DealBeside, Failure> {
    let part =
        |part: Option<google_type::Money>| money(&part.unwrap_or_default()).map_err(unreadable);
    Ok(DealBeside {
        name: deal.name,
        value: part(deal.value)?,
        realised: part(deal.realised)?,
        pending: part(deal.pending)?,
        closed: part(deal.closed)?,
        balance: part(deal.balance)?,
    })
}

async fn sponsorships(
    client: &Client,
    release: &str,
    day: Option<NaiveDate>,
) -> Result<Vec<SponsorshipBeside>, Failure> {
    let filter = format!("release = \"{release}\"");
    let mut request = ListSponsorshipsRequest { page_size: 1000, filter, ..Default::default() };
    let mut found = Vec::new();
    loop {
        let asking = || async {
            let mut sponsorships = SponsorshipServiceClient::new(client.channel());
            sponsorships.list_sponsorships(within_deadline(request.clone())).await
        };
        let page = patiently(asking).await.map_err(|status| client::failure(&status))?.into_inner();
        for sponsorship in page.sponsorships {
            let sponsor = organisation(client, &sponsorship.sponsor).await?;
            found.push(sponsored(sponsorship, sponsor, day)?);
        }
        if page.next_page_token.is_empty() {
            found.reverse();
            return Ok(found);
        }
        request.page_token = page.next_page_token;
    }
}

async fn organisation(client: &Client, name: &str) -> Result<Organisation, Failure> {
    let asking = || async {
        let request = within_deadline(GetOrganisationRequest { name: name.to_owned() });
        OrganisationServiceClient::new(client.channel()).get_organisation(request).await
    };
    let found = patiently(asking).await.map_err(|status| client::failure(&status))?;
    Ok(found.into_inner())
}

fn sponsored(
    sponsorship: Sponsorship,
    sponsor: Organisation,
    day: Option<NaiveDate>,
) -> Result<SponsorshipBeside, Failure> {
    let kind = sponsorship.kind().as_str_name().trim_start_matches("KIND_");
    let value = sponsorship.in_kind_value.as_ref().map(money).transpose();
    Ok(SponsorshipBeside {
        kind,
        in_kind_value: value.map_err(unreadable)?,
        name: sponsorship.name,
        sponsor: sponsorship.sponsor,
        display_name: sponsor.display_name,
        ended: sponsor.aliases.iter().filter_map(|alias| ended(alias, day)).collect(),
        note: sponsorship.note,
    })
}

/// An alias that was no longer in use on the day, with its last day; without a day, one that has a
/// last day.
fn ended(alias: &Alias, day: Option<NaiveDate>) -> Option<(String, NaiveDate)> {
    let until = optional_date(alias.valid_to.as_ref()).ok().flatten()?;
    day.is_none_or(|day| until < day).then(|| (alias.name.clone(), until))
}

fn amounts(values: &[google_type::Money]) -> Result<Sums, Failure> {
    sums(values).map_err(unreadable)
}

fn unreadable(broken: RuleBroken) -> Failure {
    Failure::internal(format!("an amount was answered unreadable: {broken}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::statement;

    #[test]
    fn each_release_and_session_is_named_once() {
        let text = "\
event_date: 2025-11-26
figures:
  - {text: enam truk, metric: release_truck_count, of: releases/b}
  - {text: enam truk, metric: release_truck_count, of: releases/a}
  - {text: enam negara, metric: release_destination_count, of: releases/b}
  - {text: empat UKM, metric: session_deal_count, of: sessions/c}
";
        let statement = statement::read("s.yaml", text).unwrap();
        assert_eq!(named(&statement, "releases/"), ["releases/b", "releases/a"]);
        assert_eq!(named(&statement, "sessions/"), ["sessions/c"]);
    }

    #[test]
    fn an_alias_has_ended_when_its_last_day_is_past() {
        let last = google_type::Date { year: 2021, month: 10, day: 1 };
        let alias =
            Alias { name: "Pelindo III".to_owned(), valid_to: Some(last), ..Default::default() };
        let day = |year| NaiveDate::from_ymd_opt(year, 10, 1);
        assert!(ended(&alias, day(2025)).is_some());
        assert!(ended(&alias, day(2021)).is_none());
        assert!(ended(&alias, None).is_some());
        assert!(ended(&Alias::default(), day(2025)).is_none());
    }
}
