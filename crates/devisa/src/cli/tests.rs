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
fn every_key_of_the_configuration_has_a_flag_of_the_same_name() {
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let flags: Vec<_> = serve.get_arguments().filter_map(|flag| flag.get_long()).collect();
    for key in devisa_server::config::key::ALL {
        let flag = key.trim_start_matches("DEVISA_").to_ascii_lowercase().replace('_', "-");
        assert!(flags.contains(&flag.as_str()), "serve has no --{flag}");
    }
}

#[test]
fn an_unknown_example_is_a_usage_error() {
    let error = Cli::try_parse_from(["devisa", "up", "--example", "no"]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
}

/// The words of a command line, quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == ' ' => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

#[test]
fn the_examples_are_accepted() {
    for help in examples::ALL {
        let lines: Vec<_> =
            help.lines().filter_map(|line| line.strip_prefix("  devisa ")).collect();
        assert!(lines.len() >= 2, "{help}");
        for line in lines {
            let line = line.split(" > ").next().unwrap();
            let given = std::iter::once("devisa".to_owned()).chain(words(line));
            Cli::try_parse_from(given).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
}

#[test]
fn every_command_has_an_example_of_its_own() {
    for command in Cli::command().get_subcommands() {
        let help = command.get_after_help().unwrap_or_else(|| panic!("{}", command.get_name()));
        let example = format!("  devisa {}", command.get_name());
        assert!(help.to_string().contains(&example), "{help}");
    }
}

#[test]
fn a_server_is_named_or_the_default() {
    let server = |given: &[&str]| {
        let cli = Cli::try_parse_from(given.iter().chain(&["get", "deals/a"])).unwrap();
        cli.server().to_owned()
    };
    assert_eq!(server(&["devisa", "--server", "http://a:1"]), "http://a:1");
    assert!(server(&["devisa"]).starts_with("http://"));
}
