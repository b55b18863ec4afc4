//! What a backup holds, as its `manifest.json` says.
//!
//! Invariant: it is written last and read first, so a folder with one holds a whole backup.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The file's name.
pub(super) const FILE: &str = "manifest.json";
/// The form of what follows; another form is another number.
const FORMAT: u32 = 1;

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The version of the program that wrote it.
    pub(super) devisa_version: String,
    /// When it was begun, RFC 3339.
    pub(super) create_time: String,
    /// The copies, in the order in which they were taken.
    pub(super) databases: Vec<Copied>,
}

/// The copy of one service's database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Copied {
    /// The service.
    pub(super) service: String,
    /// The file in the folder.
    pub(super) file: String,
    /// The revision of the newest event that it holds; empty without any.
    pub(super) revision: String,
    /// Its size in bytes.
    pub(super) bytes: u64,
    /// Its SHA-256, hexadecimal.
    pub(super) sha256: String,
    /// The migrations that its schema has.
    pub(super) migrations: Vec<String>,
}

impl Manifest {
    /// Of a backup begun now, which holds nothing yet.
    pub(super) fn new(create_time: String) -> Self {
        let devisa_version = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, devisa_version, create_time, databases: Vec::new() }
    }

    /// Writes it into the folder, under its name only once it is whole.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let partial = folder.join(format!("{FILE}.partial"));
        fs::write(&partial, format!("{}\n", serde_json::to_string_pretty(self)?))?;
        settle(&partial)?;
        fs::rename(&partial, folder.join(FILE))?;
        settle(folder)
    }

    /// Reads it, and checks every file that it names.
    ///
    /// # Errors
    /// What is wrong, all at once, a line each.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| told(&error))?;
        let manifest: Self = serde_json::from_str(&text).map_err(|error| told(&error))?;
        if manifest.format != FORMAT {
            return Err(told(&format!("expected format {FORMAT}, found {}", manifest.format)));
        }
        let wrong: Vec<_> =
            manifest.databases.iter().filter_map(|copied| copied.check(folder).err()).collect();
        if wrong.is_empty() { Ok(manifest) } else { Err(wrong.join("\n  ")) }
    }
}

impl Copied {
    fn check(&self, folder: &Path) -> Result<(), String> {
        let path = folder.join(&self.file);
        let plain =
            Path::new(&self.file).file_name().is_some_and(|name| name == self.file.as_str());
        if !plain {
            return Err(format!("{FILE}: expected a file of the folder, found {:?}", self.file));
        }
        let (bytes, sha256) =
            measure(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if (bytes, sha256.as_str()) == (self.bytes, self.sha256.as_str()) {
            return Ok(());
        }
        Err(format!(
            "{}: expected {} bytes with SHA-256 {}, found {bytes} with {sha256}",
            path.display(),
            self.bytes,
            self.sha256
        ))
    }
}

/// A file's size and its SHA-256.
pub(super) fn measure(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => {
                digest.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
    Ok((bytes, digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Makes sure that what a file or folder holds survives a power cut.
pub(super) fn settle(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Whether nothing is in a folder, or there is none.
pub(super) fn is_vacant(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        // A volume's own folder is no content.
        Ok(entries) => Ok(entries.flatten().all(|entry| entry.file_name() == "lost+found")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
