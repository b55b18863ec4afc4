//! Tests of the command line.

use clap::CommandFactory;

use super::*;

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn an_example_has_a_default() {
    let cli = Cli::try_parse_from(["devisa", "up", "--example"]).unwrap();
    let Command::Up(args) = cli.command else { panic!("not up") };
    assert_eq!(args.example.as_deref(), Some("jatim-2025-11"));
}

#[test]
fn every_service_command_keeps_the_formats_apart() {
    for command in [vec!["up"], vec!["serve", "deal"], vec!["migrate", "registry"]] {
        let given = ["devisa", "--format", "json"].into_iter().chain(command);
        let cli = Cli::try_parse_from(given.chain(["--log-format", "text"])).unwrap();
        assert_eq!(cli.format, Format::Json);
        let log = match cli.command {
            Command::Up(args) => args.log,
            Command::Serve(args) => args.log,
            Command::Migrate(args) => args.log,
            other => panic!("{other:?}"),
        };
        assert_eq!(log.format.as_deref(), Some("text"));
    }
}

#[test]
fn an_unknown_example_is_a_usage_error() {
    let error = Cli::try_parse_from(["devisa", "up", "--example", "no"]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
}
