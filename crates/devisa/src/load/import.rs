//! Decrees that come with their villages: `villages: []` of a decree means `ImportDecree`.
//!
//! Invariant: the step has been taken when every village's enrolment was designated by the decree;
//! a decree on record without that differs from what is given.

use devisa_domain::identifier::village_code::VillageCode;
use prost_reflect::{DynamicMessage, Value};

use super::{
    item::{Item, Step},
    steps::StepKind,
};
use crate::{
    catalogue,
    exit::Failure,
    output,
    yaml::{Node, Problems},
};

/// `devisa.registry.v1.Enrolment.STATE_DESIGNATED`.
const DESIGNATED: i32 = 4;

/// The step of a decree with these villages, codes or names; none where there is none.
pub(super) fn read(
    item: &Item,
    kind: &'static StepKind,
    node: &Node,
    problems: &mut Problems,
) -> Result<Option<Step>, Failure> {
    let mut villages: Vec<Value> = Vec::new();
    for node in problems.keep(node.list()).unwrap_or_default() {
        let Some(text) = problems.keep(node.text()) else { continue };
        let code = VillageCode::parse(text.strip_prefix("villages/").unwrap_or(text));
        let code = problems.keep_at(&node.place, code.map_err(|broken| broken.to_string()));
        villages.extend(code.map(|code| Value::String(format!("villages/{code}"))));
    }
    if villages.is_empty() {
        return Ok(None);
    }
    let mut request = DynamicMessage::new(item.resource.method(kind.method)?.input());
    request.set_field_by_name("decree_id", Value::String(item.id.clone()));
    request.set_field_by_name("decree", Value::Message(item.message.clone()));
    request.set_field_by_name("villages", Value::List(villages));
    if let Some(parent) = &item.parent {
        request.set_field_by_name("parent", Value::String(parent.clone()));
    }
    Ok(Some(Step { kind, place: node.place.clone(), request }))
}

/// The enrolments that a decree's import designates, by name; empty where an item has no such step.
pub(super) fn enrolments(item: &Item) -> Vec<String> {
    let step = item.steps.iter().find(|step| step.kind.creates());
    let villages = step.and_then(|step| step.request.get_field_by_name("villages"));
    let villages = villages.as_deref().and_then(Value::as_list).unwrap_or_default();
    let codes = villages.iter().filter_map(|name| name.as_str()?.strip_prefix("villages/"));
    let enrolments = catalogue::by_key("enrolments");
    codes.filter_map(|code| Some(enrolments?.name(item.parent.as_deref(), code))).collect()
}

/// How an enrolment on record, if there is one, differs from one that the decree designated.
pub(super) fn difference(
    item: &Item,
    place: usize,
    enrolment: &str,
    found: Option<&DynamicMessage>,
) -> Option<String> {
    let history = found.and_then(|found| found.get_field_by_name("history"));
    let history = history.as_deref().and_then(Value::as_list).unwrap_or_default();
    let is_by_decree = |entry: &DynamicMessage| {
        let state = output::path(entry, "state").and_then(|(_, state)| state.as_enum_number());
        state == Some(DESIGNATED) && output::cell(entry, "decree") == item.name
    };
    if history.iter().filter_map(Value::as_message).any(is_by_decree) {
        return None;
    }
    let code = enrolment.rsplit('/').next().unwrap_or(enrolment);
    Some(format!("villages[{place}] (given {code}, found no designation by this decree)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue::by_key, load::item, yaml};

    fn decree(villages: &str) -> (Item, Vec<String>) {
        let text = format!("{{id: d, parent: programmes/p, number: SK, villages: {villages}}}");
        let mut problems = Problems::default();
        let node = yaml::parse("a.yaml", &text).unwrap();
        let item = item::read(by_key("decrees").unwrap(), &node, &mut problems).unwrap();
        (item.unwrap(), problems.lines())
    }

    #[test]
    fn villages_are_codes_or_names() {
        let (item, problems) = decree("[35.25.11.2009, villages/35.15.05.2006]");
        assert_eq!(problems, Vec::<String>::new());
        let request = &item.steps[0].request;
        assert_eq!(output::cell(request, "decree_id"), "d");
        assert_eq!(output::cell(request, "parent"), "programmes/p");
        assert_eq!(output::cell(request, "decree.number"), "SK");
        let names = ["35.25.11.2009", "35.15.05.2006"];
        assert_eq!(enrolments(&item), names.map(|code| format!("programmes/p/enrolments/{code}")));
    }

    #[test]
    fn no_village_is_no_import() {
        let (item, problems) = decree("[]");
        assert_eq!((item.steps.len(), problems), (0, Vec::new()));
        assert!(enrolments(&item).is_empty());
    }

    #[test]
    fn what_is_no_code_is_told_where_it_stands() {
        let (_, problems) = decree("[35.25.11.2009, Wedani, [x]]");
        assert_eq!(problems.len(), 2);
        assert!(problems[0].starts_with("a.yaml:1:69: village_code.form: "), "{}", problems[0]);
        let (_, problems) = decree("true");
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn a_village_that_the_decree_did_not_designate_is_a_difference() {
        let (item, _) = decree("[35.25.11.2009]");
        let enrolment = &enrolments(&item)[0];
        let found = |decree: &str| {
            let history = serde_json::json!([
                {"state": "STATE_PROPOSED"}, {"state": "STATE_DESIGNATED", "decree": decree},
            ]);
            let found = serde_json::json!({ "history": history });
            output::from_json("devisa.registry.v1.Enrolment", &found)
        };
        let by = |decree: &str| difference(&item, 0, enrolment, Some(&found(decree)));
        assert_eq!(by("programmes/p/decrees/d"), None);
        let told = "villages[0] (given 35.25.11.2009, found no designation by this decree)";
        assert_eq!(by("programmes/p/decrees/e").as_deref(), Some(told));
        assert_eq!(difference(&item, 0, enrolment, None).as_deref(), Some(told));
    }
}
