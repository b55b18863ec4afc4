//! The columns of a file of shipments, and the fields of the API that they mean.
//!
//! Invariant: a column is named here and nowhere else; `docs/importing.md` has each of them (a test
//! asks).

/// What a column says something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The whole shipment: said in its first line, and in others the same or nothing.
    Shipment,
    /// The goods of its line.
    Goods,
    /// A truck load.
    Unit,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    /// Its heading.
    pub(super) name: &'static str,
    /// What it says something of.
    pub(super) of: Of,
    /// The field, from the shipment, line or unit on.
    pub(super) path: &'static str,
}

/// The id of the shipment; lines that follow each other with the same one are one shipment.
pub(super) const SHIPMENT_ID: &str = "shipment_id";

const fn column(name: &'static str, of: Of, path: &'static str) -> Column {
    Column { name, of, path }
}

/// All columns but `shipment_id`.
pub(super) const COLUMNS: &[Column] = &[
    column("release", Of::Shipment, "release"),
    column("exporter", Of::Shipment, "exporter"),
    column("exporter_of_record", Of::Shipment, "exporter_of_record"),
    column("consignee", Of::Shipment, "consignee"),
    column("destination", Of::Shipment, "destination_region_code"),
    column("incoterm", Of::Shipment, "incoterm.code"),
    column("incoterm_place", Of::Shipment, "incoterm.place"),
    column("port_of_loading", Of::Shipment, "port_of_loading"),
    column("port_of_discharge", Of::Shipment, "port_of_discharge"),
    column("goods", Of::Goods, "description"),
    column("product", Of::Goods, "product"),
    column("hs_code", Of::Goods, "hs_code"),
    column("commodity", Of::Goods, "commodity"),
    column("quantity", Of::Goods, "quantity.value"),
    column("unit", Of::Goods, "quantity.unit_code"),
    column("net_kg", Of::Goods, "net_kg"),
    column("gross_kg", Of::Goods, "gross_kg"),
    column("packages", Of::Goods, "packages.count"),
    column("package_code", Of::Goods, "packages.code"),
    column("value", Of::Goods, "value"),
    column("currency", Of::Goods, "value.currency_code"),
    column("producer", Of::Goods, "shares[0].producer"),
    column("village", Of::Goods, "shares[0].village"),
    column("truck_plate", Of::Unit, "truck_plate"),
    column("container_number", Of::Unit, "container_number"),
    column("container_provisional", Of::Unit, "container_provisional"),
    column("seal", Of::Unit, "seal"),
    column("aju", Of::Shipment, "declaration.aju"),
    column("peb_number", Of::Shipment, "declaration.peb_number"),
    column("peb_date", Of::Shipment, "declaration.peb_date"),
    column("customs_office", Of::Shipment, "declaration.customs_office"),
    column("npe_number", Of::Shipment, "declaration.npe_number"),
    column("npe_date", Of::Shipment, "declaration.npe_date"),
    column("proof_form", Of::Shipment, "origin_proof.form"),
    column("proof_number", Of::Shipment, "origin_proof.number"),
    column("proof_date", Of::Shipment, "origin_proof.issue_date"),
    column("source_uri", Of::Shipment, "provenance.source_uri"),
    column("note", Of::Shipment, "provenance.note"),
];

/// What a file of rejected lines has beside; ignored when it comes back.
pub(super) const REASONS: [&str; 3] = ["field", "rule", "description"];

/// Whether a file may have a column of this name.
pub(super) fn is_known(name: &str) -> bool {
    name == SHIPMENT_ID || REASONS.contains(&name) || COLUMNS.iter().any(|c| c.name == name)
}

/// The column of a field below what it is of; the nearest one above it, where it has none itself.
pub(super) fn of_field(of: Of, path: &str) -> Option<&'static str> {
    let is_at = |column: &&Column| {
        let rest = path.strip_prefix(column.path);
        column.of == of && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let found = COLUMNS.iter().filter(is_at).max_by_key(|column| column.path.len());
    let under = |column: &&Column| column.of == of && is_under(column.path, path);
    found.or_else(|| COLUMNS.iter().find(under)).map(|column| column.name)
}

/// Whether a column's field is a part of what stands at the path.
fn is_under(column: &str, path: &str) -> bool {
    column.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use devisa_proto::mask::POOL;
    use prost_reflect::MessageDescriptor;

    use super::*;

    fn message(of: Of) -> Option<MessageDescriptor> {
        let name = match of {
            Of::Shipment => "Shipment",
            Of::Goods => "ShipmentLine",
            Of::Unit => "TransportUnit",
        };
        POOL.get_message_by_name(&format!("devisa.shipment.v1.{name}"))
    }

    #[test]
    fn every_column_means_a_field_of_the_api() {
        for Column { name, of, path } in COLUMNS {
            let mut message = message(*of);
            for step in path.split('.') {
                let step = step.split('[').next().unwrap();
                let of = message.take().unwrap_or_else(|| panic!("{name}: {path}"));
                let field = of.get_field_by_name(step);
                let field = field.unwrap_or_else(|| panic!("{name}: no {step} in {path}"));
                message = field.kind().as_message().cloned();
            }
        }
    }

    #[test]
    fn every_column_is_documented() {
        let page = include_str!("../../../../docs/importing.md");
        for name in COLUMNS.iter().map(|column| column.name).chain([SHIPMENT_ID]) {
            assert!(page.contains(&format!("| `{name}` |")), "{name}");
        }
    }

    #[test]
    fn a_field_is_told_by_its_column() {
        assert_eq!(of_field(Of::Shipment, "destination_region_code"), Some("destination"));
        assert_eq!(of_field(Of::Shipment, "declaration"), Some("aju"));
        assert_eq!(of_field(Of::Shipment, "incoterm.place"), Some("incoterm_place"));
        assert_eq!(of_field(Of::Goods, "value"), Some("value"));
        assert_eq!(of_field(Of::Goods, "value.units"), Some("value"));
        assert_eq!(of_field(Of::Goods, "value.currency_code"), Some("currency"));
        assert_eq!(of_field(Of::Goods, "shares[0].producer"), Some("producer"));
        assert_eq!(of_field(Of::Goods, "moon"), None);
    }
}
