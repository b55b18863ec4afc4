//! `devisa restore`: brings a backup back into an empty data folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use devisa_ledger::{DatabaseUrl, epoch};
use devisa_server::config;
use serde_json::json;

use super::{
    given,
    manifest::{Copied, Manifest, is_vacant, settle},
    open_patiently,
};
use crate::{
    cli::{DatabaseArgs, Format, RestoreArgs},
    exit::{Exit, Failure},
    output,
    serve::{misconfigured, stored},
};

/// Where the files are while they are not whole; one that is left tells of a restore cut short.
const UNDER_WAY: &str = "restore.partial";

/// Restores the databases of a backup.
pub(crate) async fn restore(args: RestoreArgs, format: Format) -> Result<Exit, Failure> {
    let databases = DatabaseArgs { data_dir: args.data_dir, ..DatabaseArgs::default() };
    let source = given(&databases, args.log)?;
    let target = config::read_data_dir(&source).map_err(misconfigured)?;
    let manifest = Manifest::read(&args.folder).map_err(|wrong| {
        Failure::refused(format!("{}: no whole backup\n  {wrong}", args.folder.display()))
    })?;
    if !is_vacant(&target).map_err(|error| in_folder(&target, &error))? {
        return Err(Failure::refused(format!(
            "{}: expected an empty data folder, or none yet, found one that holds something; a \
             restore overwrites nothing",
            target.display()
        )));
    }
    let epochs = bring(&manifest, &args.folder, &target).await?;
    print(&manifest, &epochs, &target, format)?;
    Ok(Exit::Fine)
}

fn in_folder(folder: &Path, error: &io::Error) -> Failure {
    Failure::internal(format!("{}: {error}", folder.display()))
}

/// Copies every file, raises its epoch, and only then gives all of them their names, those first
/// that others call. Answers the epochs.
async fn bring(manifest: &Manifest, folder: &Path, target: &Path) -> Result<Vec<i64>, Failure> {
    let under_way = target.join(UNDER_WAY);
    fs::create_dir_all(&under_way).map_err(|error| in_folder(&under_way, &error))?;
    let mut epochs = Vec::new();
    for copied in &manifest.databases {
        epochs.push(one(copied, folder, &under_way).await?);
    }
    let named = || {
        for copied in manifest.databases.iter().rev() {
            fs::rename(under_way.join(&copied.file), target.join(&copied.file))?;
        }
        fs::remove_dir(&under_way)?;
        settle(target)
    };
    named().map_err(|error| in_folder(target, &error))?;
    Ok(epochs)
}

async fn one(copied: &Copied, folder: &Path, under_way: &Path) -> Result<i64, Failure> {
    let path: PathBuf = under_way.join(&copied.file);
    fs::copy(folder.join(&copied.file), &path).map_err(|error| in_folder(&path, &error))?;
    let url = DatabaseUrl::Sqlite(path.clone());
    let database = open_patiently(&url).await?;
    // Revisions given out after the copy was made shall not be given out again.
    let raised = epoch::raise(&database).await;
    database.close().await;
    let raised = raised.map_err(|error| stored(&url, &error))?;
    settle(&path).map_err(|error| in_folder(&path, &error))?;
    Ok(raised)
}

fn print(
    manifest: &Manifest,
    epochs: &[i64],
    target: &Path,
    format: Format,
) -> Result<(), Failure> {
    let databases = || manifest.databases.iter().zip(epochs);
    if format == Format::Json {
        let databases: Vec<_> = databases()
            .map(|(copied, epoch)| {
                json!({"service": copied.service, "revision": copied.revision, "epoch": epoch})
            })
            .collect();
        return output::print_json(&json!({
            "data_dir": target.display().to_string(),
            "create_time": manifest.create_time,
            "databases": databases,
        }));
    }
    let lines: String = databases()
        .map(|(copied, epoch)| {
            format!("{}: restored, epoch {epoch} from here on\n", copied.service)
        })
        .collect();
    let folder = target.display();
    output::print(&format!(
        "{lines}the backup of {} is in {folder}\n\
         Next: devisa verify --data-dir {folder}\n      devisa up --data-dir {folder}",
        manifest.create_time,
    ))
}
