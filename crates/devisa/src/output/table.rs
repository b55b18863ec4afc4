//! Tables without borders: columns aligned, long texts wrapped.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};

/// To which side a column's cells keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// A table. A number is never broken, so that none can be taken for another.
pub(crate) struct Table {
    table: comfy_table::Table,
    aligns: Vec<Align>,
    /// How wide the longest word of each column is, of those that are never broken.
    words: Vec<u16>,
    labels: bool,
}

/// How many characters a line has where nothing says so.
const USUAL: u16 = 100;
/// In less than this no table can be read; a narrower terminal wraps its lines.
const NARROWEST: u16 = 60;

/// Longer words may be broken; a verdict is not longer.
const WHOLE_WORD: usize = 12;

/// How many characters fit in a line: `COLUMNS`, else the terminal's.
fn width() -> u16 {
    fitting(terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0))
}

/// The same for any terminal.
pub(super) fn fitting(terminal: Option<u16>) -> u16 {
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    fitting_of(given, terminal)
}

fn fitting_of(given: Option<u16>, terminal: Option<u16>) -> u16 {
    let known = [given, terminal].into_iter().flatten().find(|columns| *columns > 0);
    known.unwrap_or(USUAL).max(NARROWEST)
}

impl Table {
    /// A table with these columns, as wide as a line at most.
    pub(crate) fn new(columns: impl IntoIterator<Item = (String, Align)>) -> Self {
        let (header, aligns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width());
        let words = header.iter().map(|name| longest_word(name)).collect();
        if header.iter().any(|name| !name.is_empty()) {
            table.set_header(header);
        }
        Self { table, aligns, words, labels: false }
    }

    /// A table whose columns need no names.
    pub(crate) fn plain(aligns: impl IntoIterator<Item = Align>) -> Self {
        Self::new(aligns.into_iter().map(|align| (String::new(), align)))
    }

    /// The same table, as wide as it takes: names are never broken, so that they can be copied.
    pub(crate) fn unbroken(mut self) -> Self {
        self.table.set_content_arrangement(ContentArrangement::Disabled);
        self
    }

    /// The same table, whose first column names what stands beside it and is never broken.
    pub(crate) fn labelled(mut self) -> Self {
        self.labels = true;
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<_> = cells.into_iter().collect();
        for (known, cell) in self.words.iter_mut().zip(&cells) {
            *known = longest_word(cell).max(*known);
        }
        self.table.add_row(cells);
    }

    /// The lines, without spaces at their ends, each after `indent` spaces.
    pub(crate) fn render(mut self, indent: usize) -> String {
        let width = width().saturating_sub(u16::try_from(indent).unwrap_or_default());
        self.table.set_width(width);
        for (index, (align, word)) in self.aligns.iter().zip(&self.words).enumerate() {
            let Some(column) = self.table.column_mut(index) else { continue };
            let padding = (u16::from(index > 0), 1);
            column.set_padding(padding);
            column.set_constraint(if *align == Align::Right || (self.labels && index == 0) {
                ColumnConstraint::ContentWidth
            } else {
                ColumnConstraint::LowerBoundary(Width::Fixed(padding.0 + word + padding.1))
            });
            column.set_cell_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }
        let lines: Vec<_> = self
            .table
            .lines()
            .map(|line| format!("{:indent$}{line}", "").trim_end().to_owned())
            .collect();
        lines.join("\n")
    }
}

/// The width of the longest word that is not broken.
fn longest_word(text: &str) -> u16 {
    let words = text.split_whitespace().map(|word| word.chars().count());
    let longest = words.max().unwrap_or_default().min(WHOLE_WORD);
    u16::try_from(longest).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_wide_as_the_terminal() {
        assert_eq!(fitting_of(None, None), 100);
        assert_eq!(fitting_of(None, Some(80)), 80);
        assert_eq!(fitting_of(Some(120), Some(80)), 120);
        assert_eq!(fitting_of(Some(0), Some(80)), 80);
        assert_eq!(fitting_of(None, Some(45)), 60);
    }

    #[test]
    fn an_unbroken_table_may_be_wider_than_a_line() {
        let name = format!("shipments/{}", "a".repeat(200));
        let mut table = Table::plain([Align::Left, Align::Left]).unbroken();
        table.row([name.clone(), "x".to_owned()]);
        assert_eq!(table.render(0), format!("{name}  x"));
    }

    #[test]
    fn a_label_is_never_broken() {
        let label = "a_label_longer_than_half_of_the_narrowest_line";
        let mut table = Table::plain([Align::Left, Align::Left]).labelled();
        table.row([label.to_owned(), "a text of words ".repeat(20)]);
        let rendered = table.render(0);
        assert!(rendered.starts_with(&format!("{label}  a text")), "{rendered}");
        assert!(rendered.lines().count() > 3, "{rendered}");
    }

    #[test]
    fn a_word_is_not_broken_for_a_long_text_beside_it() {
        let columns = [("VERDICT", Align::Left), ("FOUND", Align::Right), ("WHY", Align::Left)];
        let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
        let amount = "IDR 3,900,000,000,000.00".to_owned();
        table.row(["INCONSISTENT".to_owned(), amount, "a plain explanation ".repeat(20)]);
        table.table.set_width(NARROWEST);
        let rendered = table.render(0);
        assert!(rendered.contains("INCONSISTENT  IDR 3,900,000,000,000.00  "), "{rendered}");
        assert!(rendered.contains("explanation"), "{rendered}");
    }

    #[test]
    fn a_number_is_never_broken() {
        let columns = [("WHY", Align::Left), ("WITH HELD DEALS", Align::Right)];
        let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
        let amount = "IDR 3,900,000,000,000.00 ".repeat(3).trim_end().to_owned();
        table.row(["a text of words ".repeat(20), amount.clone()]);
        let rendered = table.render(0);
        assert!(rendered.contains(&amount), "{rendered}");
        assert!(rendered.lines().count() > 3, "{rendered}");
    }

    #[test]
    fn numbers_stand_right_and_texts_left() {
        let columns = [("NAME", Align::Left), ("VALUE", Align::Right)];
        let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
        table.row(["a".to_owned(), "1,000".to_owned()]);
        table.row(["longer".to_owned(), "5".to_owned()]);
        assert_eq!(table.render(2), "  NAME    VALUE\n  a       1,000\n  longer      5");
    }
}
