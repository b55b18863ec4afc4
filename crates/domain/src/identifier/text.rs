//! Bounded text: names, places, notes and numbers without a public grammar.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::required;
use crate::refusal::RuleBroken;

/// Reads a text of 1 to `max` code points. It is refused rather than mended: what is kept is
/// exactly what was sent.
///
/// # Errors
/// `field.missing` when empty, `text.length` when longer, `text.form` when white space stands at
/// either end or a control character anywhere.
pub fn parse_text(text: &str, max: usize) -> Result<String, RuleBroken> {
    let length = required(text)?.chars().count();
    if length > max {
        let limit = format_args!("at most {max} characters");
        return Err(RuleBroken::expected("text.length", limit, length));
    }
    if text.trim() != text {
        const EXPECTED: &str = "no white space at either end";
        return Err(RuleBroken::expected("text.form", EXPECTED, "some"));
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        const EXPECTED: &str = "no control characters";
        return Err(RuleBroken::expected("text.form", EXPECTED, control.escape_unicode()));
    }
    Ok(text.to_owned())
}

/// A text of 1 to `MAX` code points, by the rules of [`parse_text`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Reads a text.
    ///
    /// # Errors
    /// As [`parse_text`].
    pub fn parse(text: &str) -> Result<Self, RuleBroken> {
        parse_text(text, MAX).map(Self)
    }

    /// The text, as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = RuleBroken;
    fn from_str(text: &str) -> Result<Self, RuleBroken> {
        Self::parse(text)
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        Self::parse(&text)
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn length_is_counted_in_code_points() {
        accepts(
            Text::<5>::parse,
            &[("a b", "a b"), ("Du’en", "Du’en"), ("五五五五五", "五五五五五")],
        );
        refuses(
            Text::<5>::parse,
            &[
                ("", "field.missing"),
                ("abcdef", "text.length"),
                (" abc", "text.form"),
                ("abc\u{a0}", "text.form"),
                ("a\tb", "text.form"),
                ("a\u{7f}b", "text.form"),
                ("   ", "text.form"),
            ],
        );
    }
}
