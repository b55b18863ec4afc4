//! Organisations.

use devisa_domain::{
    identifier::{country::RegionCode, nib::Nib, npwp::Npwp, text::Text},
    name::{Id, OrganisationName},
    refusal::{Checks, Refusal, RuleBroken, Violation},
    registry::{
        organisation::{Alias, Class, Organisation, OrganisationFacts, Role, Roles, Scheme, Size},
        record::{Draft, Stated},
    },
    time::Date,
};
use prost::Name;

use super::{AtVersion, enrolment::parse_village, maybe_text, part, render_text, same_values};
use crate::{
    convert::common::{
        batch_names, money, optional, optional_date, provenance, render_date, render_money,
        render_provenance, render_timestamp, update,
    },
    mask::UpdateMask,
    registry::v1 as wire,
};

same_values! {
    parse_role, render_role: wire::organisation::Role, Role {
        Producer, Exporter, Aggregator, Buyer, Sponsor, Mentor, TradeOffice,
    }
}
same_values! {
    parse_scheme, render_scheme: wire::organisation_size::Scheme, Scheme {
        Pp7Sales, Pp7Capital, Permenperin,
    }
}
same_values! {
    parse_class, render_class: wire::organisation_size::Class, Class {
        Mikro, Kecil, Menengah, Besar,
    }
}

/// Reads a request to create an organisation; `today` bounds the years of its figures.
///
/// # Errors
/// All violations of `organisation_id` and `organisation`.
pub fn parse_create_organisation(
    request: wire::CreateOrganisationRequest,
    today: Date,
) -> Result<Draft<OrganisationName, OrganisationFacts>, Refusal> {
    let wire::CreateOrganisationRequest {
        organisation_id,
        organisation,
        request_id: _,
        validate_only: _,
    } = request;
    let mut checks = Checks::new();
    let id = checks.keep("organisation_id", Id::parse_or_generate(&organisation_id));
    let parse = |organisation| parse_organisation(organisation, today);
    let stated = part(&mut checks, "organisation", organisation, parse);
    match (id, stated) {
        (Some(id), Some(stated)) => Ok(Draft { name: OrganisationName::new(id), stated }),
        _ => Err(checks.into_violations().into()),
    }
}

/// An organisation that shall be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateCommand {
    /// The organisation.
    pub name: OrganisationName,
    /// Its new values, to be laid over the current ones.
    pub patch: wire::Organisation,
    /// Which of them to take.
    pub mask: UpdateMask,
}

/// Reads a request to change an organisation. Its values are read once they are laid over the
/// current ones.
///
/// # Errors
/// `field.missing` and `resource_name.form` at `organisation` and `organisation.name`, and
/// `field_mask.unknown_path` at `update_mask`, at once.
pub fn parse_update_organisation(
    request: wire::UpdateOrganisationRequest,
) -> Result<UpdateCommand, Refusal> {
    let wire::UpdateOrganisationRequest { organisation, update_mask, request_id: _ } = request;
    let mut checks = Checks::new();
    let named = |organisation: &wire::Organisation| OrganisationName::parse(&organisation.name);
    match update(&mut checks, "organisation", organisation, update_mask.as_ref(), named) {
        Some((name, patch, mask)) => Ok(UpdateCommand { name, patch, mask }),
        None => Err(checks.into_violations().into()),
    }
}

/// Reads the facts of an organisation; `today` bounds the years of its figures.
///
/// # Errors
/// All violations, their paths relative to the organisation.
pub fn parse_organisation(
    message: wire::Organisation,
    today: Date,
) -> Result<Stated<OrganisationFacts>, Vec<Violation>> {
    let wire::Organisation {
        name: _,
        display_name,
        region_code,
        legal_name,
        legal_form,
        roles,
        village,
        nib,
        npwp,
        aliases,
        size,
        provenance: origin,
        etag: _,
        create_time: _,
        update_time: _,
        delete_time: _,
    } = message;
    let mut checks = Checks::new();
    let display_name = checks.keep("display_name", Text::parse(&display_name));
    let region_code = checks.keep("region_code", RegionCode::parse(&region_code));
    let legal_name = checks.keep("legal_name", maybe_text(&legal_name)).flatten();
    let legal_form = checks.keep("legal_form", maybe_text(&legal_form)).flatten();
    let roles = parse_roles(&mut checks, roles);
    let village = checks.keep("village", optional(&village, parse_village)).flatten();
    let nib = checks.keep("nib", optional(&nib, Nib::parse)).flatten();
    let npwp = checks.keep("npwp", optional(&npwp, Npwp::parse)).flatten();
    let aliases = parse_aliases(&mut checks, aliases);
    let size = size.and_then(|size| checks.keep_part("size", parse_size(size, today)));
    let origin = provenance(origin.as_ref(), &wire::Organisation::full_name());
    let provenance = checks.keep_part("provenance", origin).unwrap_or_default();
    if let Some(region_code) = &region_code {
        let placed = OrganisationFacts::check_village(village.as_ref(), region_code);
        checks.keep_part("", placed.map_err(|violation| vec![violation]));
    }
    let (Some(display_name), Some(region_code)) = (display_name, region_code) else {
        return Err(checks.into_violations());
    };
    let facts = OrganisationFacts {
        display_name,
        region_code,
        legal_name,
        legal_form,
        roles,
        village,
        nib,
        npwp,
        aliases,
        size,
    };
    // What could not be read is none in `facts`, so that they stand only when all was read.
    checks.finish(Stated { facts, provenance })
}

fn parse_roles(checks: &mut Checks, roles: Vec<i32>) -> Roles {
    let read = roles.into_iter().enumerate();
    let read = read
        .filter_map(|(index, role)| checks.keep(format!("roles[{index}]"), parse_role(role)))
        .collect();
    checks.keep("roles", Roles::new(read)).unwrap_or_default()
}

fn parse_aliases(checks: &mut Checks, aliases: Vec<wire::Alias>) -> Vec<Alias> {
    const MAX: usize = OrganisationFacts::MAX_ALIASES;
    checks.ensure(aliases.len() <= MAX, "aliases", || {
        RuleBroken::expected("aliases.count", format!("at most {MAX}"), aliases.len())
    });
    let read = aliases.into_iter().take(MAX).enumerate();
    read.filter_map(|(index, alias)| {
        checks.keep_part(&format!("aliases[{index}]"), parse_alias(alias))
    })
    .collect()
}

fn parse_alias(message: wire::Alias) -> Result<Alias, Vec<Violation>> {
    let wire::Alias { name, valid_from, valid_to } = message;
    let mut checks = Checks::new();
    let name = checks.keep("name", Text::parse(&name));
    let from = checks.keep("valid_from", optional_date(valid_from.as_ref()));
    let to = checks.keep("valid_to", optional_date(valid_to.as_ref()));
    match (name, from, to) {
        (Some(name), Some(from), Some(to)) => Alias::new(name, from, to).map_err(|v| vec![v]),
        _ => Err(checks.into_violations()),
    }
}

fn parse_size(message: wire::OrganisationSize, today: Date) -> Result<Size, Vec<Violation>> {
    let wire::OrganisationSize { scheme, class, annual_sales, year } = message;
    let mut checks = Checks::new();
    let scheme = checks.keep("scheme", parse_scheme(scheme));
    let class = checks.keep("class", parse_class(class));
    let sales = checks.keep("annual_sales", annual_sales.as_ref().map(money).transpose());
    let year = (year != 0).then_some(year);
    match (scheme, class, sales) {
        (Some(scheme), Some(class), Some(sales)) => Size::new(scheme, class, sales, year, today),
        _ => {
            checks.keep_part("", Size::check(scheme, class, sales.flatten(), year, today));
            Err(checks.into_violations())
        }
    }
}

/// Reads the names of a batch.
///
/// # Errors
/// As [`batch_names`].
pub fn parse_batch_get_organisations(
    request: wire::BatchGetOrganisationsRequest,
) -> Result<Vec<OrganisationName>, Refusal> {
    let wire::BatchGetOrganisationsRequest { names } = request;
    let mut checks = Checks::new();
    let names = batch_names(&mut checks, &names, OrganisationName::parse);
    checks.finish(names).map_err(Refusal::from)
}

/// Reads a request to delete an organisation.
///
/// # Errors
/// What is wrong with its name.
pub fn parse_delete_organisation(
    request: wire::DeleteOrganisationRequest,
) -> Result<AtVersion<OrganisationName>, Refusal> {
    let wire::DeleteOrganisationRequest { name, etag, request_id: _ } = request;
    AtVersion::parse(&name, etag, OrganisationName::parse)
}

/// Reads a request to take the deletion of an organisation back.
///
/// # Errors
/// What is wrong with its name.
pub fn parse_undelete_organisation(
    request: wire::UndeleteOrganisationRequest,
) -> Result<AtVersion<OrganisationName>, Refusal> {
    let wire::UndeleteOrganisationRequest { name, etag, request_id: _ } = request;
    AtVersion::parse(&name, etag, OrganisationName::parse)
}

/// Renders an organisation.
pub fn render_organisation(organisation: &Organisation) -> wire::Organisation {
    let Organisation { name, meta, facts } = organisation;
    let OrganisationFacts {
        display_name,
        region_code,
        legal_name,
        legal_form,
        roles,
        village,
        nib,
        npwp,
        aliases,
        size,
    } = facts;
    wire::Organisation {
        name: name.to_string(),
        display_name: display_name.to_string(),
        region_code: region_code.to_string(),
        legal_name: render_text(legal_name.as_ref()),
        legal_form: render_text(legal_form.as_ref()),
        roles: roles.iter().map(render_role).collect(),
        village: village.as_ref().map(ToString::to_string).unwrap_or_default(),
        nib: nib.as_ref().map(ToString::to_string).unwrap_or_default(),
        npwp: npwp.as_ref().map(ToString::to_string).unwrap_or_default(),
        aliases: aliases.iter().map(render_alias).collect(),
        size: size.as_ref().map(render_size),
        provenance: render_provenance(&meta.provenance),
        etag: meta.etag(),
        create_time: Some(render_timestamp(meta.create_time)),
        update_time: Some(render_timestamp(meta.update_time)),
        delete_time: meta.delete_time.map(render_timestamp),
    }
}

fn render_alias(alias: &Alias) -> wire::Alias {
    wire::Alias {
        name: alias.name().to_string(),
        valid_from: alias.valid_from().map(render_date),
        valid_to: alias.valid_to().map(render_date),
    }
}

fn render_size(size: &Size) -> wire::OrganisationSize {
    wire::OrganisationSize {
        scheme: render_scheme(size.scheme()),
        class: render_class(size.class()),
        annual_sales: size.annual_sales().map(render_money),
        year: size.year().unwrap_or_default(),
    }
}
