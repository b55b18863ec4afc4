//! What stands beside sessions and deals: what was promised, tier by tier, and how far it was kept.

use devisa_domain::{
    deal::ReviewState,
    money::{Money, Sums},
};
use devisa_proto::{
    common::v1::Tier,
    convert::common::money,
    deal::v1::{Deal, GetDealRequest, ListDealsRequest, deal_service_client::DealServiceClient},
    google_type,
};

use super::unreadable;
use crate::{
    client::{Client, answered, within_deadline},
    exit::Failure,
};

/// A session's promises; those of two tiers are never added.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct SessionBeside {
    /// Its name.
    pub(in crate::check) name: String,
    /// What was promised.
    pub(in crate::check) potential: Promises,
    /// What was agreed.
    pub(in crate::check) contracted: Promises,
}

/// The signed deals of one tier. The last three add up to the value: what was taken back is of
/// deals that lapsed or were withdrawn, which do not count.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct Promises {
    /// What they come to.
    pub(in crate::check) value: DealTotals,
    /// What of it was exported.
    pub(in crate::check) realised: DealTotals,
    /// What of it is under way.
    pub(in crate::check) pending: DealTotals,
    /// What is left.
    pub(in crate::check) balance: DealTotals,
}

/// A total of deals, the held ones apart.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct DealTotals {
    /// Without held deals.
    pub(in crate::check) values: Sums,
    /// The held deals.
    pub(in crate::check) held: Sums,
}

impl DealTotals {
    /// With held deals.
    pub(in crate::check) fn with_held(&self) -> Sums {
        let mut all = self.values.clone();
        all.add_all(&self.held);
        all
    }

    fn add(&mut self, amount: Money, is_held: bool) {
        if is_held { self.held.add(amount) } else { self.values.add(amount) }
    }
}

impl SessionBeside {
    /// Sums the signed deals of a session.
    fn of(name: String, deals: impl IntoIterator<Item = Deal>) -> Result<Self, Failure> {
        let mut session = Self { name, ..Self::default() };
        for deal in deals {
            let promises = match deal.tier() {
                Tier::Contracted => &mut session.contracted,
                _ => &mut session.potential,
            };
            promises.add(deal)?;
        }
        Ok(session)
    }
}

impl Promises {
    fn add(&mut self, deal: Deal) -> Result<(), Failure> {
        let is_held = is_held(&deal);
        let deal = DealBeside::of(deal)?;
        self.value.add(deal.value, is_held);
        self.realised.add(deal.realised, is_held);
        self.pending.add(deal.pending, is_held);
        self.balance.add(deal.balance, is_held);
        Ok(())
    }
}

/// Whether a deal's value stands beside headline totals rather than in them.
fn is_held(deal: &Deal) -> bool {
    let state = deal.review.as_ref().map(|review| review.state()).unwrap_or_default();
    let state = state.as_str_name().trim_start_matches("STATE_");
    ReviewState::ALL.iter().any(|known| known.is_held_back() && known.as_str() == state)
}

/// How far a deal was kept. The last four add up to its value.
#[derive(Clone, Debug)]
pub(in crate::check) struct DealBeside {
    /// Its name.
    pub(in crate::check) name: String,
    /// What was agreed.
    pub(in crate::check) value: Money,
    /// What of it was exported.
    pub(in crate::check) realised: Money,
    /// What of it is under way.
    pub(in crate::check) pending: Money,
    /// What was taken back.
    pub(in crate::check) closed: Money,
    /// What is left; negative when more was exported than agreed.
    pub(in crate::check) balance: Money,
}

impl DealBeside {
    fn of(deal: Deal) -> Result<Self, Failure> {
        let part =
            |part: Option<google_type::Money>| money(&part.unwrap_or_default()).map_err(unreadable);
        Ok(Self {
            name: deal.name,
            value: part(deal.value)?,
            realised: part(deal.realised)?,
            pending: part(deal.pending)?,
            closed: part(deal.closed)?,
            balance: part(deal.balance)?,
        })
    }

    /// Whether anything was made of it.
    pub(in crate::check) fn is_drawn(&self) -> bool {
        [self.realised, self.pending, self.closed].iter().any(|part| part.minor() != 0)
    }
}

/// Fetches what stands beside a session: all of it from one reading of its signed deals, so that the
/// parts add up.
pub(super) async fn fetch_session(client: &Client, name: String) -> Result<SessionBeside, Failure> {
    let filter = format!("session = \"{name}\" AND state = SIGNED OR state = FULFILLED");
    let mut request = ListDealsRequest { page_size: 1000, filter, ..Default::default() };
    let mut deals = Vec::new();
    loop {
        let asking = || async {
            let request = within_deadline(request.clone());
            DealServiceClient::new(client.channel()).list_deals(request).await
        };
        let page = answered(asking).await?;
        deals.extend(page.deals);
        if page.next_page_token.is_empty() {
            return SessionBeside::of(name, deals);
        }
        request.page_token = page.next_page_token;
    }
}

/// Fetches what stands beside a deal.
pub(super) async fn fetch_deal(client: &Client, name: &str) -> Result<DealBeside, Failure> {
    let asking = || async {
        let request = within_deadline(GetDealRequest { name: name.to_owned() });
        DealServiceClient::new(client.channel()).get_deal(request).await
    };
    DealBeside::of(answered(asking).await?)
}

#[cfg(test)]
mod tests {
    use devisa_domain::money::Currency;
    use devisa_proto::deal::v1::{DealReview, deal_review::State};

    use super::*;

    fn usd(units: i64) -> google_type::Money {
        google_type::Money { currency_code: "USD".to_owned(), units, nanos: 0 }
    }

    /// A deal of USD 100 of which 30 was realised and 20 is under way.
    fn deal(tier: Tier, state: State) -> Deal {
        Deal {
            tier: tier.into(),
            review: Some(DealReview { state: state.into(), ..Default::default() }),
            value: Some(usd(100)),
            realised: Some(usd(30)),
            pending: Some(usd(20)),
            closed: Some(usd(0)),
            balance: Some(usd(50)),
            ..Default::default()
        }
    }

    fn dollars(sums: &Sums) -> i128 {
        sums.get(Currency::USD).map_or(0, |sum| sum.minor() / 100)
    }

    #[test]
    fn held_promises_and_those_of_another_tier_stand_apart() {
        let states =
            [State::None, State::Confirmed, State::Corrected, State::Held, State::Disputed];
        let mut deals: Vec<_> =
            states.into_iter().map(|state| deal(Tier::Potential, state)).collect();
        deals.push(deal(Tier::Contracted, State::None));
        let session = SessionBeside::of("sessions/a".to_owned(), deals).unwrap();
        let parts = |promises: &Promises| {
            let Promises { value, realised, pending, balance } = promises.clone();
            [value, realised, pending, balance]
                .map(|totals| [&totals.values, &totals.held, &totals.with_held()].map(dollars))
        };
        assert_eq!(
            parts(&session.potential),
            [[300, 200, 500], [90, 60, 150], [60, 40, 100], [150, 100, 250]]
        );
        assert_eq!(
            parts(&session.contracted),
            [[100, 0, 100], [30, 0, 30], [20, 0, 20], [50, 0, 50]]
        );
    }
}
