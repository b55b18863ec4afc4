//! Colours: what they mean, and when they are shown.
//!
//! Invariant: a text says the same without them. Whether a stream gets them is decided where it is
//! written to: a terminal that has not been told otherwise by `--color`, `NO_COLOR`,
//! `CLICOLOR_FORCE` or `TERM=dumb`.

use anstyle::{AnsiColor, Style};

use crate::cli::Color;

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Worth a second look.
    Doubt,
    /// A heading.
    Heading,
    /// Beside the point.
    Quiet,
}

impl Tone {
    fn style(self) -> Style {
        let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Good => colored(AnsiColor::Green),
            Self::Bad => colored(AnsiColor::Red).bold(),
            Self::Doubt => colored(AnsiColor::Yellow),
            Self::Heading => Style::new().bold(),
            Self::Quiet => Style::new().dimmed(),
        }
    }

    /// The text in this colour.
    pub(crate) fn paint(self, text: &str) -> String {
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

/// Colours the first word of each line that has a tone; widths stay as they were.
pub(crate) fn tint(text: &str, tone: impl Fn(&str) -> Option<Tone>) -> String {
    let line = |line: &str| {
        let mut words = line.split(' ');
        let Some((word, tone)) = words.find_map(|word| Some((word, tone(word)?))) else {
            return line.to_owned();
        };
        line.replacen(word, &tone.paint(word), 1)
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Decides for both streams what `--color` says.
pub(crate) fn choose_color(color: Color) {
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tint_adds_nothing_but_colour() {
        let text = "enam negara  INCONSISTENT  5\nenam truk    CONSISTENT    6";
        let tone = |word: &str| match word {
            "CONSISTENT" => Some(Tone::Good),
            "INCONSISTENT" => Some(Tone::Bad),
            _ => None,
        };
        let tinted = tint(text, tone);
        assert!(tinted.contains(&Tone::Bad.paint("INCONSISTENT")), "{tinted:?}");
        assert!(tinted.contains(&Tone::Good.paint("CONSISTENT")), "{tinted:?}");
        assert_eq!(anstream::adapter::strip_str(&tinted).to_string(), text);
    }
}
