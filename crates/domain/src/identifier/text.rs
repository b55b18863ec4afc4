//! Bounded text: names, places, notes and numbers without a public grammar.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::required;
use crate::refusal::RuleBroken;

/// Reads a text of 1 to `max` code points on one line. It is refused rather than mended: what is
/// kept is exactly what was sent.
///
/// # Errors
/// `field.missing` when empty, `text.length` when longer, `text.form` when white space stands at
/// either end, or a character that does not show anywhere: control and format characters, such as
/// those that turn the direction of writing, and line ends.
pub fn parse_text(text: &str, max: usize) -> Result<String, RuleBroken> {
    checked(text, max, is_hidden, "one line without control and format characters")
}

/// Reads a text of 1 to `max` code points that may have several lines, ended by line feeds.
///
/// # Errors
/// Those of [`parse_text`], but for line feeds.
pub fn parse_note(text: &str, max: usize) -> Result<String, RuleBroken> {
    let hidden = |c| c != '\n' && is_hidden(c);
    checked(text, max, hidden, "no control and format characters but line feeds")
}

fn checked(
    text: &str,
    max: usize,
    is_refused: impl Fn(char) -> bool,
    expected: &str,
) -> Result<String, RuleBroken> {
    let length = required(text)?.chars().count();
    if length > max {
        let limit = format_args!("at most {max} characters");
        return Err(RuleBroken::expected("text.length", limit, length));
    }
    if text.trim() != text {
        const EXPECTED: &str = "no white space at either end";
        return Err(RuleBroken::expected("text.form", EXPECTED, "some"));
    }
    if let Some(hidden) = text.chars().find(|c| is_refused(*c)) {
        return Err(RuleBroken::expected("text.form", expected, hidden.escape_unicode()));
    }
    Ok(text.to_owned())
}

/// Whether a character does not show, so that two texts which look alike may differ by it: controls
/// (category Cc), format characters (Cf), line and paragraph separators, blank fillers, and code
/// points that Unicode keeps free for more of them (Default_Ignorable_Code_Point). Variation
/// selectors stay: they choose how a visible character looks.
///
/// Source: Unicode 16.0, UnicodeData.txt and DerivedCoreProperties.txt.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// A text type: what it is, its name, and how it is read.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $parse:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name<const MAX: usize>(String);

        impl<const MAX: usize> $name<MAX> {
            /// Reads a text.
            ///
            /// # Errors
            #[doc = concat!("As [`", stringify!($parse), "`].")]
            pub fn parse(text: &str) -> Result<Self, RuleBroken> {
                $parse(text, MAX).map(Self)
            }

            /// The text, as it was sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<const MAX: usize> fmt::Display for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl<const MAX: usize> FromStr for $name<MAX> {
            type Err = RuleBroken;
            fn from_str(text: &str) -> Result<Self, RuleBroken> {
                Self::parse(text)
            }
        }

        impl<const MAX: usize> TryFrom<String> for $name<MAX> {
            type Error = RuleBroken;
            fn try_from(text: String) -> Result<Self, RuleBroken> {
                Self::parse(&text)
            }
        }

        impl<const MAX: usize> From<$name<MAX>> for String {
            fn from(text: $name<MAX>) -> Self {
                text.0
            }
        }
    };
}

text_type! {
    /// A text of 1 to `MAX` code points on one line, by the rules of [`parse_text`].
    Text, parse_text
}

text_type! {
    /// A text of 1 to `MAX` code points that may have several lines, by the rules of [`parse_note`].
    Note, parse_note
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
                ("a\nb", "text.form"),
            ],
        );
    }

    #[test]
    fn what_does_not_show_is_refused() {
        let hidden = [
            '\u{0}',
            '\u{1b}',
            '\u{85}',
            '\u{ad}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2065}',
            '\u{2066}',
            '\u{2069}',
            '\u{3164}',
            '\u{feff}',
            '\u{fff9}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0fff}',
        ];
        for c in hidden {
            let text = format!("a{c}b");
            refuses(Text::<5>::parse, &[(text.as_str(), "text.form")]);
            refuses(Note::<5>::parse, &[(text.as_str(), "text.form")]);
        }
        let shown = ["PT Aneka–Jaya", "Café", "Ṛ", "கா", "한국", "❤\u{fe0f}", "a\u{a0}b", "½ ‰ €"];
        for text in shown {
            assert_eq!(Text::<20>::parse(text).map(String::from).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_note_may_have_lines() {
        accepts(Note::<9>::parse, &[("a\nb", "a\nb"), ("a\n\nb c", "a\n\nb c")]);
        refuses(
            Note::<9>::parse,
            &[
                ("", "field.missing"),
                ("a\n", "text.form"),
                ("\na", "text.form"),
                ("a\r\nb", "text.form"),
                ("a\tb", "text.form"),
                ("0123456789", "text.length"),
            ],
        );
    }
}
