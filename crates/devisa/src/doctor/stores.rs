//! A service's database: reachable, migrated, and in step with this machine's clock.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use devisa_ledger::{
    Database, DatabaseUrl, Pool,
    probe::{self, Clocks},
    schema,
};
use devisa_server::config::{Role, Service};

use super::{process::named, report::Report};
use crate::serve;

/// A clock this far off is worth a word: the order of milestones rests on it.
const DRIFT: Duration = Duration::from_secs(2);
/// A clock this far off makes records wrong.
const ASTRAY: Duration = Duration::from_secs(60);

/// Looks at one service's database.
pub(super) async fn look(service: Service, url: &DatabaseUrl, role: Role, report: &mut Report) {
    let what = named(service, "database");
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        return absent(&what, path, service, role, report);
    }
    let pool = Pool { acquire_timeout: Duration::from_secs(3), ..Pool::default() };
    match Database::open(url, &pool).await {
        Ok(database) => {
            report.ok(&what, format!("{url} answers"));
            if schema_fits(service, &database, role, report).await {
                clock(service, &database, report).await;
            }
            database.close().await;
        }
        Err(error) => report.fail(
            &what,
            format!("{url}: {error}"),
            "start it, or correct the URL; its server's log says why it refuses",
        ),
    }
}

/// A file that is not there yet; it is not made to see whether it could be.
fn absent(what: &str, path: &Path, service: Service, role: Role, report: &mut Report) {
    let detail = format!("{} does not exist yet", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match role {
        Role::Up => report.ok(what, format!("{detail}; `devisa up` makes it")),
        Role::Serve(_) if folder.is_some_and(|folder| !folder.exists()) => {
            let cure = "make its folder, or correct the path";
            report.fail(what, detail, cure);
        }
        Role::Serve(_) => {
            report.fail(what, detail, &format!("run `devisa migrate {}`", service.as_str()));
        }
    }
}

/// Whether the schema is one that this program works with.
async fn schema_fits(
    service: Service,
    database: &Database,
    role: Role,
    report: &mut Report,
) -> bool {
    let what = named(service, "schema");
    let migrate = format!("run `devisa migrate {}`", service.as_str());
    let known = serve::migrations(service);
    match schema::status(database, &known).await {
        Ok(schema::Status::Current) => {
            report.ok(&what, format!("current ({} migrations)", known.len()));
            true
        }
        Ok(schema::Status::Ahead(newer)) => {
            let detail = format!("migrated by a newer program ({})", newer.join(", "));
            report.warn(&what, detail, "use that version of devisa here too");
            true
        }
        Ok(schema::Status::Behind(missing)) => {
            let detail = format!("not migrated ({})", missing.join(", "));
            match role {
                Role::Up => report.ok(&what, format!("{detail}; `devisa up` migrates it")),
                Role::Serve(_) => report.fail(&what, detail, &migrate),
            }
            false
        }
        Err(error) => {
            report.fail(&what, error.to_string(), &migrate);
            false
        }
    }
}

async fn clock(service: Service, database: &Database, report: &mut Report) {
    let what = named(service, "clock");
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    match probe::clocks(database).await {
        Ok(clocks) => judge(&what, now, clocks, report),
        Err(error) => report.fail(&what, error.to_string(), "see the database's log"),
    }
}

fn judge(what: &str, now: Duration, clocks: Clocks, report: &mut Report) {
    const CURE: &str = "set this machine's clock and the database's by NTP";
    let ahead = clocks.newest_event.unwrap_or_default().saturating_sub(now);
    if ahead > DRIFT {
        let detail = format!("the newest event is {} s in the future", ahead.as_secs());
        return report.fail(what, detail, CURE);
    }
    let off = clocks.server.map(|server| server.abs_diff(now));
    match off {
        Some(off) if off > ASTRAY => {
            report.fail(what, format!("{} s from the database's", off.as_secs()), CURE);
        }
        Some(off) if off > DRIFT => {
            report.warn(what, format!("{} s from the database's", off.as_secs()), CURE);
        }
        Some(off) => report.ok(what, format!("{} ms from the database's", off.as_millis())),
        None => report.ok(what, "not before the newest event"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn judged(server: Option<u64>, newest: Option<u64>) -> (Exit, String) {
        let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
        let clocks = Clocks { server: seconds(server), newest_event: seconds(newest) };
        let mut report = Report::default();
        judge("clock", Duration::from_secs(1_000), clocks, &mut report);
        let text = report.to_json()["checks"][0]["health"].as_str().unwrap().to_owned();
        (report.exit(), text)
    }

    #[test]
    fn a_clock_is_judged_by_the_databases_and_by_the_log() {
        assert_eq!(judged(None, None), (Exit::Fine, "OK".to_owned()));
        assert_eq!(judged(Some(1_001), Some(999)), (Exit::Fine, "OK".to_owned()));
        assert_eq!(judged(Some(990), None), (Exit::Fine, "WARN".to_owned()));
        assert_eq!(judged(Some(900), None), (Exit::No, "FAIL".to_owned()));
        assert_eq!(judged(Some(1_000), Some(1_010)), (Exit::No, "FAIL".to_owned()));
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("registry.db");
        let url = DatabaseUrl::Sqlite(file.clone());
        for (role, exit) in [(Role::Up, Exit::Fine), (Role::Serve(Service::Registry), Exit::No)] {
            let mut report = Report::default();
            look(Service::Registry, &url, role, &mut report).await;
            assert_eq!(report.exit(), exit);
        }
        assert!(!file.exists());
    }

    #[tokio::test]
    async fn a_database_is_migrated_or_the_cure_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("registry.db"));
        let database = Database::open(&url, &Pool::default()).await.unwrap();
        let seen = async |role| {
            let mut report = Report::default();
            look(Service::Registry, &url, role, &mut report).await;
            (report.exit(), report.render())
        };
        let (exit, text) = seen(Role::Serve(Service::Registry)).await;
        assert_eq!(exit, Exit::No);
        assert!(text.contains("run `devisa migrate registry`"), "{text}");
        assert_eq!(seen(Role::Up).await.0, Exit::Fine);

        serve::bring_up_to_date(Service::Registry, &database).await.unwrap();
        let (exit, text) = seen(Role::Serve(Service::Registry)).await;
        assert_eq!(exit, Exit::Fine, "{text}");
        assert!(text.contains("registry: clock"), "{text}");
    }
}
