//! Shipments.

use devisa_domain::{
    identifier::{country::RegionCode, incoterm::Incoterm, port::PortCode, text::parse_text},
    name::{Id, OrganisationName, ProductName, ReleaseName, ShipmentName},
    refusal::{Checks, Refusal, RuleBroken, Violation, both},
    shipment::{
        ChangeReason, Shipment, ShipmentFacts, State,
        line::{MAX_LINES, MAX_SHARES},
    },
    time::Date,
};

use super::{
    Creation, Rendered, Stated,
    declaration::{parse_declaration, parse_origin_proof, render_declaration, render_origin_proof},
    line::{parse_lines, parse_units, render_line, render_unit},
    stated, text,
};
use crate::{
    convert::common::{
        batch_names, nonempty, optional, provenance, render_provenance, render_sums, render_tier,
        render_timestamp, update,
    },
    mask::UpdateMask,
    shipment::v1 as wire,
};

/// The full name of the message.
pub const MESSAGE: &str = "devisa.shipment.v1.Shipment";

/// The longest reason for a change or a cancellation.
const MAX_REASON: usize = 500;

/// Reads what a caller says of a shipment; output fields are ignored. Villages must exist.
///
/// # Errors
/// Every violation, with paths relative to the shipment: `field.missing`, the rules of each value,
/// `port_of_loading.country`, `destination.country`, those of lines, units, declaration and proof
/// of origin, and of [`ShipmentFacts::check_products`].
pub fn parse_shipment(
    shipment: &wire::Shipment,
    today: Date,
) -> Result<Stated<ShipmentFacts>, Vec<Violation>> {
    let wire::Shipment {
        name: _,
        release,
        exporter,
        exporter_of_record,
        consignee,
        incoterm,
        port_of_loading,
        port_of_discharge,
        destination_region_code,
        lines,
        units,
        declaration,
        origin_proof,
        state: _,
        tier: _,
        values: _,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
        cancel_reason: _,
        change_reasons: _,
    } = shipment;
    let mut checks = Checks::new();
    let organisation = |name: &str| optional(name, OrganisationName::parse);
    let release = checks.keep("release", optional(release, ReleaseName::parse));
    let exporter = checks.keep("exporter", OrganisationName::parse(exporter));
    let of_record = checks.keep("exporter_of_record", organisation(exporter_of_record));
    let consignee = checks.keep("consignee", organisation(consignee));
    let incoterm = incoterm.as_ref().map(|term| Incoterm::parse(&term.code, &term.place));
    let incoterm = checks.keep_part("incoterm", incoterm.transpose());
    let loading = checks.keep("port_of_loading", optional(port_of_loading, port_in_indonesia));
    let discharge = checks.keep("port_of_discharge", optional(port_of_discharge, PortCode::parse));
    let destination = nonempty(destination_region_code, abroad);
    let destination = checks.keep("destination_region_code", destination);
    let lines = checks.keep_part("", parse_lines(lines));
    let units = checks.keep_part("", parse_units(units));
    let declaration =
        checks.keep_part("declaration", parse_declaration(declaration.as_ref(), today));
    let proof = origin_proof.as_ref().map(|proof| parse_origin_proof(proof, today));
    let origin_proof = checks.keep_part("origin_proof", proof.transpose());
    let provenance = checks.keep_part("provenance", provenance(origin.as_ref(), MESSAGE));
    let (Some(exporter), Some(destination), Some(lines)) = (exporter, destination, lines) else {
        return Err(checks.into_violations());
    };
    let facts = ShipmentFacts {
        release: release.flatten(),
        exporter,
        exporter_of_record: of_record.flatten(),
        consignee: consignee.flatten(),
        incoterm: incoterm.flatten(),
        port_of_loading: loading.flatten(),
        port_of_discharge: discharge.flatten(),
        destination,
        lines,
        units: units.unwrap_or_default(),
        declaration: declaration.unwrap_or_default(),
        origin_proof: origin_proof.flatten(),
    };
    checks.keep_part("", facts.check_products());
    checks.finish(Stated { facts, provenance: provenance.unwrap_or_default() })
}

/// The resources that a shipment names, each with the path of the field that names it, as far as
/// their names are well formed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShipmentReferences {
    /// The release.
    pub release: Option<ReleaseName>,
    /// The organisations.
    pub organisations: Vec<(String, OrganisationName)>,
    /// The products.
    pub products: Vec<(String, ProductName)>,
}

impl ShipmentReferences {
    /// Those of a message.
    pub fn of(shipment: &wire::Shipment) -> Self {
        let wire::Shipment { release, exporter, exporter_of_record, consignee, lines, .. } =
            shipment;
        let parties = [
            ("exporter", exporter),
            ("exporter_of_record", exporter_of_record),
            ("consignee", consignee),
        ];
        let mut named = Self { release: ReleaseName::parse(release).ok(), ..Self::default() };
        for (field, name) in parties {
            named.organisation(field.to_owned(), name);
        }
        for (index, line) in lines.iter().take(MAX_LINES).enumerate() {
            let product = ProductName::parse(&line.product).ok();
            named.products.extend(product.map(|name| (format!("lines[{index}].product"), name)));
            for (share, made) in line.shares.iter().take(MAX_SHARES).enumerate() {
                named.organisation(
                    format!("lines[{index}].shares[{share}].producer"),
                    &made.producer,
                );
            }
        }
        named
    }

    fn organisation(&mut self, field: String, name: &str) {
        self.organisations.extend(OrganisationName::parse(name).ok().map(|name| (field, name)));
    }
}

fn port_in_indonesia(code: &str) -> Result<PortCode, RuleBroken> {
    let port = PortCode::parse(code)?;
    if port.country() == "ID" {
        return Ok(port);
    }
    Err(RuleBroken::expected("port_of_loading.country", "a port in Indonesia", code))
}

fn abroad(code: &str) -> Result<RegionCode, RuleBroken> {
    let region = RegionCode::parse(code)?;
    if region.as_str() != "ID" {
        return Ok(region);
    }
    Err(RuleBroken::expected("destination.country", "another country than ID", code))
}

/// Reads a request to create a shipment.
///
/// # Errors
/// Every violation of `shipment_id` and of what [`parse_shipment`] reads.
pub fn parse_create_shipment(
    request: &wire::CreateShipmentRequest,
    today: Date,
) -> Result<Creation<ShipmentName, ShipmentFacts>, Refusal> {
    let wire::CreateShipmentRequest { shipment_id, shipment, request_id: _, validate_only: _ } =
        request;
    creation(Checks::new(), shipment_id, shipment.as_ref(), today)
}

/// Reads a row of an import.
///
/// # Errors
/// `field.missing` at `shipment_id` when the row has neither it nor a `request_id`; every violation
/// of what [`parse_create_shipment`] reads.
pub fn parse_import_row(
    row: &wire::ImportShipmentsRequest,
    today: Date,
) -> Result<Creation<ShipmentName, ShipmentFacts>, Refusal> {
    let wire::ImportShipmentsRequest {
        row_number: _,
        shipment_id,
        shipment,
        request_id,
        validate_only: _,
    } = row;
    let mut checks = Checks::new();
    checks.ensure(!shipment_id.is_empty() || !request_id.is_empty(), "shipment_id", || {
        RuleBroken::new("field.missing", "expected shipment_id or request_id, found neither")
    });
    creation(checks, shipment_id, shipment.as_ref(), today)
}

fn creation(
    mut checks: Checks,
    shipment_id: &str,
    shipment: Option<&wire::Shipment>,
    today: Date,
) -> Result<Creation<ShipmentName, ShipmentFacts>, Refusal> {
    let id = checks.keep("shipment_id", Id::parse_or_generate(shipment_id));
    let stated =
        stated(&mut checks, "shipment", shipment, |shipment| parse_shipment(shipment, today));
    match (id, stated) {
        (Some(id), Some(Stated { facts, provenance })) => checks
            .finish(Creation { name: ShipmentName::new(id), facts, provenance })
            .map_err(Refusal::from),
        _ => Err(checks.into_violations().into()),
    }
}

/// What an update of a shipment asks for; its fields are read once they are laid over the shipment.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateShipment {
    /// The shipment.
    pub name: ShipmentName,
    /// Its new fields, and the etag.
    pub patch: wire::Shipment,
    /// Which of them.
    pub mask: UpdateMask,
    /// Why.
    pub reason: String,
}

/// Reads a request to change a shipment.
///
/// # Errors
/// `field.missing` at `shipment`, what is wrong with its name, with `update_mask` and with `reason`,
/// at once.
pub fn parse_update_shipment(
    request: &wire::UpdateShipmentRequest,
) -> Result<UpdateShipment, Refusal> {
    let wire::UpdateShipmentRequest { shipment, update_mask, reason, request_id: _ } = request;
    let mut checks = Checks::new();
    let named = |shipment: &wire::Shipment| ShipmentName::parse(&shipment.name);
    let read = update(&mut checks, "shipment", shipment.clone(), update_mask.as_ref(), named);
    let read = read.ok_or_else(|| Refusal::from(checks.into_violations()));
    let ((name, patch, mask), reason) = both(read, parse_reason(reason))?;
    Ok(UpdateShipment { name, patch, mask, reason })
}

/// Reads why something is done; may be empty.
///
/// # Errors
/// At `reason`: `text.length` above 500 characters, `text.form`.
pub fn parse_reason(reason: &str) -> Result<String, Refusal> {
    let read = optional(reason, |reason| parse_text(reason, MAX_REASON));
    read.map(Option::unwrap_or_default).map_err(|broken| Refusal::field("reason", broken))
}

/// Reads the names of a batch: 1 to 100, without repetition.
///
/// # Errors
/// At `names`: `field.missing`, `names.count`, `names.duplicate`; what is wrong at `names[2]`.
pub fn parse_names(names: &[String]) -> Result<Vec<ShipmentName>, Refusal> {
    let mut checks = Checks::new();
    let read = batch_names(&mut checks, names, ShipmentName::parse);
    checks.finish(read).map_err(Refusal::from)
}

/// Renders a shipment.
pub fn render_shipment(shipment: &Shipment) -> wire::Shipment {
    let facts = &shipment.facts;
    let Rendered { etag, create_time, update_time } = Rendered::of(&shipment.meta);
    wire::Shipment {
        name: shipment.name.to_string(),
        release: text(facts.release.as_ref()),
        exporter: facts.exporter.to_string(),
        exporter_of_record: text(facts.exporter_of_record.as_ref()),
        consignee: text(facts.consignee.as_ref()),
        incoterm: facts.incoterm.as_ref().map(|term| wire::Incoterm {
            code: term.code.to_string(),
            place: term.place.to_string(),
        }),
        port_of_loading: text(facts.port_of_loading.as_ref()),
        port_of_discharge: text(facts.port_of_discharge.as_ref()),
        destination_region_code: facts.destination.to_string(),
        lines: facts.lines.iter().map(render_line).collect(),
        units: facts.units.iter().map(render_unit).collect(),
        declaration: render_declaration(&facts.declaration),
        origin_proof: facts.origin_proof.as_ref().map(render_origin_proof),
        state: render_state(shipment.state()).into(),
        tier: render_tier(shipment.tier()),
        values: render_sums(&shipment.values),
        provenance: render_provenance(&shipment.meta.provenance),
        etag,
        create_time,
        update_time,
        cancel_reason: shipment.cancel_reason.clone(),
        change_reasons: shipment.change_reasons.iter().map(render_reason).collect(),
    }
}

fn render_reason(given: &ChangeReason) -> wire::ChangeReason {
    let ChangeReason { time, actor, reason } = given;
    wire::ChangeReason {
        reason: reason.clone(),
        actor: actor.clone(),
        change_time: Some(render_timestamp(*time)),
    }
}

fn render_state(state: State) -> wire::shipment::State {
    match state {
        State::Draft => wire::shipment::State::Draft,
        State::Ready => wire::shipment::State::Ready,
        State::Released => wire::shipment::State::Released,
        State::GatedIn => wire::shipment::State::GatedIn,
        State::Loaded => wire::shipment::State::Loaded,
        State::Departed => wire::shipment::State::Departed,
        State::Arrived => wire::shipment::State::Arrived,
        State::Delivered => wire::shipment::State::Delivered,
        State::Cancelled => wire::shipment::State::Cancelled,
    }
}
