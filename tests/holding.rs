//! One process at a time serves an SQLite file: the next is refused, also after the first was
//! killed it is not, and what only works on a file for a moment is let in.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::binary::{Devisa, Process, devisa, up};

fn up_again(folder: &Path) -> Devisa {
    devisa(["up", "--listen", "127.0.0.1:0", "--data-dir", folder.to_str().unwrap()])
}

fn serve(service: &str, folder: &Path) -> Devisa {
    let listen = ["--listen", "127.0.0.1:0", "--admin-listen", "none"];
    let upstream = "http://127.0.0.1:1";
    let upstreams = ["--registry-url", upstream, "--shipment-url", upstream];
    devisa(["serve", service].into_iter().chain(listen).chain(upstreams))
        .env("DEVISA_DATA_DIR", folder)
}

/// Ends it as a machine does that runs out of memory: it gives back nothing by itself.
fn kill(server: Process) {
    drop(server);
}

#[test]
fn a_folder_is_served_once() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let server = up(folder);
    let refused = up_again(folder).run().ends(64);
    let refused = refused.says(&["one process at a time serves an SQLite file", "fix: stop that"]);
    for file in ["registry.db", "shipment.db", "deal.db"] {
        let taken = format!("sqlite:{}/{file}: it is served already, by ", folder.display());
        assert!(refused.has_said(&taken), "{}", refused.err);
    }
    let alone = serve("deal", folder).run().ends(64);
    assert!(alone.has_said("deal.db: it is served already"), "{}", alone.err);
    assert!(!alone.has_said("registry.db"), "{}", alone.err);

    kill(server);
    up_again(folder).start().serving().stop();
    serve("deal", folder).start().serving().stop();
}

#[test]
fn each_service_holds_its_own_file() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    up(folder).stop();
    let serving =
        ["registry", "shipment", "deal"].map(|service| serve(service, folder).start().serving());
    up_again(folder).run().ends(64);
    serving.into_iter().for_each(kill);
    up_again(folder).start().serving().stop();
}

#[test]
fn a_file_is_held_by_whatever_name() {
    let folder = TempDir::new().unwrap();
    let (kept, named) = (folder.path().join("kept"), folder.path().join("named"));
    let server = up(&kept);
    std::os::unix::fs::symlink(&kept, &named).unwrap();
    up_again(&named).run().ends(64);
    server.stop();
}

#[test]
fn who_works_on_a_file_for_a_moment_is_let_in() {
    let folder = TempDir::new().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let server = up(&data);
    let beside = |command: &[&str]| {
        let data = ["--data-dir", data.to_str().unwrap()];
        devisa(command.iter().copied().chain(data)).run().ends(0);
    };
    beside(&["migrate", "deal"]);
    beside(&["verify"]);
    beside(&["backup", backup.to_str().unwrap()]);
    beside(&["compact", "shipment", "--before", "2025-01-01"]);
    let rebuild = devisa(["rebuild", "deal", "--data-dir", data.to_str().unwrap()]);
    rebuild.at(&server).ends(0);

    // A backup has no lock, and what was restored is served beside what it is of.
    let names = fs::read_dir(&backup).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_str().unwrap().ends_with("-lock")));
    let restored = folder.path().join("restored");
    let arguments = ["--data-dir", restored.to_str().unwrap()];
    devisa(["restore", backup.to_str().unwrap()].into_iter().chain(arguments)).run().ends(0);
    up(&restored).stop();
    server.stop();
}
