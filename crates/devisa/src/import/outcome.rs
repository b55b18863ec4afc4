//! What becomes of the lines of a file: on record, or rejected with every reason.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use devisa_proto::{google_type::Date, shipment::v1::ImportShipmentsResponse};
use tonic::{Code, Status};

use super::{
    Tally,
    columns::{self, Of, SHIPMENT_ID},
    rejected::Rejected,
    row::{self, Row},
    send::Rows,
    source::{Fault, Source},
};
use crate::{
    cli::Format,
    client::Refused,
    exit::Failure,
    output::{self, Progress},
};

/// How many rejected lines are told; the file has all of them.
const TOLD: usize = 20;

/// The rule that the lines of a shipment stand together.
const APART: &str = "shipment_id.apart";

/// A file under way.
pub(super) struct Outcome {
    source: Source,
    validate_only: bool,
    format: Format,
    rejected: Rejected,
    tally: Tally,
    told: usize,
    /// The ids that the file has given so far, and the line of each.
    ids: HashMap<String, u64>,
    /// The registrations that were fit so far, and whose they are: on a dry run the server does not
    /// meet them again.
    pebs: HashMap<String, String>,
    progress: Progress,
}

impl Outcome {
    pub(super) fn new(source: Source, file: &Path, validate_only: bool, format: Format) -> Self {
        let rejected = Rejected::beside(file, &source.headings);
        let progress = Progress::begin("importing", Some(source.total));
        let (ids, pebs) = (HashMap::new(), HashMap::new());
        let tally = Tally::default();
        Self { source, validate_only, format, rejected, tally, told: 0, ids, pebs, progress }
    }

    /// Ends it; the tally tells where the rejected lines are.
    pub(super) fn finish(self) -> Result<Tally, Failure> {
        let Self { rejected, mut tally, validate_only, progress, .. } = self;
        drop(progress);
        if !validate_only {
            tally.rejected_file = rejected.finish()?;
        }
        Ok(tally)
    }

    /// A failure, with what is safe.
    pub(super) fn stopped(&self, mut failure: Failure) -> Failure {
        let Tally { lines, accepted, rejected, .. } = &self.tally;
        if *lines > 0 && !self.validate_only {
            failure.message += &format!(
                "\n  before that: {accepted} shipments on record, {rejected} rejected, {lines} lines; \
                 import the same file again to go on"
            );
        }
        failure
    }

    /// An id stands at the lines of one shipment, which follow each other.
    fn check_id(&mut self, row: &mut Row) {
        let number = row.lines[0].number;
        if let Some(first) = self.ids.insert(row.request.shipment_id.clone(), number) {
            let description =
                format!("expected the lines of a shipment together, found it in line {first} too");
            row.request.validate_only = true;
            row.faults.push(Fault {
                line: 0,
                column: SHIPMENT_ID.to_owned(),
                rule: APART.to_owned(),
                description,
            });
        }
    }

    /// The fault of a registration that an earlier shipment of a dry run has, in the words of the
    /// server, which would meet that shipment.
    fn check_peb(&mut self, row: &Row, shipment: &str) -> Option<Fault> {
        let declaration = row.request.shipment.as_ref()?.declaration.as_ref()?;
        if !self.validate_only || declaration.peb_number.is_empty() {
            return None;
        }
        let Date { year, month, day } = declaration.peb_date.unwrap_or_default();
        let (number, office) = (&declaration.peb_number, &declaration.customs_office);
        let peb = format!("{number}/{year:04}-{month:02}-{day:02}/{office}");
        let description = match self.pebs.entry(peb) {
            Entry::Vacant(free) => {
                free.insert(shipment.to_owned());
                return None;
            }
            Entry::Occupied(taken) => format!(
                "expected a registration of no other shipment, found {} of {}",
                taken.key(),
                taken.get()
            ),
        };
        let (column, rule) = ("peb_number".to_owned(), "peb_number.taken".to_owned());
        Some(Fault { line: 0, column, rule, description })
    }

    fn reject(&mut self, row: &Row, faults: &[Fault]) -> Result<(), Failure> {
        self.tally.rejected += 1;
        if !self.validate_only {
            self.rejected.add(&row.lines, faults)?;
        }
        for fault in faults {
            self.told += 1;
            if self.told <= TOLD || self.validate_only {
                self.tell(row, fault)?;
            } else if self.told == TOLD + 1 {
                output::warn("more lines are rejected; the file has all of them");
            }
        }
        Ok(())
    }

    fn tell(&self, row: &Row, fault: &Fault) -> Result<(), Failure> {
        let number = row.lines.get(fault.line).map_or(0, |line| line.number);
        let Fault { column, rule, description, .. } = fault;
        let text = match column.as_str() {
            "" => format!("line {number}: {rule}: {description}"),
            column => format!("line {number}: {column}: {rule}: {description}"),
        };
        self.progress.aside(|| match self.format {
            Format::Table => output::print(&text),
            Format::Json => {
                output::warn(&text);
                Ok(())
            }
        })
    }
}

impl Rows for Outcome {
    fn next(&mut self) -> Result<Option<Row>, Failure> {
        let Some(group) = self.source.next()? else { return Ok(None) };
        let Source { headings, digest, .. } = &self.source;
        let mut row = row::read(headings, group, digest, self.validate_only);
        self.check_id(&mut row);
        Ok(Some(row))
    }

    fn settle(&mut self, row: Row, result: ImportShipmentsResponse) -> Result<(), Failure> {
        self.tally.lines += row.lines.len();
        let mut faults = row.faults.clone();
        match result.error {
            Some(error) => {
                let told = refused(&error).into_iter().map(|refused| fault(&row, refused));
                // What could not be read was not sent; that it is missing is no second fault.
                let told = told.filter(|told| {
                    !faults.iter().any(|own| is_at(own, told) || is_of_apart(own, told))
                });
                let told: Vec<_> = told.collect();
                faults.extend(told);
            }
            None if faults.is_empty() => faults.extend(self.check_peb(&row, &result.shipment)),
            None => {}
        }
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() {
            self.tally.accepted += 1;
        } else {
            self.reject(&row, &faults)?;
        }
        self.progress.add(row.lines.len());
        Ok(())
    }
}

fn is_at(one: &Fault, other: &Fault) -> bool {
    (one.line, &one.column) == (other.line, &other.column)
        // A value is an amount with its currency.
        || (one.line == other.line && one.column == "currency" && other.column == "value")
}

/// That an id which the file has before is on record is no second fault; on a dry run it is not.
fn is_of_apart(own: &Fault, told: &Fault) -> bool {
    own.rule == APART && told.rule == "resource_exists"
}

/// A field of a row, the rule it breaks, and how.
struct Broken {
    field: String,
    rule: String,
    description: String,
}

/// What a row was refused for: each field, or the reason where there is none.
fn refused(error: &tonic_types::Status) -> Vec<Broken> {
    let code = Code::from_i32(error.code);
    let details = prost::Message::encode_to_vec(error).into();
    let refused = Refused::from(&Status::with_details(code, error.message.clone(), details));
    if refused.violations.is_empty() {
        let (field, rule) = (String::new(), refused.reason.to_ascii_lowercase());
        return vec![Broken { field, rule, description: error.message.clone() }];
    }
    let broken = |(field, told): (String, String)| {
        let (rule, description) = told.split_once(": ").unwrap_or(("", &told));
        Broken { field, rule: rule.to_owned(), description: description.to_owned() }
    };
    refused.violations.into_iter().map(broken).collect()
}

/// Where in the lines a field of a row stands.
fn fault(row: &Row, broken: Broken) -> Fault {
    let Broken { field, rule, description } = broken;
    let path = field.strip_prefix("shipment.").unwrap_or(&field);
    let (of, line, rest) = match (part(path, "lines["), part(path, "units[")) {
        (Some((place, rest)), _) => (Of::Goods, row.goods.get(place), rest),
        (_, Some((place, rest))) => (Of::Unit, row.units.get(place), rest),
        _ => (Of::Shipment, None, path),
    };
    let column = columns::of_field(of, rest).unwrap_or(path).to_owned();
    Fault { line: line.copied().unwrap_or(0), column, rule, description }
}

/// The place of a part, and the path within it: `lines[2].value`.
fn part<'p>(path: &'p str, list: &str) -> Option<(usize, &'p str)> {
    let (place, rest) = path.strip_prefix(list)?.split_once(']')?;
    Some((place.parse().ok()?, rest.strip_prefix('.').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source::Line;

    #[test]
    fn a_field_is_told_at_its_line_and_column() {
        let line = |number| Line { number, cells: Vec::new() };
        let row = Row {
            request: devisa_proto::shipment::v1::ImportShipmentsRequest::default(),
            lines: vec![line(5), line(6), line(7)],
            faults: Vec::new(),
            goods: vec![0, 2],
            units: vec![1, 2],
        };
        let at = |field: &str| {
            let (rule, description) = ("r".to_owned(), "d".to_owned());
            let fault = fault(&row, Broken { field: field.to_owned(), rule, description });
            (fault.line, fault.column)
        };
        assert_eq!(at("shipment.exporter"), (0, "exporter".to_owned()));
        assert_eq!(at("shipment.lines[1].value"), (2, "value".to_owned()));
        assert_eq!(at("shipment.lines[1].quantity.unit_code"), (2, "unit".to_owned()));
        assert_eq!(at("shipment.units[0].container_number"), (1, "container_number".to_owned()));
        assert_eq!(at("shipment_id"), (0, "shipment_id".to_owned()));
        assert_eq!(at(""), (0, String::new()));
        assert_eq!(at("shipment.lines"), (0, "lines".to_owned()));
    }
}
