//! What the registry's lists can be filtered by, and what that means.

use devisa_domain::{
    time::{Date, Timestamp},
    village::Kind,
};
use devisa_proto::registry::v1::{
    Decree, Enrolment, ExchangeRate, Organisation, Product, Programme, RateKind, organisation::Role,
};

use super::enrolment::STATES;
use crate::conversion::in_force;
use crate::list::{Predicate, equality, times};

/// Whether a code lies in a region: it is the region, or one of its parts.
pub(super) fn in_region(code: &str, region: &str) -> bool {
    region.is_empty() || code == region || code.starts_with(&format!("{region}."))
}

/// Comparisons of villages, each a code and a kind.
pub fn villages() -> Vec<Predicate<(String, Kind)>> {
    let mut all = vec![];
    for region in ["35", "35.25", "35.25.11", "91", "33.74"] {
        all.push(Predicate::new(format!("region = \"{region}\""), move |v: &(String, Kind)| {
            in_region(&v.0, region)
        }));
    }
    all.push(Predicate::new("region != \"11\"", |v: &(String, Kind)| !in_region(&v.0, "11")));
    for (kind, name) in [(Kind::Desa, "DESA"), (Kind::Kelurahan, "KELURAHAN")] {
        all.push(Predicate::new(format!("kind = {name}"), move |v: &(String, Kind)| v.1 == kind));
        all.push(Predicate::new(format!("kind != {name}"), move |v: &(String, Kind)| v.1 != kind));
    }
    all
}

/// What comparisons are made with: values that some resources have.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// An instant at which things happened.
    pub instant: Timestamp,
    /// A day.
    pub day: Date,
    /// A NIB.
    pub nib: &'static str,
    /// An NPWP.
    pub npwp: &'static str,
    /// A village's code.
    pub village: &'static str,
}

impl Known {
    /// Comparisons of organisations.
    pub fn organisations(self) -> Vec<Predicate<Organisation>> {
        let mut all = times(self.instant);
        all.extend(equality("region_code", "ID", |o: &Organisation| o.region_code.clone()));
        all.extend(equality("nib", self.nib, |o: &Organisation| o.nib.clone()));
        all.extend(equality("npwp", self.npwp, |o: &Organisation| o.npwp.clone()));
        let village = format!("villages/{}", self.village);
        all.extend(equality("village", &village, |o: &Organisation| o.village.clone()));
        let buyer = |o: &Organisation| o.roles().any(|role| role == Role::Buyer);
        let maker = |o: &Organisation| o.roles().any(|role| role == Role::Producer);
        all.push(Predicate::new("roles:BUYER", buyer));
        all.push(Predicate::new("roles = ROLE_PRODUCER", maker));
        all.push(Predicate::new("roles != BUYER", move |o| !buyer(o)));
        all.push(Predicate::new("(roles = BUYER OR roles = PRODUCER)", move |o| {
            buyer(o) || maker(o)
        }));
        all
    }

    /// Comparisons of enrolments.
    pub fn enrolments(self) -> Vec<Predicate<Enrolment>> {
        let mut all = times(self.instant);
        for state in STATES {
            let name = state.as_str_name().trim_start_matches("STATE_");
            all.push(Predicate::new(format!("state = {name}"), move |e: &Enrolment| {
                e.state() == state
            }));
        }
        all.push(Predicate::new("state != STATE_PROPOSED", |e: &Enrolment| e.state() != STATES[0]));
        let code = |e: &Enrolment| e.village.trim_start_matches("villages/").to_owned();
        for region in ["35", "35.25", "35.25.11", "35.01"] {
            all.push(Predicate::new(format!("region = \"{region}\""), move |e: &Enrolment| {
                in_region(&code(e), region)
            }));
            all.push(Predicate::new(format!("region != \"{region}\""), move |e: &Enrolment| {
                !in_region(&code(e), region)
            }));
        }
        let commodity = |e: &Enrolment| e.lead_commodity.clone();
        all.extend(equality("lead_commodity", "Kopi", commodity));
        all.extend(equality("lead_commodity", "kopi", commodity));
        all
    }

    /// Comparisons of rates.
    pub fn rates(self) -> Vec<Predicate<ExchangeRate>> {
        let mut all = times(self.instant);
        for kind in [RateKind::Jisdor, RateKind::KursPajak, RateKind::House] {
            let name = kind.as_str_name();
            all.push(Predicate::new(format!("kind = {name}"), move |r: &ExchangeRate| {
                r.kind() == kind
            }));
        }
        all.push(Predicate::new("kind != HOUSE", |r: &ExchangeRate| r.kind() != RateKind::House));
        all.extend(equality("base_currency", "USD", |r: &ExchangeRate| r.base_currency.clone()));
        all.extend(equality("quote_currency", "IDR", |r: &ExchangeRate| r.quote_currency.clone()));
        let day = self.day;
        all.push(Predicate::new(format!("valid_on = \"{day}\""), move |r| in_force(r, day)));
        all.push(Predicate::new(format!("valid_on != \"{day}\""), move |r| !in_force(r, day)));
        all
    }

    /// Comparisons of products.
    pub fn products(self) -> Vec<Predicate<Product>> {
        times(self.instant)
    }

    /// Comparisons of programmes.
    pub fn programmes(self) -> Vec<Predicate<Programme>> {
        times(self.instant)
    }

    /// Comparisons of decrees.
    pub fn decrees(self) -> Vec<Predicate<Decree>> {
        times(self.instant)
    }
}
