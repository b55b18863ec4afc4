//! What can be told before the first write, without asking a server: whether the requests that
//! create resources can be read, and whether a fact is missing that one of their steps needs.
//!
//! Invariant: the rules are those of the services, by the same code; what rests on other records or
//! on the day is left to them.

use devisa_domain::{
    refusal::{Refusal, RuleBroken, Violation},
    time::{Date, Timestamp},
};
use devisa_proto::convert::{
    deal::{
        agreement::parse_create_deal, realisation::parse_create_realisation,
        session::parse_create_session,
    },
    registry::{
        parse_advance_enrolment, parse_create_decree, parse_create_enrolment,
        parse_create_exchange_rate, parse_create_organisation, parse_create_product,
        parse_create_programme, parse_import_decree,
    },
    shipment::{
        consignment::parse_create_shipment, milestone::parse_record_milestone,
        release::parse_create_release, sponsorship::parse_create_sponsorship,
    },
};
use prost::Message;
use prost_reflect::DynamicMessage;

use super::{
    apply::{create_request, refusal},
    decide::Todo,
    item::{Item, Step},
};
use crate::{exit::Failure, output, yaml::Node};

/// A day and an instant that nothing is after: which day it is only the services know.
const NO_DAY: Date = Date::MAX;
const NO_TIME: Timestamp = Timestamp::from_micros(i64::MAX);

/// Checks all that is to be written.
///
/// # Errors
/// Every refusal at once, each with its place.
pub(super) fn check(todos: &[Todo<'_>]) -> Result<(), Failure> {
    let mut failures = Vec::new();
    for todo in todos {
        let Todo { item, .. } = todo;
        if todo.create {
            let created = creation(item).and_then(|()| completeness(item));
            failures.extend(failure(created, &item.node, &format!("creating {}", item.name)));
        }
        for step in &todo.steps {
            let node = Node { place: step.place.clone(), content: item.node.content.clone() };
            let doing = format!("the step `{}` of {}", step.kind.key, item.name);
            failures.extend(failure(taking(todo, step, todos), &node, &doing));
        }
    }
    let Some(first) = failures.first() else { return Ok(()) };
    if failures.len() == 1 {
        return Err(Failure::refused(first.clone()));
    }
    let count = failures.len();
    let told = failures.join("\n");
    Err(Failure::refused(format!("{count} items cannot be loaded; nothing was written\n{told}")))
}

fn failure(checked: Result<(), Refusal>, node: &Node, doing: &str) -> Option<String> {
    let status = devisa_server::refuse(checked.err()?);
    Some(refusal(&status, node, doing).message)
}

/// Reads the request as the service will.
fn creation(item: &Item) -> Result<(), Refusal> {
    let Some(method) = item.resource.create.and_then(|create| item.resource.method(create).ok())
    else {
        return Ok(());
    };
    let request = create_request(item, &method);
    match item.resource.key {
        "programmes" => read(&request, parse_create_programme),
        "decrees" => read(&request, |request| parse_create_decree(request, NO_DAY)),
        "enrolments" => read(&request, |request| parse_create_enrolment(request, NO_DAY)),
        "organisations" => read(&request, |request| parse_create_organisation(request, NO_DAY)),
        "products" => read(&request, parse_create_product),
        "exchange_rates" => read(&request, parse_create_exchange_rate),
        "releases" => read(&request, |request| parse_create_release(&request)),
        "shipments" => read(&request, |request| parse_create_shipment(&request, NO_DAY)),
        "milestones" => read(&request, |request| parse_record_milestone(&request, NO_TIME)),
        "sponsorships" => read(&request, |request| parse_create_sponsorship(&request)),
        "sessions" => read(&request, parse_create_session),
        "deals" => read(&request, parse_create_deal),
        "realisations" => read(&request, |request| parse_create_realisation(&request)),
        _ => Ok(()),
    }
}

fn read<M: Message + Default, T>(
    request: &DynamicMessage,
    parse: impl FnOnce(M) -> Result<T, Refusal>,
) -> Result<(), Refusal> {
    match request.transcode_to::<M>() {
        Ok(request) => parse(request).map(drop),
        // Whatever this is, the service says it.
        Err(_) => Ok(()),
    }
}

/// What a shipment lacks that shall be confirmed as soon as it is there.
fn completeness(item: &Item) -> Result<(), Refusal> {
    let confirms = item.steps.iter().any(|step| step.kind.key == "confirm");
    let Some(method) = item.resource.create.and_then(|create| item.resource.method(create).ok())
    else {
        return Ok(());
    };
    if item.resource.key != "shipments" || !confirms {
        return Ok(());
    }
    let request = create_request(item, &method);
    read(&request, |request| {
        let facts = parse_create_shipment(&request, NO_DAY)?.facts;
        let under = |violation: Violation| violation.under("shipment");
        facts
            .check_complete()
            .map_err(|missing| Refusal::Invalid(missing.into_iter().map(under).collect()))
    })
}

/// What a step lacks: its own fields, a deal's date, the confirmation of a release's shipments.
fn taking(todo: &Todo<'_>, step: &Step, todos: &[Todo<'_>]) -> Result<(), Refusal> {
    match step.kind.key {
        "villages" => read(&step.request, |request| parse_import_decree(request, NO_DAY)),
        "advance" => read(&step.request, |request| parse_advance_enrolment(request, NO_DAY)),
        "sign" if todo.create => {
            let given = |message| output::path(message, "sign_date").is_some();
            if given(&step.request) || given(&todo.item.message) {
                return Ok(());
            }
            Err(Refusal::field("sign_date", RuleBroken::missing()))
        }
        "dispatch" => confirmed(todo.item, todos),
        _ => Ok(()),
    }
}

/// Refuses a release that shall leave with shipments of these files that stay drafts.
fn confirmed(release: &Item, todos: &[Todo<'_>]) -> Result<(), Refusal> {
    let joins = |item: &Item| output::cell(&item.message, "release") == release.name;
    let stays =
        |item: &Item| !item.steps.iter().any(|step| matches!(step.kind.key, "confirm" | "cancel"));
    let drafts: Vec<_> = todos
        .iter()
        .filter(|todo| todo.create && todo.item.resource.key == "shipments")
        .filter(|todo| joins(todo.item) && stays(todo.item))
        .map(|todo| todo.item.name.clone())
        .collect();
    if drafts.is_empty() {
        return Ok(());
    }
    Err(Refusal::StateForbids {
        resource: release.name.clone(),
        state: "PLANNED".to_owned(),
        action: "DispatchRelease".to_owned(),
        detail: format!("still DRAFT: {}", drafts.join(", ")),
    })
}

#[cfg(test)]
#[path = "precheck_tests.rs"]
mod tests;
