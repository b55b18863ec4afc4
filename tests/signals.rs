//! SIGTERM and SIGINT: a server finishes what was begun, ends the streams of those who watch, and
//! is gone with 0 within its grace.
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    binary::{Process, devisa, up},
    watching::{load_programme, watch},
};

/// What `up` gives to calls under way, and as much again for a slow machine.
const WITHIN: Duration = Duration::from_secs(10);

fn migrate(folder: &Path) {
    let folder = folder.to_str().unwrap();
    devisa(["migrate", "registry", "--data-dir", folder]).run().ends(0);
}

/// A registry alone, that goes on answering for a while when it is asked to go.
fn serve(folder: &Path, delay: &str) -> Process {
    let arguments =
        ["serve", "registry", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let command = devisa(arguments).env("DEVISA_DATA_DIR", folder);
    command.env("DEVISA_DRAIN_DELAY", delay).start().serving()
}

fn serve_at_once(folder: &Path) -> Process {
    serve(folder, "0s")
}

/// Starts a server, watches it, asks it to go, and goes on after its restart.
fn goes_while_it_is_watched(signal: &str, start: fn(&Path) -> Process) {
    let folder = TempDir::new().unwrap();
    migrate(folder.path());
    let server = start(folder.path());
    load_programme(&server, folder.path(), "before");
    let mut watching = watch(&server, "registry");
    let before = watching.wait_for(|out, _| serde_json::from_str::<Value>(out).ok());
    assert_eq!(before["subject"], "programmes/before");

    let asked = Instant::now();
    server.signal(signal);
    let answer = server.end().ends(0);
    assert!(asked.elapsed() < WITHIN, "{:?}\n{}", asked.elapsed(), answer.err);
    // How a watch is told where to go on is the client's in Python to try; here it just knows.
    drop(watching);
    let after = before["revision"].as_str().unwrap();

    let again = start(folder.path());
    load_programme(&again, folder.path(), "later");
    let resume = devisa(["watch", "registry", "--limit", "1", "--after", after]);
    assert_eq!(resume.json_of(&again)["subject"], "programmes/later");
    again.stop();
}

#[test]
fn up_goes_on_sigterm() {
    goes_while_it_is_watched("TERM", up);
}

#[test]
fn up_goes_on_sigint() {
    goes_while_it_is_watched("INT", up);
}

#[test]
fn serve_goes_on_sigterm() {
    goes_while_it_is_watched("TERM", serve_at_once);
}

#[test]
fn serve_goes_on_sigint() {
    goes_while_it_is_watched("INT", serve_at_once);
}

#[test]
fn a_second_signal_does_not_wait() {
    let folder = TempDir::new().unwrap();
    migrate(folder.path());
    let mut server = serve(folder.path(), "1h");
    server.signal("TERM");
    server.wait_for(|_, err| err.contains("going down: new calls are turned away").then_some(()));
    // The balancer may not have noticed yet: whoever still comes is answered.
    load_programme(&server, folder.path(), "late");
    let asked = Instant::now();
    server.signal("INT");
    server.end().ends(0);
    assert!(asked.elapsed() < WITHIN, "{:?}", asked.elapsed());
}

#[test]
fn a_watch_ends_with_0_when_its_reader_has_enough() {
    let folder = TempDir::new().unwrap();
    let server = up(folder.path());
    load_programme(&server, folder.path(), "p");
    let mut watching = watch(&server, "registry");
    watching.wait_for(|out, _| out.contains("programmes/p").then_some(()));
    watching.signal("INT");
    assert_eq!(watching.end().ends(0).err, "");
    server.stop();
}
