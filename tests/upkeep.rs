//! `devisa migrate --new-epoch`, `compact`, `verify`, `backup` and `restore`, as an operator runs
//! them beside a server.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{Answer, Devisa, Process, devisa, source, up};

fn on(command: &[&str], folder: &Path) -> Devisa {
    let folder = folder.to_str().unwrap();
    devisa(command.iter().copied().chain(["--data-dir", folder]))
}

fn json(command: &[&str], folder: &Path) -> Value {
    on(&[command, &["--format", "json"]].concat(), folder).run().ends(0).json()
}

/// A server with the example in a folder; its log's events are what a watcher has seen.
fn with_example(folder: &Path) -> Process {
    let server = up(folder);
    let data = source("examples/jatim-2025-11/data.yaml");
    devisa(["load", &data]).at(&server).ends(0);
    server
}

fn events(server: &Process, service: &str, after: &str) -> Vec<Value> {
    let command = ["watch", service, "--no-follow", "--format", "json", "--after", after];
    let answer = devisa(command).at(server).ends(0);
    answer.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn alter(database: &Path, sql: &str) {
    devisa_testkit::tokio::runtime::Runtime::new().unwrap().block_on(async {
        devisa_testkit::run_sql(&format!("sqlite:{}", database.display()), sql).await;
    });
}

#[test]
fn a_database_is_verified_while_it_is_served_and_every_difference_is_told() {
    let folder = TempDir::new().unwrap();
    let server = with_example(folder.path());
    let clean = json(&["verify"], folder.path());
    assert_eq!(clean["consistent"], true);
    let services: Vec<_> = clean["services"].as_array().unwrap().iter().collect();
    assert_eq!(services.len(), 3);
    for service in services {
        let compared = service["compared"].as_array().unwrap();
        assert!(compared.iter().any(|one| one["count"].as_u64().unwrap() > 3), "{service}");
    }
    server.stop();

    alter(
        &folder.path().join("deal.db"),
        "UPDATE deal SET state = 'DRAFT' WHERE name LIKE '%bamboo'",
    );
    on(&["verify", "registry", "shipment"], folder.path()).run().ends(0);
    let answer = on(&["verify", "deal"], folder.path()).run().ends(1);
    let told = "deals/sang-bamboo: column state: expected \"SIGNED\", found \"DRAFT\"";
    assert!(answer.out.contains(told), "{}", answer.out);
    let found = on(&["verify", "--format", "json"], folder.path()).run().ends(1).json();
    assert_eq!(found["consistent"], false);
    assert_eq!(found["services"][2]["differences"][0]["field"], "column state");
    assert_eq!(found["services"][2]["left_out"], 0);
}

#[test]
fn what_is_not_there_is_not_made() {
    let folder = TempDir::new().unwrap();
    for command in [
        &["verify"][..],
        &["verify", "deal"],
        &["compact", "deal", "--before", "2025-01-01"],
        &["rebuild", "deal"],
        &["backup", "target/unused"],
    ] {
        on(command, folder.path()).run().ends(64).says(&["there is no such file"]);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(!Path::new("target/unused").exists());
}

#[test]
fn a_log_is_compacted_while_it_is_served() {
    let folder = TempDir::new().unwrap();
    let server = with_example(folder.path());
    let before = events(&server, "shipment", "");
    let nothing = json(&["compact", "shipment", "--before", "2025-11-01"], folder.path());
    assert_eq!((&nothing["seen"], &nothing["removed"]), (&0.into(), &0.into()));
    for (date, code) in [("2999-01-01", 2), ("2025-02-29", 2), ("yesterday", 2)] {
        on(&["compact", "shipment", "--before", date], folder.path()).run().ends(code);
    }
    // The events are of today; the day after has begun nowhere. So they are made older.
    server.stop();
    alter(&folder.path().join("shipment.db"), "UPDATE event SET time = time - 172800000000");
    let server = up(folder.path());
    let today = today_in_jakarta();
    // Deals have heard of everything, also of what is told of others than shipments.
    let last = before.last().unwrap()["revision"].clone();
    wait(|| {
        json(&["compact", "shipment", "--before", "2025-11-01"], folder.path())["heard_by_deal"]
            == last
    });
    let done = json(&["compact", "shipment", "--before", &today], folder.path());
    assert_eq!(done["seen"].as_u64().unwrap(), before.len() as u64);
    let removed = done["removed"].as_u64().unwrap() as usize;
    let left = events(&server, "shipment", "");
    assert!(removed > 5 && left.len() == before.len() - removed, "{removed} of {}", before.len());
    assert_eq!(
        done["whole_after"],
        before
            .iter()
            .rev()
            .find(|event| { left.iter().all(|other| other["revision"] != event["revision"]) })
            .unwrap()["revision"]
    );
    // Who resumes from before is told, who resumes after goes on.
    let first = before[0]["revision"].as_str().unwrap();
    let told = devisa(["watch", "shipment", "--no-follow", "--after", first]).at(&server);
    told.ends(3).says(&["REVISION_COMPACTED"]);
    let last = before.last().unwrap()["revision"].as_str().unwrap();
    assert!(events(&server, "shipment", last).is_empty());
    server.stop();
    // What is left is of today again, as its resources say.
    alter(&folder.path().join("shipment.db"), "UPDATE event SET time = time + 172800000000");
    json(&["verify", "shipment"], folder.path());
}

#[test]
fn a_compaction_leaves_what_deals_have_yet_to_hear() {
    let folder = TempDir::new().unwrap();
    let server = with_example(folder.path());
    let all = events(&server, "shipment", "");
    server.stop();
    let shipments = folder.path().join("shipment.db");
    let deals = folder.path().join("deal.db");
    alter(&shipments, "UPDATE event SET time = time - 172800000000");
    let today = today_in_jakarta();
    let compact = |more: &[&str]| {
        let command = [&["compact", "shipment", "--before", &today], more].concat();
        on(&command, folder.path())
    };
    // It stands at the fourth event; then at none.
    let fourth = all[3]["revision"].as_str().unwrap();
    alter(&deals, &format!("UPDATE projection SET revision = '{fourth}'"));
    let json =
        |more: &[&str]| compact(&[more, &["--format", "json"]].concat()).run().ends(0).json();
    let done = json(&[]);
    assert_eq!((&done["seen"], &done["heard_by_deal"]), (&4.into(), &fourth.into()));
    alter(&deals, "DELETE FROM projection");
    assert_eq!(json(&[])["seen"], 0);
    // Nobody says how far deals have heard.
    fs::rename(&deals, folder.path().join("aside.db")).unwrap();
    compact(&[]).run().ends(64).says(&["how far the deal service has heard", "--no-projections"]);
    let url = format!("sqlite:{}", shipments.display());
    let beside = |more: &[&str]| {
        let command = [&["compact", "shipment", "--before", &today], more].concat();
        devisa(command).env("DEVISA_SHIPMENT_DATABASE_URL", url.clone())
    };
    beside(&[]).run().ends(64).says(&["DEVISA_DEAL_DATABASE_URL", "--no-projections"]);
    beside(&[])
        .env("DEVISA_DEAL_DATABASE_URL", "postgres://devisa@127.0.0.1:1/deal")
        .run()
        .ends(69)
        .says(&["how far the deal service has heard"]);
    let left = json(&["--no-projections"]);
    assert!(left["removed"].as_u64().unwrap() > 5 && left["heard_by_deal"].is_null(), "{left}");
}

#[test]
fn deals_are_verified_by_the_shipment_services_log() {
    let folder = TempDir::new().unwrap();
    let server = with_example(folder.path());
    let deals = folder.path().join("deal.db");
    let projected = |report: &Value| {
        let compared = report["services"][0]["compared"].as_array().unwrap();
        compared.iter().any(|one| one["what"].as_str().unwrap().contains("shipment service's log"))
    };
    wait(|| projected(&json(&["verify", "deal"], folder.path())));
    let url = format!("sqlite:{}", deals.display());
    let beside = |more: &[&str]| {
        let command = [&["verify", "deal", "--format", "json"], more].concat();
        devisa(command).env("DEVISA_DEAL_DATABASE_URL", url.clone())
    };
    let alone = beside(&[]).run().ends(0).json();
    let said = alone["services"][0]["not_compared"].to_string();
    assert!(!projected(&alone) && said.contains("log of their service"), "{said}");
    assert!(projected(&beside(&["--shipment-url", &server.url()]).run().ends(0).json()));
    let text =
        devisa(["verify", "deal"]).env("DEVISA_DEAL_DATABASE_URL", url.clone()).run().ends(0);
    assert!(text.out.contains("not compared: what is known of shipments"), "{}", text.out);

    // A row that says something else is told, whichever way the log is read, and put right.
    let rows = "UPDATE shipped SET data = replace(data, '\"revision\":\"0', '\"revision\":\"9')";
    alter(&deals, rows);
    on(&["verify", "deal"], folder.path()).run().ends(1);
    beside(&["--shipment-url", &server.url()]).run().ends(1);
    let rebuilt = on(&["rebuild", "deal", "--format", "json"], folder.path()).at(&server).ends(0);
    assert!(rebuilt.json()["written"].as_u64().unwrap() > 0);
    on(&["verify", "deal"], folder.path()).run().ends(0);
    server.stop();
}

/// Waits until it is so.
fn wait(is_so: impl Fn() -> bool) {
    for _ in 0..100 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("not in time");
}

/// The date of today, in Asia/Jakarta.
fn today_in_jakarta() -> String {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() + 7 * 3_600;
    let at = format!("@{now}");
    let out = Command::new("date").args(["-u", "-d", &at, "+%F"]).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_backup_is_taken_while_others_write_and_comes_back_whole() {
    let folder = TempDir::new().unwrap();
    let (data, backup, again) =
        (folder.path().join("data"), folder.path().join("backup"), folder.path().join("again"));
    let server = with_example(&data);
    let loading = devisa(["load", &source("examples/pacitan-2026-02/data.yaml")])
        .env("DEVISA_SERVER", server.url())
        .start();
    let backup_text = backup.to_str().unwrap().to_owned();
    let taken = json(&["backup", &backup_text], &data);
    loading.end().ends(0);
    let order: Vec<_> = taken["databases"].as_array().unwrap().iter().collect();
    let names: Vec<_> = order.iter().map(|one| one["service"].as_str().unwrap()).collect();
    assert_eq!(names, ["deal", "shipment", "registry"], "those that call first");
    let after: Value =
        serde_json::from_str(&fs::read_to_string(backup.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(after, taken);
    // What was written since is not in it.
    devisa(["load", &source("examples/pacitan-2026-02/data.yaml")]).at(&server).ends(0);
    let seen = events(&server, "registry", "");
    on(&["backup", &backup_text], &data).run().ends(3).says(&["overwrites nothing"]);
    server.stop();

    let restored = json(&["restore", &backup_text], &again);
    for one in restored["databases"].as_array().unwrap() {
        assert_eq!(one["epoch"], 2, "{one}");
    }
    json(&["verify"], &again);
    on(&["restore", &backup_text], &again).run().ends(3).says(&["overwrites nothing"]);

    // Up to the stated revision, exactly that; and a watcher of the first server resumes.
    let server = up(&again);
    for (index, service) in ["deal", "shipment", "registry"].into_iter().enumerate() {
        let last = events(&server, service, "").pop().unwrap()["revision"].clone();
        assert_eq!(last, taken["databases"][index]["revision"]);
    }
    let newest = seen.last().unwrap()["revision"].as_str().unwrap();
    assert!(events(&server, "registry", newest).is_empty());
    devisa(["load", &source("examples/pacitan-2026-02/data.yaml")]).at(&server).ends(0);
    let told = events(&server, "registry", "");
    let since: Vec<_> =
        told.iter().filter(|event| event["revision"].as_str().unwrap() > newest).collect();
    let resumed = events(&server, "registry", newest);
    assert_eq!(resumed.iter().collect::<Vec<_>>(), since);
    server.stop();
    json(&["verify"], &again);
}

#[test]
fn a_backup_that_is_not_whole_is_refused_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    let (data, backup, again) =
        (folder.path().join("data"), folder.path().join("backup"), folder.path().join("again"));
    with_example(&data).stop();
    let text = backup.to_str().unwrap();
    json(&["backup", text], &data);
    let refused = |words: &[&str]| -> Answer {
        let answer = on(&["restore", text], &again).run().ends(3).says(words);
        assert!(!again.exists(), "something was written");
        answer
    };
    let manifest = fs::read_to_string(backup.join("manifest.json")).unwrap();
    let deal = fs::read(backup.join("deal.db")).unwrap();

    fs::write(backup.join("deal.db"), &deal[..deal.len() - 1]).unwrap();
    refused(&["deal.db", "SHA-256"]);
    let mut flipped = deal.clone();
    flipped[5_000] ^= 1;
    fs::write(backup.join("deal.db"), flipped).unwrap();
    refused(&["deal.db", "SHA-256"]);
    fs::remove_file(backup.join("deal.db")).unwrap();
    refused(&["deal.db", "No such file"]);
    fs::write(backup.join("deal.db"), deal).unwrap();

    fs::write(backup.join("manifest.json"), manifest.replace("deal.db", "../deal.db")).unwrap();
    refused(&["expected a file of the folder"]);
    fs::write(backup.join("manifest.json"), manifest.replace("\"format\": 1", "\"format\": 2"))
        .unwrap();
    refused(&["expected format 1, found 2"]);
    fs::remove_file(backup.join("manifest.json")).unwrap();
    refused(&["manifest.json", "No such file"]);
    fs::write(backup.join("manifest.json"), manifest).unwrap();
    json(&["restore", text], &again);
}

#[test]
fn postgresql_is_backed_up_by_its_own_means() {
    let folder = TempDir::new().unwrap();
    let to = folder.path().join("backup");
    on(&["backup", to.to_str().unwrap()], folder.path())
        .env("DEVISA_DEAL_DATABASE_URL", "postgres://devisa:rahasia@127.0.0.1:1/deal")
        .run()
        .ends(64)
        .says(&["pg_basebackup", "--new-epoch"]);
    assert!(!to.exists());
}

#[test]
fn an_epoch_is_raised_when_it_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let first = json(&["migrate", "deal"], folder.path());
    assert!(first.get("epoch").is_none() && !first["applied"].as_array().unwrap().is_empty());
    let raised = json(&["migrate", "deal", "--new-epoch"], folder.path());
    assert_eq!((&raised["epoch"], &raised["applied"]), (&2.into(), &Value::Array(vec![])));
    let answer = on(&["migrate", "deal", "--new-epoch"], folder.path()).run().ends(0);
    assert!(answer.out.contains("deal: epoch 3 from here on"), "{}", answer.out);
}
