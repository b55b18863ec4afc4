//! `devisa import`: thousands of rows, killed in the middle on either side and run again, against a run
//! that nobody disturbed. On SQLite and on PostgreSQL.
//!
//! `DEVISA_IMPORT_ROWS` says how many lines the file has: 3,000 unless it does.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant},
};

use devisa_testkit::{Backend, TestDatabase, tokio::runtime::Runtime};
use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{Answer, Process, devisa};

const ORGANISATIONS: &str = "organisations:
  - {id: x, display_name: X, region_code: ID, roles: [EXPORTER]}
";

/// How many lines the file has.
fn lines() -> usize {
    std::env::var("DEVISA_IMPORT_ROWS").map_or(3_000, |rows| rows.parse().unwrap())
}

/// How long an import may take.
fn patience() -> Duration {
    Duration::from_secs(60) + Duration::from_millis(30) * u32::try_from(lines()).unwrap()
}

/// Of ten lines: two are one shipment, one is without an id, one is bad by its country, one by its
/// number, the others are shipments.
fn spreadsheet() -> String {
    let mut text = "shipment_id,exporter,destination,goods,value,currency,seal\n".to_owned();
    for line in 0..lines() {
        let (id, country, value) = match line % 10 {
            2 => (format!("s-{}", line - 1), "", "2.00"),
            5 => (String::new(), "JP", "5.50"),
            7 => (format!("s-{line}"), "ID", "7.00"),
            8 => (format!("s-{line}"), "NL", "8,00"),
            _ => (format!("s-{line}"), "KR", "1.00"),
        };
        writeln!(text, "{id},x,{country},Kerupuk {line},\"{value}\",USD,S{line}").unwrap();
    }
    text
}

/// How many shipments it makes of them.
fn shipments() -> usize {
    (0..lines()).filter(|line| !matches!(line % 10, 2 | 7 | 8)).count()
}

/// How many it rejects.
fn rejected() -> usize {
    (0..lines()).filter(|line| matches!(line % 10, 7 | 8)).count()
}

/// The registry and the shipment service, each on a database of its own, and a file.
struct World {
    databases: BTreeMap<&'static str, TestDatabase>,
    registry: Option<Process>,
    shipment: Option<Process>,
    /// Where the shipment service listens, each time it starts.
    address: String,
    folder: TempDir,
}

impl World {
    fn new(backend: Backend) -> Self {
        let runtime = Runtime::new().unwrap();
        let fresh = |service| (service, runtime.block_on(TestDatabase::fresh(backend)));
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut world = Self {
            databases: ["registry", "shipment"].map(fresh).into(),
            registry: None,
            shipment: None,
            address: free.to_string(),
            folder: TempDir::new().unwrap(),
        };
        for service in ["registry", "shipment"] {
            world.command("migrate", service, "").run().ends(0);
        }
        world.registry = Some(world.command("serve", "registry", "127.0.0.1:0").start().serving());
        world.start();
        let organisations = world.folder.path().join("organisations.yaml");
        fs::write(&organisations, ORGANISATIONS).unwrap();
        let load = devisa(["load", organisations.to_str().unwrap()]);
        load.at(world.registry.as_ref().unwrap()).ends(0);
        fs::write(world.file(), spreadsheet()).unwrap();
        world
    }

    fn command(&self, command: &str, service: &str, listen: &str) -> crate::binary::Devisa {
        let key = format!("DEVISA_{}_DATABASE_URL", service.to_uppercase());
        let mut command = devisa([command, service]).env(&key, self.databases[service].raw_url());
        if let Some(registry) = &self.registry {
            command = command.env("DEVISA_REGISTRY_URL", registry.url());
        }
        if listen.is_empty() {
            return command;
        }
        command
            .env("DEVISA_LISTEN", listen)
            .env("DEVISA_ADMIN_LISTEN", "127.0.0.1:0")
            .env("DEVISA_DRAIN_DELAY", "0s")
    }

    fn start(&mut self) {
        self.shipment = Some(self.command("serve", "shipment", &self.address).start().serving());
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("shipments.csv")
    }

    fn import(&self) -> Process {
        let file = self.file();
        let command = devisa(["import", "shipments", file.to_str().unwrap(), "--format", "json"]);
        command.env("DEVISA_SERVER", format!("http://{}", self.address)).start()
    }

    fn import_whole(&self) -> Value {
        self.ends_whole(self.import().end_within(patience()))
    }

    /// An import that came to its end has told of every line.
    fn ends_whole(&self, answer: Answer) -> Value {
        let told = answer.ends(3).json();
        assert_eq!((&told["lines"], &told["accepted"]), (&lines().into(), &shipments().into()));
        assert_eq!(told["rejected"], rejected());
        told
    }

    /// Waits until so many shipments are on record, while an import goes on.
    fn wait_for(&self, count: usize) {
        let until = Instant::now() + patience();
        let text = count.to_string();
        let found = || {
            let list = ["list", "shipments", "--limit", &text, "--page-size", "1000"];
            let listed = devisa(list).json_of(self.shipment.as_ref().unwrap());
            listed["shipments"].as_array().unwrap().len()
        };
        while found() < count {
            assert!(Instant::now() < until, "no {count} shipments");
            sleep(Duration::from_millis(20));
        }
    }

    /// The shipments by name, without what a clock says of them.
    fn on_record(&self) -> BTreeMap<String, Value> {
        let server = self.shipment.as_ref().unwrap();
        let listed = devisa(["list", "shipments", "--limit", "0", "--page-size", "1000"]);
        let mut found = listed.json_of(server)["shipments"].as_array().unwrap().clone();
        for shipment in &mut found {
            let fields = shipment.as_object_mut().unwrap();
            fields.retain(|key, _| !matches!(key.as_str(), "create_time" | "update_time"));
        }
        let named = |shipment: Value| (shipment["name"].as_str().unwrap().to_owned(), shipment);
        found.into_iter().map(named).collect()
    }

    /// How many events each subject has.
    fn events(&self) -> BTreeMap<String, usize> {
        let watch = devisa(["watch", "shipment", "--no-follow", "--format", "json"]);
        let told = watch.at(self.shipment.as_ref().unwrap()).ends(0).out;
        let mut events = BTreeMap::new();
        for line in told.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            *events.entry(event["subject"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        events
    }

    fn rejected(&self) -> String {
        fs::read_to_string(self.folder.path().join("shipments.rejected.csv")).unwrap()
    }
}

fn killed_and_run_again_is_run_once(backend: Backend) {
    let undisturbed = World::new(backend);
    undisturbed.import_whole();
    let expected = undisturbed.on_record();
    assert_eq!(expected.len(), shipments());
    assert_eq!(undisturbed.rejected().lines().count(), rejected() + 1);

    let mut world = World::new(backend);
    let client = world.import();
    world.wait_for(shipments() / 10);
    client.signal("KILL");
    client.end();
    let left = world.on_record().len();
    assert!(left < shipments(), "the client was killed too late: {left}");

    let client = world.import();
    world.wait_for(left + shipments() / 5);
    world.shipment.as_ref().unwrap().signal("KILL");
    world.shipment.take().unwrap().end();
    world.start();
    let broken = world.on_record().len();
    assert!(broken < shipments(), "the server was killed too late: {broken}");
    world.ends_whole(client.end_within(patience()));

    let again = |world: &World| (world.on_record(), world.events(), world.rejected());
    let (found, events, rejected) = again(&world);
    assert_eq!(found, expected);
    assert!(events.values().all(|count| *count == 1), "a shipment was created twice");
    assert_eq!(events.len(), shipments());
    assert_eq!(rejected, undisturbed.rejected());
    world.import_whole();
    assert_eq!(again(&world), (found, events, rejected), "run again, nothing changes");
}

#[test]
fn killed_and_run_again_is_run_once_on_sqlite() {
    killed_and_run_again_is_run_once(Backend::Sqlite);
}

#[test]
fn killed_and_run_again_is_run_once_on_postgres() {
    killed_and_run_again_is_run_once(Backend::Postgres);
}

#[test]
fn a_dry_run_tells_the_same_and_writes_nothing() {
    let world = World::new(Backend::Sqlite);
    let file = world.file();
    let dry = devisa(["import", "shipments", file.to_str().unwrap(), "--validate-only"]);
    let dry = dry.at(world.shipment.as_ref().unwrap()).ends(3);
    let told: Vec<_> = dry.out.lines().filter(|line| line.starts_with("line ")).collect();
    assert_eq!(told.len(), rejected());
    assert_eq!(
        told[..2],
        [
            "line 9: destination: destination.country: expected another country than ID, found ID",
            "line 10: value: decimal.form: expected a number such as 53200.00, found \"8,00\"",
        ]
    );
    let fit = format!("{} lines: {} shipments fit", lines(), shipments());
    assert!(dry.out.contains(&fit), "{}", dry.out);
    assert_eq!((world.on_record().len(), world.events().len()), (0, 0));
    assert!(!world.folder.path().join("shipments.rejected.csv").exists());
}

#[test]
fn the_rejected_lines_are_imported_once_they_are_mended() {
    let world = World::new(Backend::Sqlite);
    world.import_whole();
    let mended = world.folder.path().join("mended.csv");
    let text = world.rejected().replace(",ID,", ",SG,").replace("\"8,00\"", "8.00");
    fs::write(&mended, text).unwrap();
    let import = devisa(["import", "shipments", mended.to_str().unwrap()]);
    import.at(world.shipment.as_ref().unwrap()).ends(0);
    assert_eq!(world.on_record().len(), shipments() + rejected());
}
