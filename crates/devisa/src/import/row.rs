//! From the lines of a shipment to a row of `ImportShipments`.
//!
//! Invariant: what can be read is sent even where something cannot, only to be checked then, so that
//! every fault of a shipment is told at once.

use chrono::Datelike;
use devisa_domain::money::{Currency, Money};
use devisa_proto::{
    common::v1::Provenance,
    google_type::{Date, Decimal, Money as WireMoney},
    shipment::v1::{
        Declaration, ImportShipmentsRequest, Incoterm, OriginProof, Packages, ProducerShare,
        Quantity, Shipment, ShipmentLine, TransportUnit,
    },
};
use rust_decimal::Decimal as Number;
use uuid::Uuid;

use super::{
    columns::{COLUMNS, Of, SHIPMENT_ID},
    source::{Fault, Group, Headings, Line},
};
use crate::load::date;

/// The namespace of ids that are made of a file's content.
const NAMESPACE: Uuid = Uuid::from_u128(0x7d0c_6a3e_51b4_5c1f_9a57_3c5e_8d21_f0b6);

/// A row, and where in the lines its parts stand.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What is sent.
    pub(super) request: ImportShipmentsRequest,
    /// The lines.
    pub(super) lines: Vec<Line>,
    /// What is wrong with them by themselves.
    pub(super) faults: Vec<Fault>,
    /// The line, from 0, of each of the shipment's lines of goods.
    pub(super) goods: Vec<usize>,
    /// The line, from 0, of each of its units.
    pub(super) units: Vec<usize>,
}

/// Reads the lines of a shipment.
pub(super) fn read(
    headings: &Headings,
    group: Group,
    digest: &[u8; 32],
    validate_only: bool,
) -> Row {
    let Group { lines, faults } = group;
    let mut reading = Reading { headings, lines: &lines, faults };
    let (mut goods, mut units) = (Vec::new(), Vec::new());
    let mut shipment = reading.shipment();
    for line in 0..lines.len() {
        if reading.says(line, Of::Goods) || !reading.says(line, Of::Unit) {
            goods.push(line);
            shipment.lines.push(reading.goods(line, &shipment.exporter));
        }
        if reading.says(line, Of::Unit) {
            units.push(line);
            shipment.units.push(reading.unit(line));
        }
    }
    let faults = reading.faults;
    let row_number = i64::try_from(lines[0].number).unwrap_or(i64::MAX);
    // The same content gives the same ids, so that importing it again repeats nothing.
    let id = Uuid::new_v5(&NAMESPACE, &[digest, row_number.to_be_bytes().as_slice()].concat());
    let given = headings.cell(&lines[0], SHIPMENT_ID);
    let request = ImportShipmentsRequest {
        row_number,
        shipment_id: if given.is_empty() { id.to_string() } else { given.to_owned() },
        shipment: Some(shipment),
        request_id: id.to_string(),
        validate_only: validate_only || !faults.is_empty(),
    };
    Row { request, lines, faults, goods, units }
}

struct Reading<'f> {
    headings: &'f Headings,
    lines: &'f [Line],
    faults: Vec<Fault>,
}

impl<'f> Reading<'f> {
    fn cell(&self, line: usize, column: &str) -> &'f str {
        self.headings.cell(&self.lines[line], column)
    }

    fn text(&self, line: usize, column: &str) -> String {
        self.cell(line, column).to_owned()
    }

    /// Whether a line has anything in the columns of a kind.
    fn says(&self, line: usize, of: Of) -> bool {
        COLUMNS.iter().any(|c| c.of == of && !self.cell(line, c.name).is_empty())
    }

    fn fault(&mut self, line: usize, column: &str, rule: &str, expected: &str) {
        let found = self.cell(line, column);
        let description = format!("expected {expected}, found {found:?}");
        let (column, rule) = (column.to_owned(), rule.to_owned());
        self.faults.push(Fault { line, column, rule, description });
    }

    /// What a shipment's first line says, which the others may repeat.
    fn of_all(&mut self, column: &str) -> String {
        let first = self.cell(0, column);
        for line in 1..self.lines.len() {
            let cell = self.cell(line, column);
            if !cell.is_empty() && cell != first {
                let expected = format!("what the shipment's first line says, {first:?},");
                self.fault(line, column, "row.first_line", expected.trim_end_matches(','));
            }
        }
        first.to_owned()
    }

    /// A name, or the id alone.
    fn name(&mut self, column: &str, collection: &str) -> String {
        named(self.of_all(column), collection)
    }

    fn date(&mut self, column: &str) -> Option<Date> {
        let text = self.of_all(column);
        if text.is_empty() {
            return None;
        }
        let Ok(date) = date(&text) else {
            self.fault(0, column, "date.form", "a date such as 2025-11-26");
            return None;
        };
        let part = |part: u32| i32::try_from(part).unwrap_or_default();
        Some(Date { year: date.year(), month: part(date.month()), day: part(date.day()) })
    }

    fn shipment(&mut self) -> Shipment {
        let incoterm =
            Incoterm { code: self.of_all("incoterm"), place: self.of_all("incoterm_place") };
        let provenance = Provenance {
            source_uri: self.of_all("source_uri"),
            note: self.of_all("note"),
            synthetic_fields: None,
        };
        Shipment {
            release: self.name("release", "releases"),
            exporter: self.name("exporter", "organisations"),
            exporter_of_record: self.name("exporter_of_record", "organisations"),
            consignee: self.name("consignee", "organisations"),
            incoterm: given(incoterm),
            port_of_loading: self.of_all("port_of_loading"),
            port_of_discharge: self.of_all("port_of_discharge"),
            destination_region_code: self.of_all("destination"),
            declaration: self.declaration(),
            origin_proof: self.origin_proof(),
            provenance: given(provenance),
            ..Default::default()
        }
    }

    fn declaration(&mut self) -> Option<Declaration> {
        given(Declaration {
            aju: self.of_all("aju"),
            peb_number: self.of_all("peb_number"),
            peb_date: self.date("peb_date"),
            customs_office: self.of_all("customs_office"),
            npe_number: self.of_all("npe_number"),
            npe_date: self.date("npe_date"),
        })
    }

    fn origin_proof(&mut self) -> Option<OriginProof> {
        given(OriginProof {
            form: self.of_all("proof_form"),
            number: self.of_all("proof_number"),
            issue_date: self.date("proof_date"),
        })
    }

    fn goods(&mut self, line: usize, exporter: &str) -> ShipmentLine {
        let value = decimal(self.cell(line, "quantity"));
        let quantity = Quantity { value, unit_code: self.text(line, "unit") };
        let packages = Packages { count: self.count(line), code: self.text(line, "package_code") };
        let producer = named(self.text(line, "producer"), "organisations");
        let village = named(self.text(line, "village"), "villages");
        let share = (!producer.is_empty() || !village.is_empty()).then(|| ProducerShare {
            producer,
            village,
            share: decimal("1"),
        });
        let of = share.as_ref().map_or("", |share| share.producer.as_str());
        let of = if of.is_empty() { exporter } else { of };
        ShipmentLine {
            description: self.text(line, "goods"),
            hs_code: self.text(line, "hs_code"),
            commodity: self.text(line, "commodity"),
            quantity: given(quantity),
            net_kg: decimal(self.cell(line, "net_kg")),
            gross_kg: decimal(self.cell(line, "gross_kg")),
            packages: given(packages),
            value: self.value(line),
            product: named(self.text(line, "product"), &format!("{of}/products")),
            shares: share.into_iter().collect(),
        }
    }

    fn count(&mut self, line: usize) -> i32 {
        let text = self.cell(line, "packages");
        let count = if text.is_empty() { Ok(0) } else { text.parse() };
        count.unwrap_or_else(|_| {
            self.fault(line, "packages", "packages.form", "a whole number");
            0
        })
    }

    fn value(&mut self, line: usize) -> Option<WireMoney> {
        let (amount, currency) = (self.cell(line, "value"), self.cell(line, "currency"));
        if amount.is_empty() && currency.is_empty() {
            return None;
        }
        let number = Number::from_str_exact(amount);
        if number.is_err() {
            self.fault(line, "value", "decimal.form", "a number such as 53200.00");
        }
        let known = Currency::parse(currency);
        if let Err(broken) = &known {
            self.broken(line, "currency", broken.rule(), broken.detail());
        }
        let money = Money::from_decimal(number.ok()?, known.ok()?);
        if let Err(broken) = &money {
            self.broken(line, "value", broken.rule(), broken.detail());
        }
        let money = money.ok()?;
        let (units, nanos) = money.parts();
        Some(WireMoney { currency_code: money.currency().code().to_owned(), units, nanos })
    }

    fn broken(&mut self, line: usize, column: &str, rule: &str, description: &str) {
        let (column, rule) = (column.to_owned(), rule.to_owned());
        self.faults.push(Fault { line, column, rule, description: description.to_owned() });
    }

    fn unit(&mut self, line: usize) -> TransportUnit {
        let container_provisional = match self.cell(line, "container_provisional") {
            "" | "no" => false,
            "yes" => true,
            _ => {
                self.fault(line, "container_provisional", "boolean.form", "yes or no");
                false
            }
        };
        TransportUnit {
            truck_plate: self.text(line, "truck_plate"),
            container_number: self.text(line, "container_number"),
            container_provisional,
            seal: self.text(line, "seal"),
        }
    }
}

/// A message of which something is given.
fn given<M: Default + PartialEq>(message: M) -> Option<M> {
    (message != M::default()).then_some(message)
}

/// A resource name: as it is, or of an id in its collection.
fn named(text: String, collection: &str) -> String {
    if text.is_empty() || text.contains('/') { text } else { format!("{collection}/{text}") }
}

/// A number as it is written; the server says what is wrong with it.
fn decimal(text: &str) -> Option<Decimal> {
    (!text.is_empty()).then(|| Decimal { value: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_csv(text: &str) -> Row {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut source = super::super::source::Source::open(file.path()).unwrap();
        let group = source.next().unwrap().unwrap();
        read(&source.headings, group, &source.digest, false)
    }

    #[test]
    fn a_shipment_has_a_line_of_goods_and_a_unit_of_each_of_its_lines() {
        let row = read_csv(
            "shipment_id,exporter,destination,goods,value,currency,product,producer,village,seal,peb_date\n\
             a,pt-a,KR,Kerupuk,53200.5,USD,kerupuk,,35.25.11.2009,,2025-11-26\n\
             a,,,Jahe,1,USD,organisations/x/products/y,maker,,S1,\n\
             a,,,,,,,,,S2,\n",
        );
        assert_eq!(row.faults, []);
        let shipment = row.request.shipment.unwrap();
        assert_eq!((row.request.shipment_id.as_str(), row.request.row_number), ("a", 2));
        assert_eq!(shipment.exporter, "organisations/pt-a");
        assert_eq!((row.goods, row.units), (vec![0, 1], vec![1, 2]));
        assert_eq!(shipment.lines[0].product, "organisations/pt-a/products/kerupuk");
        assert_eq!(shipment.lines[0].value.as_ref().unwrap().nanos, 500_000_000);
        assert_eq!(shipment.lines[0].shares[0].village, "villages/35.25.11.2009");
        assert_eq!(shipment.lines[1].product, "organisations/x/products/y");
        assert_eq!(shipment.lines[1].shares[0].producer, "organisations/maker");
        let seals: Vec<_> = shipment.units.iter().map(|unit| unit.seal.as_str()).collect();
        assert_eq!(seals, ["S1", "S2"]);
        assert_eq!(shipment.declaration.unwrap().peb_date.unwrap().day, 26);
        assert_eq!((shipment.incoterm, shipment.origin_proof), (None, None));
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_only_checked() {
        let row = read_csv(
            "shipment_id,exporter,destination,goods,value,currency,packages,container_provisional,npe_date\n\
             a,x,KR,Kerupuk,\"1.000,00\",QQQ,two,maybe,26/11/2025\n\
             a,x,JP,Kerupuk,1.005,USD,,,\n",
        );
        let told: Vec<_> = row
            .faults
            .iter()
            .map(|fault| (fault.line, fault.column.as_str(), fault.rule.as_str()))
            .collect();
        let expected = [
            (1, "destination", "row.first_line"),
            (0, "npe_date", "date.form"),
            (0, "packages", "packages.form"),
            (0, "value", "decimal.form"),
            (0, "currency", "currency_code.unknown"),
            (0, "container_provisional", "boolean.form"),
            (1, "value", "money.decimals"),
        ];
        for expected in expected {
            assert!(told.contains(&expected), "{expected:?} in {told:?}");
        }
        assert_eq!(told.len(), expected.len());
        assert!(row.request.validate_only);
    }

    #[test]
    fn ids_are_made_of_the_content_and_the_line() {
        let text = "exporter,destination,goods,value,currency\nx,KR,k,1,USD\n";
        let (row, same, other) =
            (read_csv(text), read_csv(text), read_csv(&(text.to_owned() + "\n")));
        assert_eq!(row.request, same.request);
        assert_eq!(row.request.shipment_id, row.request.request_id);
        assert_ne!(row.request.request_id, other.request.request_id);
    }
}
