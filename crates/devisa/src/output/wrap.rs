//! Long lines for people: broken between words, where a terminal would break them anywhere.
//!
//! Invariant: a word, and what stands between backticks, is never broken, so that it can be copied;
//! and nothing is broken that goes into a file or a pipe, where lines are searched.

use std::io::IsTerminal;

use super::table::fitting;

/// What a line that goes on is set in by.
const FURTHER: usize = 2;

/// The text as standard error shows it best.
pub(super) fn for_standard_error(text: &str) -> String {
    let stderr = std::io::stderr();
    if !stderr.is_terminal() {
        return text.to_owned();
    }
    let terminal = terminal_size::terminal_size_of(stderr).map(|(width, _)| width.0);
    wrapped(text, fitting(terminal).into())
}

fn wrapped(text: &str, width: usize) -> String {
    text.lines().map(|line| wrapped_line(line, width)).collect::<Vec<_>>().join("\n")
}

fn wrapped_line(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let start = line.len() - line.trim_start().len();
    let (mut wrapped, mut column) = (line[..start].to_owned(), start);
    let mut is_first = true;
    for word in words(line.trim_start()) {
        let length = word.chars().count();
        match is_first {
            true => {}
            false if column + 1 + length <= width => {
                wrapped.push(' ');
                column += 1;
            }
            false => {
                column = start + FURTHER;
                wrapped.push('\n');
                wrapped.push_str(&" ".repeat(column));
            }
        }
        wrapped.push_str(&word);
        column += length;
        is_first = false;
    }
    wrapped
}

/// The words of a line; what stands between backticks is one.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for part in line.split(' ') {
        match words.last_mut() {
            Some(word) if is_open => {
                word.push(' ');
                word.push_str(part);
            }
            _ => words.push(part.to_owned()),
        }
        is_open ^= part.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_below_its_beginning() {
        let text = "refused: X\n  state  expected one of DRAFT, READY, RELEASED, found \"FOO\"";
        assert_eq!(
            wrapped(text, 32),
            "refused: X\n  state  expected one of DRAFT,\n    READY, RELEASED, found \"FOO\""
        );
        assert_eq!(wrapped(text, 80), text);
    }

    #[test]
    fn what_may_be_copied_is_in_one_piece() {
        let text =
            "fix: run `devisa list decrees --parent programmes/x` or http://127.0.0.1:50051/";
        assert_eq!(
            wrapped(text, 30),
            "fix: run\n  `devisa list decrees --parent programmes/x`\n  or http://127.0.0.1:50051/"
        );
    }
}
