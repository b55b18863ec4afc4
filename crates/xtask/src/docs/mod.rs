//! What readers and clients are given of the contract, made from the checked-in descriptor set.

mod api;
mod block;
mod errors;
mod service_config;
mod text;

use std::{error::Error, fs, path::PathBuf};

use devisa_schema::Schema;

use crate::proto::workspace_root;

/// What `cargo xtask docs` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail when the checked-in files are not what the protos generate.
    #[arg(long)]
    check: bool,
}

/// A file as it should be.
struct Page {
    path: PathBuf,
    text: String,
}

/// Writes the files, or checks that they are current.
pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let root = workspace_root();
    let encoded = fs::read(root.join("crates/proto/src/generated/devisa.fds.bin"))?;
    let schema = Schema::decode(&encoded)?;
    let mut pages = vec![
        Page { path: root.join("docs/api.md"), text: api::render(&schema) },
        Page {
            path: root.join("proto/service_config.json"),
            text: service_config::render(&schema),
        },
    ];
    pages.extend(errors::pages(&schema, &root.join("docs/errors"))?);
    if args.check { check(&pages) } else { write(&pages) }
}

fn write(pages: &[Page]) -> Result<(), Box<dyn Error>> {
    for Page { path, text } in pages {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

fn check(pages: &[Page]) -> Result<(), Box<dyn Error>> {
    let current = |page: &&Page| fs::read_to_string(&page.path).is_ok_and(|has| has == page.text);
    let stale: Vec<_> = pages.iter().filter(|page| !current(page)).collect();
    if stale.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = stale.iter().map(|page| page.path.display().to_string()).collect();
    Err(format!("not what the protos say: {}; run `cargo xtask docs`", names.join(", ")).into())
}

#[cfg(test)]
mod tests {
    use super::{Page, check};

    #[test]
    fn the_checked_in_documentation_is_what_the_protos_say() {
        let checked = super::run(&super::Args { check: true });
        assert!(checked.is_ok(), "{checked:?}");
    }

    #[test]
    fn a_stale_page_and_an_absent_one_are_named() {
        let root = super::workspace_root();
        let page = |path: &str| Page { path: root.join(path), text: "other".to_owned() };
        let refused = check(&[page("README.md"), page("docs/none.md")]);
        let said = refused.map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(said.contains("README.md, ") && said.contains("docs/none.md;"), "{said}");
    }
}
