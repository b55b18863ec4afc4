//! Totals in one currency: each amount by the rate of its own day.

use std::collections::BTreeSet;

use devisa_domain::time::Date;
use devisa_proto::{
    google_type::Money,
    registry::v1::{ExchangeRate, RateKind},
    totals::v1::Conversion,
};
use rust_decimal::Decimal;
use tonic::Code;

use crate::{
    answer::{Answer, Refused},
    money::{apportion, cents, of_cents},
    resource::{Table, date},
};

/// Whether a rate is in force on a day: both ends are inclusive.
pub fn in_force(rate: &ExchangeRate, day: Date) -> bool {
    date(rate.valid_from.as_ref()) <= Some(day) && Some(day) <= date(rate.valid_to.as_ref())
}

/// The rate in force on a day.
pub fn rate_on<'r>(
    rates: &'r Table<ExchangeRate>,
    kind: RateKind,
    base: &str,
    quote: &str,
    day: Date,
) -> Option<&'r ExchangeRate> {
    let mut rates = rates.values().filter(|rate| {
        rate.kind() == kind && rate.base_currency == base && rate.quote_currency == quote
    });
    rates.find(|rate| in_force(rate, day))
}

/// What one unit comes to by a rate.
pub fn factor(rate: &ExchangeRate) -> Decimal {
    let text = rate.rate.as_ref().map_or("", |rate| rate.value.as_str());
    text.parse::<Decimal>().unwrap_or_default() / Decimal::from(rate.units)
}

/// Amounts with their days.
pub type Dated = Vec<(Money, Date)>;

/// Converts the parts of a total: each part, the total, and the names of the rates, by currency.
///
/// # Errors
/// `RATE_MISSING`.
pub fn convert(
    rates: &Table<ExchangeRate>,
    conversion: &Conversion,
    parts: &[Dated],
) -> Answer<(Vec<Money>, Money, Vec<String>)> {
    let quote = conversion.quote_currency.as_str();
    let mut used = BTreeSet::new();
    let mut exact = vec![];
    for part in parts {
        let mut sum = Decimal::ZERO;
        for (money, day) in part {
            let amount = Decimal::from(cents(Some(money)));
            if money.currency_code == quote {
                sum += amount;
                continue;
            }
            let rate = rate_on(rates, conversion.kind(), &money.currency_code, quote, *day);
            let missing = || Refused::because(Code::NotFound, "RATE_MISSING");
            let rate = rate.ok_or_else(missing)?;
            used.insert((rate.base_currency.clone(), rate.name.clone()));
            sum += amount * factor(rate);
        }
        exact.push(sum);
    }
    let (split, total) = apportion(&exact);
    let money = |cents: i64| of_cents(cents, quote);
    let used = used.into_iter().map(|(_, name)| name).collect();
    Ok((split.into_iter().map(money).collect(), money(total), used))
}
