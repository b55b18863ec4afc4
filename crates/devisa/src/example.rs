//! The examples inside the binary: real releases with what the press said of them.
//!
//! Invariant: an example is loaded and checked through the public API, like any other data set and
//! statement.

use clap::builder::PossibleValuesParser;
use tonic::transport::Channel;

use crate::{check, cli::Format, client::Client, exit::Failure, load, output};

/// A data set and a statement about it.
struct Example {
    name: &'static str,
    data: &'static str,
    statement: &'static str,
}

/// The example that is meant when none is named.
pub(crate) const DEFAULT: &str = "jatim-2025-11";

/// An example in its folder of the source tree.
macro_rules! example {
    ($name:literal) => {
        Example {
            name: $name,
            data: include_str!(concat!("../../../examples/", $name, "/data.yaml")),
            statement: include_str!(concat!("../../../examples/", $name, "/statement.yaml")),
        }
    };
}

static EXAMPLES: [Example; 4] = [
    example!("jatim-2023-05"),
    example!("jatim-2024-08"),
    example!("jatim-2025-11"),
    example!("pacitan-2026-02"),
];

impl Example {
    /// Where a file of the example is in the source tree.
    fn path(&self, file: &str) -> String {
        format!("examples/{}/{file}", self.name)
    }
}

/// The names, for the command line.
pub(crate) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(EXAMPLES.iter().map(|example| example.name))
}

/// Loads an example, checks its statement and prints the answer, whatever it is.
pub(crate) async fn load_and_check(
    channel: Channel,
    name: &str,
    format: Format,
) -> Result<(), Failure> {
    let example = EXAMPLES.iter().find(|example| example.name == name);
    let example = example.ok_or_else(|| Failure::usage(format!("no example is called {name}")))?;
    let client = Client::from(channel);
    let data = example.path("data.yaml");
    let tally = load::load(&client, &[(data.clone(), example.data.to_owned())]).await?;
    if format == Format::Table {
        output::print(&format!("{data}: {tally}"))?;
        output::print("")?;
    }
    let statement = example.path("statement.yaml");
    check::check(&client, &statement, example.statement, format).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn every_example_is_sound() {
        for example in &EXAMPLES {
            let data = (example.path("data.yaml"), example.data.to_owned());
            load::parses(&[data]).unwrap_or_else(|failure| panic!("{}", failure.message));
            check::parses(&example.path("statement.yaml"), example.statement)
                .unwrap_or_else(|failure| panic!("{}", failure.message));
        }
    }

    #[test]
    fn every_record_says_where_it_comes_from() {
        for example in &EXAMPLES {
            let root = yaml::parse(example.name, example.data).unwrap();
            for item in root.map().unwrap().iter().flat_map(|key| key.value.list().unwrap()) {
                let provenance = item.get("provenance");
                assert!(provenance.is_some_and(|p| p.get("note").is_some()), "{}", item.place);
            }
        }
    }

    #[test]
    fn the_default_is_one_of_them() {
        assert!(EXAMPLES.iter().any(|example| example.name == DEFAULT));
    }
}
