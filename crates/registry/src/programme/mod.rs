//! Programmes.

mod decide;
mod rows;
mod rpc;

pub(crate) use rows::{ActiveModel, Entity};

use devisa_domain::name::ProgrammeName;
use devisa_ledger::{Error, FilterSchema, Ledger};

use crate::store::ListArgs;

/// The name of the programme that a list is asked of, which must exist.
///
/// # Errors
/// As [`ListArgs::parent`].
pub(crate) async fn required(
    ledger: &Ledger,
    args: &ListArgs<'_>,
    schema: &FilterSchema,
) -> Result<String, Error> {
    let programme = args.parent::<Entity, _>(ledger, schema, ProgrammeName::parse).await?;
    Ok(programme.to_string())
}
