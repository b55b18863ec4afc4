//! Generates the Rust code and the descriptor set from the protos.
//!
//! No protoc: protox compiles, and keeps the comments and the annotations of `google.api` in the
//! descriptor set because it writes the bytes it read.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The published package that holds Google's common protos, pinned.
const GOOGLE_PROTOS: &str = "googleapis-common-protos==1.76.0";

/// What `cargo xtask proto` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail when the checked-in files are not what the protos generate.
    #[arg(long)]
    check: bool,
}

/// Regenerates `crates/proto/src/generated`, or checks that it is current.
pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let root = workspace_root();
    let checked_in = root.join("crates/proto/src/generated");
    if !args.check {
        return generate(&root, &checked_in);
    }
    let fresh = root.join("target/xtask-proto");
    generate(&root, &fresh)?;
    let drifted = differences(&fresh, &checked_in)?;
    if drifted.is_empty() {
        return Ok(());
    }
    Err(format!("not what the protos generate: {}; run `cargo xtask proto`", drifted.join(", "))
        .into())
}

/// The root of the repository.
pub(crate) fn workspace_root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_owned()
}

fn generate(root: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let google = root.join("target/google-protos");
    unpack_google_protos(root, &google)?;
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    fs::create_dir_all(out)?;

    let proto = root.join("proto");
    let mut compiler = protox::Compiler::new([&proto, &google])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(sorted_protos(&proto)?)?;
    fs::write(out.join("devisa.fds.bin"), compiler.encode_file_descriptor_set())?;

    let mut prost = tonic_prost_build::Config::new();
    prost.enable_type_names();
    tonic_prost_build::configure()
        .out_dir(out)
        // Clients are built over any tower service, so that the in-process one is the same type.
        .build_transport(false)
        .btree_map(".")
        .extern_path(".google.type", "crate::google_type")
        .extern_path(".google.rpc.Status", "::tonic_types::Status")
        .emit_rerun_if_changed(false)
        .include_file("mod.rs")
        .compile_fds_with_config(compiler.file_descriptor_set(), prost)?;
    // The annotations leave no trace in the Rust types.
    let _ = fs::remove_file(out.join("google.api.rs"));
    let modules = fs::read_to_string(out.join("mod.rs"))?;
    fs::write(out.join("mod.rs"), without_google(&modules))?;
    format(out)
}

/// Drops the module of `google.api`, which nothing refers to.
fn without_google(modules: &str) -> String {
    let start = modules.find("pub mod google {");
    let end =
        start.and_then(|start| modules[start..].find("\n}\n").map(|length| start + length + 3));
    match (start, end) {
        (Some(start), Some(end)) => format!("{}{}", &modules[..start], &modules[end..]),
        _ => modules.to_owned(),
    }
}

fn format(out: &Path) -> Result<(), Box<dyn Error>> {
    let mut files = files_in(out)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    // `mod.rs` includes its files by macro, so each is named.
    let status = Command::new("rustfmt").args(["--edition", "2024"]).args(&files).status()?;
    if status.success() { Ok(()) } else { Err("rustfmt failed on the generated code".into()) }
}

fn sorted_protos(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in files_in(&folder)? {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "proto") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Unpacks Google's protos once; what they are is fixed by the pinned version.
fn unpack_google_protos(root: &Path, google: &Path) -> Result<(), Box<dyn Error>> {
    if google.join("google/api/annotations.proto").exists() {
        return Ok(());
    }
    let wheels = root.join("target/google-protos-wheel");
    python(
        &["-m", "pip", "download", "--quiet", "--no-deps", "--dest"],
        &[&wheels],
        &[GOOGLE_PROTOS],
    )?;
    let wheel = files_in(&wheels)?.pop().ok_or("pip downloaded nothing")?;
    python(&["-m", "zipfile", "-e"], &[&wheel, google], &[])
}

fn python(first: &[&str], paths: &[&Path], last: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new("python3").args(first).args(paths).args(last).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("python3 {} failed", first.join(" ")).into())
    }
}

/// The names of files that differ between two folders, or stand in only one.
fn differences(fresh: &Path, checked_in: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names: Vec<_> = files_in(fresh)?
        .into_iter()
        .chain(files_in(checked_in)?)
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names.dedup();
    names.retain(|name| fs::read(fresh.join(name)).ok() != fs::read(checked_in.join(name)).ok());
    Ok(names)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checked_in_code_is_what_the_protos_generate() {
        let checked = super::run(&super::Args { check: true });
        assert!(checked.is_ok(), "{checked:?}");
    }

    #[test]
    fn the_google_module_is_dropped_and_nothing_else() {
        let modules =
            "pub mod devisa {\n}\npub mod google {\n    pub mod api {}\n}\npub mod z {}\n";
        assert_eq!(super::without_google(modules), "pub mod devisa {\n}\npub mod z {}\n");
        assert_eq!(super::without_google("pub mod devisa {}\n"), "pub mod devisa {}\n");
    }
}
