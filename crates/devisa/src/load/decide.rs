//! What is to be done for an item, by what is on record.
//!
//! Invariant: an item on record is never altered but by its steps, and a step that has been
//! reached or passed is never taken again.

use prost_reflect::{DynamicMessage, Value};

use super::{
    compare,
    item::{self, Item, Step},
};
use crate::output;

/// What is to be done for an item.
#[derive(Debug)]
pub(super) struct Todo<'p> {
    /// The item.
    pub(super) item: &'p Item,
    /// Whether it is to be created; a step may do that instead.
    pub(super) create: bool,
    /// The steps to take.
    pub(super) steps: Vec<&'p Step>,
}

/// Decides on an item by what is on record; otherwise, how the two differ.
pub(super) fn decide<'p>(
    item: &'p Item,
    found: Option<&DynamicMessage>,
) -> Result<Todo<'p>, Vec<String>> {
    let Some(found) = found else {
        let creating = item.steps.iter().filter(|step| step.kind.creates());
        let mut steps: Vec<_> = creating.collect();
        let create = steps.is_empty();
        steps.extend(pending(item, &created(item))?);
        return Ok(Todo { item, create, steps });
    };
    let deleted = output::cell(found, "delete_time");
    if !deleted.is_empty() {
        return Err(vec![format!("delete_time (given none, found {deleted})")]);
    }
    let entries = item::fields(item.resource, &item.node);
    let differences = compare::differences(entries, &item.message, found);
    if !differences.is_empty() {
        return Err(differences);
    }
    Ok(Todo { item, create: false, steps: pending(item, &standing(item, found))? })
}

/// Where a resource stands in its life.
struct Standing {
    /// The short name of its state.
    state: String,
    /// The states an enrolment has had, with their dates.
    history: Vec<(i32, String)>,
}

/// Where a resource stands when it has just been created.
fn created(item: &Item) -> Standing {
    let first = |key: &str| match key {
        "releases" => "PLANNED",
        _ => "DRAFT",
    };
    let history = vec![(PROPOSED, output::cell(&item.message, "effective_date"))];
    Standing { state: first(item.resource.key).to_owned(), history }
}

/// `devisa.registry.v1.Enrolment.STATE_PROPOSED`, in which every enrolment begins.
const PROPOSED: i32 = 1;

fn standing(item: &Item, found: &DynamicMessage) -> Standing {
    let history = match item.resource.key {
        "enrolments" => found.get_field_by_name("history"),
        _ => None,
    };
    let entries = history.as_deref().and_then(Value::as_list).unwrap_or_default();
    Standing {
        state: output::cell(found, "state"),
        history: entries.iter().filter_map(Value::as_message).map(mark).collect(),
    }
}

/// The state and date of a history entry, or of a request to advance.
fn mark(message: &DynamicMessage) -> (i32, String) {
    let state = output::path(message, "state").and_then(|(_, state)| state.as_enum_number());
    (state.unwrap_or_default(), output::cell(message, "effective_date"))
}

/// The steps that have not been reached, or how the resource stands against one.
fn pending<'p>(item: &'p Item, standing: &Standing) -> Result<Vec<&'p Step>, Vec<String>> {
    let mut history = standing.history.clone();
    let mut steps = Vec::new();
    for step in &item.steps {
        if step.kind.key == "advance" {
            let mark = mark(&step.request);
            if !history.contains(&mark) {
                history.push(mark);
                steps.push(step);
            }
        } else if step.kind.from.contains(&standing.state.as_str()) {
            steps.push(step);
        } else if stands_against(item, step, &standing.state) {
            return Err(vec![format!(
                "state (given `{}`, found {})",
                step.kind.key, standing.state
            )]);
        }
    }
    Ok(steps)
}

/// Whether the step can no longer be taken; a data set that cancels a shipment or withdraws a deal
/// means it.
fn stands_against(item: &Item, step: &Step, state: &str) -> bool {
    let leads_there = |key: &str| match state {
        "CANCELLED" => key == "cancel",
        "WITHDRAWN" => key == "withdraw",
        _ => false,
    };
    let is_meant = item.steps.iter().any(|other| leads_there(other.kind.key));
    step.kind.against.contains(&state) && !is_meant
}

#[cfg(test)]
mod tests {
    use prost_reflect::ReflectMessage;

    use super::*;
    use crate::{
        catalogue::by_key,
        yaml::{self, Problems},
    };

    fn item(key: &str, text: &str) -> Item {
        let mut problems = Problems::default();
        let node = yaml::parse("a.yaml", text).unwrap();
        let item = item::read(by_key(key).unwrap(), &node, &mut problems).unwrap();
        assert_eq!(problems.lines(), Vec::<String>::new());
        item.unwrap()
    }

    fn found(item: &Item, state: i32) -> DynamicMessage {
        let mut found = item.message.clone();
        found.set_field_by_name("state", Value::EnumNumber(state));
        found
    }

    fn steps(todo: &Todo<'_>) -> Vec<&'static str> {
        todo.steps.iter().map(|step| step.kind.key).collect()
    }

    #[test]
    fn what_is_absent_is_created_and_takes_every_step() {
        let shipment = item("shipments", "{id: a, cancel: true, confirm: true}");
        let todo = decide(&shipment, None).unwrap();
        assert!(todo.create);
        assert_eq!(steps(&todo), ["confirm", "cancel"]);
        assert!(steps(&decide(&item("deals", "{id: a, sign: false}"), None).unwrap()).is_empty());
    }

    #[test]
    fn a_step_reached_or_passed_is_skipped() {
        let shipment = item("shipments", "{id: a, confirm: true}");
        for (state, expected) in [(1, vec!["confirm"]), (2, vec![]), (5, vec![])] {
            let todo_found = found(&shipment, state);
            let todo = decide(&shipment, Some(&todo_found)).unwrap();
            assert!(!todo.create);
            assert_eq!(steps(&todo), expected);
        }
        let release = item("releases", "{id: a, dispatch: true}");
        assert!(steps(&decide(&release, Some(&found(&release, 2))).unwrap()).is_empty());
        let release = item("releases", "{id: a, cancel: true}");
        assert_eq!(steps(&decide(&release, None).unwrap()), ["cancel"]);
        assert_eq!(steps(&decide(&release, Some(&found(&release, 1))).unwrap()), ["cancel"]);
        assert!(steps(&decide(&release, Some(&found(&release, 3))).unwrap()).is_empty());
    }

    #[test]
    fn a_step_that_is_out_of_reach_is_a_difference() {
        let shipment = item("shipments", "{id: a, confirm: true}");
        assert_eq!(
            decide(&shipment, Some(&found(&shipment, 9))).unwrap_err(),
            ["state (given `confirm`, found CANCELLED)"]
        );
        let shipment = item("shipments", "{id: a, confirm: true, cancel: true}");
        assert!(steps(&decide(&shipment, Some(&found(&shipment, 9))).unwrap()).is_empty());
        assert_eq!(
            decide(&shipment, Some(&found(&shipment, 3))).unwrap_err(),
            ["state (given `cancel`, found RELEASED)"]
        );
        let release = item("releases", "{id: a, dispatch: true}");
        assert_eq!(
            decide(&release, Some(&found(&release, 3))).unwrap_err(),
            ["state (given `dispatch`, found CANCELLED)"]
        );
        let release = item("releases", "{id: a, cancel: true}");
        assert_eq!(
            decide(&release, Some(&found(&release, 2))).unwrap_err(),
            ["state (given `cancel`, found RELEASED)"]
        );
    }

    #[test]
    fn a_deal_that_ended_as_meant_is_left_alone() {
        let deal = item("deals", "{id: a, sign: true, withdraw: true}");
        assert_eq!(steps(&decide(&deal, None).unwrap()), ["sign", "withdraw"]);
        assert_eq!(steps(&decide(&deal, Some(&found(&deal, 2))).unwrap()), ["withdraw"]);
        assert!(steps(&decide(&deal, Some(&found(&deal, 5))).unwrap()).is_empty());
        assert_eq!(
            decide(&deal, Some(&found(&deal, 4))).unwrap_err(),
            ["state (given `withdraw`, found LAPSED)"]
        );
        let signed = item("deals", "{id: a, sign: true}");
        assert!(steps(&decide(&signed, Some(&found(&signed, 4))).unwrap()).is_empty());
        assert_eq!(
            decide(&signed, Some(&found(&signed, 5))).unwrap_err(),
            ["state (given `sign`, found WITHDRAWN)"]
        );
    }

    #[test]
    fn an_advance_is_skipped_when_history_holds_it() {
        let text = "\
id: 35.25.11.2009
parent: programmes/p
effective_date: 2025-01-01
advance:
  - {state: PROPOSED, effective_date: 2025-01-01}
  - {state: CANDIDATE, effective_date: 2025-02-01}
  - {state: CANDIDATE, effective_date: 2025-02-01}
  - {state: DESIGNATED, effective_date: 2025-03-01, decree: d}
";
        let enrolment = item("enrolments", text);
        let todo = decide(&enrolment, None).unwrap();
        assert_eq!(todo.steps.len(), 2);
        let mut found = enrolment.message.clone();
        let entry = found.descriptor().get_field_by_name("history").unwrap();
        let mut entry = DynamicMessage::new(entry.kind().as_message().unwrap().clone());
        entry.set_field_by_name("state", Value::EnumNumber(3));
        let date = todo.steps[0].request.get_field_by_name("effective_date").unwrap().into_owned();
        entry.set_field_by_name("effective_date", date);
        let mut first = entry.clone();
        first.set_field_by_name("state", Value::EnumNumber(PROPOSED));
        let date = enrolment.message.get_field_by_name("effective_date").unwrap().into_owned();
        first.set_field_by_name("effective_date", date);
        let history = Value::List(vec![Value::Message(first), Value::Message(entry)]);
        found.set_field_by_name("history", history);
        let todo = decide(&enrolment, Some(&found)).unwrap();
        assert_eq!(mark(&todo.steps[0].request), (4, "2025-03-01".to_owned()));
        assert_eq!(todo.steps.len(), 1);
    }

    #[test]
    fn a_decree_with_villages_is_created_by_its_step() {
        let decree = item("decrees", "{id: d, parent: programmes/p, villages: [35.25.11.2009]}");
        let todo = decide(&decree, None).unwrap();
        assert_eq!((todo.create, steps(&todo)), (false, vec!["villages"]));
        let todo = decide(&decree, Some(&decree.message)).unwrap();
        assert_eq!((todo.create, steps(&todo)), (false, vec![]));
        let plain = item("decrees", "{id: d, parent: programmes/p, villages: []}");
        assert!(decide(&plain, None).unwrap().create);
    }

    #[test]
    fn what_is_hidden_is_a_difference() {
        let sponsorship = item("sponsorships", "{id: a, kind: CONTAINER}");
        let json = serde_json::json!({"delete_time": "2025-11-26T12:00:00Z"});
        let hidden = output::from_json("devisa.shipment.v1.Sponsorship", &json);
        assert_eq!(
            decide(&sponsorship, Some(&hidden)).unwrap_err(),
            ["delete_time (given none, found 2025-11-26T19:00:00+07:00)"]
        );
    }

    #[test]
    fn a_difference_stops_the_item() {
        let release = item("releases", "{id: a, place: Gresik}");
        let mut other = release.message.clone();
        other.set_field_by_name("place", Value::String("Surabaya".to_owned()));
        assert_eq!(
            decide(&release, Some(&other)).unwrap_err(),
            ["place (given Gresik, found Surabaya)"]
        );
    }
}
