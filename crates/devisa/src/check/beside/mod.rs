//! What the ledger knows beside the figures: totals by tier, held deals apart, sponsorships, and how
//! far promises were kept.

mod promise;
mod release;

use devisa_domain::refusal::RuleBroken;

pub(super) use self::{
    promise::{DealBeside, DealTotals, Promises, SessionBeside},
    release::{ReleaseBeside, SponsorshipBeside},
};
use super::statement::Statement;
use crate::{client::Client, exit::Failure};

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

/// Fetches what stands beside the figures of a statement.
pub(super) async fn fetch(client: &Client, statement: &Statement) -> Result<Beside, Failure> {
    let mut beside = Beside::default();
    for name in named(statement, "releases/") {
        beside.releases.push(release::fetch(client, name, statement.event_date).await?);
    }
    for name in named(statement, "sessions/") {
        beside.sessions.push(promise::fetch_session(client, name).await?);
    }
    for name in named(statement, "deals/") {
        beside.deals.push(promise::fetch_deal(client, &name).await?);
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
}
