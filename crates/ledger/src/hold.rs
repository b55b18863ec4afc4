//! One process at a time serves a SQLite file.
//!
//! Invariant: the right to serve ends with the process, however that ends: the system gives the lock
//! back, and a lock file that was left says nothing. It is not SQLite's own lock, so that what only
//! looks at a file, or works on it for a moment, is not kept out.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use crate::{DatabaseUrl, StorageError};

/// The right to serve a database, for as long as it is kept.
#[derive(Debug)]
pub struct Hold {
    _lock: Option<File>,
}

/// Why a database cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum NotHeld {
    /// Another process serves it.
    #[error("it is served already{}", by(*.process))]
    Taken {
        /// That process, if it is known.
        process: Option<u32>,
    },
    /// The lock failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn by(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(", by process {process}"))
}

impl Hold {
    /// Takes the right to serve a database. Everyone may serve one on PostgreSQL.
    ///
    /// # Errors
    /// [`NotHeld::Taken`] when another process has it.
    pub fn take(url: &DatabaseUrl) -> Result<Self, NotHeld> {
        let DatabaseUrl::Sqlite(path) = url else { return Ok(Self { _lock: None }) };
        // Where it can be neither made nor read, SQLite cannot work in the folder either, and says
        // why when it is opened.
        let Some(mut file) = open(&lock_of(path)) else { return Ok(Self { _lock: None }) };
        match file.try_lock() {
            Ok(()) => {
                sign(&file);
                Ok(Self { _lock: Some(file) })
            }
            Err(TryLockError::WouldBlock) => Err(NotHeld::Taken { process: signed(&mut file) }),
            Err(TryLockError::Error(error)) => {
                Err(StorageError::Unavailable(format!("it cannot be locked: {error}")).into())
            }
        }
    }
}

/// The lock beside a file, the same by whatever name the file is reached.
fn lock_of(database: &Path) -> PathBuf {
    let mut name = OsString::from(database.canonicalize().unwrap_or_else(|_| database.to_owned()));
    name.push("-lock");
    PathBuf::from(name)
}

fn open(path: &Path) -> Option<File> {
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    made.or_else(|_| File::open(path)).ok()
}

/// Leaves the number of this process, for whoever is refused. It is nothing but a hint.
fn sign(mut file: &File) {
    let signed = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    if let Err(error) = signed {
        tracing::debug!(%error, "the lock file does not tell whose it is");
    }
}

fn signed(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn sqlite(path: &Path) -> DatabaseUrl {
        DatabaseUrl::Sqlite(path.to_owned())
    }

    #[test]
    fn a_file_is_held_once_by_whatever_name_until_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deal.db");
        std::fs::write(&file, "").unwrap();
        let name = folder.path().join("other.db");
        std::os::unix::fs::symlink(&file, &name).unwrap();

        let held = Hold::take(&sqlite(&file)).unwrap();
        for again in [&file, &name] {
            let refused = Hold::take(&sqlite(again)).unwrap_err();
            let told = format!("it is served already, by process {}", std::process::id());
            assert_eq!(refused.to_string(), told);
        }
        Hold::take(&sqlite(&folder.path().join("shipment.db"))).unwrap();
        drop(held);
        Hold::take(&sqlite(&name)).unwrap();
    }

    #[test]
    fn what_was_left_by_a_process_that_is_gone_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("deal.db-lock"), "4711, or so").unwrap();
        Hold::take(&sqlite(&folder.path().join("deal.db"))).unwrap();
    }

    #[test]
    fn everyone_may_serve_from_a_server_and_a_folder_speaks_for_itself() {
        let postgres = DatabaseUrl::Postgres("postgres://devisa@db/deal".to_owned());
        let both = [Hold::take(&postgres), Hold::take(&postgres)];
        assert!(both.iter().all(Result::is_ok));
        Hold::take(&sqlite(Path::new("/nowhere/deal.db"))).unwrap();
    }
}
