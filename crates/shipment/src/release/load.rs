//! What is read of releases.

use std::collections::BTreeMap;

use devisa_domain::{
    name::{MilestoneName, ReleaseName},
    refusal::Refusal,
    shipment::{Release, Shipment, Totals},
};
use devisa_ledger::{Error, GuardSeen};
use devisa_proto::{convert::shipment::release::render_release, shipment::v1 as wire};

use super::{dispatch, rows::Entity, totals};
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

/// The guard of the set of a release's shipments: whoever joins and whoever dispatches bump it.
pub(crate) fn members_guard(name: &ReleaseName) -> String {
    format!("{name}/shipments")
}

impl Handlers {
    /// A release with its totals.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; `sum.overflow`.
    pub(crate) async fn release(&self, name: &ReleaseName) -> Result<WithTotals, Error> {
        let release = store::get::<Entity>(&self.ledger, name).await?;
        let members = shipment::members(&self.ledger, [name.to_string()]).await?;
        let totals = totals(&members)?;
        Ok(WithTotals { release, totals })
    }

    /// Releases with their totals, read at once.
    ///
    /// # Errors
    /// `sum.overflow`.
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
            let totals = totals(members)?;
            Ok(WithTotals { release, totals })
        };
        releases.into_iter().map(with_totals).collect::<Result<_, Refusal>>().map_err(Error::from)
    }

    /// A release with the shipments that may leave with it.
    pub(super) async fn leaving(&self, name: &ReleaseName) -> Result<dispatch::Snapshot, Error> {
        let guard: GuardSeen = self.ledger.guard(members_guard(name)).await?;
        let release = store::get::<Entity>(&self.ledger, name).await?;
        let members = shipment::members(&self.ledger, [name.to_string()]).await?;
        let names: Vec<MilestoneName> = members.iter().map(dispatch::milestone_name).collect();
        let taken = milestone::existing(&self.ledger, &names).await?;
        Ok(dispatch::Snapshot { release, members, guard, taken })
    }
}
