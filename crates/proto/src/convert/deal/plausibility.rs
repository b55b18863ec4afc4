//! Findings of plausibility rules, and the facts that the registry's messages hold for them.

use devisa_domain::{
    deal::plausibility::{Finding, OfficialRate, Outcome},
    money::{Currency, NamedRate},
    name::ExchangeRateName,
    refusal::{Checks, RuleBroken, Violation},
    registry::{exchange_rate::RateKind, organisation::Class},
};
use rust_decimal::Decimal;

use crate::{
    convert::common::{positive_decimal, render_money, required},
    deal::v1 as wire,
    registry::v1::{self as registry, organisation_size},
};

/// Renders a finding.
pub(super) fn render_finding(finding: &Finding) -> wire::Finding {
    let Finding { rule, outcome, explanation, measured, limit } = finding;
    let outcome = match outcome {
        Outcome::Broken => wire::FindingOutcome::Broken,
        Outcome::NotEvaluated => wire::FindingOutcome::NotEvaluated,
    };
    wire::Finding {
        rule: rule.as_str().to_owned(),
        outcome: outcome.into(),
        explanation: explanation.clone(),
        measured: measured.map(render_money),
        limit: limit.map(render_money),
    }
}

/// The class of an organisation under PP 7/2021, by its sales or its capital.
///
/// A class by Permenperin 64/2016 counts workers and investment of an industry and says nothing of
/// a sales ceiling: an *industri kecil* may be a *usaha menengah*. It is no answer.
pub fn size_class(organisation: &registry::Organisation) -> Option<Class> {
    use organisation_size::{Class as Wire, Scheme};
    let size = organisation.size.as_ref()?;
    match size.scheme() {
        Scheme::Pp7Sales | Scheme::Pp7Capital => {}
        Scheme::Unspecified | Scheme::Permenperin => return None,
    }
    match size.class() {
        Wire::Unspecified => None,
        Wire::Mikro => Some(Class::Mikro),
        Wire::Kecil => Some(Class::Kecil),
        Wire::Menengah => Some(Class::Menengah),
        Wire::Besar => Some(Class::Besar),
    }
}

/// Reads a rate that the registry says was in force.
///
/// # Errors
/// All violations at once, relative to the rate; the registry keeps none that has any.
pub fn parse_official_rate(rate: &registry::ExchangeRate) -> Result<OfficialRate, Vec<Violation>> {
    let mut checks = Checks::new();
    let name = checks.keep("name", ExchangeRateName::parse(&rate.name));
    let base = checks.keep("base_currency", Currency::parse(&rate.base_currency));
    let quote = checks.keep("quote_currency", Currency::parse(&rate.quote_currency));
    let kind = checks.keep("kind", parse_kind(rate.kind()));
    let units = checks.keep("units", parse_units(rate.units));
    let value = required(rate.rate.as_ref()).and_then(|rate| positive_decimal(rate, 8));
    let value: Option<Decimal> = checks.keep("rate", value);
    match (name, base, quote, kind, units, value) {
        (Some(name), Some(base), Some(quote), Some(kind), Some(units), Some(rate)) => {
            let rate = NamedRate { name: name.to_string(), base, quote, units, rate };
            Ok(OfficialRate { kind, rate })
        }
        _ => Err(checks.into_violations()),
    }
}

fn parse_kind(kind: registry::RateKind) -> Result<RateKind, RuleBroken> {
    match kind {
        registry::RateKind::Unspecified => Err(RuleBroken::missing()),
        registry::RateKind::Jisdor => Ok(RateKind::Jisdor),
        registry::RateKind::KursPajak => Ok(RateKind::KursPajak),
        registry::RateKind::House => Ok(RateKind::House),
    }
}

fn parse_units(units: i32) -> Result<u32, RuleBroken> {
    let positive = u32::try_from(units).ok().filter(|units| *units > 0);
    positive.ok_or_else(|| RuleBroken::expected("units.unknown", "1 or 100", units))
}
