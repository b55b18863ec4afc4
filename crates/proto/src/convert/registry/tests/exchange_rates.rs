//! Exchange rates.

use super::*;

fn rate() -> wire::ExchangeRate {
    wire::ExchangeRate {
        name: "exchangeRates/kmk-26-2025-usd".to_owned(),
        base_currency: "USD".to_owned(),
        quote_currency: "IDR".to_owned(),
        kind: wire::RateKind::KursPajak.into(),
        units: 1,
        rate: Some(Decimal { value: "16738.00".to_owned() }),
        valid_from: date(2025, 11, 26),
        valid_to: date(2025, 12, 2),
        source: "KMK 26/MK/EF.2/2025".to_owned(),
        provenance: None,
        etag: "\"1\"".to_owned(),
        create_time: stamp(),
        update_time: stamp(),
    }
}

fn create_rate(rate: wire::ExchangeRate) -> wire::CreateExchangeRateRequest {
    wire::CreateExchangeRateRequest {
        exchange_rate_id: "kmk-26-2025-usd".to_owned(),
        exchange_rate: Some(rate),
        ..Default::default()
    }
}

#[test]
fn a_rate_comes_back_with_its_zeros() {
    let draft = parse_create_exchange_rate(create_rate(rate())).unwrap();
    assert_eq!(render_exchange_rate(&Record::new(&draft, now())), rate());
}

#[test]
fn a_rate_is_wrong_in_many_ways() {
    let wrong = wire::ExchangeRate {
        base_currency: "IDR".to_owned(),
        kind: 0,
        units: 7,
        rate: Some(Decimal { value: "0.123456789".to_owned() }),
        valid_to: date(2025, 11, 25),
        ..rate()
    };
    let expected = [
        ("exchange_rate.kind", "field.missing"),
        ("exchange_rate.quote_currency", "quote_currency.same"),
        ("exchange_rate.units", "units.unknown"),
        ("exchange_rate.rate", "decimal.digits"),
        ("exchange_rate.valid_to", "date.order"),
    ];
    assert_eq!(rules(parse_create_exchange_rate(create_rate(wrong))), pairs(&expected));
    let of = |value: &str| {
        let rate = wire::ExchangeRate { rate: Some(Decimal { value: value.to_owned() }), ..rate() };
        rules(parse_create_exchange_rate(create_rate(rate))).remove(0).1
    };
    assert_eq!(of("0"), "decimal.positive");
    assert_eq!(of("1e3"), "decimal.form");
    assert_eq!(of(""), "field.missing");
    assert_eq!(of("1000000000000"), "decimal.digits");
}

#[test]
fn a_rate_is_asked_for_with_everything() {
    let expected = [
        ("base_currency", "field.missing"),
        ("quote_currency", "currency_code.unknown"),
        ("kind", "field.missing"),
        ("date", "field.missing"),
    ];
    let request =
        wire::ResolveExchangeRateRequest { quote_currency: "RP".to_owned(), ..Default::default() };
    assert_eq!(rules(parse_resolve_exchange_rate(request)), pairs(&expected));
}
