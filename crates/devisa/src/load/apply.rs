//! From a plan to the ledger.

use std::fmt;

use devisa_domain::refusal::Reason;
use futures::{StreamExt, TryStreamExt, stream};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use serde_json::json;
use tonic::{Code, Status};

use super::{
    decide::{self, Todo},
    import,
    item::{Item, Step},
    plan::Plan,
    precheck,
};
use crate::{
    catalogue::{self, RESOURCES},
    client::{self, Client, Refused},
    exit::Failure,
    output::Progress,
    yaml::Node,
};

/// How many items are fetched at once.
const FETCHES: usize = 16;

/// The reason told of a resource whose facts on record are others than those given.
const DIFFERS: &str = Reason::ResourceDiffers.as_str();

/// What loading did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Resources created.
    pub(crate) created: usize,
    /// Resources that were there already.
    pub(crate) unchanged: usize,
    /// Steps taken.
    pub(crate) steps: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, unchanged, steps } = self;
        write!(f, "created {created}, unchanged {unchanged}, steps {steps}")
    }
}

impl Tally {
    /// The tally for scripts.
    pub(crate) fn to_json(self) -> serde_json::Value {
        json!({"created": self.created, "unchanged": self.unchanged, "steps": self.steps})
    }
}

/// Brings the ledger to where the plan says; nothing is written unless everything fits.
pub(super) async fn apply(client: &Client, plan: &Plan) -> Result<Tally, Failure> {
    let progress = Progress::begin("reading what is there", Some(plan.items.len()));
    let fetches = plan.items.iter().map(|item| fetch(client, item));
    let fetches = stream::iter(fetches).buffered(FETCHES);
    let found: Vec<_> = fetches.inspect_ok(|_| progress.add(1)).try_collect().await?;
    drop(progress);
    let mut todos = Vec::new();
    let mut differing = Vec::new();
    for (item, found) in plan.items.iter().zip(&found) {
        let mut undesignated = Vec::new();
        if found.is_some() {
            undesignated = undesignated_villages(client, item).await?;
        }
        let decided = match decide::decide(item, found.as_ref()) {
            Ok(todo) if undesignated.is_empty() => Ok(todo),
            Ok(_) => Err(undesignated),
            Err(differences) => Err(differences.into_iter().chain(undesignated).collect()),
        };
        match decided {
            Ok(todo) => todos.push(todo),
            Err(differences) => differing.push(format!(
                "{}: {}: {DIFFERS}: {}",
                item.node.place,
                item.name,
                differences.join("; ")
            )),
        }
    }
    if !differing.is_empty() {
        let what = "what is on record differs from what is given; nothing was written";
        let page = format!("(docs/errors/{DIFFERS}.md)");
        return Err(Failure::refused(format!("{what} {page}\n{}", differing.join("\n"))));
    }
    precheck::check(&todos)?;
    write(client, &todos).await
}

async fn fetch(client: &Client, item: &Item) -> Result<Option<DynamicMessage>, Failure> {
    fetch_named(client, item, &item.resource.get()?, &item.name).await
}

async fn fetch_named(
    client: &Client,
    item: &Item,
    method: &MethodDescriptor,
    name: &str,
) -> Result<Option<DynamicMessage>, Failure> {
    let mut request = DynamicMessage::new(method.input());
    request.set_field_by_name("name", Value::String(name.to_owned()));
    match client.call(method, &request).await {
        Ok(found) => Ok(Some(found)),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(refusal(&status, &item.node, &format!("getting {name}"))),
    }
}

/// The villages of a decree on record that it has not designated, as differences.
async fn undesignated_villages(client: &Client, item: &Item) -> Result<Vec<String>, Failure> {
    let names = import::enrolments(item);
    let get = catalogue::method("devisa.registry.v1.EnrolmentService", "GetEnrolment")?;
    let fetches = names.iter().map(|name| fetch_named(client, item, &get, name));
    let found: Vec<_> = stream::iter(fetches).buffered(FETCHES).try_collect().await?;
    let pairs = names.iter().zip(&found).enumerate();
    let differences = pairs
        .filter_map(|(place, (name, found))| import::difference(item, place, name, found.as_ref()));
    Ok(differences.collect())
}

/// Creates, then takes the steps, one kind of resource after the other. Decrees are imported once
/// the enrolments that they may advance are there, and before these take their own steps; releases
/// leave after the steps of all shipments, and deals end after they were drawn down.
async fn write(client: &Client, todos: &[Todo<'_>]) -> Result<Tally, Failure> {
    let total = todos.iter().map(|todo| 1 + todo.steps.len()).sum();
    let progress = Progress::begin("loading", Some(total));
    let mut writer = Writer { client, tally: Tally::default(), progress };
    let of = |key: &'static str| todos.iter().filter(move |todo| todo.item.resource.key == key);
    for resource in RESOURCES {
        for todo in of(resource.key) {
            writer.create(todo).await?;
        }
        let steps: Vec<_> = match resource.key {
            "releases" | "decrees" => Vec::new(),
            "enrolments" => of("decrees").chain(of("enrolments")).collect(),
            "shipments" => of("shipments").chain(of("releases")).collect(),
            "realisations" => of("deals").collect(),
            key => of(key).collect(),
        };
        for todo in steps {
            writer.take_steps(todo, resource.key == "realisations").await?;
        }
    }
    Ok(writer.tally)
}

struct Writer<'c> {
    client: &'c Client,
    tally: Tally,
    progress: Progress,
}

impl Writer<'_> {
    async fn create(&mut self, todo: &Todo<'_>) -> Result<(), Failure> {
        let item = todo.item;
        self.progress.add(1);
        let Some(create) = item.resource.create.filter(|_| todo.create) else {
            let is_created_later = todo.steps.iter().any(|step| step.kind.creates());
            self.tally.unchanged += usize::from(!is_created_later);
            return Ok(());
        };
        let method = item.resource.method(create)?;
        let request = create_request(item, &method);
        let doing = format!("creating {}", item.name);
        self.call(&method, request, &item.node, &doing).await?;
        self.tally.created += 1;
        Ok(())
    }

    /// Takes the steps that end their resource, or the others.
    async fn take_steps(&mut self, todo: &Todo<'_>, ending: bool) -> Result<(), Failure> {
        for Step { kind, place, request } in &todo.steps {
            if kind.ends() != ending {
                continue;
            }
            let method = todo.item.resource.method(kind.method)?;
            let doing = format!("the step `{}` of {}", kind.key, todo.item.name);
            let node = Node { place: place.clone(), content: todo.item.node.content.clone() };
            self.call(&method, request.clone(), &node, &doing).await?;
            self.tally.created += usize::from(kind.creates());
            self.tally.steps += 1;
            self.progress.add(1);
        }
        Ok(())
    }

    async fn call(
        &self,
        method: &MethodDescriptor,
        mut request: DynamicMessage,
        node: &Node,
        doing: &str,
    ) -> Result<(), Failure> {
        let request_id = uuid::Uuid::new_v4().to_string();
        request.set_field_by_name("request_id", Value::String(request_id));
        match self.client.call(method, &request).await {
            Ok(_) => Ok(()),
            Err(status) => Err(self.stopped(refusal(&status, node, doing))),
        }
    }

    /// What was written before stays: loading goes on from there the next time.
    fn stopped(&self, mut failure: Failure) -> Failure {
        if self.tally.created + self.tally.steps > 0 {
            let note = format!("\n  before that: {}; load again to go on from there", self.tally);
            failure.message.push_str(&note);
        }
        failure
    }
}

/// The request that creates an item, complete but for its request id.
pub(super) fn create_request(item: &Item, method: &MethodDescriptor) -> DynamicMessage {
    let mut request = DynamicMessage::new(method.input());
    request.set_field_by_name(item.resource.singular, Value::Message(item.message.clone()));
    let id_field = item.resource.id_field();
    if method.input().get_field_by_name(&id_field).is_some() {
        request.set_field_by_name(&id_field, Value::String(item.id.clone()));
    }
    if let Some(parent) = &item.parent {
        request.set_field_by_name("parent", Value::String(parent.clone()));
    }
    request
}

/// A refusal with the place in the file that it is about, as near as its first field tells.
pub(super) fn refusal(status: &Status, node: &Node, doing: &str) -> Failure {
    let failure = client::failure(status);
    let refused = Refused::from(status);
    let path = refused.violations.first().map(|(field, _)| field.as_str()).unwrap_or_default();
    let (outermost, inside) = path.split_once('.').unwrap_or((path, ""));
    let key = outermost.split('[').next().unwrap_or(outermost);
    let place = match node.get(key) {
        Some(_) => &node.nearest(path).place,
        None => &node.nearest(inside).place,
    };
    failure.after(&format!("{place}: {doing}"))
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, StatusExt};

    use super::*;
    use crate::{exit::Exit, yaml};

    #[test]
    fn a_refusal_tells_the_place_of_its_field() {
        let text = "id: a\nlines:\n  - description: x\n    value: USD 5\n";
        let node = yaml::parse("a.yaml", text).unwrap();
        let place = |field: &str| {
            let details = ErrorDetails::with_bad_request_violation(field, "broken");
            let status = Status::with_error_details(Code::InvalidArgument, "no", details);
            let failure = refusal(&status, &node, "creating shipments/a");
            assert_eq!(failure.exit, Exit::Refused);
            failure.message.split(": creating").next().unwrap_or_default().to_owned()
        };
        assert_eq!(place("shipment.lines[0].value"), "a.yaml:4:12");
        assert_eq!(place("lines[0].hs_code"), "a.yaml:3:5");
        assert_eq!(place("shipment.units"), "a.yaml:1:1");
        assert_eq!(place("shipment_id"), "a.yaml:1:1");
    }

    #[test]
    fn a_tally_is_one_line() {
        let tally = Tally { created: 41, unchanged: 0, steps: 22 };
        assert_eq!(tally.to_string(), "created 41, unchanged 0, steps 22");
    }
}
