//! Programmes.

mod decide;
mod rows;
mod rpc;

pub(crate) use rows::{ActiveModel, Entity};

use devisa_domain::{name::ProgrammeName, refusal::Refusal};
use devisa_ledger::{Error, Ledger};

use crate::store;

/// Reads a `parent` and makes sure that the programme exists; answers its name.
///
/// # Errors
/// What is wrong with the name, at `parent`; [`Refusal::NotFound`].
pub(crate) async fn require(ledger: &Ledger, parent: &str) -> Result<String, Error> {
    let name = ProgrammeName::parse(parent).map_err(|broken| Refusal::field("parent", broken))?;
    store::get::<Entity>(ledger, &name).await?;
    Ok(name.to_string())
}
