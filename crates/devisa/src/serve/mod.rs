//! The running services: `up`, `serve` and `migrate`.

use crate::{
    cli::{Format, MigrateArgs, ServeArgs, UpArgs},
    exit::{Exit, Failure},
};

/// Runs all three services in one process; with an example, loads and checks it.
pub(crate) async fn up(_args: UpArgs, _format: Format) -> Result<Exit, Failure> {
    Err(not_built("up"))
}

/// Runs one service.
pub(crate) async fn serve(_args: ServeArgs) -> Result<Exit, Failure> {
    Err(not_built("serve"))
}

/// Migrates one service's database.
pub(crate) async fn migrate(_args: MigrateArgs, _format: Format) -> Result<Exit, Failure> {
    Err(not_built("migrate"))
}

fn not_built(command: &str) -> Failure {
    Failure::internal(format!("`{command}` is not built into this binary"))
}
