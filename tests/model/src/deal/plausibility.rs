//! What is implausible about a deal's value.
//!
//! An explanation of the model is no sentence: it is what the service's must mention, one thing on
//! each line, and so what makes it another explanation.

use devisa_domain::time::Date;
use devisa_proto::{
    deal::v1::{Deal, Finding, FindingOutcome, deal::State},
    google_type::Money,
    registry::v1::{ExchangeRate, RateKind, organisation_size::Class},
};
use rust_decimal::Decimal;

use super::Deals;
use crate::{
    conversion::{factor, rate_on},
    money::{cents, of_cents, whole},
    resource::date,
};

/// What may be stated in public: the words, their currency, and the amounts that print so, from the
/// first up to, not including, the second.
pub const STATED: [(&str, &str, [i64; 2]); 4] = [
    ("Rp3,9 triliun", "IDR", [3_850_000_000_000, 4_000_000_000_000]),
    ("Rp5,8 miliar", "IDR", [5_750_000_000, 5_900_000_000]),
    ("351,6 ribu dolar AS", "USD", [351_550, 351_700]),
    ("USD 100 ribu", "USD", [99_500, 101_000]),
];

const MILIAR: i64 = 100_000_000_000;

/// Whether a deal is in force.
pub(super) fn is_signed(deal: &Deal) -> bool {
    matches!(deal.state(), State::Signed | State::Fulfilled)
}

fn money(cents: i64, currency: &str) -> Option<Money> {
    Some(of_cents(cents, currency))
}

fn finding(rule: &str, outcome: FindingOutcome, mentions: &[String]) -> Finding {
    let outcome = outcome.into();
    let mentions: Vec<_> = mentions.iter().filter(|m| !m.is_empty()).cloned().collect();
    let explanation = mentions.join("\n");
    Finding { rule: rule.to_owned(), outcome, explanation, measured: None, limit: None }
}

/// More than 110 % of the value is realised, which holds nothing.
pub(super) fn over_realised(deal: &Deal) -> Option<Finding> {
    let (value, realised) = (cents(deal.value.as_ref()), cents(deal.realised.as_ref()));
    let currency = &deal.value.as_ref()?.currency_code;
    (realised * 100 > value * 110).then(|| Finding {
        measured: money(realised, currency),
        limit: money(value * 110 / 100, currency),
        ..finding("over_realised", FindingOutcome::Informs, &["110 %".to_owned()])
    })
}

/// A rate by its name, as an explanation has it; nothing for the rupiah.
fn told(rate: Option<&ExchangeRate>) -> String {
    rate.map(|rate| format!("({})", rate.name)).unwrap_or_default()
}

impl Deals {
    /// What is found of a deal among the signed deals of its session, which are given in order.
    pub(super) fn evaluate(&self, deal: &Deal, session: &[Deal]) -> Vec<Finding> {
        let outlier = if deal.session.is_empty() { None } else { self.outlier(deal, session) };
        let all = [self.size_ceiling(deal), outlier, self.stated(deal), over_realised(deal)];
        all.into_iter().flatten().collect()
    }

    /// The official rate into rupiah on the day of signature: the tax rate, else JISDOR.
    ///
    /// # Errors
    /// Which is missing.
    fn official(&self, currency: &str, deal: &Deal) -> Result<Option<&ExchangeRate>, String> {
        if currency == "IDR" {
            return Ok(None);
        }
        let day: Date = date(deal.sign_date.as_ref()).unwrap_or_default();
        let kinds = [RateKind::KursPajak, RateKind::Jisdor];
        let mut found =
            kinds.into_iter().filter_map(|kind| rate_on(&self.rates, kind, currency, "IDR", day));
        found.next().map(Some).ok_or_else(|| format!("{currency}/IDR is in force on {day}"))
    }

    fn size_ceiling(&self, deal: &Deal) -> Option<Finding> {
        const RULE: &str = "size_ceiling";
        let class = self.organisations.get(&deal.seller).copied().flatten();
        let (ceiling, class) = match class {
            Some(Class::Mikro) => (2, "class MIKRO"),
            Some(Class::Kecil) => (15, "class KECIL"),
            Some(Class::Menengah) => (50, "class MENENGAH"),
            Some(Class::Besar) => return None,
            Some(Class::Unspecified) | None => (50, "class unknown"),
        };
        let value = deal.value.as_ref()?;
        let rate = match self.official(&value.currency_code, deal) {
            Ok(rate) => rate,
            Err(why) => return Some(finding(RULE, FindingOutcome::NotEvaluated, &[why])),
        };
        let mut rupiah = Decimal::from(cents(Some(value))) * rate.map_or(Decimal::ONE, factor);
        let mut yearly = String::new();
        if deal.term_months > 12 {
            rupiah = rupiah * Decimal::from(12) / Decimal::from(deal.term_months);
            yearly = format!("a year over {} months", deal.term_months);
        }
        let measured = whole(rupiah);
        (measured > ceiling * MILIAR).then(|| Finding {
            measured: money(measured, "IDR"),
            limit: money(ceiling * MILIAR, "IDR"),
            ..finding(RULE, FindingOutcome::Broken, &[class.to_owned(), yearly, told(rate)])
        })
    }

    /// The value of a deal in a currency all of a session can be compared in.
    ///
    /// # Errors
    /// Which rate is missing.
    fn comparable(&self, deal: &Deal, one_currency: bool) -> Result<i64, String> {
        let value = deal.value.clone().unwrap_or_default();
        if one_currency {
            return Ok(cents(Some(&value)));
        }
        let rate = self.official(&value.currency_code, deal);
        let rate = rate.map_err(|why| format!("{why} ({})", deal.name))?;
        Ok(whole(Decimal::from(cents(Some(&value))) * rate.map_or(Decimal::ONE, factor)))
    }

    fn outlier(&self, deal: &Deal, session: &[Deal]) -> Option<Finding> {
        const RULE: &str = "session_outlier";
        let others = session.len() - 1;
        if others < 3 {
            return None;
        }
        let code = |deal: &Deal| deal.value.clone().unwrap_or_default().currency_code;
        let one_currency = session.iter().all(|other| code(other) == code(deal));
        let currency = if one_currency { code(deal) } else { "IDR".to_owned() };
        let mut amounts = vec![];
        for other in session {
            match self.comparable(other, one_currency) {
                Ok(amount) => amounts.push((other.name.clone(), amount)),
                Err(why) => return Some(finding(RULE, FindingOutcome::NotEvaluated, &[why])),
            }
        }
        let own = amounts.iter().find(|(name, _)| *name == deal.name)?.1;
        let mut rest: Vec<_> = amounts
            .iter()
            .filter(|(name, _)| *name != deal.name)
            .map(|(_, amount)| *amount)
            .collect();
        rest.sort_unstable();
        // Twice the median: the middle one twice, or the middle two.
        let doubled = rest[(others - 1) / 2] + rest[others / 2];
        let rate =
            if currency == code(deal) { None } else { self.official(&code(deal), deal).ok()? };
        let mentions = [format!("other {others} signed deals of {}", deal.session), told(rate)];
        (own * 2 > doubled * 100).then(|| Finding {
            measured: money(own, &currency),
            limit: money(doubled * 50, &currency),
            ..finding(RULE, FindingOutcome::Broken, &mentions)
        })
    }

    fn stated(&self, deal: &Deal) -> Option<Finding> {
        const RULE: &str = "stated_values";
        let value = deal.value.as_ref()?;
        let mut unknown = None;
        for currency in ["IDR", "USD"] {
            let known = |text: &str| STATED.iter().find(|known| known.0 == text);
            let texts = deal.stated_values.iter().filter_map(|stated| known(&stated.text));
            let texts: Vec<_> = texts.filter(|known| known.1 == currency).collect();
            if texts.is_empty() {
                continue;
            }
            let [from, to] = match self.pair(value, currency, deal) {
                Ok(pair) => pair,
                Err(why) => {
                    let finding = || finding(RULE, FindingOutcome::NotEvaluated, &[why]);
                    unknown = unknown.or_else(|| Some(finding()));
                    continue;
                }
            };
            let exact = Decimal::from(cents(Some(value))) / Decimal::from(100);
            let amount =
                exact * from.map_or(Decimal::ONE, factor) / to.map_or(Decimal::ONE, factor);
            let around = if value.currency_code == currency { 0 } else { 5 };
            // What all texts hold, and what a likely rate makes of the value: do they meet?
            let first = texts.iter().map(|known| known.2[0]).max().unwrap_or_default();
            let end = texts.iter().map(|known| known.2[1]).min().unwrap_or_default();
            let low = amount * Decimal::new(100 - around, 2);
            let high = amount * Decimal::new(100 + around, 2);
            if first < end && low < Decimal::from(end) && Decimal::from(first) <= high {
                continue;
            }
            let mentions = [told(from), told(to)];
            let broken = finding(RULE, FindingOutcome::Broken, &mentions);
            // Which end of what a likely rate makes of the value does the first text lie beyond?
            let limit = texts.iter().find_map(|(_, _, [first, end])| {
                let (first, end) = (Decimal::from(*first), Decimal::from(*end));
                let passed =
                    if first > high { Some(high) } else { Some(low).filter(|_| low >= end) };
                passed.map(|passed| of_cents(whole(passed * Decimal::from(100)), currency))
            });
            return Some(Finding { measured: Some(value.clone()), limit, ..broken });
        }
        unknown
    }

    /// The rates from the value's currency and to another, where they are two.
    fn pair(
        &self,
        value: &Money,
        currency: &str,
        deal: &Deal,
    ) -> Result<[Option<&ExchangeRate>; 2], String> {
        if value.currency_code == currency {
            return Ok([None, None]);
        }
        Ok([self.official(&value.currency_code, deal)?, self.official(currency, deal)?])
    }
}
