//! A statement: what was published about which records.
//!
//! Invariant: every mistake in the file is told with its place; a statement that was read has only
//! figures that can be read, metrics that a service knows, and pairs that can be compared.

use chrono::NaiveDate;
use devisa_domain::figure::{Feasibility, Figure, feasibility};

use super::metric::{self, Metric};
use crate::{
    catalogue,
    exit::Failure,
    load,
    yaml::{self, Node, Problems},
};

const KEYS: [&str; 6] = ["title", "source", "event_date", "statement_date", "figures", "pairs"];
const FIGURE_KEYS: [&str; 5] = ["text", "metric", "of", "filter", "as_of"];

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// What it is called.
    pub(super) title: String,
    /// Who published it.
    pub(super) source: String,
    /// The day it speaks of.
    pub(super) event_date: Option<NaiveDate>,
    /// The day it was made.
    pub(super) statement_date: Option<NaiveDate>,
    /// The figures in it.
    pub(super) figures: Vec<StatedFigure>,
    /// The amounts in it that are stated in two currencies.
    pub(super) pairs: Option<StatedPairs>,
}

/// A published figure and the records it speaks of.
#[derive(Clone, Debug)]
pub(super) struct StatedFigure {
    /// The figure.
    pub(super) figure: Figure,
    /// What it is about.
    pub(super) metric: &'static Metric,
    /// The resource that the metric is taken of.
    pub(super) of: String,
    /// What narrows it; may be empty.
    pub(super) filter: String,
    /// The day for which it was given.
    pub(super) as_of: NaiveDate,
    /// Where it stands.
    pub(super) node: Node,
}

/// Amounts stated in two currencies; at least one.
#[derive(Clone, Debug)]
pub(super) struct StatedPairs {
    /// The pairs.
    pub(super) pairs: Vec<(Figure, Figure)>,
    /// Whether one rate explains them all.
    pub(super) feasibility: Feasibility,
    /// The day whose rates are compared.
    pub(super) date: NaiveDate,
}

/// Reads a statement; `file` is how the places in it are told.
pub(super) fn read(file: &str, text: &str) -> Result<Statement, Failure> {
    let mut problems = Problems::default();
    let root = problems.keep(yaml::parse(file, text));
    let statement = root.and_then(|root| parse(&root, &mut problems));
    problems.finish()?;
    statement.ok_or_else(|| Failure::internal("a statement without a problem was not read"))
}

fn parse(root: &Node, problems: &mut Problems) -> Option<Statement> {
    if is_data_set(root) {
        let message = "this is a data set, not a statement: `devisa load` loads it";
        problems.add(&root.place, message);
        return None;
    }
    check_keys(root, "a statement", &KEYS, problems)?;
    let event_date = date(root, "event_date", problems);
    let items = |key: &str, problems: &mut Problems| {
        let node = root.get(key).filter(|node| !node.is_null());
        node.and_then(|node| problems.keep(node.list()).map(<[_]>::to_vec)).unwrap_or_default()
    };
    let (figures, pairs) = (items("figures", problems), items("pairs", problems));
    if figures.is_empty() && pairs.is_empty() {
        problems.add(&root.place, "a statement needs `figures` or `pairs`");
    }
    let read = figures.iter().filter_map(|node| read_figure(node, root, event_date, problems));
    Some(Statement {
        figures: read.collect(),
        title: text(root, "title", problems).unwrap_or_default(),
        source: text(root, "source", problems).unwrap_or_default(),
        event_date,
        statement_date: date(root, "statement_date", problems),
        pairs: read_pairs(root, &pairs, event_date, problems),
    })
}

/// Whether it has what a data set has, and nothing to check.
fn is_data_set(root: &Node) -> bool {
    let has = |key: &str| root.get(key).is_some();
    let is_resource = |entry: &yaml::Entry| catalogue::by_key(&entry.key).is_some();
    !has("figures")
        && !has("pairs")
        && root.map().is_ok_and(|entries| entries.iter().any(is_resource))
}

fn read_figure(
    node: &Node,
    root: &Node,
    event_date: Option<NaiveDate>,
    problems: &mut Problems,
) -> Option<StatedFigure> {
    check_keys(node, "a figure", &FIGURE_KEYS, problems)?;
    let published = required(node, "text", problems);
    let figure = published.and_then(|text| problems.keep_at(place(node, "text"), figure(&text)));
    let name = required(node, "metric", problems);
    let metric = name.and_then(|name| problems.keep_at(place(node, "metric"), metric::find(&name)));
    let of = required(node, "of", problems);
    let filter = text(node, "filter", problems).unwrap_or_default();
    if !is_given(node, "as_of") && !is_given(root, "event_date") {
        problems.add(&node.place, "a figure needs `as_of` where the statement has no `event_date`");
    }
    let as_of = if is_given(node, "as_of") { date(node, "as_of", problems) } else { event_date };
    Some(StatedFigure {
        figure: figure?,
        metric: metric?,
        of: of?,
        filter,
        as_of: as_of?,
        node: node.clone(),
    })
}

fn figure(text: &str) -> Result<Figure, String> {
    Figure::parse(text).map_err(|broken| format!("{text:?}: {broken}"))
}

fn read_pairs(
    root: &Node,
    nodes: &[Node],
    date: Option<NaiveDate>,
    problems: &mut Problems,
) -> Option<StatedPairs> {
    if !nodes.is_empty() && !is_given(root, "event_date") {
        let message = "pairs need an `event_date`: its exchange rates are compared";
        problems.add(place(root, "pairs"), message);
    }
    let read = nodes.iter().filter_map(|node| Some((node, read_pair(node, problems)?)));
    let (places, pairs): (Vec<_>, Vec<_>) = read.unzip();
    if pairs.is_empty() {
        return None;
    }
    match feasibility(&pairs) {
        Ok(feasibility) if pairs.len() == nodes.len() => {
            Some(StatedPairs { pairs, feasibility, date: date? })
        }
        // Another pair could not be read: that was told.
        Ok(_) => None,
        Err(violations) => {
            for violation in violations {
                // `pairs[2][0]` of those that could be read.
                let (index, side) = violation.field.split_once(']').unwrap_or_default();
                let index = index.trim_start_matches("pairs[").parse::<usize>().ok();
                let pair = index.and_then(|index| places.get(index).copied()).unwrap_or(root);
                let node = pair.nearest(side.trim_start_matches('['));
                problems.add(&node.place, violation.broken.to_string());
            }
            None
        }
    }
}

fn read_pair(node: &Node, problems: &mut Problems) -> Option<(Figure, Figure)> {
    let [first, second] = problems.keep(node.list())? else {
        problems.add(&node.place, "a pair is one amount stated twice: [\"…\", \"…\"]");
        return None;
    };
    let mut side = |node: &Node| {
        let text = problems.keep(node.text())?;
        problems.keep_at(&node.place, figure(text))
    };
    let (first, second) = (side(first), side(second));
    Some((first?, second?))
}

/// Refuses keys that are not known; none when the node is no mapping.
fn check_keys(node: &Node, what: &str, known: &[&str], problems: &mut Problems) -> Option<()> {
    for entry in problems.keep(node.map())? {
        if !known.contains(&entry.key.as_str()) {
            let keys = known.join(", ");
            problems.add(&entry.place, format!("{what} has no key {}; keys: {keys}", entry.key));
        }
    }
    Some(())
}

fn is_given(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|value| !value.is_null())
}

/// Where the value of a key stands, or else the whole.
fn place<'n>(node: &'n Node, key: &str) -> &'n yaml::Place {
    &node.get(key).unwrap_or(node).place
}

fn text(node: &Node, key: &str, problems: &mut Problems) -> Option<String> {
    let given = node.get(key).filter(|given| !given.is_null())?;
    problems.keep(given.text()).map(ToOwned::to_owned)
}

fn required(node: &Node, key: &str, problems: &mut Problems) -> Option<String> {
    if !is_given(node, key) {
        problems.add(place(node, key), format!("a figure needs `{key}`"));
    }
    text(node, key, problems)
}

fn date(node: &Node, key: &str, problems: &mut Problems) -> Option<NaiveDate> {
    let written = text(node, key, problems)?;
    let read = load::date(&written)
        .map_err(|_| format!("expected a date such as 2025-11-26, found {written:?}"));
    problems.keep_at(place(node, key), read)
}

#[cfg(test)]
#[path = "statement_tests.rs"]
mod tests;
