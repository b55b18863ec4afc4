//! Field masks, by reflection over the descriptor set (AIP-134, AIP-161).
//!
//! Invariant: a path that the message does not have is never silently dropped; a field that is
//! output only is never written.

use std::sync::LazyLock;

use devisa_domain::refusal::{Checks, RuleBroken, Violation};
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

    /// Lays everything that a request says over `current`, whatever its mask is like: where a path
    /// is unknown, nobody knows which field it means, so that all that is set is taken beside the
    /// paths that are known. For telling what else is wrong with a request, never for writing.
    pub fn lay_all_said<M: Message + Name + Default>(
        mask: Option<&FieldMask>,
        current: &M,
        patch: &M,
    ) -> M {
        if let Ok(mask) = Self::parse::<M>(mask) {
            return mask.lay(current, patch);
        }
        let paths = mask.map_or(&[][..], |mask| &mask.paths[..]).iter();
        let known = paths.filter(|path| check_mask_path(&descriptor::<M>(), path).is_ok());
        let known = Self { paths: known.cloned().collect() };
        known.lay(&Self::default().lay(current, patch), patch)
    }
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
