//! PostgreSQL brought back by its own means, as docs/operating.md says: to a moment, and from a dump
//! into another server. Real servers of the test's own, with WAL archived.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{Devisa, Process, devisa};

/// A server in a folder. PostgreSQL refuses to run as root; then it runs as the user postgres.
struct Server {
    data: PathBuf,
    port: u16,
}

impl Server {
    /// A new one, which keeps every piece of its WAL in `archive`.
    fn new(data: PathBuf, archive: &Path) -> Self {
        let server = Self { data, port: free_port() };
        let data = server.data.display();
        let init = "--username=devisa --auth=trust --encoding=UTF8 --locale=C.UTF-8";
        owner(&format!("initdb --pgdata={data} {init}"));
        let archive = archive.display();
        server.configure(&format!(
            "archive_mode = on\narchive_command = 'cp %p {archive}/%f'\nwal_level = replica"
        ));
        server.start();
        server.sql("postgres", "CREATE DATABASE registry");
        server
    }

    fn configure(&self, settings: &str) {
        let conf = self.data.join("postgresql.auto.conf");
        owner(&format!("cat >> {} <<'END'\n{settings}\nEND", conf.display()));
    }

    fn start(&self) {
        let (data, port) = (self.data.display(), self.port);
        owner(&format!(
            "pg_ctl --pgdata={data} --log={data}.log --wait --timeout=60 --options='-c port={port} \
             -c listen_addresses=127.0.0.1 -c unix_socket_directories=' start"
        ));
    }

    fn stop(&self) {
        owner(&format!("pg_ctl --pgdata={} --mode=fast --wait stop", self.data.display()));
    }

    fn url(&self) -> String {
        format!("postgres://devisa@127.0.0.1:{}/registry", self.port)
    }

    fn sql(&self, database: &str, sql: &str) -> String {
        let port = self.port;
        owner(&format!(
            "psql -X -q -At -v ON_ERROR_STOP=1 -h 127.0.0.1 -p {port} -U devisa {database} <<'END'\n{sql}\nEND"
        ))
    }

    fn devisa(&self, command: &[&str]) -> Devisa {
        devisa(command).env("DEVISA_REGISTRY_DATABASE_URL", self.url())
    }

    fn json(&self, command: &[&str]) -> Value {
        self.devisa(&[command, &["--format", "json"]].concat()).run().ends(0).json()
    }

    fn serve(&self) -> Process {
        self.devisa(&["serve", "registry"])
            .env("DEVISA_LISTEN", "127.0.0.1:0")
            .env("DEVISA_ADMIN_LISTEN", "none")
            .env("DEVISA_DRAIN_DELAY", "0s")
            .start()
            .serving()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Stopped already, or its test has failed.
        let script = format!("pg_ctl --pgdata={} --mode=immediate stop", self.data.display());
        let _ = as_owner(&script).output();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

fn as_owner(script: &str) -> Command {
    let path = "PATH=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1):$PATH; cd /tmp;";
    let script = format!("set -e; {path} {script}");
    let mut command = Command::new(if is_root() { "runuser" } else { "sh" });
    if is_root() {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    command.args(["-c", &script]);
    command
}

/// Runs a script as the owner of the servers. Nothing of a server that it starts may hold its
/// output open.
fn owner(script: &str) -> String {
    let folder = TempDir::new().unwrap();
    let [out, err] = ["out", "err"].map(|name| folder.path().join(name));
    let mut command = as_owner(script);
    command.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&err).unwrap());
    let status = command.status().unwrap();
    let said = fs::read_to_string(out).unwrap();
    assert!(status.success(), "{script}\n{said}\n{}", fs::read_to_string(err).unwrap());
    said.trim().to_owned()
}

/// A folder that the owner of the servers may write to.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    if is_root() {
        let chown = Command::new("chown").arg("postgres").arg(folder.path()).status().unwrap();
        assert!(chown.success());
    }
    owner(&format!("mkdir {}/archive", folder.path().display()));
    folder
}

fn add(server: &Process, id: &str) {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    fs::write(file.path(), format!("programmes: [{{id: {id}, display_name: {id}}}]\n")).unwrap();
    devisa(["load", file.path().to_str().unwrap()]).at(server).ends(0);
}

/// What a watcher gets that resumes after a revision: subjects and revisions.
fn after(server: &Process, revision: &str) -> Vec<(String, String)> {
    let command = ["watch", "registry", "--no-follow", "--format", "json", "--after", revision];
    let answer = devisa(command).at(server).ends(0);
    let event = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let text = |event: &Value, field: &str| event[field].as_str().unwrap().to_owned();
    let events = answer.out.lines().map(event);
    events.map(|event| (text(&event, "subject"), text(&event, "revision"))).collect()
}

/// The same once there are as many as that.
fn settled(server: &Process, revision: &str, subjects: &[&str]) -> String {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let events = after(server, revision);
        if events.len() >= subjects.len() {
            let found: Vec<_> = events.iter().map(|(subject, _)| subject.as_str()).collect();
            assert_eq!(found, subjects);
            return events.last().unwrap().1.clone();
        }
        assert!(Instant::now() < until, "{events:?}");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_server_is_brought_back_to_a_moment_and_watchers_resume() {
    let folder = folder();
    let archive = folder.path().join("archive");
    let lost = Server::new(folder.path().join("lost"), &archive);
    lost.json(&["migrate", "registry"]);
    let serving = lost.serve();
    let base = folder.path().join("base");
    let (port, to) = (lost.port, base.display());
    owner(&format!("pg_basebackup -h 127.0.0.1 -p {port} -U devisa --checkpoint=fast -D {to}"));
    add(&serving, "one");
    sleep(Duration::from_millis(1_100));
    let moment = lost.sql("registry", "SELECT now()");
    sleep(Duration::from_millis(1_100));
    add(&serving, "two");
    add(&serving, "three");
    let seen = settled(&serving, "", &["programmes/one", "programmes/two", "programmes/three"]);
    lost.sql("registry", "SELECT pg_switch_wal()");
    serving.stop();
    lost.stop();

    let back = Server { data: base, port: free_port() };
    back.configure(&format!(
        "archive_mode = off\nrestore_command = 'cp {}/%f %p'\nrecovery_target_time = '{moment}'\n\
         recovery_target_action = promote",
        archive.display()
    ));
    owner(&format!("touch {}/recovery.signal", back.data.display()));
    back.start();
    let until = Instant::now() + Duration::from_secs(30);
    while back.sql("postgres", "SELECT pg_is_in_recovery()") != "f" {
        assert!(Instant::now() < until, "it does not end its recovery");
        sleep(Duration::from_millis(100));
    }

    assert_eq!(back.json(&["verify", "registry"])["consistent"], true);
    let raised = back.json(&["migrate", "registry", "--new-epoch"]);
    assert_eq!(raised["epoch"], 2);
    let serving = back.serve();
    settled(&serving, "", &["programmes/one"]);
    // What this watcher saw of the time after the moment is gone, and its numbers are not used
    // again: all that comes from here on reaches it.
    assert!(after(&serving, &seen).is_empty());
    add(&serving, "four");
    add(&serving, "two");
    let newest = settled(&serving, &seen, &["programmes/four", "programmes/two"]);
    assert!(newest > seen);
    assert_eq!(back.json(&["verify", "registry"])["consistent"], true);
    serving.stop();
    back.stop();
}

#[test]
fn a_dump_goes_into_a_server_that_has_counted_less() {
    let folder = folder();
    let archive = folder.path().join("archive");
    let busy = Server::new(folder.path().join("busy"), &archive);
    busy.json(&["migrate", "registry"]);
    // Each by itself takes a number.
    busy.sql(
        "postgres",
        "DO $$ BEGIN FOR i IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$",
    );
    let serving = busy.serve();
    add(&serving, "one");
    add(&serving, "two");
    let seen = settled(&serving, "", &["programmes/one", "programmes/two"]);
    let dump = folder.path().join("dump");
    let (port, to) = (busy.port, dump.display());
    owner(&format!("pg_dump -h 127.0.0.1 -p {port} -U devisa -Fc -f {to} registry"));
    serving.stop();
    busy.stop();

    let fresh = Server::new(folder.path().join("fresh"), &archive);
    let port = fresh.port;
    owner(&format!("pg_restore -h 127.0.0.1 -p {port} -U devisa -d registry {to}"));
    assert_eq!(fresh.json(&["verify", "registry"])["consistent"], true);
    // Without a new epoch this server's transactions stand before those that it was given: what
    // was is not settled, and what comes is passed over.
    let serving = fresh.serve();
    add(&serving, "hidden");
    let all = after(&serving, "");
    assert!(all.len() < 3 && after(&serving, &seen).is_empty(), "{all:?}");
    serving.stop();

    fresh.json(&["migrate", "registry", "--new-epoch"]);
    let serving = fresh.serve();
    let hidden = ["programmes/hidden", "programmes/one", "programmes/two"];
    settled(&serving, "", &hidden);
    add(&serving, "three");
    assert!(settled(&serving, &seen, &["programmes/three"]) > seen);
    assert_eq!(fresh.json(&["verify", "registry"])["consistent"], true);
    serving.stop();
    fresh.stop();
}
