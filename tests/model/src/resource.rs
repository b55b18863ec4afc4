//! What all resources have.

use std::collections::BTreeMap;

use chrono::Datelike;
use devisa_domain::time::{Date, Timestamp};
use devisa_proto::google_type;
use prost::Message;
use tonic::Code;

use crate::answer::{Answer, Faults, Refused};

/// Resources by name.
pub type Table<R> = BTreeMap<String, R>;

/// A stored resource. Its etag is opaque to clients; the model knows that it counts versions, so
/// that whole messages can be compared.
pub trait Resource: Message + Default + Clone + PartialEq + std::fmt::Debug {
    /// The name.
    fn name(&self) -> &str;
    /// The etag.
    fn etag(&self) -> &str;
    /// When it was created.
    fn created(&self) -> Timestamp;
    /// When it was last changed.
    fn updated(&self) -> Timestamp;
    /// Whether it is deleted or hidden.
    fn is_deleted(&self) -> bool;
    /// Sets name, etag and times.
    fn stamp(&mut self, name: &str, etag: String, created: Timestamp, updated: Timestamp);

    /// The first version.
    #[must_use]
    fn first(mut self, name: &str, now: Timestamp) -> Self {
        self.stamp(name, version(1), now, now);
        self
    }

    /// The version after `before`. Its times never go back.
    #[must_use]
    fn after(mut self, before: &Self, now: Timestamp) -> Self {
        let number: i64 = before.etag().trim_matches('"').parse().unwrap_or_default();
        let updated = now.max(before.updated());
        self.stamp(before.name(), version(number + 1), before.created(), updated);
        self
    }

    /// Compares the etag that was sent, if one was.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    fn check_etag(&self, sent: &str) -> Answer<()> {
        let stale = !sent.is_empty() && sent != self.etag();
        if stale { Err(Refused::because(Code::Aborted, "ETAG_MISMATCH")) } else { Ok(()) }
    }

    /// Refuses what cannot be done with something deleted.
    ///
    /// # Errors
    /// `STATE_FORBIDS`.
    fn check_present(&self) -> Answer<()> {
        if self.is_deleted() { Err(Refused::state()) } else { Ok(()) }
    }
}

fn version(number: i64) -> String {
    format!("\"{number}\"")
}

/// The resource of a name.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub fn get<R: Clone>(table: &Table<R>, name: &str) -> Answer<R> {
    table.get(name).cloned().ok_or_else(|| Refused::absent(name))
}

/// The resources of some names, all or none.
///
/// # Errors
/// `FIELD_MISSING` without any, `NAMES_DUPLICATE`, `RESOURCE_NOT_FOUND` at all that are absent.
pub fn batch_get<R: Clone>(table: &Table<R>, names: &[String]) -> Answer<Vec<R>> {
    let mut faults = Faults::default();
    faults.required(!names.is_empty(), "names");
    let twice = (0..names.len()).any(|index| names[..index].contains(&names[index]));
    faults.unless(!twice, "names", "NAMES_DUPLICATE");
    faults.none()?;
    let (mut found, mut absent) = (vec![], vec![]);
    for (index, name) in names.iter().enumerate() {
        match get(table, name) {
            Ok(resource) => found.push(resource),
            Err(refused) => absent.push(refused.under(&format!("names[{index}]"))),
        }
    }
    Refused::together(absent).map_or(Ok(found), Err)
}

/// Refuses a name that is taken, by something deleted, too.
///
/// # Errors
/// `RESOURCE_EXISTS` at the field that asks for it.
pub fn check_free<R>(table: &Table<R>, name: &str, field: &str) -> Answer<()> {
    match table.contains_key(name) {
        true => Err(Refused::exists(name).at(field, "RESOURCE_EXISTS")),
        false => Ok(()),
    }
}

/// Lays fields over a resource as a mask says: a path each, `*` for all, and without a mask those
/// that are set. `fields` lists each field with whether the patch sets it and how it is taken.
///
/// # Errors
/// `FIELD_MASK_UNKNOWN_PATH` for each unknown path.
pub fn overlay<R: Clone>(
    current: &R,
    patch: &R,
    mask: Option<&prost_types::FieldMask>,
    fields: &[Taken<R>],
    outputs: &[&str],
) -> Answer<R> {
    let paths = mask.map(|mask| mask.paths.clone()).unwrap_or_default();
    let mut faults = Faults::default();
    for path in paths.iter().filter(|path| *path != "*") {
        let known =
            fields.iter().any(|field| field.path == path) || outputs.contains(&path.as_str());
        faults.unless(known, "update_mask", "FIELD_MASK_UNKNOWN_PATH");
    }
    faults.none()?;
    let all = paths.iter().any(|path| path == "*");
    let mut laid = current.clone();
    for field in fields {
        let named = paths.iter().any(|path| path == field.path);
        if all || named || (paths.is_empty() && (field.is_set)(patch)) {
            (field.take)(&mut laid, patch);
        }
    }
    Ok(laid)
}

/// What an update is refused for before anything is read: its mask, and beside an unknown path what
/// is `wrong` with the rest of what it says. Nobody knows which field an unknown path means: then all
/// that is set is laid over the resource beside the paths that are known.
///
/// # Errors
/// That.
pub fn check_mask<R: Resource>(
    table: &Table<R>,
    patch: &R,
    mask: Option<&prost_types::FieldMask>,
    fields: &[Taken<R>],
    outputs: &[&str],
    wrong: impl FnOnce(&R, &R) -> Answer<()>,
) -> Answer<()> {
    let told = overlay(patch, patch, mask, fields, outputs).map(|_| ());
    let (Err(_), Some(current)) = (&told, table.get(patch.name())) else { return told };
    let paths = mask.map(|mask| mask.paths.clone()).unwrap_or_default();
    let names = |of: &str| paths.iter().any(|path| path == of || path == "*");
    let said: Vec<_> =
        fields.iter().filter(|field| names(field.path) || (field.is_set)(patch)).collect();
    let mut laid = current.clone();
    for field in &said {
        (field.take)(&mut laid, patch);
    }
    let is_said = |at: &str| {
        let inside = at.split_once('.').map_or("", |(_, inside)| inside);
        let top = inside.split(['.', '[']).next().unwrap_or_default();
        said.iter().any(|field| field.path == top)
    };
    let Err(mut also) = wrong(&laid, current) else { return told };
    also.fields.retain(|(field, _)| is_said(field));
    match also.fields.is_empty() {
        true => told,
        false => Refused::telling(told, Err(also)),
    }
}

/// That the parent which a request names does not exist.
///
/// # Errors
/// That.
pub fn check_parent<R>(table: &Table<R>, name: &str) -> Answer<()> {
    match table.contains_key(name) {
        true => Ok(()),
        false => Err(Refused::absent(name).at("parent", "RESOURCE_NOT_FOUND")),
    }
}

/// A field of an update.
#[derive(Debug)]
pub struct Taken<R> {
    /// Its path.
    pub path: &'static str,
    /// Whether a patch sets it.
    pub is_set: fn(&R) -> bool,
    /// Takes it from the patch.
    pub take: fn(&mut R, &R),
}

/// The fields of a message that updates may change.
#[macro_export]
macro_rules! taken {
    ($message:ty: $($field:ident),+ $(,)?) => {
        &[$($crate::resource::Taken::<$message> {
            path: stringify!($field),
            is_set: |patch| patch.$field != <$message>::default().$field,
            take: |laid, patch| laid.$field = patch.$field.clone(),
        }),+]
    };
}

/// Implements [`Resource`] for messages; the second list are those that can be deleted.
#[macro_export]
macro_rules! resources {
    ($($message:ty),* ; $($deletable:ty),* $(,)?) => {
        $($crate::resources!(@one $message, |_resource| false);)*
        $($crate::resources!(@one $deletable, |resource| resource.delete_time.is_some());)*
    };
    (@one $message:ty, |$resource:ident| $deleted:expr) => {
        impl $crate::resource::Resource for $message {
            fn name(&self) -> &str { &self.name }
            fn etag(&self) -> &str { &self.etag }
            fn created(&self) -> devisa_domain::time::Timestamp {
                $crate::resource::instant(self.create_time.as_ref())
            }
            fn updated(&self) -> devisa_domain::time::Timestamp {
                $crate::resource::instant(self.update_time.as_ref())
            }
            fn is_deleted(&self) -> bool {
                let $resource = self;
                $deleted
            }
            fn stamp(
                &mut self,
                name: &str,
                etag: String,
                created: devisa_domain::time::Timestamp,
                updated: devisa_domain::time::Timestamp,
            ) {
                self.name = name.to_owned();
                self.etag = etag;
                self.create_time = Some($crate::resource::wire_time(created));
                self.update_time = Some($crate::resource::wire_time(updated));
            }
        }
    };
}

/// An instant of a message; the epoch where there is none.
pub fn instant(time: Option<&prost_types::Timestamp>) -> Timestamp {
    time.map_or(Timestamp::from_micros(0), |time| {
        Timestamp::from_micros(time.seconds * 1_000_000 + i64::from(time.nanos / 1_000))
    })
}

/// An instant as messages have it.
pub fn wire_time(time: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = time.parts();
    prost_types::Timestamp { seconds, nanos }
}

/// A date of a message, if it has one.
pub fn date(wire: Option<&google_type::Date>) -> Option<Date> {
    let google_type::Date { year, month, day } = *wire?;
    Date::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

/// Whether a date stands and is not after today, else what is wrong with it.
pub fn check_past(faults: &mut Faults, field: &str, wire: Option<&google_type::Date>, today: Date) {
    match date(wire) {
        None => faults.required(false, field),
        Some(date) => faults.unless(date <= today, field, "DATE_FUTURE"),
    }
}

/// A date as messages have it.
pub fn wire_date(date: Date) -> google_type::Date {
    let small = |number: u32| i32::try_from(number).unwrap_or_default();
    google_type::Date { year: date.year(), month: small(date.month()), day: small(date.day()) }
}
