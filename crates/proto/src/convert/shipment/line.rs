//! Lines of goods and truck loads.

use devisa_domain::{
    identifier::{
        container::ContainerNumber, hs::HsCode, package_code::PackageCode, plate::Plate,
        text::Text, unit_code::UnitCode, village_code::VillageCode,
    },
    name::{OrganisationName, ProductName, VillageName},
    refusal::{Checks, RuleBroken, Violation},
    shipment::{
        line::{
            Line, MAX_LINES, Maker, Packages, Quantity, SHARE_DECIMALS, Share, Shares, Weights,
            check_share,
        },
        transport::{MAX_UNITS, TransportUnit},
    },
    village,
};
use rust_decimal::Decimal;

use super::text;
use crate::{
    convert::common::{
        optional, positive_decimal, positive_money, render_decimal, render_money, required,
    },
    google_type,
    shipment::v1 as wire,
};

/// The most decimals of a weight or quantity.
const DECIMALS: u32 = 6;

/// Reads the lines of a shipment.
///
/// # Errors
/// At `lines`: `field.missing`, `lines.count`; at `lines[2].value` and so on what is wrong inside.
pub fn parse_lines(lines: &[wire::ShipmentLine]) -> Result<Vec<Line>, Vec<Violation>> {
    if lines.is_empty() {
        return Err(vec![RuleBroken::missing().at("lines")]);
    }
    parse_list("lines", MAX_LINES, lines, parse_line)
}

/// Reads the truck loads of a shipment.
///
/// # Errors
/// At `units`: `units.count`; at `units[0].truck_plate` and so on what is wrong inside.
pub fn parse_units(units: &[wire::TransportUnit]) -> Result<Vec<TransportUnit>, Vec<Violation>> {
    parse_list("units", MAX_UNITS, units, parse_unit)
}

fn parse_list<W, D>(
    field: &str,
    max: usize,
    items: &[W],
    parse: impl Fn(&W) -> Result<D, Vec<Violation>>,
) -> Result<Vec<D>, Vec<Violation>> {
    if items.len() > max {
        let rule = format!("{field}.count");
        return Err(vec![
            RuleBroken::expected(&rule, format!("at most {max}"), items.len()).at(field),
        ]);
    }
    let mut checks = Checks::new();
    let read = items.iter().enumerate();
    let read = read.filter_map(|(i, item)| checks.keep_part(&format!("{field}[{i}]"), parse(item)));
    let read = read.collect();
    checks.finish(read)
}

fn parse_line(line: &wire::ShipmentLine) -> Result<Line, Vec<Violation>> {
    let wire::ShipmentLine {
        description,
        hs_code,
        commodity,
        quantity,
        net_kg,
        gross_kg,
        packages,
        value,
        shares,
        product,
    } = line;
    let mut checks = Checks::new();
    let product = checks.keep("product", optional(product, ProductName::parse));
    let description = checks.keep("description", Text::parse(description));
    let hs_code = checks.keep("hs_code", optional(hs_code, HsCode::parse));
    let commodity = checks.keep("commodity", optional(commodity, Text::parse));
    let quantity = checks.keep_part("quantity", quantity.as_ref().map(parse_quantity).transpose());
    let net_kg = checks.keep("net_kg", weight(net_kg.as_ref()));
    let gross_kg = checks.keep("gross_kg", weight(gross_kg.as_ref()));
    let weights = match (net_kg, gross_kg) {
        (Some(net), Some(gross)) => checks.keep("gross_kg", Weights::new(net, gross)),
        _ => None,
    };
    let packages = checks.keep_part("packages", packages.as_ref().map(parse_packages).transpose());
    let value = checks.keep("value", positive_money(value.as_ref()));
    let shares = parse_shares(&mut checks, shares);
    match (description, weights, value, shares) {
        (Some(description), Some(weights), Some(value), Some(shares)) => checks.finish(Line {
            product: product.flatten(),
            description,
            hs_code: hs_code.flatten(),
            commodity: commodity.flatten(),
            quantity: quantity.flatten(),
            weights,
            packages: packages.flatten(),
            value,
            shares,
        }),
        _ => Err(checks.into_violations()),
    }
}

fn weight(value: Option<&google_type::Decimal>) -> Result<Option<Decimal>, RuleBroken> {
    value.map(|value| positive_decimal(value, DECIMALS)).transpose()
}

fn parse_quantity(quantity: &wire::Quantity) -> Result<Quantity, Vec<Violation>> {
    let wire::Quantity { value, unit_code } = quantity;
    let mut checks = Checks::new();
    let number = required(value.as_ref()).and_then(|value| positive_decimal(value, DECIMALS));
    let value = checks.keep("value", number);
    let unit = checks.keep("unit_code", UnitCode::parse(unit_code));
    match (value, unit) {
        (Some(value), Some(unit)) => Ok(Quantity { value, unit }),
        _ => Err(checks.into_violations()),
    }
}

fn parse_packages(packages: &wire::Packages) -> Result<Packages, Vec<Violation>> {
    let wire::Packages { count, code } = packages;
    let mut checks = Checks::new();
    let number = u32::try_from(*count).ok().filter(|count| *count > 0);
    let number = number.ok_or_else(|| RuleBroken::expected("packages.count", "at least 1", count));
    let number = checks.keep("count", number);
    let code = checks.keep("code", PackageCode::parse(code));
    match (number, code) {
        (Some(count), Some(code)) => Ok(Packages { count, code }),
        _ => Err(checks.into_violations()),
    }
}

fn parse_shares(checks: &mut Checks, shares: &[wire::ProducerShare]) -> Option<Shares> {
    let mut read = Vec::with_capacity(shares.len());
    for (index, share) in shares.iter().enumerate() {
        read.push(checks.keep_part(&format!("shares[{index}]"), parse_share(share)));
    }
    // A sum is only told where every part could be read.
    let read = read.into_iter().collect::<Option<Vec<_>>>()?;
    checks.keep("shares", Shares::new(read))
}

fn parse_share(share: &wire::ProducerShare) -> Result<Share, Vec<Violation>> {
    let wire::ProducerShare { producer, village, share } = share;
    let mut checks = Checks::new();
    let part = required(share.as_ref()).and_then(|part| positive_decimal(part, SHARE_DECIMALS));
    let part = checks.keep("share", part.and_then(check_share));
    let producer = checks.keep("producer", optional(producer, OrganisationName::parse));
    let village = checks.keep("village", optional(village, parse_village));
    let (Some(producer), Some(village)) = (producer, village) else {
        return Err(checks.into_violations());
    };
    let maker = Maker::new(producer, village).ok_or_else(|| {
        RuleBroken::new("field.missing", "expected a producer or a village, found neither")
    });
    match (checks.keep("producer", maker), part) {
        (Some(maker), Some(part)) => Ok(Share { maker, part }),
        _ => Err(checks.into_violations()),
    }
}

fn parse_village(name: &str) -> Result<VillageCode, RuleBroken> {
    let code = VillageName::parse(name)?.village;
    village::require(&code)?;
    Ok(code)
}

fn parse_unit(unit: &wire::TransportUnit) -> Result<TransportUnit, Vec<Violation>> {
    let wire::TransportUnit { truck_plate, container_number, container_provisional, seal } = unit;
    let mut checks = Checks::new();
    let truck_plate = checks.keep("truck_plate", optional(truck_plate, Plate::parse));
    let container = optional(container_number, ContainerNumber::parse);
    let container_number = checks.keep("container_number", container);
    let seal = checks.keep("seal", optional(seal, Text::parse));
    checks.finish(TransportUnit {
        truck_plate: truck_plate.flatten(),
        container_number: container_number.flatten(),
        container_provisional: *container_provisional,
        seal: seal.flatten(),
    })
}

/// Renders a line.
pub fn render_line(line: &Line) -> wire::ShipmentLine {
    wire::ShipmentLine {
        description: line.description.to_string(),
        hs_code: text(line.hs_code.as_ref()),
        commodity: text(line.commodity.as_ref()),
        quantity: line.quantity.as_ref().map(|quantity| wire::Quantity {
            value: Some(render_decimal(quantity.value)),
            unit_code: quantity.unit.to_string(),
        }),
        net_kg: line.weights.net_kg().map(render_decimal),
        gross_kg: line.weights.gross_kg().map(render_decimal),
        packages: line.packages.as_ref().map(|packages| wire::Packages {
            count: i32::try_from(packages.count).unwrap_or(i32::MAX),
            code: packages.code.to_string(),
        }),
        value: Some(render_money(line.value)),
        shares: line.shares.iter().map(render_share).collect(),
        product: text(line.product.as_ref()),
    }
}

fn render_share(share: &Share) -> wire::ProducerShare {
    let village = share.maker.village().cloned().map(VillageName::new);
    wire::ProducerShare {
        producer: text(share.maker.producer()),
        village: text(village.as_ref()),
        share: Some(render_decimal(share.part)),
    }
}

/// Renders a truck load.
pub fn render_unit(unit: &TransportUnit) -> wire::TransportUnit {
    wire::TransportUnit {
        truck_plate: text(unit.truck_plate.as_ref()),
        container_number: text(unit.container_number.as_ref()),
        container_provisional: unit.container_provisional,
        seal: text(unit.seal.as_ref()),
    }
}
