//! What of the deal service's database follows from what, for `devisa verify`.

use devisa_ledger::{
    Database, StorageError,
    verify::{Audit, Report},
};
use devisa_proto::convert::deal::session::render_session;

use crate::{AT_ONCE, TYPES, deal, realisation, session, shipped, shipped::ShipmentLog};

/// Compares every row with the newest event of its resource and with what it repeats of it; deals
/// with their realisations, these with their shipments, and what is known of shipments with their
/// service's log, where that is at hand.
///
/// # Errors
/// [`StorageError`].
pub async fn verify(
    database: &Database,
    shipments: Option<&ShipmentLog>,
) -> Result<Report, StorageError> {
    verify_holding(database, shipments, AT_ONCE).await
}

/// The same, holding so many shipments in memory at once; for each so many their log is read anew.
///
/// # Errors
/// [`StorageError`].
pub async fn verify_holding(
    database: &Database,
    shipments: Option<&ShipmentLog>,
    at_once: usize,
) -> Result<Report, StorageError> {
    let mut audit = Audit::begin(database, TYPES).await?;
    audit
        .resources::<session::Entity, _, session::ActiveModel>(&[], render_session, |resource| {
            resource.into()
        })
        .await?;
    deal::audit(&mut audit).await?;
    realisation::audit(&mut audit).await?;
    shipped::audit(&mut audit, shipments, at_once).await?;
    audit.finish().await
}
