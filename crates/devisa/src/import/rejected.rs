//! The lines that were rejected, each as it was and with the reason beside it, in a file to be mended
//! and imported.
//!
//! Invariant: the file appears whole and at the end; a run that rejects nothing leaves none.

use std::{
    io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{
    columns::REASONS,
    source::{Fault, Headings, Line},
};
use crate::exit::Failure;

/// The file of rejected lines beside a file.
pub(super) struct Rejected {
    path: PathBuf,
    /// The places of the columns that are kept: reasons of an earlier run are not.
    kept: Vec<usize>,
    headings: Headings,
    writer: Option<csv::Writer<NamedTempFile>>,
}

impl Rejected {
    /// Beside `input`; nothing is written before the first rejected line.
    pub(super) fn beside(input: &Path, headings: &Headings) -> Self {
        let kept = headings.names.iter().enumerate();
        let kept = kept.filter(|(_, name)| !REASONS.contains(&name.as_str()));
        Self {
            path: input.with_extension("rejected.csv"),
            kept: kept.map(|(place, _)| place).collect(),
            headings: headings.clone(),
            writer: None,
        }
    }

    /// Writes the lines of a shipment. Those without a fault of their own go with it: mended, the
    /// file has the whole shipment.
    pub(super) fn add(&mut self, lines: &[Line], faults: &[Fault]) -> Result<(), Failure> {
        self.write(lines, faults).map_err(|error| self.failed(&error.into()))
    }

    fn write(&mut self, lines: &[Line], faults: &[Fault]) -> Result<(), csv::Error> {
        if self.writer.is_none() {
            self.writer = Some(self.begin()?);
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        for (place, line) in lines.iter().enumerate() {
            let faults: Vec<_> = faults.iter().filter(|fault| fault.line == place).collect();
            let all = |of: fn(&Fault) -> &str| {
                faults.iter().map(|fault| of(fault)).collect::<Vec<_>>().join("; ")
            };
            let cells = self.kept.iter().map(|kept| line.cells.get(*kept).cloned());
            let reasons = [all(|f| &f.column), all(|f| &f.rule), all(|f| &f.description)];
            writer.write_record(cells.map(Option::unwrap_or_default).chain(reasons))?;
        }
        Ok(())
    }

    fn begin(&self) -> Result<csv::Writer<NamedTempFile>, csv::Error> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let delimiter = self.headings.delimiter;
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(file);
        let names = self.kept.iter().map(|kept| self.headings.names[*kept].as_str());
        writer.write_record(names.chain(REASONS))?;
        Ok(writer)
    }

    /// Puts the file in its place; its path, when anything was rejected. One of an earlier run goes.
    pub(super) fn finish(mut self) -> Result<Option<PathBuf>, Failure> {
        let Some(writer) = self.writer.take() else {
            return match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(&error)),
                _ => Ok(None),
            };
        };
        let file = writer.into_inner().map_err(|error| self.failed(error.error()))?;
        file.persist(&self.path).map_err(|error| self.failed(&error.error))?;
        Ok(Some(self.path))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::refused(format!("{}: {error}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(names: &[&str]) -> Headings {
        Headings { names: names.iter().map(ToString::to_string).collect(), delimiter: b';' }
    }

    fn line(number: u64, cells: &[&str]) -> Line {
        Line { number, cells: cells.iter().map(ToString::to_string).collect() }
    }

    fn fault(line: usize, column: &str) -> Fault {
        let rule = "text.length".to_owned();
        Fault { line, column: column.to_owned(), rule, description: "too; long".to_owned() }
    }

    #[test]
    fn lines_are_written_as_they_were_with_what_is_wrong_now() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("november.csv");
        let names = ["goods", "field", "rule", "description", "note"];
        let mut rejected = Rejected::beside(&input, &headings(&names));
        let lines = [line(2, &["Jahe", "old", "old", "old", "n"]), line(3, &["Kunyit"])];
        rejected.add(&lines, &[fault(0, "note"), fault(0, "goods")]).unwrap();
        let path = rejected.finish().unwrap().unwrap();
        assert_eq!(path, folder.path().join("november.rejected.csv"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "goods;note;field;rule;description\n\
             Jahe;n;\"note; goods\";\"text.length; text.length\";\"too; long; too; long\"\n\
             Kunyit;;;;\n"
        );
        let nothing = Rejected::beside(&input, &headings(&names));
        assert_eq!(nothing.finish().unwrap(), None);
        assert!(!path.exists());
    }
}
