//! Field masks, by reflection over the descriptor set (AIP-134, AIP-161).
//!
//! Invariant: a path that the message does not have is never silently dropped; a field that is
//! output only is never written.

use std::{collections::BTreeSet, sync::LazyLock};

use devisa_domain::refusal::{Checks, Refusal, RuleBroken, Violation};
use prost::{Message, Name};
use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MessageDescriptor,
    ReflectMessage, Value,
};
use prost_types::FieldMask;

/// The compiled protos, for reflection.
pub static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(crate::FILE_DESCRIPTOR_SET)
        .unwrap_or_else(|error| unreachable!("the checked-in descriptor set decodes: {error}"))
});

static FIELD_BEHAVIOR: LazyLock<ExtensionDescriptor> = LazyLock::new(|| {
    POOL.get_extension_by_name("google.api.field_behavior")
        .unwrap_or_else(|| unreachable!("the descriptor set includes google.api.field_behavior"))
});

/// The field by which requests have their mask.
const FIELD: &str = "update_mask";
/// The path that stands for all fields.
const EVERYTHING: &str = "*";

const IMMUTABLE: i32 = 5;
const OUTPUT_ONLY: i32 = 3;
const IDENTIFIER: i32 = 8;

fn behaves(field: &FieldDescriptor, behavior: i32) -> bool {
    let options = field.options();
    let Value::List(values) = options.get_extension(&FIELD_BEHAVIOR).into_owned() else {
        return false;
    };
    values.iter().any(|value| value.as_enum_number() == Some(behavior))
}

/// Whether a caller cannot set the field: output only, or the resource's own name or etag.
pub fn is_output(field: &FieldDescriptor) -> bool {
    behaves(field, OUTPUT_ONLY) || behaves(field, IDENTIFIER) || field.name() == "etag"
}

/// Whether the field can be set only when the resource is created.
pub fn is_immutable(field: &FieldDescriptor) -> bool {
    behaves(field, IMMUTABLE)
}

/// Checks that a message has a field of this path; paths go through lists without positions.
///
/// # Errors
/// `field_mask.unknown_path`, naming the fields there are.
pub fn check_path(message: &str, path: &str) -> Result<(), RuleBroken> {
    let mut current = POOL.get_message_by_name(message);
    for segment in path.split('.') {
        let field = current.as_ref().and_then(|message| message.get_field_by_name(segment));
        let Some(field) = field else {
            return Err(unknown_path(current.as_ref(), path));
        };
        current = field.kind().as_message().cloned();
    }
    Ok(())
}

fn unknown_path(message: Option<&MessageDescriptor>, path: &str) -> RuleBroken {
    let expected = message.map_or_else(
        || "no further field".to_owned(),
        |message| {
            let names: Vec<_> = message.fields().map(|field| field.name().to_owned()).collect();
            format!("one of {}", names.join(", "))
        },
    );
    RuleBroken::expected("field_mask.unknown_path", expected, format!("{path:?}"))
}

/// Which fields of a message an update takes. Every path is one that the message has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateMask {
    paths: Vec<String>,
}

impl UpdateMask {
    /// Reads the mask of an update of `M`; an absent one is empty.
    ///
    /// # Errors
    /// `field_mask.unknown_path` at `update_mask`, one violation for each unknown path.
    pub fn parse<M: Name>(mask: Option<&FieldMask>) -> Result<Self, Vec<Violation>> {
        let mut checks = Checks::new();
        let paths = mask.map_or(&[][..], |mask| &mask.paths[..]);
        let known = paths.iter().filter_map(|path| {
            let checked = check_mask_path(&descriptor::<M>(), path).map(|()| path.clone());
            checks.keep(FIELD, checked)
        });
        let paths = known.collect();
        checks.finish(Self { paths })
    }

    /// Lays the fields of `patch` that it names over `current`.
    ///
    /// An empty mask takes every field that is set in `patch`; `*` takes all, so that what is not
    /// set is cleared. Output-only fields are never taken.
    pub fn lay<M: Message + Name + Default>(&self, current: &M, patch: &M) -> M {
        let mut target = dynamic(current);
        let source = dynamic(patch);
        let everything = self.paths.iter().any(|path| path == EVERYTHING);
        if self.paths.is_empty() || everything {
            for field in target.descriptor().fields().filter(|field| !is_output(field)) {
                if everything || source.has_field(&field) {
                    take(&mut target, &source, &field);
                }
            }
        }
        for path in self.paths.iter().filter(|path| *path != EVERYTHING) {
            take_path(&mut target, &source, path);
        }
        typed(&target)
    }

    /// The paths of a mask that are known.
    fn known<M: Name>(mask: &FieldMask) -> Self {
        let is_known = |path: &&String| check_mask_path(&descriptor::<M>(), path).is_ok();
        Self { paths: mask.paths.iter().filter(is_known).cloned().collect() }
    }
}

/// Everything that a request says of a message, laid over the current one, for telling what else is
/// wrong with a request that cannot be read; never for writing.
///
/// Where a path is unknown, nobody knows which field it means: then all that is set is taken beside
/// the paths that are known, and only of these fields anything is told.
#[derive(Clone, Debug)]
pub struct Said<M> {
    /// The message as it would be.
    pub message: M,
    /// The fields of which anything is said; none where the mask tells them all.
    fields: Option<BTreeSet<String>>,
}

impl<M: Message + Name + Default> Said<M> {
    /// What a request says.
    pub fn of(mask: Option<&FieldMask>, current: &M, patch: &M) -> Self {
        match (UpdateMask::parse::<M>(mask), mask) {
            (Ok(mask), _) => Self { message: mask.lay(current, patch), fields: None },
            (Err(_), None) => unreachable!("no mask has no path"),
            (Err(_), Some(mask)) => {
                let known = UpdateMask::known::<M>(mask);
                let set = UpdateMask::default().lay(current, patch);
                let message = known.lay(&set, patch);
                let named = known.paths.iter().map(|path| top(path).to_owned());
                let fields = changed(None, patch).into_iter().chain(named).collect();
                Self { message, fields: Some(fields) }
            }
        }
    }

    /// What is wrong with it, of all that the message is refused for. Fields of refusals stand under
    /// that of the message: `deal.value`.
    pub fn faults(&self, refusals: impl IntoIterator<Item = Refusal>) -> Option<Refusal> {
        let refusal = Refusal::together(refusals)?;
        let Some(fields) = &self.fields else { return Some(refusal) };
        refusal.only(|violation| {
            let inside = violation.field.split_once('.').map_or("", |(_, inside)| inside);
            fields.contains(EVERYTHING) || fields.contains(top(inside))
        })
    }
}

/// The field in which a path begins.
fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// A mask's path goes through single messages only: a list is taken whole.
fn check_mask_path(message: &MessageDescriptor, path: &str) -> Result<(), RuleBroken> {
    if path == EVERYTHING {
        return Ok(());
    }
    let mut current = Some(message.clone());
    for segment in path.split('.') {
        let field = current.as_ref().and_then(|message| message.get_field_by_name(segment));
        let Some(field) = field else {
            return Err(unknown_path(current.as_ref(), path));
        };
        current = if field.is_list() { None } else { field.kind().as_message().cloned() };
    }
    Ok(())
}

fn take(target: &mut DynamicMessage, source: &DynamicMessage, field: &FieldDescriptor) {
    if source.has_field(field) {
        target.set_field(field, source.get_field(field).into_owned());
    } else {
        target.clear_field(field);
    }
}

fn take_path(target: &mut DynamicMessage, source: &DynamicMessage, path: &str) {
    let (first, rest) =
        path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(field) = target.descriptor().get_field_by_name(first) else { return };
    if is_output(&field) {
        return;
    }
    let Some(rest) = rest else { return take(target, source, &field) };
    let empty = |message: &DynamicMessage| match message.get_field(&field).into_owned() {
        Value::Message(inner) => Some(inner),
        _ => None,
    };
    if let (Some(mut inner), Some(patch)) = (empty(target), empty(source)) {
        take_path(&mut inner, &patch, rest);
        target.set_field(&field, Value::Message(inner));
    }
}

/// The top-level fields in which two versions of a resource differ; without an earlier one, those
/// that are set. Leaves out what changes with every version: etag and update time.
pub fn changed<M: Message + Name>(before: Option<&M>, after: &M) -> Vec<String> {
    let after = dynamic(after);
    let before = before.map(|before| dynamic(before));
    let differs = |field: &FieldDescriptor| match &before {
        None => after.has_field(field),
        Some(before) => {
            before.has_field(field) != after.has_field(field)
                || before.get_field(field) != after.get_field(field)
        }
    };
    let descriptor = after.descriptor();
    let told = |field: &FieldDescriptor| !matches!(field.name(), "etag" | "update_time");
    descriptor.fields().filter(told).filter(differs).map(|field| field.name().to_owned()).collect()
}

/// A message as reflection sees it.
pub fn dynamic<M: Message + Name>(message: &M) -> DynamicMessage {
    let mut dynamic = DynamicMessage::new(descriptor::<M>());
    dynamic
        .transcode_from(message)
        .unwrap_or_else(|error| unreachable!("a message transcodes to its own type: {error}"));
    dynamic
}

fn descriptor<M: Name>() -> MessageDescriptor {
    POOL.get_message_by_name(&M::full_name())
        .unwrap_or_else(|| unreachable!("{} is in the descriptor set", M::full_name()))
}

fn typed<M: Message + Default>(message: &DynamicMessage) -> M {
    message
        .transcode_to()
        .unwrap_or_else(|error| unreachable!("a message transcodes to its own type: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::deal::v1::Session;

    fn mask(paths: &[&str]) -> FieldMask {
        FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
    }

    fn session(place: &str, office: &str) -> Session {
        let (place, office) = (place.to_owned(), office.to_owned());
        Session { display_name: "Matching".to_owned(), place, office, ..Default::default() }
    }

    #[test]
    fn every_unknown_path_is_told() {
        let broken =
            UpdateMask::parse::<Session>(Some(&mask(&["place", "", "colour"]))).unwrap_err();
        let told: Vec<_> = broken.iter().map(|v| (v.field.as_str(), v.broken.rule())).collect();
        assert_eq!(told, [("update_mask", "field_mask.unknown_path"); 2]);
        assert_eq!(UpdateMask::parse::<Session>(None), Ok(UpdateMask::default()));
    }

    #[test]
    fn a_mask_says_what_is_taken() {
        let (current, patch) =
            (session("KL", ""), Session { office: "o".to_owned(), ..Default::default() });
        let lay = |paths: &[&str]| {
            UpdateMask::parse::<Session>(Some(&mask(paths))).unwrap().lay(&current, &patch)
        };
        assert_eq!(lay(&[]), session("KL", "o"));
        assert_eq!(lay(&["place"]), session("", ""));
        assert_eq!(lay(&["*"]), patch);
        // What only the service writes is never taken.
        let named = Session { etag: "x".to_owned(), ..Default::default() };
        let etag = UpdateMask::parse::<Session>(Some(&mask(&["etag", "create_time"]))).unwrap();
        assert_eq!(etag.lay(&current, &named), current);
    }

    #[test]
    fn only_what_is_said_is_told_beside_an_unknown_path() {
        let patch = Session { office: "o".to_owned(), ..Default::default() };
        let said = Said::of(Some(&mask(&["place", "colour"])), &session("KL", ""), &patch);
        assert_eq!(said.message, session("", "o"), "the known path is taken, and what is set");
        let at = |field: &str| Refusal::field(field, RuleBroken::missing());
        let refusals = ["session.office", "session.place", "session.display_name"].map(at);
        let told = said.faults(refusals.clone()).unwrap();
        assert_eq!(told, at("session.office").and(at("session.place")));
        assert_eq!(said.faults([at("session.display_name")]), None);
        // A mask that can be read says which fields are meant: all that follows from them is told.
        let said = Said::of(Some(&mask(&["place"])), &session("KL", ""), &patch);
        assert_eq!(said.message, session("", ""));
        assert_eq!(said.faults(refusals.clone()), Refusal::together(refusals));
    }
}
