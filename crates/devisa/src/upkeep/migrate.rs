//! `devisa migrate`: schema, and epoch after a restore.

use devisa_ledger::{Database, StorageError, epoch, schema};
use devisa_server::config::Service;
use serde_json::json;

use super::{given, open_patiently, url_of};
use crate::{
    cli::{Format, MigrateArgs},
    exit::{Exit, Failure},
    output,
    serve::{bring_up_to_date, migrations, stored},
};

/// Migrates one service's database; a line for each migration that it applied.
pub(crate) async fn migrate(args: MigrateArgs, format: Format) -> Result<Exit, Failure> {
    let source = given(&args.databases, args.log)?;
    let service = Service::from(args.service);
    let url = url_of(service, &source)?;
    let database = open_patiently(&url).await?;
    let missing = missing(service, &database).await.map_err(|error| stored(&url, &error))?;
    bring_up_to_date(service, &database).await.map_err(|error| stored(&url, &error))?;
    let raised = match args.new_epoch {
        true => Some(epoch::raise(&database).await.map_err(|error| stored(&url, &error))?),
        false => None,
    };
    database.close().await;
    let name = service.as_str();
    match format {
        Format::Json => {
            let mut answer = json!({"service": name, "status": "CURRENT", "applied": missing});
            if let Some(epoch) = raised {
                answer["epoch"] = json!(epoch);
            }
            output::print_json(&answer)?;
        }
        Format::Table => {
            let applied = missing.iter().map(|migration| format!("{name}: applied {migration}\n"));
            let applied: String = applied.collect();
            let raised = raised.map(|epoch| format!("{name}: epoch {epoch} from here on\n"));
            let raised = raised.unwrap_or_default();
            output::print(&format!("{applied}{raised}{name}: {url} is up to date"))?;
        }
    }
    Ok(Exit::Fine)
}

/// The migrations that a database does not have yet.
async fn missing(service: Service, database: &Database) -> Result<Vec<String>, StorageError> {
    let known = migrations(service);
    Ok(match schema::status(database, &known).await? {
        schema::Status::Behind(missing) => missing,
        schema::Status::Current | schema::Status::Ahead(_) => Vec::new(),
    })
}
