//! The customs declaration and the proof of origin.

use devisa_domain::{
    identifier::{
        origin::OriginForm,
        peb::{AjuNumber, CustomsOffice, PebNumber},
        text::Text,
    },
    refusal::{Checks, RuleBroken, Violation},
    shipment::declaration::{Declaration, Npe, OriginProof, Peb, Registration},
    time::Date,
};

use super::{not_future, text};
use crate::{
    convert::common::{optional, render_date, required_date},
    google_type,
    shipment::v1 as wire,
};

/// Reads a declaration; an absent or empty one declares nothing.
///
/// # Errors
/// `field.missing` at the absent ones of `peb_number`, `peb_date` and `customs_office` when one of
/// them is given, and of `npe_number` and `npe_date`; `npe_number.without_peb`;
/// `npe_date.before_peb`; `date.future` at both dates; what is wrong with each value.
pub fn parse_declaration(
    declaration: Option<&wire::Declaration>,
    today: Date,
) -> Result<Declaration, Vec<Violation>> {
    let Some(declaration) = declaration else { return Ok(Declaration::default()) };
    let wire::Declaration { aju, peb_number, peb_date, customs_office, npe_number, npe_date } =
        declaration;
    let mut checks = Checks::new();
    let past = |date: Option<&google_type::Date>| {
        required_date(date).and_then(|date| not_future(date, today))
    };
    let aju = checks.keep("aju", optional(aju, AjuNumber::parse)).flatten();
    let has_peb = !peb_number.is_empty() || peb_date.is_some() || !customs_office.is_empty();
    let peb = if has_peb {
        let number = checks.keep("peb_number", PebNumber::parse(peb_number));
        let date = checks.keep("peb_date", past(peb_date.as_ref()));
        let office = checks.keep("customs_office", CustomsOffice::parse(customs_office));
        number.zip(date).zip(office).map(|((number, date), office)| Peb { number, date, office })
    } else {
        None
    };
    let has_npe = !npe_number.is_empty() || npe_date.is_some();
    let npe = if has_npe {
        let number = checks.keep("npe_number", Text::parse(npe_number));
        let date = checks.keep("npe_date", past(npe_date.as_ref()));
        checks.ensure(has_peb, "npe_number", || {
            let expected = "a PEB number beside it";
            RuleBroken::expected("npe_number.without_peb", expected, "none")
        });
        number.zip(date).map(|(number, date)| Npe { number, date })
    } else {
        None
    };
    let registration = peb.and_then(|peb| checks.keep("npe_date", Registration::new(peb, npe)));
    checks.finish(Declaration { aju, registration })
}

/// Renders a declaration; one that declares nothing is absent.
pub fn render_declaration(declaration: &Declaration) -> Option<wire::Declaration> {
    if declaration.is_empty() {
        return None;
    }
    let peb = declaration.peb();
    let npe = declaration.registration.as_ref().and_then(Registration::npe);
    Some(wire::Declaration {
        aju: text(declaration.aju.as_ref()),
        peb_number: text(peb.map(|peb| &peb.number)),
        peb_date: peb.map(|peb| render_date(peb.date)),
        customs_office: text(peb.map(|peb| &peb.office)),
        npe_number: text(npe.map(|npe| &npe.number)),
        npe_date: npe.map(|npe| render_date(npe.date)),
    })
}

/// Reads a proof of origin.
///
/// # Errors
/// `field.missing`; `origin_form.unknown` at `form`; `date.future` at `issue_date`; the rules of
/// texts and dates.
pub fn parse_origin_proof(
    proof: &wire::OriginProof,
    today: Date,
) -> Result<OriginProof, Vec<Violation>> {
    let wire::OriginProof { form, number, issue_date } = proof;
    let mut checks = Checks::new();
    let form = checks.keep("form", OriginForm::parse(form));
    let number = checks.keep("number", Text::parse(number));
    let date = required_date(issue_date.as_ref()).and_then(|date| not_future(date, today));
    let issue_date = checks.keep("issue_date", date);
    match (form, number, issue_date) {
        (Some(form), Some(number), Some(issue_date)) => {
            Ok(OriginProof { form, number, issue_date })
        }
        _ => Err(checks.into_violations()),
    }
}

/// Renders a proof of origin.
pub fn render_origin_proof(proof: &OriginProof) -> wire::OriginProof {
    wire::OriginProof {
        form: proof.form.to_string(),
        number: proof.number.to_string(),
        issue_date: Some(render_date(proof.issue_date)),
    }
}
