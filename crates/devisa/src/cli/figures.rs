//! Options of the commands that look at published figures.

use std::path::PathBuf;

use clap::Args;
use rust_decimal::Decimal;

/// Options of `check`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CheckArgs {
    /// The statement.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Options of `figure`.
#[derive(Clone, Debug, Args)]
pub(crate) struct FigureArgs {
    /// The figure as published, such as "Rp5,8 miliar" or "enam truk".
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: String,

    /// A number to check it against, in the figure's own currency or unit: 351607.40.
    #[arg(long, value_name = "NUMBER", value_parser = number, allow_hyphen_values = true)]
    pub(crate) against: Option<Decimal>,
}

fn number(text: &str) -> Result<Decimal, String> {
    Decimal::from_str_exact(text).map_err(|_| "expected a number such as 351607.40".to_owned())
}
