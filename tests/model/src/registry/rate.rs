//! Exchange rates.

use devisa_proto::{
    google_type,
    registry::v1::{CreateExchangeRateRequest, ExchangeRate, RateKind, ResolveExchangeRateRequest},
};
use tonic::Code;

use super::Registry;
use crate::{
    answer::{Answer, Faults, Refused},
    conversion::rate_on,
    keeper::Moment,
    resource::{Resource, check_free, date},
};

impl Registry {
    /// What is wrong with a request to record a rate.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_rate(&self, request: &CreateExchangeRateRequest) -> Answer<()> {
        let rate = request.exchange_rate.clone().unwrap_or_default();
        let mut faults = Faults::default();
        let same = rate.base_currency == rate.quote_currency;
        faults.unless(!same, "exchange_rate.quote_currency", "QUOTE_CURRENCY_SAME");
        let known_kind = rate.kind() != RateKind::Unspecified;
        faults.required(known_kind, "exchange_rate.kind");
        faults.required(rate.units != 0, "exchange_rate.units");
        let known = matches!(rate.units, 0 | 1 | 100);
        faults.unless(known, "exchange_rate.units", "UNITS_UNKNOWN");
        let ordered = date(rate.valid_from.as_ref()) <= date(rate.valid_to.as_ref());
        faults.unless(ordered, "exchange_rate.valid_to", "DATE_ORDER");
        // What cannot be read of pair, kind and days overlaps with nothing.
        let free = self.check_name_free(request);
        let overlap = self.overlap(&rate).filter(|_| known_kind && !same && ordered);
        let also = Refused::together(free.err().into_iter().chain(overlap)).map_or(Ok(()), Err);
        Refused::telling(faults.none(), also)
    }

    fn check_name_free(&self, request: &CreateExchangeRateRequest) -> Answer<()> {
        let name = format!("exchangeRates/{}", request.exchange_rate_id);
        check_free(&self.rates, &name, "exchange_rate_id")
    }

    /// Records a rate.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_rate(
        &mut self,
        moment: &mut Moment,
        request: &CreateExchangeRateRequest,
    ) -> Answer<ExchangeRate> {
        let name = format!("exchangeRates/{}", request.exchange_rate_id);
        let rate = request.exchange_rate.clone().unwrap_or_default().first(&name, moment.now);
        let taken = self.check_name_free(request).err();
        if let Some(refused) = Refused::together(taken.into_iter().chain(self.overlap(&rate))) {
            return Err(refused);
        }
        self.rates.insert(name, rate.clone());
        moment.tell("exchange_rate.created", &rate);
        Ok(rate)
    }

    /// That another rate is in force on a day of this one: told at the end of this one that lies
    /// among the other's days.
    fn overlap(&self, rate: &ExchangeRate) -> Option<Refused> {
        let ExchangeRate { base_currency, quote_currency, .. } = rate;
        let (first, last) = (date(rate.valid_from.as_ref())?, date(rate.valid_to.as_ref())?);
        let mut days = first.iter_days().take_while(|day| *day <= last);
        let on = |day| rate_on(&self.rates, rate.kind(), base_currency, quote_currency, day);
        let other = days.find_map(on)?;
        let before = Some(first) < date(other.valid_from.as_ref());
        let field = if before { "exchange_rate.valid_to" } else { "exchange_rate.valid_from" };
        let refused = Refused::because(Code::FailedPrecondition, "RATE_OVERLAPS");
        Some(refused.at(field, "VALIDITY_OVERLAP"))
    }

    /// Answers the rate in force on a day.
    ///
    /// # Errors
    /// `RATE_MISSING`, `FIELD_MISSING`.
    pub fn resolve_rate(&self, request: &ResolveExchangeRateRequest) -> Answer<ExchangeRate> {
        let day: Option<&google_type::Date> = request.date.as_ref();
        let mut faults = Faults::default();
        faults.required(request.kind() != RateKind::Unspecified, "kind");
        faults.required(day.is_some(), "date");
        faults.none()?;
        let found = date(day).and_then(|day| {
            let ResolveExchangeRateRequest { base_currency, quote_currency, .. } = request;
            rate_on(&self.rates, request.kind(), base_currency, quote_currency, day)
        });
        found.cloned().ok_or_else(|| Refused::because(Code::NotFound, "RATE_MISSING"))
    }
}
