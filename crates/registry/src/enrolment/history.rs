//! The table of history entries, by which enrolments are counted. Append-only.

use devisa_domain::{
    name::ProgrammeName,
    registry::enrolment::{Enrolment, Entry},
};
use sea_orm::{Set, entity::prelude::*};

/// An entry's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enrolment_history")]
pub(super) struct Model {
    /// The enrolment's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) enrolment: String,
    /// In which order the enrolment's entries were recorded, from 1. Decides between entries of
    /// one day and one instant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) ordinal: i64,
    pub(super) programme: String,
    pub(super) village: String,
    pub(super) state: String,
    pub(super) effective_date: String,
    pub(super) record_time: i64,
    /// The decree's name, for DESIGNATED; otherwise empty.
    pub(super) decree: String,
}

/// Rows refer to each other by name only.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The row of the entry that was recorded last: the last of its day, since nothing was recorded
/// after it.
pub(super) fn latest(enrolment: &Enrolment, entry: &Entry) -> ActiveModel {
    row(enrolment, entry, enrolment.history.entries().len())
}

/// The rows of an enrolment that was just created: its entries were recorded in their order.
pub(super) fn all(enrolment: &Enrolment) -> impl Iterator<Item = ActiveModel> + '_ {
    enrolment.history.entries().iter().zip(1..).map(|(entry, place)| row(enrolment, entry, place))
}

/// The row of an entry that was recorded in this place, from 1.
pub(super) fn row(enrolment: &Enrolment, entry: &Entry, recorded: usize) -> ActiveModel {
    let recorded = i64::try_from(recorded).unwrap_or(i64::MAX);
    ActiveModel {
        enrolment: Set(enrolment.name.to_string()),
        ordinal: Set(recorded),
        programme: Set(ProgrammeName::new(enrolment.name.programme.clone()).to_string()),
        village: Set(enrolment.village().to_string()),
        state: Set(entry.state.to_string()),
        effective_date: Set(entry.effective_date.to_string()),
        record_time: Set(entry.record_time.micros()),
        decree: Set(entry.decree.as_ref().map(ToString::to_string).unwrap_or_default()),
    }
}
