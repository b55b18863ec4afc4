//! The table of exchange rates.

use devisa_domain::registry::exchange_rate::ExchangeRate;

use crate::store::resource_table;

resource_table! {
    /// A rate's row.
    "exchange_rate" of ExchangeRate as rate {
        scope_region: String::new(),
        scope_organisation: String::new(),
        kind: String = rate.facts.series.kind.to_string(),
        base_currency: String = rate.facts.series.base.code().to_owned(),
        quote_currency: String = rate.facts.series.quote.code().to_owned(),
        valid_from: String = rate.facts.validity.from.to_string(),
        valid_to: String = rate.facts.validity.to.to_string(),
    }
}
