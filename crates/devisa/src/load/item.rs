//! One item of a data set: a resource with the steps that ride on it.

use devisa_domain::{identifier::village_code::VillageCode, name::Id};
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

use super::{
    import,
    steps::{self, StepKind},
    walk,
};
use crate::{
    catalogue::Resource,
    exit::Failure,
    yaml::{Entry, Node, Place, Problems},
};

/// A resource as a data set gives it.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// What kind it is.
    pub(super) resource: &'static Resource,
    /// Its full name.
    pub(super) name: String,
    /// Its parent's name.
    pub(super) parent: Option<String>,
    /// Its id.
    pub(super) id: String,
    /// Where it stands.
    pub(super) node: Node,
    /// Its fields as given.
    pub(super) message: DynamicMessage,
    /// Its steps, in the order in which they are taken.
    pub(super) steps: Vec<Step>,
}

/// A step that rides on an item.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// What kind it is.
    pub(super) kind: &'static StepKind,
    /// Where it stands.
    pub(super) place: Place,
    /// The request, complete but for its request id.
    pub(super) request: DynamicMessage,
}

/// The entries of an item that are fields of its resource.
pub(super) fn fields<'n>(
    resource: &'static Resource,
    node: &'n Node,
) -> impl Iterator<Item = &'n Entry> {
    let entries = node.map().unwrap_or_default();
    let is_own =
        move |key: &str| matches!(key, "id" | "parent") || steps::step(resource, key).is_some();
    entries.iter().filter(move |entry| !is_own(&entry.key))
}

/// Reads an item; what is wrong is recorded, and then the answer may be none.
pub(super) fn read(
    resource: &'static Resource,
    node: &Node,
    problems: &mut Problems,
) -> Result<Option<Item>, Failure> {
    if problems.keep(node.map()).is_none() {
        return Ok(None);
    }
    let descriptor = resource.descriptor()?;
    let message = walk::read(problems, &descriptor, fields(resource, node), walk::is_given);
    let (Some(id), Some(parent)) = (id(resource, node, problems), parent(resource, node, problems))
    else {
        return Ok(None);
    };
    let name = resource.name(parent.as_deref(), &id);
    let node = node.clone();
    let mut item = Item { resource, name, parent, id, node, message, steps: Vec::new() };
    item.fill_village(problems);
    item.read_steps(problems)?;
    Ok(Some(item))
}

fn id(resource: &Resource, node: &Node, problems: &mut Problems) -> Option<String> {
    let Some(given) = node.get("id") else {
        problems.add(&node.place, format!("an item of {} needs an `id`", resource.key));
        return None;
    };
    let id = problems.keep(given.text())?;
    let read = match resource.key {
        "enrolments" => VillageCode::parse(id).map(|code| code.to_string()),
        _ => Id::parse(id).map(|id| id.to_string()),
    };
    problems.keep_at(&given.place, read.map_err(|broken| broken.to_string()))
}

/// The parent: none inside where the resource has none.
fn parent(resource: &Resource, node: &Node, problems: &mut Problems) -> Option<Option<String>> {
    let entry = node.get("parent");
    let Some(collection) = resource.parent() else {
        if let Some(given) = entry {
            problems.add(&given.place, format!("{} have no parent", resource.key));
        }
        return Some(None);
    };
    let Some(given) = entry else {
        let message =
            format!("an item of {} needs a `parent`, such as {collection}/…", resource.key);
        problems.add(&node.place, message);
        return None;
    };
    let name = problems.keep(given.text())?;
    let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    if id.is_none_or(|id| Id::parse(id).is_err()) {
        let message = format!("expected the name of a parent, {collection}/…, found {name:?}");
        problems.add(&given.place, message);
        return None;
    }
    Some(Some(name.to_owned()))
}

fn is_of_step(field: &FieldDescriptor) -> bool {
    !matches!(field.name(), "name" | "etag" | "request_id" | "validate_only")
}

impl Item {
    /// An enrolment's village follows from its id, and must not contradict it.
    fn fill_village(&mut self, problems: &mut Problems) {
        if self.resource.key != "enrolments" {
            return;
        }
        let village = format!("villages/{}", self.id);
        match self.node.get("village") {
            None => self.message.set_field_by_name("village", Value::String(village)),
            Some(given) if given.text().is_ok_and(|text| text != village) => {
                problems.add(&given.place, format!("the id says {village}"));
            }
            Some(_) => {}
        }
    }

    fn read_steps(&mut self, problems: &mut Problems) -> Result<(), Failure> {
        let kinds = steps::STEPS.iter().filter(|kind| kind.resource == self.resource.key);
        for kind in kinds {
            let Some(node) = self.node.get(kind.key).cloned() else { continue };
            if kind.creates() {
                let step = import::read(self, kind, &node, problems)?;
                self.steps.extend(step);
                continue;
            }
            let nodes = match kind.key {
                "advance" => problems.keep(node.list()).unwrap_or_default(),
                _ => std::slice::from_ref(&node),
            };
            for node in nodes {
                self.read_step(kind, node, problems)?;
            }
        }
        self.refuse_both(problems);
        Ok(())
    }

    /// A release leaves or it does not.
    fn refuse_both(&self, problems: &mut Problems) {
        let step = |key: &str| self.steps.iter().find(|step| step.kind.key == key);
        if let (Some(_), Some(cancel)) = (step("dispatch"), step("cancel")) {
            problems
                .add(&cancel.place, "a release is dispatched or cancelled, not both".to_owned());
        }
    }

    /// The milestone that this one corrects.
    pub(super) fn corrects(&self) -> Option<String> {
        let corrected = self.message.get_field_by_name("corrects")?;
        corrected.as_str().filter(|name| !name.is_empty()).map(str::to_owned)
    }

    /// `true`, or a mapping of the request's fields; `false` asks for nothing.
    fn read_step(
        &mut self,
        kind: &'static StepKind,
        node: &Node,
        problems: &mut Problems,
    ) -> Result<(), Failure> {
        let descriptor = self.resource.method(kind.method)?.input();
        let request = match (node.map(), node.boolean()) {
            (Ok(entries), _) => walk::read(problems, &descriptor, entries, is_of_step),
            (_, Ok(true)) if kind.key != "advance" => DynamicMessage::new(descriptor),
            (_, Ok(false)) if kind.key != "advance" => return Ok(()),
            _ => {
                let expected = if kind.key == "advance" { "a mapping" } else { "true or false" };
                problems.add(&node.place, format!("expected {expected}, found {}", node.kind()));
                return Ok(());
            }
        };
        let mut step = Step { kind, place: node.place.clone(), request };
        step.request.set_field_by_name("name", Value::String(self.name.clone()));
        self.complete_decree(&mut step);
        self.steps.push(step);
        Ok(())
    }

    /// A decree may be given by its id alone: it is one of the enrolment's programme.
    fn complete_decree(&self, step: &mut Step) {
        let (Some(parent), Some(Value::String(decree))) =
            (&self.parent, step.request.get_field_by_name("decree").map(|d| d.into_owned()))
        else {
            return;
        };
        if !decree.is_empty() && !decree.contains('/') {
            let name = format!("{parent}/decrees/{decree}");
            step.request.set_field_by_name("decree", Value::String(name));
        }
    }
}
