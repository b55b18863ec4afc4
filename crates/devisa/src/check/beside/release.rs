//! What stands beside a release: what left, what was exported, and the help it was given.

use chrono::NaiveDate;
use devisa_domain::money::{Money, Sums};
use devisa_proto::{
    common::v1::Tier,
    convert::common::{money, optional_date, sums},
    registry::v1::{
        Alias, GetOrganisationRequest, Organisation,
        organisation_service_client::OrganisationServiceClient,
    },
    shipment::v1::{
        ListSponsorshipsRequest, Sponsorship, SummarizeShipmentsRequest,
        sponsorship_service_client::SponsorshipServiceClient,
        summary_service_client::SummaryServiceClient,
    },
};

use super::unreadable;
use crate::{
    client::{Client, answered, within_deadline},
    exit::Failure,
};

/// A release's totals and the help it was given.
#[derive(Clone, Debug)]
pub(in crate::check) struct ReleaseBeside {
    /// Its name.
    pub(in crate::check) name: String,
    /// What left.
    pub(in crate::check) released: Sums,
    /// What was exported.
    pub(in crate::check) realised: Sums,
    /// The help it was given, oldest first.
    pub(in crate::check) sponsorships: Vec<SponsorshipBeside>,
}

/// Help given to a release, and who gave it.
#[derive(Clone, Debug)]
pub(in crate::check) struct SponsorshipBeside {
    /// The sponsorship's name.
    pub(in crate::check) name: String,
    /// The sponsor's name in the API.
    pub(in crate::check) sponsor: String,
    /// What the sponsor is called.
    pub(in crate::check) display_name: String,
    /// What it was called before the event, and until when.
    pub(in crate::check) ended: Vec<(String, NaiveDate)>,
    /// What was given, `CONTAINER`.
    pub(in crate::check) kind: &'static str,
    /// What it was worth.
    pub(in crate::check) in_kind_value: Option<Money>,
    /// Anything else; may be empty.
    pub(in crate::check) note: String,
}

/// Fetches what stands beside a release; `day` is that of the event.
pub(super) async fn fetch(
    client: &Client,
    name: String,
    day: Option<NaiveDate>,
) -> Result<ReleaseBeside, Failure> {
    Ok(ReleaseBeside {
        released: total(client, &name, Tier::Released).await?,
        realised: total(client, &name, Tier::Realised).await?,
        sponsorships: sponsorships(client, &name, day).await?,
        name,
    })
}

async fn total(client: &Client, release: &str, tier: Tier) -> Result<Sums, Failure> {
    let request = SummarizeShipmentsRequest {
        tier: tier.into(),
        filter: format!("release = \"{release}\""),
        ..Default::default()
    };
    let asking = || async {
        let mut summaries = SummaryServiceClient::new(client.channel());
        summaries.summarize_shipments(within_deadline(request.clone())).await
    };
    let total = answered(asking).await?.total.unwrap_or_default();
    sums(&total.values).map_err(unreadable)
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
        let page = answered(asking).await?;
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
    answered(asking).await
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

#[cfg(test)]
mod tests {
    use devisa_proto::google_type;

    use super::*;

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
