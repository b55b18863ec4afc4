//! What is read of releases.

use std::collections::BTreeMap;

use devisa_domain::{
    name::{MilestoneName, ReleaseName},
    refusal::Refusal,
    shipment::{Release, Shipment, Totals, totals::JOINING_AT_ONCE},
};
use devisa_ledger::{Error, GuardSeen};
use devisa_proto::{convert::shipment::release::render_release, shipment::v1 as wire};

use super::{dispatch, rows::Entity};
use crate::{Handlers, milestone, shipment, store};

/// A release and what it comes to.
#[derive(Clone, Debug)]
pub(crate) struct WithTotals {
    pub(crate) release: Release,
    pub(crate) totals: Totals,
}

impl WithTotals {
    pub(crate) fn render(&self) -> wire::Release {
        render_release(&self.release, &self.totals)
    }
}

/// In how many parts the set of a release's shipments is guarded, so that those who join at once
/// seldom wait for each other.
const PARTS: u64 = JOINING_AT_ONCE.unsigned_abs();

/// The guard of the part of a release's shipments that `shipment` belongs to. Whoever joins bumps
/// one part; whoever dispatches bumps all.
pub(crate) fn members_guard(release: &ReleaseName, shipment: &impl ToString) -> String {
    // FNV-1a: ids that differ in a digit fall into different parts.
    let hash = shipment.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    part(release, hash % PARTS)
}

fn part(release: &ReleaseName, part: u64) -> String {
    format!("{release}/shipments/{part}")
}

impl Handlers {
    /// A release with its totals.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) async fn release(&self, name: &ReleaseName) -> Result<WithTotals, Error> {
        let found = self.find_release(name).await?;
        found.ok_or_else(|| Refusal::NotFound { resource: name.to_string() }.into())
    }

    /// A release with its totals, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn find_release(
        &self,
        name: &ReleaseName,
    ) -> Result<Option<WithTotals>, Error> {
        let Some(release) = store::find::<Entity>(&self.ledger, name).await? else {
            return Ok(None);
        };
        let members = shipment::members(&self.ledger, [name.to_string()]).await?;
        let totals = Totals::of(&members);
        Ok(Some(WithTotals { release, totals }))
    }

    /// Releases with their totals, read at once.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn with_totals(
        &self,
        releases: Vec<Release>,
    ) -> Result<Vec<WithTotals>, Error> {
        let names = releases.iter().map(|release| release.name.to_string());
        let members = shipment::members(&self.ledger, names).await?;
        let mut by_release: BTreeMap<&ReleaseName, Vec<&Shipment>> = BTreeMap::new();
        for member in &members {
            if let Some(release) = &member.facts.release {
                by_release.entry(release).or_default().push(member);
            }
        }
        let with_totals = |release: Release| {
            let members = by_release.remove(&release.name).unwrap_or_default();
            WithTotals { release, totals: Totals::of(members) }
        };
        Ok(releases.into_iter().map(with_totals).collect())
    }

    /// A release with the shipments that may leave with it.
    pub(super) async fn leaving(&self, name: &ReleaseName) -> Result<dispatch::Snapshot, Error> {
        let mut guards: Vec<GuardSeen> = Vec::new();
        for number in 0..PARTS {
            guards.push(self.ledger.guard(part(name, number)).await?);
        }
        let release = store::get::<Entity>(&self.ledger, name).await?;
        let members = shipment::members(&self.ledger, [name.to_string()]).await?;
        let names: Vec<MilestoneName> = members.iter().map(dispatch::milestone_name).collect();
        let taken = milestone::existing(&self.ledger, &names).await?;
        Ok(dispatch::Snapshot { release, members, guards, taken })
    }
}
