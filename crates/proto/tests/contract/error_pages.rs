//! Every error reason has a page that helps, and every page its reason. That the examples are what
//! is really sent, the server's own tests say; the generated facts are checked by `cargo xtask docs`.

use std::{collections::BTreeSet, fs};

use devisa_schema::Commented;
use serde_json::Value;

use crate::{at_root, contract};

/// The sections of a page, in order.
const SECTIONS: [&str; 4] = ["What happened", "How to fix it", "On the wire", "Which methods"];

/// The reasons as they stand on the wire, with their gRPC codes.
fn reasons() -> Vec<(String, String)> {
    let reasons = contract().enumeration("devisa.error.v1.ErrorReason").unwrap();
    let reason = |value: devisa_schema::prost_reflect::EnumValueDescriptor| {
        let code = value.comment().split('.').next().unwrap().to_owned();
        (value.name().trim_start_matches("ERROR_REASON_").to_owned(), code)
    };
    reasons.values().filter(|value| value.number() != 0).map(reason).collect()
}

#[test]
fn every_reason_has_a_page_and_every_page_a_reason() {
    let files = fs::read_dir(at_root("docs/errors")).unwrap();
    let mut pages: BTreeSet<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .map(|name| name.trim_end_matches(".md").to_owned())
        .collect();
    assert!(pages.remove("README"), "the index is there");
    let reasons: BTreeSet<_> = reasons().into_iter().map(|(reason, _)| reason).collect();
    let missing: Vec<_> = reasons.difference(&pages).collect();
    assert!(missing.is_empty(), "no page for {missing:?}: run `cargo xtask docs` and write them");
    let superfluous: Vec<_> = pages.difference(&reasons).collect();
    assert!(superfluous.is_empty(), "pages without a reason: {superfluous:?}");
}

#[test]
fn every_page_is_written_and_its_example_is_of_its_reason() {
    for (reason, code) in reasons() {
        let path = format!("docs/errors/{reason}.md");
        let page = fs::read_to_string(at_root(&path)).unwrap();
        assert_eq!(faults(&page, &reason, &code), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn an_unwritten_page_is_refused() {
    let skeleton =
        "# X\n\n## What happened\n\n## How to fix it\n\n## On the wire\n\n```json\n```\n";
    let found = faults(skeleton, "X", "ABORTED").join("; ");
    for fault in ["\"What happened\" says too little", "no section \"Which methods\"", "no example"]
    {
        assert!(found.contains(fault), "{found}");
    }
}

/// What is wrong with a page.
fn faults(page: &str, reason: &str, code: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut demand = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    demand(page.starts_with(&format!("# {reason}\n")), "another title".to_owned());
    for name in SECTIONS {
        match section(page, name) {
            None => demand(false, format!("no section {name:?}")),
            Some(text) => demand(text.len() > 60, format!("{name:?} says too little")),
        }
    }
    match example(page) {
        None => demand(false, "no example in JSON".to_owned()),
        Some(status) => {
            demand(status["code"] == code, format!("the example's code is not {code}"));
            let shown = &status["details"][0]["reason"];
            demand(shown == reason, format!("the example's reason is {shown}"));
        }
    }
    faults
}

fn section<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("\n## {name}\n"))?;
    Some(rest.split("\n## ").next().unwrap_or(rest).trim())
}

fn example(page: &str) -> Option<Value> {
    let (_, rest) = page.split_once("```json\n")?;
    serde_json::from_str(rest.split_once("```")?.0).ok()
}
