//! What of the shipment service's database follows from what, for `devisa verify`.

use devisa_ledger::{
    Database, StorageError,
    verify::{Audit, Report},
};
use devisa_proto::convert::shipment::sponsorship::render_sponsorship;

use crate::{TYPES, milestone, release, shipment, sponsorship};

/// Compares every row with the newest event of its resource and with what it repeats of it; the
/// lines' rows with the shipments; states and tiers with the milestones; what releases come to with
/// the lines.
///
/// # Errors
/// [`StorageError`].
pub async fn verify(database: &Database) -> Result<Report, StorageError> {
    let mut audit = Audit::begin(database, TYPES).await?;
    shipment::audit(&mut audit).await?;
    milestone::audit(&mut audit).await?;
    release::audit(&mut audit).await?;
    audit
        .resources::<sponsorship::Entity, _, sponsorship::ActiveModel>(
            &[],
            render_sponsorship,
            |resource| resource.into(),
        )
        .await?;
    audit.not_compared(
        "of shipments, why they were cancelled and their copies of what organisations were called \
         and might do: no event tells these",
    );
    audit.finish().await
}
