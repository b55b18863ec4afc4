//! `devisa backup`: copies the embedded databases, also while they are served.
//!
//! Those that call are copied before those that are called. What a service refers to existed in the
//! other one before it was written, and nothing is destroyed there: so the other's later copy has it.

use std::{fs, io, path::Path};

use devisa_domain::time::Clock;
use devisa_ledger::{DatabaseUrl, copy, schema};
use devisa_server::{
    SystemClock,
    config::{Role, Service},
};

use super::{
    check_exists, given,
    manifest::{Copied, Manifest, is_vacant, measure, settle},
    open_existing,
};
use crate::{
    cli::{BackupArgs, Format},
    exit::{Exit, Failure},
    output::{self, Align, Table},
    serve::{check_schema, migrations, misconfigured, stored},
};

/// Each after those that call it.
const ORDER: [Service; 3] = [Service::Deal, Service::Shipment, Service::Registry];

/// Backs up the three databases into a folder.
pub(crate) async fn backup(args: BackupArgs, format: Format) -> Result<Exit, Failure> {
    let source = given(&args.databases, args.log)?;
    let urls = devisa_server::config::read_databases(Role::Up, &source).map_err(misconfigured)?;
    for (service, url) in &urls {
        refuse_postgres(*service, url)?;
    }
    urls.values().try_for_each(check_exists)?;
    let folder = &args.folder;
    let in_folder = |error: io::Error| Failure::internal(format!("{}: {error}", folder.display()));
    if !is_vacant(folder).map_err(in_folder)? {
        return Err(Failure::refused(format!(
            "{}: expected an empty folder, or none yet, found one that holds something; a backup \
             overwrites nothing",
            folder.display()
        )));
    }
    fs::create_dir_all(folder).map_err(in_folder)?;
    let mut manifest = Manifest::new(SystemClock.now().to_string());
    for service in ORDER {
        if let Some(url) = urls.get(&service) {
            manifest.databases.push(one(service, url, folder).await?);
        }
    }
    manifest.write(folder).map_err(in_folder)?;
    print(&manifest, folder, format)?;
    Ok(Exit::Fine)
}

fn refuse_postgres(service: Service, url: &DatabaseUrl) -> Result<(), Failure> {
    match url {
        DatabaseUrl::Sqlite(_) => Ok(()),
        DatabaseUrl::Postgres(_) => Err(Failure::configuration(format!(
            "{}: {url} is PostgreSQL, which has its own means\n  fix: pg_basebackup and archived WAL \
             for any moment, or pg_dump; then `devisa migrate {0} --new-epoch` and `devisa verify \
             {0}`: see docs/operating.md",
            service.as_str()
        ))),
    }
}

async fn one(service: Service, url: &DatabaseUrl, folder: &Path) -> Result<Copied, Failure> {
    let failed = |error| stored(url, &error);
    let database = open_existing(url).await?;
    let names = migrations(service);
    let status = schema::status(&database, &names).await.map_err(failed)?;
    check_schema(service, status)?;
    let file = format!("{}.db", service.as_str());
    let path = folder.join(&file);
    let revision = copy(&database, &path).await.map_err(failed)?.to_string();
    database.close().await;
    let measured = settle(&path).and_then(|()| measure(&path));
    let (bytes, sha256) =
        measured.map_err(|error| Failure::internal(format!("{}: {error}", path.display())))?;
    let service = service.as_str().to_owned();
    Ok(Copied { service, file, revision, bytes, sha256, migrations: names })
}

fn print(manifest: &Manifest, folder: &Path, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        let json = serde_json::to_value(manifest);
        return output::print_json(&json.map_err(|error| Failure::internal(error.to_string()))?);
    }
    let columns = ["DATABASE", "BYTES", "REVISION"].map(ToOwned::to_owned);
    let aligns = [Align::Left, Align::Right, Align::Left];
    let mut table = Table::new(columns.into_iter().zip(aligns)).unbroken();
    for Copied { service, bytes, revision, .. } in &manifest.databases {
        table.row([service.clone(), bytes.to_string(), revision.clone()]);
    }
    output::print(&format!("{}\nbacked up into {}", table.render(0), folder.display()))
}
