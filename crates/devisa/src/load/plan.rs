//! All items of all files, in the order in which they depend on each other.

use std::collections::HashMap;

use super::item::{self, Item};
use crate::{
    catalogue::{self, RESOURCES},
    exit::Failure,
    yaml::{Entry, Node, Problems},
};

/// What the files ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The items, those that others depend on first.
    pub(super) items: Vec<Item>,
}

/// Reads the files' items; what is wrong with them is recorded.
pub(super) fn plan(roots: &[Node], problems: &mut Problems) -> Result<Plan, Failure> {
    let mut plan = Plan::default();
    for root in roots {
        if root.get("figures").is_some() || root.get("pairs").is_some() {
            let message = "this is a statement, not a data set: `devisa check` looks at it";
            problems.add(&root.place, message);
            continue;
        }
        for entry in problems.keep(root.map()).unwrap_or_default() {
            plan.read(entry, problems)?;
        }
    }
    plan.refuse_twins(problems);
    let rank = |item: &Item| RESOURCES.iter().position(|resource| resource == item.resource);
    let depths = plan.depths();
    plan.items.sort_by_cached_key(|item| (rank(item), depths.get(&item.name).copied()));
    Ok(plan)
}

impl Plan {
    fn read(&mut self, entry: &Entry, problems: &mut Problems) -> Result<(), Failure> {
        let resource = catalogue::by_key(&entry.key).filter(|resource| resource.create.is_some());
        let Some(resource) = resource else {
            problems.add(&entry.place, unknown(&entry.key));
            return Ok(());
        };
        if entry.value.is_null() {
            return Ok(());
        }
        for node in problems.keep(entry.value.list()).unwrap_or_default() {
            self.items.extend(item::read(resource, node, problems)?);
        }
        Ok(())
    }

    /// How many corrections of the files each milestone rests on, one after the other.
    fn depths(&self) -> HashMap<String, usize> {
        let corrected = |item: &Item| Some((item.name.clone(), item.corrects()?));
        let corrected: HashMap<_, _> = self.items.iter().filter_map(corrected).collect();
        let depth = |name: &String| {
            // Who corrects in a circle is refused by the service; here it must only end.
            let chain = std::iter::successors(corrected.get(name), |name| corrected.get(*name));
            (name.clone(), chain.take(corrected.len()).count())
        };
        corrected.keys().map(depth).collect()
    }

    fn refuse_twins(&self, problems: &mut Problems) {
        let mut first = HashMap::new();
        for item in &self.items {
            if let Some(before) = first.insert(&item.name, &item.node.place) {
                let message = format!("{} is given twice, first at {before}", item.name);
                problems.add(&item.node.place, message);
            }
        }
    }
}

fn unknown(key: &str) -> String {
    let known = RESOURCES.iter().filter(|resource| resource.create.is_some());
    let keys: Vec<_> = known.map(|resource| resource.key).collect();
    format!("a data set has no key {key}; keys: {}", keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn read(text: &str) -> (Plan, Vec<String>) {
        let root = yaml::parse("a.yaml", text).unwrap();
        let mut problems = Problems::default();
        let plan = plan(&[root], &mut problems).unwrap();
        (plan, problems.lines())
    }

    #[test]
    fn items_come_in_the_order_of_their_dependence() {
        let (plan, problems) = read(
            "\
deals: [{id: d}]
shipments: [{id: s2}, {id: s1}]
releases: [{id: r, dispatch: true}]
programmes: [{id: p}]
",
        );
        assert_eq!(problems, Vec::<String>::new());
        let names: Vec<_> = plan.items.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(
            names,
            ["programmes/p", "releases/r", "shipments/s2", "shipments/s1", "deals/d"]
        );
        assert_eq!(plan.items[1].steps.len(), 1);
    }

    #[test]
    fn a_correction_comes_after_what_it_corrects() {
        let (plan, problems) = read(
            "\
milestones:
  - {id: third, parent: shipments/a, corrects: shipments/a/milestones/second}
  - {id: second, parent: shipments/a, corrects: shipments/a/milestones/first}
  - {id: other, parent: shipments/b}
  - {id: first, parent: shipments/a}
  - {id: round, parent: shipments/c, corrects: shipments/c/milestones/round}
",
        );
        assert_eq!(problems, Vec::<String>::new());
        let ids: Vec<_> = plan.items.iter().map(|item| item.id.as_str()).collect();
        let place = |id: &str| ids.iter().position(|other| *other == id).unwrap();
        assert!(place("first") < place("second") && place("second") < place("third"), "{ids:?}");
        assert_eq!(ids.len(), 5);
    }

    #[test]
    fn a_release_is_dispatched_or_cancelled() {
        let (plan, problems) = read("releases: [{id: r, cancel: true}, {id: s, dispatch: true}]");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(plan.items[0].steps[0].kind.method, "CancelRelease");
        let (_, problems) = read("releases: [{id: r, dispatch: true, cancel: true}]");
        assert_eq!(problems, ["a.yaml:1:44: a release is dispatched or cancelled, not both"]);
    }

    #[test]
    fn a_statement_is_known_as_one() {
        let (_, problems) = read("title: t\nfigures: []\n");
        let expected = "this is a statement, not a data set: `devisa check` looks at it";
        assert_eq!(problems, [format!("a.yaml:1:1: {expected}")]);
    }

    #[test]
    fn a_key_that_cannot_be_loaded_is_refused() {
        let (_, problems) = read("villages: []\n");
        assert!(problems[0].starts_with("a.yaml:1:1: a data set has no key villages; keys: "));
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn ids_and_parents_are_checked() {
        let (_, problems) = read(
            "\
deals: [{}, {id: D}, {id: a, parent: sessions/x}]
decrees: [{id: d}, {id: e, parent: p}, {id: f, parent: programmes/p}]
enrolments: [{id: 35.1, parent: programmes/p}, {id: 35.25.11.2009, parent: programmes/p, village: villages/35.01.06.2013}]
milestones: [{id: m, parent: shipments/a}, {id: m, parent: shipments/a}]
",
        );
        let places: Vec<_> = problems.iter().map(|p| p.split(": ").next().unwrap()).collect();
        assert_eq!(
            places,
            [
                "a.yaml:1:9",
                "a.yaml:1:18",
                "a.yaml:1:38",
                "a.yaml:2:11",
                "a.yaml:2:36",
                "a.yaml:3:19",
                "a.yaml:3:99",
                "a.yaml:4:44"
            ]
        );
    }

    #[test]
    fn a_decree_may_be_named_by_its_id() {
        let (plan, problems) = read(
            "\
enrolments:
  - id: 35.25.11.2009
    parent: programmes/p
    effective_date: 2025-01-01
    advance:
      - {state: CANDIDATE, effective_date: 2025-02-01}
      - {state: DESIGNATED, effective_date: 2025-03-01, decree: d}
      - {state: INAUGURATED, effective_date: 2025-03-01, decree: programmes/q/decrees/e}
",
        );
        assert_eq!(problems, Vec::<String>::new());
        let decree = |index: usize| {
            let request = &plan.items[0].steps[index].request;
            request.get_field_by_name("decree").unwrap().as_str().unwrap().to_owned()
        };
        assert_eq!(decree(0), "");
        assert_eq!(decree(1), "programmes/p/decrees/d");
        assert_eq!(decree(2), "programmes/q/decrees/e");
        let village = plan.items[0].message.get_field_by_name("village").unwrap().into_owned();
        assert_eq!(village.as_str(), Some("villages/35.25.11.2009"));
    }
}
