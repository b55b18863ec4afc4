//! A file of shipments, read from its beginning to its end, one shipment at a time.
//!
//! Invariant: no more of the file is held than one shipment; what cannot be read is a fault of its
//! line, told where it stands.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
    path::Path,
};

use csv::{ByteRecord, ReaderBuilder};
use sha2::{Digest, Sha256};

use super::columns::{self, SHIPMENT_ID};
use crate::exit::Failure;

/// A rule that a line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The place of the line in its shipment, from 0.
    pub(super) line: usize,
    /// The column.
    pub(super) column: String,
    /// The rule: `money.decimals`.
    pub(super) rule: String,
    /// What was expected and what was found.
    pub(super) description: String,
}

/// A line of the file.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its number in the file; the headings stand in line 1.
    pub(super) number: u64,
    /// Its cells as they are.
    pub(super) cells: Vec<String>,
}

/// The lines of one shipment.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The lines, at least one.
    pub(super) lines: Vec<Line>,
    /// What is wrong with how they are set out.
    pub(super) faults: Vec<Fault>,
}

/// The headings of a file.
#[derive(Clone, Debug)]
pub(super) struct Headings {
    /// The headings as they are.
    pub(super) names: Vec<String>,
    /// What stands between cells: a comma, a semicolon or a tab.
    pub(super) delimiter: u8,
}

impl Headings {
    /// The text of a line's cell; empty where the file or the line has none.
    pub(super) fn cell<'l>(&self, line: &'l Line, column: &str) -> &'l str {
        let place = self.names.iter().position(|name| name == column);
        place.and_then(|place| line.cells.get(place)).map_or("", |cell| cell.trim())
    }

    fn check(&self) -> Result<(), String> {
        for (place, name) in self.names.iter().enumerate() {
            if !columns::is_known(name) {
                return Err(format!("no column is called {name:?}"));
            }
            if self.names[..place].contains(name) {
                return Err(format!("the column {name:?} stands there twice"));
            }
        }
        for needed in ["exporter", "destination", "goods", "value", "currency"] {
            if !self.names.iter().any(|name| name == needed) {
                return Err(format!("the column {needed:?} is missing"));
            }
        }
        Ok(())
    }
}

/// A file under way.
pub(super) struct Source {
    /// Its headings.
    pub(super) headings: Headings,
    /// How many lines it has below them.
    pub(super) total: usize,
    /// The SHA-256 of its content.
    pub(super) digest: [u8; 32],
    reader: csv::Reader<BufReader<File>>,
    numbers: Numbers,
    /// The first line of the next shipment.
    ahead: Option<(Line, Option<Fault>)>,
}

impl Source {
    /// Opens a file: reads it once for its digest, and then its headings.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::refused(format!("{}: {why}", path.display()));
        let mut file = File::open(path).map_err(|error| wrong(error.to_string()))?;
        let delimiter = delimiter(&file).map_err(|error| wrong(error.to_string()))?;
        let (digest, total) = survey(&mut file, delimiter).map_err(|e| wrong(e.to_string()))?;
        file.rewind().map_err(|error| wrong(error.to_string()))?;
        let numbers = Numbers::of(path).map_err(|error| wrong(error.to_string()))?;
        let mut reader = reader(BufReader::new(file), delimiter);
        let headings = reader.byte_headers().map_err(|error| wrong(error.to_string()))?;
        let mut names: Vec<_> = texts(headings).iter().map(|name| name.trim().to_owned()).collect();
        if let Some(first) = names.first_mut() {
            *first = first.trim_start_matches('\u{feff}').to_owned();
        }
        let headings = Headings { names, delimiter };
        headings.check().map_err(|why| {
            wrong(format!(
                "{why}\n  fix: docs/importing.md has the columns; headings are in line 1"
            ))
        })?;
        let mut source = Self { headings, total, digest, reader, numbers, ahead: None };
        source.ahead = source.line()?;
        Ok(source)
    }

    /// The next shipment; none after the last.
    pub(super) fn next(&mut self) -> Result<Option<Group>, Failure> {
        let Some((first, fault)) = self.ahead.take() else { return Ok(None) };
        let id = self.headings.cell(&first, SHIPMENT_ID).to_owned();
        let mut group = Group { lines: vec![first], faults: fault.into_iter().collect() };
        loop {
            let next = self.line()?;
            match next {
                Some((line, fault))
                    if !id.is_empty() && self.headings.cell(&line, SHIPMENT_ID) == id =>
                {
                    group.faults.extend(fault.map(|f| Fault { line: group.lines.len(), ..f }));
                    group.lines.push(line);
                }
                other => {
                    self.ahead = other;
                    return Ok(Some(group));
                }
            }
        }
    }

    /// The next line that is not empty, and what is wrong with it.
    fn line(&mut self) -> Result<Option<(Line, Option<Fault>)>, Failure> {
        let mut record = ByteRecord::new();
        loop {
            let more = self.reader.read_byte_record(&mut record);
            if !more.map_err(|error| Failure::refused(format!("reading on: {error}")))? {
                return Ok(None);
            }
            if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                break;
            }
        }
        let position = record.position().cloned().unwrap_or_else(csv::Position::new);
        let number = self.numbers.of_record(&position);
        let number = number.map_err(|error| Failure::refused(format!("reading on: {error}")))?;
        let (cells, headings) = (record.len(), self.headings.names.len());
        let fault = |column: &str, rule: &str, description: String| {
            let (column, rule) = (column.to_owned(), rule.to_owned());
            Some(Fault { line: 0, column, rule, description })
        };
        let broken = if cells != headings {
            let description = format!("expected {headings} cells, found {cells}");
            fault("", "row.cells", description)
        } else {
            let bad = record.iter().position(|cell| std::str::from_utf8(cell).is_err());
            bad.and_then(|place| {
                let description = "expected UTF-8, found other bytes".to_owned();
                fault(&self.headings.names[place], "text.utf8", description)
            })
        };
        Ok(Some((Line { number, cells: texts(&record) }, broken)))
    }
}

/// Tells the numbers of lines. The reader of records counts the line ends before a record into it:
/// those of empty lines, and the second half of one that is `\r\n`. They are counted here, on a second
/// walk through the file.
struct Numbers {
    walk: BufReader<File>,
    at: u64,
}

impl Numbers {
    fn of(path: &Path) -> std::io::Result<Self> {
        Ok(Self { walk: BufReader::new(File::open(path)?), at: 0 })
    }

    /// The number of the line in which a record begins; records come in order.
    fn of_record(&mut self, position: &csv::Position) -> std::io::Result<u64> {
        let ahead = position.byte().saturating_sub(self.at);
        self.walk.seek_relative(i64::try_from(ahead).unwrap_or(i64::MAX))?;
        self.at += ahead;
        let mut number = position.line();
        while let Some(end @ (b'\r' | b'\n')) = self.walk.fill_buf()?.first().copied() {
            number += u64::from(end == b'\n');
            self.walk.consume(1);
            self.at += 1;
        }
        Ok(number)
    }
}

fn texts(record: &ByteRecord) -> Vec<String> {
    record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
}

fn reader<R: Read>(read: R, delimiter: u8) -> csv::Reader<R> {
    ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(read)
}

/// What the headings are separated by: spreadsheets write semicolons where a comma is the decimal
/// point.
fn delimiter(file: &File) -> std::io::Result<u8> {
    let mut first = Vec::new();
    BufReader::new(file.take(64 * 1024)).read_until(b'\n', &mut first)?;
    let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
    let most = [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter));
    Ok(most.unwrap_or(b','))
}

/// The digest of the whole content, and how many lines it has below the headings.
fn survey(file: &mut File, delimiter: u8) -> Result<([u8; 32], usize), csv::Error> {
    file.rewind()?;
    let mut digested = Digested { inner: BufReader::new(file), digest: Sha256::new() };
    let mut total = 0;
    {
        let mut reader = reader(&mut digested, delimiter);
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record)? {
            total += 1;
        }
    }
    Ok((digested.digest.finalize().into(), total))
}

/// Digests what is read through it.
struct Digested<R> {
    inner: R,
    digest: Sha256,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: &str = "shipment_id,exporter,destination,goods,value,currency\n";

    fn open(text: &str) -> Result<Source, Failure> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Source::open(file.path())
    }

    fn groups(text: &str) -> Vec<(Vec<u64>, Vec<Fault>)> {
        let mut source = open(text).unwrap();
        let mut groups = Vec::new();
        while let Some(group) = source.next().unwrap() {
            groups.push((group.lines.iter().map(|line| line.number).collect(), group.faults));
        }
        groups
    }

    #[test]
    fn lines_that_follow_each_other_with_one_id_are_one_shipment() {
        let text =
            format!("{HEADINGS}a,x,KR,k,1,USD\na,,,k,2,USD\n\n,x,KR,k,3,USD\n,x,KR,k,3,USD\n");
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let lines: Vec<_> = groups(&text).into_iter().map(|(lines, _)| lines).collect();
            assert_eq!(lines, [vec![2, 3], vec![5], vec![6]]);
        }
    }

    #[test]
    fn a_spreadsheet_of_semicolons_with_a_mark_is_read_alike() {
        let text = format!("\u{feff}{}", HEADINGS.replace(',', ";")) + "a;x;KR;\"k;k\";1;USD\n";
        let mut source = open(&text).unwrap();
        assert_eq!((source.total, source.headings.delimiter), (1, b';'));
        let group = source.next().unwrap().unwrap();
        assert_eq!(source.headings.cell(&group.lines[0], "shipment_id"), "a");
        assert_eq!(source.headings.cell(&group.lines[0], "goods"), "k;k");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told_in_its_place() {
        let groups = groups(&format!("{HEADINGS}a,x,KR,k,1,USD\na,x,KR\n"));
        let [(lines, faults)] = groups.as_slice() else { panic!("{groups:?}") };
        assert_eq!(*lines, [2, 3]);
        assert_eq!((faults[0].line, faults[0].rule.as_str()), (1, "row.cells"));
        assert_eq!(faults[0].description, "expected 6 cells, found 3");
    }

    #[test]
    fn headings_are_told_apart_before_anything_is_sent() {
        let message = |text: &str| open(text).err().unwrap().message;
        assert!(message("exporter,moon\n").contains("no column is called \"moon\""));
        assert!(message("exporter,exporter\n").contains("stands there twice"));
        assert!(message("exporter,destination,goods,value\n").contains("\"currency\" is missing"));
        assert!(message("").contains("no column is called") || message("").contains("is missing"));
    }

    #[test]
    fn the_digest_is_of_the_whole_content() {
        let digest = |text: &str| open(text).unwrap().digest;
        let text = format!("{HEADINGS}a,x,KR,k,1,USD\n");
        let expected: [u8; 32] = Sha256::digest(&text).into();
        assert_eq!(digest(&text), expected);
    }
}
