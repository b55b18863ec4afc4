//! Programmes.

use devisa_domain::{
    identifier::text::Text,
    name::{Id, ProgrammeName},
    refusal::{Checks, Refusal, Violation},
    registry::{
        programme::{Programme, ProgrammeFacts},
        record::{Draft, Stated},
    },
};
use prost::Name;

use super::{maybe_text, part, render_text};
use crate::{
    convert::common::{nonempty, provenance, render_provenance, render_timestamp},
    registry::v1 as wire,
};

/// Reads a request to create a programme.
///
/// # Errors
/// All violations of `programme_id` and `programme`.
pub fn parse_create_programme(
    request: wire::CreateProgrammeRequest,
) -> Result<Draft<ProgrammeName, ProgrammeFacts>, Refusal> {
    let wire::CreateProgrammeRequest { programme_id, programme, request_id: _, validate_only: _ } =
        request;
    let mut checks = Checks::new();
    let id = checks.keep("programme_id", nonempty(&programme_id, Id::parse));
    let stated = part(&mut checks, "programme", programme, parse_programme);
    match (id, stated) {
        (Some(id), Some(stated)) => Ok(Draft { name: ProgrammeName::new(id), stated }),
        _ => Err(checks.into_violations().into()),
    }
}

fn parse_programme(message: wire::Programme) -> Result<Stated<ProgrammeFacts>, Vec<Violation>> {
    let wire::Programme {
        name: _,
        display_name,
        owner,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
    } = message;
    let mut checks = Checks::new();
    let display_name = checks.keep("display_name", Text::parse(&display_name));
    let owner = checks.keep("owner", maybe_text(&owner));
    let origin = provenance(origin.as_ref(), &wire::Programme::full_name());
    let provenance = checks.keep_part("provenance", origin);
    match (display_name, owner, provenance) {
        (Some(display_name), Some(owner), Some(provenance)) => {
            Ok(Stated { facts: ProgrammeFacts { display_name, owner }, provenance })
        }
        _ => Err(checks.into_violations()),
    }
}

/// Renders a programme.
pub fn render_programme(programme: &Programme) -> wire::Programme {
    let Programme { name, meta, facts: ProgrammeFacts { display_name, owner } } = programme;
    wire::Programme {
        name: name.to_string(),
        display_name: display_name.to_string(),
        owner: render_text(owner.as_ref()),
        provenance: render_provenance(&meta.provenance),
        etag: meta.etag(),
        create_time: Some(render_timestamp(meta.create_time)),
        update_time: Some(render_timestamp(meta.update_time)),
    }
}
