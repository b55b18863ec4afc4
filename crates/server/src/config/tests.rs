#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use super::*;

fn map<'a>(pairs: &[(&'a str, &'a str)]) -> HashMap<&'a str, &'a str> {
    pairs.iter().copied().collect()
}

fn mistaken(role: Role, pairs: &[(&str, &str)]) -> Vec<String> {
    let errors = Config::read(role, &map(pairs)).unwrap_err();
    errors.0.into_iter().map(|mistake| mistake.key).collect()
}

#[test]
fn up_needs_nothing_but_a_home() {
    let config = Config::read(Role::Up, &map(&[("HOME", "/home/wati")])).unwrap();
    assert_eq!(config.settings.listen.to_string(), "127.0.0.1:50051");
    assert_eq!(config.settings.admin, None);
    assert_eq!(config.data_dir, Path::new("/home/wati/.local/share/devisa"));
    assert_eq!(
        config.databases[&Service::Deal],
        DatabaseUrl::Sqlite("/home/wati/.local/share/devisa/deal.db".into())
    );
    assert!(config.upstreams.is_empty());
    assert_eq!(mistaken(Role::Up, &[]), [key::DATA_DIR]);
}

#[test]
fn the_users_data_folder_is_xdgs_when_it_is_absolute() {
    let of = |xdg| Config::read(Role::Up, &map(&[("HOME", "/h"), ("XDG_DATA_HOME", xdg)]));
    assert_eq!(of("/data").unwrap().data_dir, Path::new("/data/devisa"));
    assert_eq!(of("data").unwrap().data_dir, Path::new("/h/.local/share/devisa"));
}

#[test]
fn serve_has_the_defaults_of_a_server() {
    let source = map(&[(key::REGISTRY_DATABASE_URL, "postgres://devisa:rahasia@db/registry")]);
    let config = Config::read(Role::Serve(Service::Registry), &source).unwrap();
    assert_eq!(config.settings.listen.to_string(), "0.0.0.0:50051");
    assert_eq!(config.settings.admin.map(|a| a.to_string()).as_deref(), Some("0.0.0.0:9090"));
    assert_eq!(config.settings.drain_delay, Duration::from_secs(5));
    assert!(!format!("{config:?}").contains("rahasia"));

    let mut source = source;
    source.insert(key::ADMIN_LISTEN, "none");
    let config = Config::read(Role::Serve(Service::Registry), &source).unwrap();
    assert_eq!(config.settings.admin, None);
}

#[test]
fn all_mistakes_are_reported_at_once_and_secrets_are_not() {
    let source = map(&[
        (key::LISTEN, "everywhere"),
        (key::ADMIN_LISTEN, "9090"),
        (key::DEAL_DATABASE_URL, "mysql://devisa:rahasia@db/deal"),
        (key::REGISTRY_URL, "registry:50051"),
        (key::LOG_FORMAT, "xml"),
        (key::LOG, "devisa=loud=quiet"),
        (key::MAX_IN_FLIGHT, "0"),
        (key::MAX_DEADLINE, "0s"),
        (key::CORS_ORIGINS, "https://portal.example/"),
        (key::DRAIN_DELAY, "soon"),
        (key::DRAIN_GRACE, "25h"),
    ]);
    let errors = Config::read(Role::Serve(Service::Deal), &source).unwrap_err();
    let mut keys: Vec<_> = errors.0.iter().map(|mistake| mistake.key.as_str()).collect();
    keys.sort_unstable();
    let mut expected: Vec<_> = source.keys().copied().chain([key::SHIPMENT_URL]).collect();
    expected.sort_unstable();
    assert_eq!(keys, expected);
    let text = errors.to_string();
    assert!(!text.contains("rahasia"), "{text}");
    assert!(text.contains("DEVISA_LOG_FORMAT: expected text or json, found \"xml\""), "{text}");
    assert!(text.contains("DEVISA_SHIPMENT_URL: expected http://host:port, found nothing"));
    assert!(!text.contains("expected expected"), "{text}");
}

#[test]
fn a_server_is_told_where_its_data_is() {
    let role = Role::Serve(Service::Registry);
    assert_eq!(mistaken(role, &[("HOME", "/root")]), [key::REGISTRY_DATABASE_URL]);
    let config = Config::read(role, &map(&[(key::DATA_DIR, "/data")])).unwrap();
    let file = DatabaseUrl::Sqlite("/data/registry.db".into());
    assert_eq!(config.databases[&Service::Registry], file);
}

#[test]
fn flags_come_before_the_environment() {
    let flags = Flags::new().with("--listen", Some("127.0.0.1:1")).with("log", None::<String>);
    let source = Layered(flags, map(&[(key::LISTEN, "127.0.0.1:2"), ("HOME", "/h")]));
    let config = Config::read(Role::Up, &source).unwrap();
    assert_eq!(config.settings.listen.port(), 1);
}

#[test]
fn a_secret_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    std::fs::write(&file, "postgres://devisa:rahasia@db/registry\n").unwrap();
    let path = file.to_str().unwrap();
    let source = map(&[("DEVISA_REGISTRY_DATABASE_URL_FILE", path)]);
    let found = read_database(Service::Registry, &source).unwrap();
    assert_eq!(found.to_string(), "postgres://db/registry");

    let both = map(&[
        ("DEVISA_REGISTRY_DATABASE_URL_FILE", path),
        (key::REGISTRY_DATABASE_URL, "sqlite:a.db"),
    ]);
    let errors = read_database(Service::Registry, &both).unwrap_err();
    assert_eq!(errors.0[0].key, "DEVISA_REGISTRY_DATABASE_URL_FILE");
    let absent = map(&[("DEVISA_REGISTRY_DATABASE_URL_FILE", "/nowhere/url")]);
    assert_eq!(read_database(Service::Registry, &absent).unwrap_err().0.len(), 1);
}

#[test]
fn addresses_of_services_are_bare() {
    for bad in ["registry:50051", "https://r:1", "http://", "http://r:1/path", "http://u:p@r:1"] {
        assert!(bad.parse::<ServiceUrl>().is_err(), "{bad}");
    }
    assert!("http://registry.devisa.svc:50051".parse::<ServiceUrl>().is_ok());
}

#[test]
fn answers_are_kept_for_an_hour_at_least() {
    let read = |given| Config::read(Role::Up, &map(&[("HOME", "/h"), (key::KEEP_ANSWERS, given)]));
    let kept = |given| read(given).unwrap().keep_answers;
    assert_eq!(kept(""), Duration::from_secs(7 * 86_400));
    assert_eq!(kept("60m"), Duration::from_secs(3_600));
    assert_eq!(kept("8760h"), Duration::from_secs(365 * 86_400));
    for wrong in ["59m", "8761h", "0s", "seven days", "99999999999999999999h"] {
        let errors = read(wrong).unwrap_err();
        let expected =
            format!("DEVISA_KEEP_ANSWERS: expected a duration from 1h to 8760h, found {wrong:?}");
        assert_eq!(errors.0[0].to_string(), expected);
    }
}
