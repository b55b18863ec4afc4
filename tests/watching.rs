//! `devisa watch`: events as they come, and where to go on.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{Process, devisa, up};

/// Loads one programme.
pub(crate) fn load_programme(server: &Process, folder: &Path, id: &str) {
    let file = folder.join(format!("{id}.yaml"));
    fs::write(&file, format!("programmes: [{{id: {id}, display_name: {id}}}]\n")).unwrap();
    devisa(["load", file.to_str().unwrap()]).at(server).ends(0);
}

/// A watch of a service from its beginning, one JSON object for each event.
pub(crate) fn watch(server: &Process, service: &str) -> Process {
    devisa(["watch", service, "--format", "json"]).env("DEVISA_SERVER", server.url()).start()
}

/// The events of a service up to the first of `subject`.
pub(crate) fn events_until(server: &Process, service: &str, subject: &str) -> Vec<Value> {
    let mut watching = watch(server, service);
    let events = watching.wait_for(|out, _| {
        let events: Vec<_> = whole_lines(out).map(event).collect();
        let last = events.iter().position(|event| event["subject"] == subject)?;
        Some(events[..=last].to_vec())
    });
    watching.signal("INT");
    watching.end().ends(0);
    events
}

/// The last line may still be on its way.
fn whole_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').filter(|line| line.ends_with('\n'))
}

fn event(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn events_are_told_as_they_come_and_after_a_revision() {
    let folder = TempDir::new().unwrap();
    let server = up(folder.path());
    load_programme(&server, folder.path(), "first");

    let command = devisa(["watch", "registry"]).env("DEVISA_SERVER", server.url());
    let mut watching = command.start();
    watching.wait_for(|out, _| out.contains("programmes/first").then_some(()));
    load_programme(&server, folder.path(), "second");
    let line = watching.wait_for(|out, _| Some(whole_lines(out).nth(1)?.to_owned()));
    let told: Vec<_> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let [time, kind, subject, actor, ..] = told.as_slice() else { panic!("{line}") };
    assert!(time.starts_with("20"), "{line}");
    assert_eq!([*kind, *subject, *actor], ["programme.created", "programmes/second", "by local"]);
    watching.signal("INT");
    assert_eq!(watching.end().ends(0).out.lines().count(), 2);

    let both = events_until(&server, "registry", "programmes/second");
    assert_eq!(both.len(), 2);
    assert_eq!(both[0]["type"], "devisa.registry.v1.programme.created");
    assert_eq!(both[0]["source"], "devisa.registry");
    assert_eq!(both[0]["data"]["display_name"], "first");
    let after = both[0]["revision"].as_str().unwrap();
    let rest = devisa(["watch", "registry", "--after", after, "--limit", "1"]).json_of(&server);
    assert_eq!(rest, both[1], "nothing is skipped and nothing comes twice");
    server.stop();
}

#[test]
fn a_watch_is_narrowed_by_subject_and_type() {
    let folder = TempDir::new().unwrap();
    let server = up(folder.path());
    let file = folder.path().join("organisation.yaml");
    fs::write(&file, "organisations: [{id: o, display_name: O, region_code: ID}]\n").unwrap();
    load_programme(&server, folder.path(), "p");
    devisa(["load", file.to_str().unwrap()]).at(&server).ends(0);
    for narrowed in [
        ["--subject", "organisations/"],
        ["--type", "organisation.created"],
        ["--type", "devisa.registry.v1.organisation.created"],
    ] {
        let watch = ["watch", "registry", "--limit", "1"];
        let event = devisa(watch.iter().chain(&narrowed)).json_of(&server);
        assert_eq!(event["subject"], "organisations/o", "{narrowed:?}");
    }
    for (wrong, says) in [
        (["--type", "organisation.sold"], "types[0]: types.unknown: "),
        (["--after", "yesterday"], "after_revision: revision.form: "),
    ] {
        let answer = devisa(["watch", "registry"].iter().chain(&wrong)).at(&server);
        answer.ends(3).says(&["FIELD_INVALID: ", says]);
    }
    server.stop();
}
