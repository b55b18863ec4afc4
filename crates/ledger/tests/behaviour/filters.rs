//! Filters: the database, the evaluation in memory and a naive reading of the same text agree.

use std::fmt;

use devisa_domain::time::Timestamp;
use devisa_ledger::{Change, Decision, Field, FilterSchema, Ledger};
use devisa_proto::registry::v1::Programme;
use devisa_testkit::{TestDatabase, on_both_databases};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter};

use crate::toy::{self, ActiveModel, CREATED, Entity, Model, call};

on_both_databases!(filters_agree_with_a_naive_evaluation);

const LABELS: [&str; 14] = [
    "",
    "35",
    "35.25",
    "35.25.11.2009",
    "35.26.01.2001",
    "36.01",
    "|A|B|",
    "|A_B|",
    "|AXB|",
    "|%|",
    "|a|",
    "2025-11-26",
    "2025-12",
    "é",
];

const VALUES: [&str; 12] = [
    "",
    "35",
    "35.25",
    "35.25.11.2009",
    "A",
    "A_B",
    "%",
    "a",
    "2025-11-26",
    "2025-12-31",
    "é",
    "z",
];

/// 1 January 2025, UTC.
const START: i64 = 1_735_689_600_000_000;

/// How rows are looked at: every kind of field over the same few columns.
fn schema() -> FilterSchema {
    FilterSchema::new([
        Field::text("text", "label"),
        Field::ordered("order", "label", |text| Ok(text.to_owned())),
        Field::prefix("region", "label"),
        Field::has("set", "label", |text| Ok(text.to_owned())),
        Field::within("days", "label", "name"),
        Field::time("create_time", "create_time"),
    ])
}

#[derive(Clone, Copy, Debug)]
struct Term {
    field: &'static str,
    operator: &'static str,
    value: usize,
}

impl Term {
    fn value(&self) -> String {
        match self.field {
            "create_time" => Timestamp::from_micros(START + self.value as i64).to_string(),
            "region" => ["35", "35.25", "35.25.11", "35.25.11.2009"][self.value % 4].to_owned(),
            "days" => ["2025-11-26", "2025-12-31", "2024-01-01"][self.value % 3].to_owned(),
            _ => VALUES[self.value % VALUES.len()].to_owned(),
        }
    }

    /// What the text says, spelled out.
    fn holds(&self, row: &Model) -> bool {
        let (value, label) = (self.value(), row.label.as_str());
        let order = match self.field {
            "create_time" => row.create_time.cmp(&(START + self.value as i64)),
            "region" if label == value || label.starts_with(&format!("{value}.")) => {
                std::cmp::Ordering::Equal
            }
            "set"
                if label.split('|').skip(1).any(|member| member == value) && !value.is_empty() =>
            {
                std::cmp::Ordering::Equal
            }
            "days" if label <= value.as_str() && value <= row.name => std::cmp::Ordering::Equal,
            "region" | "set" | "days" => std::cmp::Ordering::Less,
            _ => label.cmp(&value),
        };
        match self.operator {
            "=" => order.is_eq(),
            "!=" => order.is_ne(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            _ => order.is_ge(),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} \"{}\"", self.field, self.operator, self.value())
    }
}

fn term(field: &'static str) -> impl Strategy<Value = Term> {
    const ALL: &[&str] = &["=", "!=", "<", "<=", ">", ">="];
    let operators = if matches!(field, "order" | "create_time") { ALL } else { &ALL[..2] };
    // An empty member would be looked for as `||`, which no set holds; the grammar of sets is not
    // what is tried here.
    let least = usize::from(field == "set");
    let operator = prop::sample::select(operators);
    (operator, least..VALUES.len()).prop_map(move |(operator, value)| Term {
        field,
        operator,
        value,
    })
}

/// Clauses joined by AND, of alternatives joined by OR.
fn clauses() -> impl Strategy<Value = Vec<Vec<Term>>> {
    let fields = vec!["text", "order", "region", "set", "days", "create_time"];
    let clause =
        prop::sample::select(fields).prop_flat_map(|f| prop::collection::vec(term(f), 1..4));
    prop::collection::vec(clause, 1..4)
}

fn text(clauses: &[Vec<Term>]) -> String {
    let clause = |terms: &Vec<Term>| {
        let terms = terms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" OR ");
        if terms.len() % 2 == 0 { format!("({terms})") } else { terms }
    };
    clauses.iter().map(clause).collect::<Vec<_>>().join(" AND ")
}

async fn fill(ledger: &Ledger) {
    for (index, label) in LABELS.iter().enumerate() {
        let (name, id) = (format!("toys/t{index}"), format!("t{index}"));
        let row = || ActiveModel {
            name: Set(name.clone()),
            version: Set(1),
            create_time: Set(START + index as i64),
            label: Set((*label).to_owned()),
        };
        let decide = |(): &(), _: &_| {
            let toy = Programme { name: name.clone(), ..Default::default() };
            let change = Change::new().insert(row()).event(CREATED, &name, None, &toy);
            Ok(Decision { change, response: toy })
        };
        ledger.write(&call(None, &id), || async { Ok(()) }, decide).await.unwrap();
    }
}

async fn filters_agree_with_a_naive_evaluation(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    fill(&ledger).await;
    let rows = Entity::find().all(ledger.reader()).await.unwrap();
    assert_eq!(rows.len(), LABELS.len());
    let mut runner = TestRunner::deterministic();
    for _ in 0..400 {
        let clauses = clauses().new_tree(&mut runner).unwrap().current();
        let text = text(&clauses);
        let filter = schema().parse(&text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
        let select = Entity::find().filter(filter.condition());
        let found = names(&select.all(ledger.reader()).await.unwrap());
        let naive = |row: &&Model| clauses.iter().all(|c| c.iter().any(|term| term.holds(row)));
        let naive: Vec<_> = rows.iter().filter(naive).cloned().collect();
        assert_eq!(found, names(&naive), "{text}");
        let in_memory = |row: &&Model| {
            let time = row.create_time.to_string();
            filter.holds(|column| match column {
                "label" => row.label.as_str(),
                "name" => row.name.as_str(),
                _ => time.as_str(),
            })
        };
        let in_memory: Vec<_> = rows.iter().filter(in_memory).cloned().collect();
        assert_eq!(names(&in_memory), names(&naive), "{text}");
    }
}

fn names(rows: &[Model]) -> Vec<String> {
    let mut names: Vec<_> = rows.iter().map(|row| row.name.clone()).collect();
    names.sort();
    names
}
