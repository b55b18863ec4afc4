//! What the columns of all migrations are made of: whole numbers, text and bytes, so that both
//! databases keep exactly what was written.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The types there are, as migrations spell them.
const TYPES: [&str; 5] = ["BIGINT", "{text}", "{bytes}", "{id}", "{xid}"];

/// What may stand where a column's name stands, but names none.
const CONSTRAINTS: [&str; 2] = ["PRIMARY", "UNIQUE"];

/// The sources with SQL of migrations.
fn sources() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("crates");
    let folders = fs::read_dir(&crates).unwrap().map(|entry| entry.unwrap().path());
    let migrations = folders
        .map(|folder| folder.join("src/migrations"))
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    migrations.chain([crates.join("ledger/src/schema.rs")]).collect()
}

/// The columns that a statement makes, each with what follows its name.
fn columns(statement: &str) -> Vec<(String, String)> {
    let words = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    let definitions = match words.split_once(" ADD COLUMN ") {
        Some((_, column)) => column.to_owned(),
        None if words.starts_with("CREATE TABLE") => {
            let (open, close) = (words.find('(').unwrap(), words.rfind(')').unwrap());
            words[open + 1..close].trim().to_owned()
        }
        None => return Vec::new(),
    };
    let mut depth = 0_i32;
    let outside = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    };
    let columns = definitions.split(outside).filter_map(|column| column.trim().split_once(' '));
    let columns = columns.filter(|(name, _)| !CONSTRAINTS.contains(name));
    columns.map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

#[test]
fn no_column_is_a_decimal_a_float_or_a_timestamp() {
    let mut count = 0;
    for source in sources() {
        let text = fs::read_to_string(&source).unwrap();
        let sql = text.split("r#\"").skip(1).filter_map(|rest| rest.split_once("\"#"));
        for statement in sql.flat_map(|(sql, _)| sql.split(';')) {
            for (name, rest) in columns(statement.trim()) {
                let known = TYPES.iter().any(|known| rest.split(' ').next() == Some(known));
                assert!(known, "{}: {name} {rest}", source.display());
                count += 1;
            }
        }
    }
    assert!(count > 100, "only {count} columns were found: is the SQL somewhere else now?");
}

#[test]
fn columns_are_found_where_they_are_made() {
    let names = |sql: &str| {
        columns(sql).into_iter().map(|(name, rest)| format!("{name}:{rest}")).collect::<Vec<_>>()
    };
    let table = "CREATE TABLE a (\n  b {text} NOT NULL,\n  c REAL,\n  PRIMARY KEY (b, c)\n)";
    assert_eq!(names(table), ["b:{text} NOT NULL", "c:REAL"]);
    assert_eq!(names("ALTER TABLE a ADD COLUMN d BIGINT DEFAULT 0"), ["d:BIGINT DEFAULT 0"]);
    assert!(names("CREATE INDEX i ON a (b, c DESC)").is_empty());
}
