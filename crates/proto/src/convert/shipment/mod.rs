//! Releases, shipments, milestones, sponsorships and their totals.

pub mod consignment;
pub mod declaration;
pub mod line;
pub mod milestone;
pub mod release;
pub mod sponsorship;
pub mod summary;

#[cfg(test)]
mod tests;

use devisa_domain::{
    meta::Meta,
    provenance::Provenance,
    refusal::{Checks, RuleBroken, Violation},
    time::{Date, Timestamp},
};

/// What a caller says of a resource, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated<F> {
    /// What is said.
    pub facts: F,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A resource to be created, under the name it shall have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creation<N, F> {
    /// The name.
    pub name: N,
    /// What is said.
    pub facts: F,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Reads the resource that a create request must hold; violations stand under its field.
fn stated<W, F>(
    checks: &mut Checks,
    field: &str,
    resource: Option<&W>,
    parse: impl FnOnce(&W) -> Result<Stated<F>, Vec<Violation>>,
) -> Option<Stated<F>> {
    let resource = checks.keep(field, super::common::required(resource))?;
    checks.keep_part(field, parse(resource))
}

/// Refuses a date after today.
///
/// # Errors
/// `date.future`.
fn not_future(date: Date, today: Date) -> Result<Date, RuleBroken> {
    if date <= today {
        return Ok(date);
    }
    Err(RuleBroken::expected("date.future", format!("{today} or earlier"), date))
}

/// The etag and the times that every rendered resource has.
struct Rendered {
    etag: String,
    create_time: Option<prost_types::Timestamp>,
    update_time: Option<prost_types::Timestamp>,
}

impl Rendered {
    fn of(meta: &Meta) -> Self {
        let time = |time: Timestamp| Some(super::common::render_timestamp(time));
        Self {
            etag: meta.etag(),
            create_time: time(meta.create_time),
            update_time: time(meta.update_time),
        }
    }
}

/// The text of an optional value; absent is empty.
fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

/// A count on the wire.
fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
