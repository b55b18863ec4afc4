//! Realisations as resources.

use devisa_domain::{
    deal::{Realisation, RealisationDraft, Standing},
    money::Money,
    name::{DealName, Id, RealisationName, ShipmentName},
    provenance::Provenance,
    refusal::{Checks, Refusal, RuleBroken, Violation},
};
use prost::Name;

use crate::{
    convert::common::{
        nonempty, positive_money, provenance, render_money, render_provenance, render_timestamp,
        required,
    },
    deal::v1 as wire,
};

/// Reads a request to create a realisation.
///
/// # Errors
/// All violations at once: those of `parent`, `realisation_id` and of every field of
/// `realisation`; `line_index.range` for a negative place.
pub fn parse_create_realisation(
    request: &wire::CreateRealisationRequest,
) -> Result<RealisationDraft, Refusal> {
    let wire::CreateRealisationRequest {
        parent,
        realisation_id,
        realisation,
        request_id: _,
        validate_only: _,
    } = request;
    let mut checks = Checks::new();
    let deal = checks.keep("parent", DealName::parse(parent));
    let id = checks.keep("realisation_id", Id::parse_or_generate(realisation_id));
    let stated = checks.keep("realisation", required(realisation.as_ref()));
    let stated =
        stated.and_then(|stated| checks.keep_part("realisation", parse_realisation(stated)));
    match (deal, id, stated) {
        (Some(deal), Some(id), Some(Stated { shipment, line_index, amount, provenance })) => {
            let name = RealisationName::new(deal.deal, id);
            Ok(RealisationDraft { name, shipment, line_index, amount, provenance })
        }
        _ => Err(checks.into_violations().into()),
    }
}

/// What a caller says of a realisation.
struct Stated {
    shipment: ShipmentName,
    line_index: u32,
    amount: Money,
    provenance: Provenance,
}

fn parse_realisation(realisation: &wire::Realisation) -> Result<Stated, Vec<Violation>> {
    let wire::Realisation {
        name: _,
        shipment,
        line_index,
        amount,
        effective_amount: _,
        state: _,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
        delete_time: _,
    } = realisation;
    let mut checks = Checks::new();
    let shipment = checks.keep("shipment", ShipmentName::parse(shipment));
    let line_index = checks.keep("line_index", parse_line_index(*line_index));
    let amount = checks.keep("amount", positive_money(amount.as_ref()));
    let origin = provenance(origin.as_ref(), &wire::Realisation::full_name());
    let provenance = checks.keep_part("provenance", origin);
    match (shipment, line_index, amount, provenance) {
        (Some(shipment), Some(line_index), Some(amount), Some(provenance)) => {
            Ok(Stated { shipment, line_index, amount, provenance })
        }
        _ => Err(checks.into_violations()),
    }
}

fn parse_line_index(index: i32) -> Result<u32, RuleBroken> {
    let wrong = |_| RuleBroken::expected("line_index.range", "0 or more", index);
    u32::try_from(index).map_err(wrong)
}

/// Reads the name of a realisation that a request is about.
///
/// # Errors
/// `field.missing`, `resource_name.form`, or the rule that an id breaks.
pub fn parse_realisation_name(name: &str) -> Result<RealisationName, RuleBroken> {
    nonempty(name, RealisationName::parse)
}

/// Renders a realisation.
pub fn render_realisation(realisation: &Realisation) -> wire::Realisation {
    let Realisation { name, meta, shipment, line_index, amount, standing } = realisation;
    wire::Realisation {
        name: name.to_string(),
        shipment: shipment.to_string(),
        line_index: i32::try_from(*line_index).unwrap_or(i32::MAX),
        amount: Some(render_money(*amount)),
        effective_amount: Some(render_money(realisation.effective_amount())),
        state: render_standing(*standing).into(),
        provenance: render_provenance(&meta.provenance),
        etag: meta.etag(),
        create_time: Some(render_timestamp(meta.create_time)),
        update_time: Some(render_timestamp(meta.update_time)),
        delete_time: meta.delete_time.map(render_timestamp),
    }
}

fn render_standing(standing: Standing) -> wire::realisation::State {
    match standing {
        Standing::Pending => wire::realisation::State::Pending,
        Standing::Realised => wire::realisation::State::Realised,
        Standing::Freed => wire::realisation::State::Freed,
    }
}
