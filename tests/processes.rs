//! `devisa migrate` and `devisa serve`: three processes, each on a database of its own, on SQLite
//! and on PostgreSQL. A command line speaks to one server, so each gets its part of the data.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    thread::sleep,
    time::Duration,
};

use devisa_testkit::{Backend, TestDatabase, tokio::runtime::Runtime};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::{Devisa, Process, devisa, source};

/// The services, each after those it calls, with the keys of data sets that are theirs.
const SERVICES: [(&str, &[&str]); 3] = [
    ("registry", &["programmes", "decrees", "enrolments", "organisations", "exchange_rates"]),
    ("shipment", &["releases", "shipments", "milestones", "sponsorships"]),
    ("deal", &["sessions", "deals"]),
];

/// The three databases, and where the processes are.
struct World {
    databases: BTreeMap<&'static str, TestDatabase>,
    processes: BTreeMap<&'static str, Process>,
    folder: TempDir,
}

impl World {
    fn new(backend: Backend) -> Self {
        let runtime = Runtime::new().unwrap();
        let fresh = |_| runtime.block_on(TestDatabase::fresh(backend));
        let databases = SERVICES.map(|(service, _)| (service, fresh(service)));
        Self {
            databases: databases.into(),
            processes: BTreeMap::new(),
            folder: TempDir::new().unwrap(),
        }
    }

    /// A command with all that the environment of a service's container has.
    fn command(&self, command: &str, service: &'static str) -> Devisa {
        let url = self.databases[service].raw_url();
        let key = format!("DEVISA_{}_DATABASE_URL", service.to_uppercase());
        let mut command = devisa([command, service]).env(&key, url);
        for (upstream, process) in &self.processes {
            let key = format!("DEVISA_{}_URL", upstream.to_uppercase());
            command = command.env(&key, process.url());
        }
        command
            .env("DEVISA_LISTEN", "127.0.0.1:0")
            .env("DEVISA_ADMIN_LISTEN", "127.0.0.1:0")
            .env("DEVISA_DRAIN_DELAY", "0s")
    }

    fn start_all(&mut self) {
        for (service, _) in SERVICES {
            let process = self.command("serve", service).start().serving();
            self.processes.insert(service, process);
        }
    }

    fn stop_all(&mut self) {
        for process in std::mem::take(&mut self.processes).into_values() {
            process.stop();
        }
    }

    /// Loads a service's part of the example; what it says it did.
    fn load(&self, service: &str, keys: &[&str]) -> Value {
        let file = self.folder.path().join(format!("{service}.yaml"));
        fs::write(&file, part(keys)).unwrap();
        devisa(["load", file.to_str().unwrap()]).json_of(&self.processes[service])
    }

    fn ask<const N: usize>(&self, service: &str, arguments: [&str; N]) -> Value {
        devisa(arguments).json_of(&self.processes[service])
    }

    /// All that is on record.
    fn everything(&self) -> Vec<Value> {
        let programme = ["--parent", "programmes/lpei-desa-devisa"];
        let mut found = Vec::new();
        for (service, keys) in SERVICES {
            for key in keys.iter().filter(|key| **key != "milestones") {
                let parent = matches!(*key, "decrees" | "enrolments").then_some(programme);
                let arguments = ["list", *key].into_iter().chain(parent.into_iter().flatten());
                found.push(devisa(arguments).json_of(&self.processes[service]));
            }
        }
        found
    }
}

/// The part of the example under these keys.
fn part(keys: &[&str]) -> String {
    let text = fs::read_to_string(source("examples/jatim-2025-11/data.yaml")).unwrap();
    let mut wanted = false;
    let lines = text.lines().filter(|line| {
        if line.starts_with(|first: char| first.is_ascii_lowercase()) {
            wanted = keys.contains(&line.split(':').next().unwrap());
        }
        wanted
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// Asks the probes' port for a page: its status and its text.
fn page(process: &Process, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(process.admin_address()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: devisa\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Waits as a platform does before it sends anybody.
fn until_ready(process: &Process) {
    let ready = (0..1_000).any(|_| {
        sleep(Duration::from_millis(20));
        page(process, "/readyz").0 == 200
    });
    assert!(ready, "{:?}\n{}", page(process, "/readyz"), process.err());
}

/// The whole life of three processes.
fn they_serve_the_release(backend: Backend) {
    let mut world = World::new(backend);
    are_refused_before_they_are_migrated(&world);
    for (service, _) in SERVICES {
        for _again in 0..2 {
            let said = world.command("migrate", service).run().ends(0).out;
            assert!(said.starts_with(&format!("{service}: ")), "{said}");
            assert!(said.ends_with(" is up to date\n"), "{said}");
        }
    }
    world.start_all();
    for process in world.processes.values() {
        until_ready(process);
        for (path, body) in [("/livez", "alive"), ("/readyz", "ready"), ("/startupz", "started")] {
            assert_eq!(page(process, path), (200, format!("{body}\n")));
        }
        assert_eq!(page(process, "/").0, 404);
    }

    let tallies = SERVICES.map(|(service, keys)| world.load(service, keys));
    totals_are_right(&world);
    figures_are_checked(&world);
    let before = world.everything();
    for ((service, keys), first) in SERVICES.into_iter().zip(&tallies) {
        assert_ne!(first["created"], 0);
        let nothing = json!({"created": 0, "unchanged": first["created"], "steps": 0});
        assert_eq!(world.load(service, keys), nothing);
    }
    world.stop_all();
    world.start_all();
    assert_eq!(world.everything(), before, "what was there is there");
    world.stop_all();
}

fn are_refused_before_they_are_migrated(world: &World) {
    for (service, _) in SERVICES {
        let cure = format!("the database of {service} is not migrated (");
        let command = world.command("serve", service);
        // An upstream need not answer yet; only its address must be there.
        let command = command.env("DEVISA_REGISTRY_URL", "http://127.0.0.1:1");
        let answer = command.env("DEVISA_SHIPMENT_URL", "http://127.0.0.1:1").run().ends(64);
        answer.says(&[&cure, &format!("); run `devisa migrate {service}`")]);
    }
}

fn totals_are_right(world: &World) {
    let usd =
        |units: &str, nanos: u32| json!([{"currency_code": "USD", "units": units, "nanos": nanos}]);
    let released = world.ask("shipment", ["summarize", "shipments", "--tier", "RELEASED"]);
    assert_eq!(released["total"]["values"], usd("351607", 400_000_000));
    assert_eq!(released["total"]["shipment_count"], 6);
    let potential = ["summarize", "deals", "--tier", "POTENTIAL"];
    let potential = world.ask("deal", potential);
    assert_eq!(potential["total"]["values"], usd("19390", 0));
    assert_eq!(potential["total"]["held_values"], usd("239500000", 0));
    let held = world.ask("deal", ["list", "deals", "--filter", "review.state = HELD"]);
    assert_eq!(held["deals"][0]["name"], "deals/sang-bamboo");
    let programme = "programmes/lpei-desa-devisa";
    let enrolments = world.ask("registry", ["list", "enrolments", "--parent", programme]);
    assert_eq!(enrolments["enrolments"].as_array().unwrap().len(), 13);
    let release = world.ask("shipment", ["get", "releases/jatim-2025-11"]);
    assert_eq!(release["state"], "STATE_RELEASED");
    assert_eq!(release["totals"]["destinations"], json!(["AU", "BD", "IN", "KR", "NL"]));
}

/// Each service checks the figures about what it holds.
fn figures_are_checked(world: &World) {
    for (service, figures, code) in [
        (
            "registry",
            "{text: 293 desa, metric: enrolment_count, of: programmes/lpei-desa-devisa, filter: 'region = \"35\"'}",
            0,
        ),
        ("shipment", "{text: 200.000 dolar AS, metric: shipment_value, of: shipments/kerupuk}", 0),
        ("deal", "{text: 'Rp3,9 miliar', metric: deal_value, of: deals/sang-bamboo}", 1),
    ] {
        let file = world.folder.path().join("statement.yaml");
        fs::write(&file, format!("event_date: 2025-11-26\nfigures:\n  - {figures}\n")).unwrap();
        devisa(["check", file.to_str().unwrap()]).at(&world.processes[service]).ends(code);
    }
}

#[test]
fn they_serve_the_release_on_sqlite() {
    they_serve_the_release(Backend::Sqlite);
}

#[test]
fn they_serve_the_release_on_postgres() {
    they_serve_the_release(Backend::Postgres);
}

#[test]
fn a_folder_serves_three_files() {
    let folder = TempDir::new().unwrap();
    let data = PathBuf::from(folder.path());
    for (service, _) in SERVICES {
        devisa(["migrate", service]).env("DEVISA_DATA_DIR", &data).run().ends(0);
        assert!(data.join(format!("{service}.db")).is_file());
    }
}

#[test]
fn a_server_that_is_going_says_so_to_the_balancer() {
    let folder = TempDir::new().unwrap();
    let arguments =
        ["serve", "registry", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    devisa(["migrate", "registry"]).env("DEVISA_DATA_DIR", folder.path()).run().ends(0);
    let server = devisa(arguments).env("DEVISA_DATA_DIR", folder.path());
    let mut server = server.env("DEVISA_DRAIN_DELAY", "1h").start().serving();
    until_ready(&server);
    server.signal("TERM");
    server.wait_for(|_, err| err.contains("going down").then_some(()));
    assert_eq!(page(&server, "/readyz"), (503, "draining\n".to_owned()));
    assert_eq!(page(&server, "/livez").0, 200, "it is not dead: nobody shall kill it");
    server.stop();
}
