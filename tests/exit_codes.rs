//! How commands end, and what they say then. What a server refuses is told in `data_sets`.
#![allow(clippy::unwrap_used)]

use std::{fs, io::Write, net::TcpListener, process::Command};

use tempfile::TempDir;

use crate::binary::{binary, devisa, source};

#[test]
fn what_can_be_done_ends_with_0() {
    let version = devisa(["--version"]).run().ends(0);
    assert_eq!(version.out, concat!("devisa ", env!("CARGO_PKG_VERSION"), "\n"));
    for command in
        ["up", "serve", "migrate", "load", "check", "figure", "list", "get", "watch", "policy"]
    {
        let help = devisa([command, "--help"]).run().ends(0);
        let example = format!("devisa {command} ");
        assert!(help.out.contains("Example") && help.out.contains(&example), "{}", help.out);
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for (arguments, says) in [
        (&["export"][..], "unrecognized subcommand 'export'"),
        (&["load"], "<FILE>..."),
        (&["list", "moons"], "invalid value 'moons'"),
        (&["list", "decrees"], "add --parent programmes/…"),
        (&["list", "deals", "--parent", "sessions/s"], "deals have no parent"),
        (&["list", "deals", "--server", "ftp://127.0.0.1"], "expected http://HOST:PORT"),
        (&["list", "deals", "--server", "127.0.0.1:1"], "fix: write http://127.0.0.1:1"),
        (&["list", "deals", "--server", "https://127.0.0.1"], "Devisa speaks plain HTTP/2"),
        (&["doctor", "--server", "127.0.0.1:1"], "fix: write http://127.0.0.1:1"),
        (&["list", "deals", "--limit", "-1"], "invalid value '-1' for '--limit <N>'"),
        (&["list", "deals", "--page-size", "-1"], "invalid value '-1' for '--page-size <N>'"),
        (&[], "Usage: devisa [OPTIONS] <COMMAND>"),
        (&["get", "moons/luna"], "\"moons/luna\" is no"),
        (&["get", "deals"], "`devisa list deals` lists them"),
        (&["get", "exchangeRates/"], "`devisa list exchange_rates` lists them"),
        (&["figure", "enam", "--against", "six"], "expected a number such as 351607.40"),
        (&["summarize", "deals", "--by", "MOON"], "dimensions: SESSION, SELLER"),
        (&["serve", "moon"], "invalid value 'moon'"),
        (&["up", "--example", "moon"], "invalid value 'moon'"),
    ] {
        let answer = devisa(arguments).run().ends(2).says(&[says]);
        assert_eq!(answer.out, "");
    }
}

#[test]
fn the_policy_is_printed_without_a_server() {
    let table = devisa(["policy"]).run().ends(0).out;
    assert!(table.starts_with("RULE  "), "{table}");
    let json = devisa(["policy", "--format", "json"]).run().ends(0).json();
    let limits = json["limits"].as_array().unwrap();
    let keys = ["limit", "rule", "source", "unit", "what"];
    assert!(limits.iter().all(|limit| crate::binary::keys(limit) == keys), "{json}");
    let menengah = limits.iter().find(|limit| limit["limit"] == "50000000000").unwrap();
    assert_eq!(menengah["source"], "PP 7/2021 article 35");
}

#[test]
fn an_input_file_that_cannot_be_read_ends_with_3() {
    let none = "No such file or directory";
    devisa(["load", "none.yaml"]).run().ends(3).says(&["none.yaml: ", none]);
    let statement = source("examples/jatim-2025-11/statement.yaml");
    devisa(["load", &statement]).run().ends(3).says(&["this is a statement"]);
    let data = source("examples/jatim-2025-11/data.yaml");
    let answer = devisa(["check", &data]).run().ends(3).says(&["this is a data set"]);
    assert_eq!(answer.err.lines().count(), 2, "{}", answer.err);
    devisa(["check", "none.yaml"]).run().ends(3).says(&["none.yaml: ", none]);
}

#[test]
fn every_mistake_of_a_configuration_is_told_at_once_with_64() {
    let mistakes = [
        "DEVISA_LISTEN: expected an address such as 127.0.0.1:50051, found \"localhost\"",
        "DEVISA_ADMIN_LISTEN: expected an address such as 127.0.0.1:9090, or none, found \"off\"",
        "DEVISA_DEAL_DATABASE_URL: expected a database, or DEVISA_DATA_DIR, found nothing",
        "DEVISA_REGISTRY_URL: expected http://host:port, found nothing",
        "DEVISA_SHIPMENT_URL: expected http://host:port, found \"shipment:50051\"",
        "DEVISA_LOG: expected a filter",
        "DEVISA_LOG_FORMAT: expected text or json, found \"xml\"",
    ];
    let by_flags = devisa(["serve", "deal", "--listen", "localhost", "--admin-listen", "off"])
        .env("DEVISA_SHIPMENT_URL", "shipment:50051")
        .env("DEVISA_LOG", "=,=")
        .env("DEVISA_LOG_FORMAT", "xml");
    let answer = by_flags.run().ends(64).says(&mistakes);
    // A line says what kind of failure it is, and the last what to do about it.
    assert_eq!(answer.err.lines().count(), 2 + mistakes.len(), "{}", answer.err);
}

#[test]
fn an_empty_variable_counts_as_none() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path().to_str().unwrap();
    let empty = |arguments: &[&str]| {
        ["DATA_DIR", "LISTEN", "SERVER", "SHIPMENT_URL", "DEAL_DATABASE_URL_FILE", "LOG_FORMAT"]
            .iter()
            .fold(devisa(arguments), |command, key| command.env(&format!("DEVISA_{key}"), ""))
            // Where folders are by default.
            .env("HOME", folder)
            .env("XDG_DATA_HOME", folder)
    };
    let none = "there is no such file";
    empty(&["verify", "registry"]).run().ends(64).says(&["DEVISA_DATA_DIR, found nothing"]);
    empty(&["verify"]).run().ends(64).says(&[folder, none]);
    empty(&["restore", "none"]).run().ends(3).says(&["none: no whole backup"]);
    empty(&["migrate", "deal", "--data-dir", folder]).run().ends(0);
    let rebuild = ["rebuild", "deal", "--data-dir", folder];
    let elsewhere = [&rebuild[..], &["--server", "http://127.0.0.1:1"]].concat();
    empty(&elsewhere).run().ends(69).says(&["shipment is unavailable"]);
    let wrong = [&rebuild[..], &["--shipment-url", "shipment"]].concat();
    let expected = "\"shipment\": expected http://host:port\n  fix: name the shipment service";
    empty(&wrong).run().ends(64).says(&[expected]);
}

#[test]
fn a_secret_is_not_shown() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("url");
    fs::write(&file, "mysql://devisa:hunter2@db/registry").unwrap();
    let wrong = "not shown";
    for key in ["DEVISA_REGISTRY_DATABASE_URL", "DEVISA_REGISTRY_DATABASE_URL_FILE"] {
        let value = if key.ends_with("FILE") {
            file.to_str().unwrap()
        } else {
            "mysql://devisa:hunter2@db"
        };
        for command in ["serve", "migrate"] {
            let answer = devisa([command, "registry"]).env(key, value).run().ends(64);
            let answer = answer.says(&[key, wrong]);
            assert!(!answer.err.contains("hunter2"), "{}", answer.err);
        }
    }
    let help =
        devisa(["serve", "--help"]).env("DEVISA_DEAL_DATABASE_URL", "postgres://u:hunter2@db/d");
    assert!(!help.run().ends(0).out.contains("hunter2"));
}

#[test]
fn a_server_that_does_not_answer_ends_with_69() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = format!("http://{free}");
    let data = source("examples/jatim-2025-11/data.yaml");
    let statement = source("examples/jatim-2025-11/statement.yaml");
    for arguments in [
        &["list", "villages"][..],
        &["get", "deals/d"],
        &["watch", "deal"],
        &["summarize", "deals", "--tier", "POTENTIAL"],
        &["load", &data],
        &["check", &statement],
    ] {
        let command = devisa(arguments).env("DEVISA_SERVER", &server);
        command.run().ends(69).says(&[
            "no server answers at ",
            &server,
            "start one with `devisa up`",
        ]);
    }
}

#[test]
fn what_answers_and_is_not_devisa_ends_with_69() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", other.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in other.incoming() {
            let _ = connection.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    for arguments in
        [&["list", "deals"][..], &["get", "deals/d"], &["watch", "deal", "--no-follow"]]
    {
        let command = devisa(arguments).env("DEVISA_SERVER", &server);
        let answer = command.run().ends(69).says(&["`devisa doctor", "the connection failed: "]);
        assert!(!answer.err.contains("no answer within"), "it answered: {}", answer.err);
    }
    let doctor = devisa(["doctor", "--server", &server]).run().ends(69);
    // What else it would look at says no more.
    assert_eq!(doctor.out.lines().count(), 2, "{}", doctor.out);
    assert!(doctor.out.contains(" answers, and not as Devisa does\n"), "{}", doctor.out);
}

#[test]
fn the_port_of_the_probes_is_none_of_the_services() {
    let folder = TempDir::new().unwrap();
    let data = ["--data-dir", folder.path().to_str().unwrap()];
    devisa(["migrate", "registry"].into_iter().chain(data)).run().ends(0);
    let listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let serve = ["serve", "registry"].into_iter().chain(data).chain(listen);
    let server = devisa(serve).env("DEVISA_DRAIN_DELAY", "0s").start().serving();
    let probes = format!("http://{}", server.admin_address());
    for arguments in [&["list", "programmes"][..], &["watch", "registry", "--no-follow"]] {
        let answer = devisa(arguments).env("DEVISA_SERVER", &probes).run().ends(69);
        answer.says(&["(HTTP 404)", "fix: name the port of the services with --server"]);
    }
    let doctor = devisa(["doctor", "--server", &probes]).run().ends(69);
    assert!(doctor.out.contains("tells its health and does nothing else"), "{}", doctor.out);
    assert!(!doctor.out.contains("contract"), "{}", doctor.out);
    server.stop();
}

#[test]
fn what_is_not_reached_is_told_in_words() {
    let folder = TempDir::new().unwrap();
    let migrate = ["migrate", "deal", "--data-dir", folder.path().to_str().unwrap()];
    devisa(migrate).run().ends(0);
    let rebuild = ["rebuild", "deal", "--data-dir", folder.path().to_str().unwrap()];
    let rebuild = devisa(rebuild).env("DEVISA_SERVER", "http://127.0.0.1:1").run().ends(69);
    let told =
        rebuild.says(&["shipment is unavailable: it cannot be reached", "Connection refused"]);
    for debug in ["ConnectError(", "Os {", "kind: "] {
        assert!(!told.err.contains(debug), "{}", told.err);
    }
}

#[test]
fn what_the_machine_denies_ends_with_70() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let up = devisa(["up", "--listen", "127.0.0.1:0", "--data-dir", file.to_str().unwrap()]);
    up.run().ends(70).says(&["file: File exists"]);

    let mut shell = Command::new("sh");
    let full = shell.args(["-c", r#""$0" figure enam > /dev/full"#]).arg(binary());
    let answer = full.output().unwrap();
    assert_eq!(answer.status.code(), Some(70));
    let said = String::from_utf8(answer.stderr).unwrap();
    assert!(said.contains("standard output: No space left on device"), "{said}");
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    let text = "This is no database. ".repeat(500);
    fs::write(&file, &text).unwrap();
    let url = format!("sqlite:{}", file.display());
    for command in ["migrate", "serve"] {
        let command = devisa([command, "registry", "--registry-database-url", &url]);
        let command = command.env("DEVISA_LISTEN", "127.0.0.1:0");
        let answer = command.env("DEVISA_ADMIN_LISTEN", "none").run().fails();
        answer.says(&["file is not a database"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}
