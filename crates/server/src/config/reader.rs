//! Reads keys and gathers the mistakes.
//!
//! Invariant: a mistake never stops the reading of the other keys.

use std::{
    fmt::{self, Display},
    net::SocketAddr,
    str::FromStr,
    time::Duration,
};

use super::Source;

/// One key that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The key.
    pub key: String,
    /// What it should have.
    pub expected: String,
    /// What it has; never a secret.
    pub found: String,
}

impl Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, expected, found } = self;
        write!(f, "{key}: expected {expected}, found {found}")
    }
}

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<Mistake>);

impl Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is wrong:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for ConfigErrors {}

pub(super) struct Reader<'a> {
    source: &'a dyn Source,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self { source, mistakes: Vec::new() }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, ConfigErrors> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(ConfigErrors(self.mistakes)) }
    }

    pub(super) fn mistake(&mut self, key: &str, expected: impl Display, found: impl Display) {
        let (expected, found) = (expected.to_string(), found.to_string());
        self.mistakes.push(Mistake { key: key.to_owned(), expected, found });
    }

    pub(super) fn is_mistaken(&self, key: &str) -> bool {
        self.mistakes.iter().any(|mistake| mistake.key.starts_with(key))
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.source.get(key).filter(|value| !value.is_empty())
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key)?;
        let parsed = text.parse::<T>();
        parsed.map_err(|expected| self.mistake(key, expected, format!("{text:?}"))).ok()
    }

    pub(super) fn address(&mut self, key: &str) -> Option<SocketAddr> {
        self.kept(key, "an address such as 127.0.0.1:50051", |text| text.parse().ok())
    }

    /// An address, or `none` for not listening at all.
    pub(super) fn address_or_none(&mut self, key: &str) -> Option<Option<SocketAddr>> {
        self.kept(key, "an address such as 127.0.0.1:9090, or none", |text| match text {
            "none" => Some(None),
            text => text.parse().ok().map(Some),
        })
    }

    pub(super) fn count(&mut self, key: &str) -> Option<usize> {
        self.kept(key, "a whole number from 1", |text| text.parse().ok().filter(|n| *n > 0))
    }

    pub(super) fn duration(&mut self, key: &str) -> Option<Duration> {
        const DAY: Duration = Duration::from_secs(86_400);
        let at_most_a_day = |text: &str| duration(text).filter(|duration| *duration <= DAY);
        self.kept(key, "a duration such as 500ms, 10s, 2m or 1h", at_most_a_day)
    }

    /// A duration with bounds of its own, which are included.
    pub(super) fn duration_between(
        &mut self,
        key: &str,
        least: Duration,
        most: Duration,
    ) -> Option<Duration> {
        let hours = |duration: Duration| duration.as_secs() / 3_600;
        let expected = format!("a duration from {}h to {}h", hours(least), hours(most));
        let within = |text: &str| duration(text).filter(|given| (least..=most).contains(given));
        self.kept(key, &expected, within)
    }

    /// A secret, given by itself or as a file that holds it. What was found is not shown.
    pub(super) fn secret<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let file_key = format!("{key}_FILE");
        let (text, key) = match (self.text(key), self.text(&file_key)) {
            (Some(_), Some(_)) => {
                self.mistake(&file_key, format!("only one of {key} and this"), "both");
                return None;
            }
            (None, Some(path)) => (self.file(&file_key, &path)?, file_key.as_str()),
            (given, None) => (given?, key),
        };
        let parsed = parse(&text);
        if parsed.is_none() {
            self.mistake(key, expected, "something else, which is not shown");
        }
        parsed
    }

    fn file(&mut self, key: &str, path: &str) -> Option<String> {
        match std::fs::read_to_string(path) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                self.mistake(key, "a file that can be read", format!("{path:?}: {error}"));
                None
            }
        }
    }

    fn kept<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(key)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.mistake(key, expected, format!("{text:?}"));
        }
        parsed
    }
}

/// A whole number and its unit.
fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(split);
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(amount)),
        "s" => Some(Duration::from_secs(amount)),
        "m" => amount.checked_mul(60).map(Duration::from_secs),
        "h" => amount.checked_mul(3_600).map(Duration::from_secs),
        _ => None,
    }
}
