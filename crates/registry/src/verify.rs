//! What of the registry's database follows from what, for `devisa verify`.

use devisa_domain::time::Timestamp;
use devisa_ledger::{
    Database, StorageError,
    verify::{Audit, Report},
};
use devisa_proto::convert::registry::{
    render_decree, render_exchange_rate, render_organisation, render_product, render_programme,
};

use crate::{TYPES, decree, enrolment, exchange_rate, organisation, product, programme};

/// Compares every row with the newest event of its resource and with what it repeats of it; the
/// history's rows with the enrolments; counts and digests as of now with both.
///
/// # Errors
/// [`StorageError`].
pub async fn verify(database: &Database, now: Timestamp) -> Result<Report, StorageError> {
    let mut audit = Audit::begin(database, TYPES).await?;
    audit
        .resources::<programme::Entity, _, programme::ActiveModel>(
            &[],
            render_programme,
            |resource| resource.into(),
        )
        .await?;
    audit
        .resources::<decree::Entity, _, decree::ActiveModel>(&[], render_decree, |resource| {
            resource.into()
        })
        .await?;
    enrolment::audit(&mut audit, now).await?;
    audit
        .resources::<organisation::Entity, _, organisation::ActiveModel>(
            &[],
            render_organisation,
            |resource| resource.into(),
        )
        .await?;
    audit
        .resources::<product::Entity, _, product::ActiveModel>(&[], render_product, |resource| {
            resource.into()
        })
        .await?;
    audit
        .resources::<exchange_rate::Entity, _, exchange_rate::ActiveModel>(
            &[],
            render_exchange_rate,
            |resource| resource.into(),
        )
        .await?;
    audit.finish().await
}
