//! What of the deal service's database follows from what, for `devisa verify`.
//!
//! What is found implausible rests on rates and sizes that the registry holds, as they were when a
//! session was evaluated; it is compared with the log, and not computed again. What is kept of
//! shipments follows from another service's log: `devisa rebuild` makes it anew.

use devisa_ledger::{
    Database, StorageError,
    verify::{Audit, Report},
};
use devisa_proto::convert::deal::{
    agreement::render_deal, realisation::render_realisation, session::render_session,
};

use crate::{TYPES, deal, realisation, session};

/// Compares every row with the newest event of its resource and with what it repeats of it.
///
/// # Errors
/// [`StorageError`].
pub async fn verify(database: &Database) -> Result<Report, StorageError> {
    let mut audit = Audit::begin(database, TYPES).await?;
    audit
        .resources::<session::Entity, _, session::ActiveModel>(&[], render_session, |resource| {
            resource.into()
        })
        .await?;
    audit
        .resources::<deal::Entity, _, deal::ActiveModel>(&[], render_deal, |resource| {
            resource.into()
        })
        .await?;
    audit
        .resources::<realisation::Entity, _, realisation::ActiveModel>(
            &[],
            render_realisation,
            |resource| resource.into(),
        )
        .await?;
    audit.finish().await
}
