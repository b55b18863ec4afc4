use devisa_proto::{
    google_type::{Date, Decimal},
    registry::v1::{
        CreateExchangeRateRequest, ExchangeRate, GetExchangeRateRequest, ListExchangeRatesRequest,
        RateKind, ResolveExchangeRateRequest,
    },
};
use devisa_testkit::{Expected, TestDatabase, assert_refused, on_both_databases};
use tonic::Code;

use crate::world::{World, absent, date, invalid, refused, taken};

on_both_databases!(
    a_rate_is_kept_as_written,
    rates_of_a_series_do_not_overlap,
    at_once_only_one_takes_a_week,
    a_rate_is_resolved_or_missing,
    rates_are_filtered,
);

fn kmk(from: Date, to: Date) -> ExchangeRate {
    ExchangeRate {
        base_currency: "USD".to_owned(),
        quote_currency: "IDR".to_owned(),
        kind: RateKind::KursPajak.into(),
        units: 1,
        rate: Some(Decimal { value: "16738.00".to_owned() }),
        valid_from: Some(from),
        valid_to: Some(to),
        ..Default::default()
    }
}

pub(crate) fn week() -> ExchangeRate {
    kmk(date(2025, 11, 26), date(2025, 12, 2))
}

pub(crate) fn create(id: &str, rate: ExchangeRate) -> CreateExchangeRateRequest {
    let (exchange_rate_id, exchange_rate) = (id.to_owned(), Some(rate));
    CreateExchangeRateRequest { exchange_rate_id, exchange_rate, ..Default::default() }
}

async fn a_rate_is_kept_as_written(database: TestDatabase) {
    let world = World::new(database).await;
    let made = world.rates().create_exchange_rate(create("kmk-26", week())).await.unwrap();
    let made = made.into_inner();
    let get = |name: &str| GetExchangeRateRequest { name: name.to_owned() };
    let found = world.rates().get_exchange_rate(get("exchangeRates/kmk-26")).await.unwrap();
    let found = found.into_inner();
    assert_eq!(found, made);
    assert_eq!(found.rate.unwrap().value, "16738.00");
    let again = world.rates().create_exchange_rate(create("kmk-26", week())).await;
    taken(
        again,
        "exchangeRates/kmk-26",
        &[
            ("exchange_rate_id", "RESOURCE_EXISTS"),
            ("exchange_rate.valid_from", "VALIDITY_OVERLAP"),
        ],
    );
    absent(world.rates().get_exchange_rate(get("exchangeRates/no")).await, "exchangeRates/no");
    let wrong = ExchangeRate { units: 10, quote_currency: "USD".to_owned(), ..week() };
    let fields = [
        ("exchange_rate.units", "UNITS_UNKNOWN"),
        ("exchange_rate.quote_currency", "QUOTE_CURRENCY_SAME"),
    ];
    invalid(world.rates().create_exchange_rate(create("x", wrong)).await, &fields);
}

async fn rates_of_a_series_do_not_overlap(database: TestDatabase) {
    let world = World::new(database).await;
    world.rates().create_exchange_rate(create("kmk-26", week())).await.unwrap();
    let before = world.contents().await;
    let (begins, ends) = ("exchange_rate.valid_from", "exchange_rate.valid_to");
    for (from, to, field) in [(26, 26, begins), (20, 26, ends), (1, 30, ends), (27, 28, begins)] {
        let other = kmk(date(2025, 11, from), date(2025, 11, to));
        let answer = world.rates().create_exchange_rate(create("other", other)).await;
        let (code, reason) = (Code::FailedPrecondition, "RATE_OVERLAPS");
        let fields = &[(field, "VALIDITY_OVERLAP")];
        let detail = assert_refused(answer, Expected { code, reason, fields });
        assert_eq!(detail.metadata["resource"], "exchangeRates/kmk-26");
    }
    assert_eq!(world.contents().await, before);
    let next = kmk(date(2025, 12, 3), date(2025, 12, 9));
    world.rates().create_exchange_rate(create("kmk-27", next)).await.unwrap();
    let house = ExchangeRate { kind: RateKind::House.into(), ..week() };
    world.rates().create_exchange_rate(create("house", house)).await.unwrap();
    let ringgit = ExchangeRate { base_currency: "MYR".to_owned(), ..week() };
    world.rates().create_exchange_rate(create("myr", ringgit)).await.unwrap();
}

async fn at_once_only_one_takes_a_week(database: TestDatabase) {
    let world = World::new(database).await;
    let tries: Vec<_> = (0..6)
        .map(|index| {
            let mut client = world.rates();
            let request = create(&format!("r{index}"), week());
            tokio::spawn(async move { client.create_exchange_rate(request).await.is_ok() })
        })
        .collect();
    let mut won = 0;
    for attempt in tries {
        won += i32::from(attempt.await.unwrap());
    }
    assert_eq!(won, 1);
}

async fn a_rate_is_resolved_or_missing(database: TestDatabase) {
    let world = World::new(database).await;
    world.rates().create_exchange_rate(create("kmk-26", week())).await.unwrap();
    let resolve = async |kind: RateKind, base: &str, day: Date| {
        let request = ResolveExchangeRateRequest {
            kind: kind.into(),
            base_currency: base.to_owned(),
            quote_currency: "IDR".to_owned(),
            date: Some(day),
        };
        world.rates().resolve_exchange_rate(request).await
    };
    for day in [date(2025, 11, 26), date(2025, 12, 2)] {
        let found = resolve(RateKind::KursPajak, "USD", day).await.unwrap().into_inner();
        assert_eq!(found.name, "exchangeRates/kmk-26");
    }
    for (kind, base, day) in [
        (RateKind::KursPajak, "USD", date(2025, 11, 25)),
        (RateKind::KursPajak, "USD", date(2025, 12, 3)),
        (RateKind::Jisdor, "USD", date(2025, 11, 26)),
        (RateKind::KursPajak, "MYR", date(2025, 11, 26)),
    ] {
        refused(resolve(kind, base, day).await, Code::NotFound, "RATE_MISSING");
    }
    let expected = Expected { code: Code::NotFound, reason: "RATE_MISSING", fields: &[] };
    let missing = resolve(RateKind::Jisdor, "USD", date(2025, 11, 26)).await;
    let told = assert_refused(missing, expected).metadata;
    let told = ["pair", "kind", "date"].map(|key| told[key].as_str());
    assert_eq!(told, ["USD/IDR", "JISDOR", "2025-11-26"]);
    let empty = world.rates().resolve_exchange_rate(ResolveExchangeRateRequest::default()).await;
    let fields = ["kind", "base_currency", "quote_currency", "date"];
    invalid(empty, &fields.map(|field| (field, "FIELD_MISSING")));
}

async fn rates_are_filtered(database: TestDatabase) {
    let world = World::new(database).await;
    world.rates().create_exchange_rate(create("kmk-26", week())).await.unwrap();
    let next = kmk(date(2025, 12, 3), date(2025, 12, 9));
    world.rates().create_exchange_rate(create("kmk-27", next)).await.unwrap();
    let house = ExchangeRate { kind: RateKind::House.into(), ..week() };
    world.rates().create_exchange_rate(create("house", house)).await.unwrap();
    let list = async |filter: &str| {
        let request = ListExchangeRatesRequest { filter: filter.to_owned(), ..Default::default() };
        let page = world.rates().list_exchange_rates(request).await?.into_inner();
        let short = |rate: ExchangeRate| rate.name.trim_start_matches("exchangeRates/").to_owned();
        Ok(page.exchange_rates.into_iter().map(short).collect::<Vec<_>>())
    };
    assert_eq!(list("").await.unwrap(), ["house", "kmk-27", "kmk-26"]);
    assert_eq!(list("valid_on = \"2025-12-02\"").await.unwrap(), ["house", "kmk-26"]);
    let both = "valid_on = \"2025-12-03\" AND kind = KURS_PAJAK AND base_currency = usd";
    assert_eq!(list(both).await.unwrap(), ["kmk-27"]);
    assert_eq!(list("quote_currency = USD").await.unwrap(), [""; 0]);
    let days = "valid_on = \"2025-12-02\" OR valid_on = \"2025-12-03\"";
    assert_eq!(list(days).await.unwrap(), ["house", "kmk-27", "kmk-26"]);
    assert_eq!(list("valid_on != \"2025-12-02\"").await.unwrap(), ["kmk-27"]);
    let official = "kind = RATE_KIND_KURS_PAJAK OR kind = JISDOR";
    assert_eq!(list(official).await.unwrap(), ["kmk-27", "kmk-26"]);
    for filter in [
        "valid_on = \"2025-13-01\"",
        "valid_on = \"2025-1-1\"",
        "kind = SPOT",
        "valid_on < \"2025-12-01\"",
    ] {
        refused(list(filter).await, Code::InvalidArgument, "FILTER_INVALID");
    }
}
