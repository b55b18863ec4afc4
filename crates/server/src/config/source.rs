//! Where values of keys come from.
//!
//! Invariant: only [`Environment`] reads the process's environment; tests give a map.

use std::collections::{BTreeMap, HashMap};

/// Values by key.
pub trait Source {
    /// The value of a key; an empty one counts as none.
    fn get(&self, key: &str) -> Option<String>;
}

/// The environment of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment;

impl Source for Environment {
    fn get(&self, key: &str) -> Option<String> {
        // Text that is not UTF-8 is passed on as it looks, so that the parser names it.
        std::env::var_os(key).map(|value| value.to_string_lossy().into_owned())
    }
}

impl Source for BTreeMap<String, String> {
    fn get(&self, key: &str) -> Option<String> {
        BTreeMap::get(self, key).cloned()
    }
}

impl Source for HashMap<&str, &str> {
    fn get(&self, key: &str) -> Option<String> {
        HashMap::get(self, key).map(ToString::to_string)
    }
}

/// Values of flags, by the flag's name: `listen` or `--listen` is `DEVISA_LISTEN`.
#[derive(Clone, Debug, Default)]
pub struct Flags(BTreeMap<String, String>);

impl Flags {
    /// No flag given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a flag, if it was given.
    #[must_use]
    pub fn with(mut self, flag: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.0.insert(flag.trim_start_matches('-').to_owned(), value.to_string());
        }
        self
    }
}

impl Source for Flags {
    fn get(&self, key: &str) -> Option<String> {
        let flag = key.strip_prefix("DEVISA_")?.to_ascii_lowercase().replace('_', "-");
        self.0.get(&flag).cloned()
    }
}

/// One source before another: `Layered(flags, Environment)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layered<First, Then>(pub First, pub Then);

impl<First: Source, Then: Source> Source for Layered<First, Then> {
    fn get(&self, key: &str) -> Option<String> {
        self.0.get(key).filter(|value| !value.is_empty()).or_else(|| self.1.get(key))
    }
}
