#![allow(clippy::unwrap_used, clippy::expect_used)]

use devisa_domain::{
    deal::{Deal, DealDraft, Deed, Session},
    refusal::Refusal,
    time::Timestamp,
};

use super::{
    agreement::{parse_create_deal, parse_deal, render_deal},
    plausibility::size_class,
    session::{parse_create_session, render_session},
    summary::{Dimension, parse_summarize_deals},
    transition::{parse_review_deal, parse_sign_deal, parse_update_deal},
};
use crate::{
    common::v1::{Provenance, Tier},
    convert::registry::parse_named_rate,
    deal::v1 as wire,
    google_type::{Date, Decimal, Money},
    registry::v1 as registry,
};

const NOW: i64 = 1_764_200_000_000_000; // 2025-11-26T23:33:20Z

fn money(currency: &str, units: i64) -> Money {
    Money { currency_code: currency.to_owned(), units, nanos: 0 }
}

fn hats() -> wire::Deal {
    wire::Deal {
        session: "sessions/malaysia-2025-11".to_owned(),
        seller: "organisations/sang-bamboo".to_owned(),
        buyer: "organisations/cemara-ayu".to_owned(),
        instrument: wire::deal::Instrument::Loi.into(),
        goods: vec![wire::DealGoods {
            description: "Topi pandan".to_owned(),
            hs_code: "6504.00.00".to_owned(),
            commodity: "anyaman".to_owned(),
        }],
        value: Some(money("USD", 239_500_000)),
        stated_values: vec![wire::StatedValue {
            text: "Rp3,9 triliun".to_owned(),
            amount: Some(money("IDR", 3_951_750_000_000)),
        }],
        term_months: 12,
        sign_date: Some(Date { year: 2025, month: 11, day: 26 }),
        provenance: Some(Provenance {
            source_uri: "https://jatim.antaranews.com/berita/1008089".to_owned(),
            note: "claimed".to_owned(),
            synthetic_fields: Some(prost_types::FieldMask { paths: vec!["goods.hs_code".into()] }),
        }),
        ..Default::default()
    }
}

fn broken(refusal: Refusal) -> Vec<(String, String)> {
    let Refusal::Invalid(violations) = refusal else { panic!("{refusal:?}") };
    violations.into_iter().map(|v| (v.field, v.broken.rule().to_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, rule)| ((*field).to_owned(), (*rule).to_owned())).collect()
}

fn create(deal: wire::Deal) -> Result<DealDraft, Refusal> {
    let deal_id = "sang-bamboo".to_owned();
    parse_create_deal(wire::CreateDealRequest { deal_id, deal: Some(deal), ..Default::default() })
}

#[test]
fn a_deal_comes_back_as_it_was_sent() {
    let sent = hats();
    let read = create(sent.clone()).unwrap();
    let deed = Deed { now: Timestamp::from_micros(NOW), actor: "local" };
    let deal = Deal::create(&read, deed).unwrap();
    let rendered = render_deal(&deal);
    let mut expected = wire::Deal {
        name: "deals/sang-bamboo".to_owned(),
        state: wire::deal::State::Draft.into(),
        tier: Tier::Potential.into(),
        review: Some(wire::DealReview {
            state: wire::deal_review::State::None.into(),
            ..Default::default()
        }),
        etag: "\"1\"".to_owned(),
        create_time: Some(prost_types::Timestamp { seconds: NOW / 1_000_000, nanos: 0 }),
        update_time: Some(prost_types::Timestamp { seconds: NOW / 1_000_000, nanos: 0 }),
        realised: Some(money("USD", 0)),
        pending: Some(money("USD", 0)),
        closed: Some(money("USD", 0)),
        balance: Some(money("USD", 239_500_000)),
        ..sent
    };
    expected.goods[0].hs_code = "65040000".to_owned();
    assert_eq!(rendered, expected);
    assert_eq!(parse_deal(&rendered).unwrap(), read.stated);
}

#[test]
fn every_violation_of_a_deal_is_told_at_once() {
    let request = wire::CreateDealRequest { deal_id: "A".to_owned(), ..Default::default() };
    let expected = pairs(&[("deal_id", "resource_id.form"), ("deal", "field.missing")]);
    assert_eq!(broken(parse_create_deal(request).unwrap_err()), expected);

    let empty = create(wire::Deal::default()).unwrap_err();
    let expected = pairs(&[
        ("deal.seller", "field.missing"),
        ("deal.buyer", "field.missing"),
        ("deal.instrument", "field.missing"),
        ("deal.value", "field.missing"),
    ]);
    assert_eq!(broken(empty), expected);

    let mut wrong = hats();
    wrong.session = "sessions/A".to_owned();
    wrong.buyer = "deals/x".to_owned();
    wrong.instrument = 9;
    wrong.goods = vec![wire::DealGoods { hs_code: "0910".to_owned(), ..Default::default() }];
    wrong.value = Some(money("USD", 0));
    wrong.stated_values[0].amount = Some(money("IDR", 4_000_000_000_000));
    let mut unreadable = wrong.stated_values[0].clone();
    unreadable.text = "enam truk".to_owned();
    unreadable.amount = Some(money("RUPIAH", 1));
    wrong.stated_values.push(unreadable);
    wrong.term_months = 601;
    wrong.sign_date = Some(Date { year: 2025, month: 11, day: 0 });
    let expected = pairs(&[
        ("deal.session", "resource_id.form"),
        ("deal.buyer", "resource_name.form"),
        ("deal.instrument", "enum.unknown"),
        ("deal.goods[0].description", "field.missing"),
        ("deal.goods[0].hs_code", "hs_code.length"),
        ("deal.value", "money.positive"),
        ("deal.stated_values[0].amount", "stated_value.interval"),
        ("deal.stated_values[1].amount", "currency_code.unknown"),
        ("deal.stated_values[1].text", "stated_value.currency"),
        ("deal.term_months", "term_months.range"),
        ("deal.sign_date", "date.form"),
    ]);
    assert_eq!(broken(create(wrong).unwrap_err()), expected);
}

#[test]
fn lists_are_bounded() {
    let mut deal = hats();
    deal.goods = vec![deal.goods[0].clone(); 51];
    deal.stated_values = vec![deal.stated_values[0].clone(); 11];
    let expected =
        pairs(&[("deal.goods", "goods.count"), ("deal.stated_values", "stated_values.count")]);
    assert_eq!(broken(create(deal).unwrap_err()), expected);
}

#[test]
fn a_stated_amount_in_another_currency_than_its_text_is_a_mismatch() {
    let mut deal = hats();
    deal.stated_values[0].amount = Some(money("USD", 239_500_000));
    let expected = Refusal::CurrencyMismatch {
        field: "deal.stated_values[0].amount".to_owned(),
        expected: "IDR".to_owned(),
        found: "USD".to_owned(),
    };
    assert_eq!(create(deal.clone()).unwrap_err(), expected);
    // Among violations it is one of them.
    deal.term_months = -1;
    let expected = pairs(&[
        ("deal.term_months", "term_months.range"),
        ("deal.stated_values[0].amount", "currency.mismatch"),
    ]);
    assert_eq!(broken(create(deal).unwrap_err()), expected);
}

#[test]
fn a_session_comes_back_as_it_was_sent() {
    let sent = wire::Session {
        display_name: "Business matching Malaysia".to_owned(),
        session_date: Some(Date { year: 2025, month: 11, day: 26 }),
        office: "organisations/atdag-kl".to_owned(),
        place: "Surabaya".to_owned(),
        ..Default::default()
    };
    let request = |session| wire::CreateSessionRequest {
        session_id: "malaysia-2025-11".to_owned(),
        session,
        ..Default::default()
    };
    let read = parse_create_session(request(Some(sent.clone()))).unwrap();
    let now = Timestamp::from_micros(NOW);
    let rendered = render_session(&Session::new(&read, now));
    let time = Some(prost_types::Timestamp { seconds: NOW / 1_000_000, nanos: 0 });
    let expected = wire::Session {
        name: "sessions/malaysia-2025-11".to_owned(),
        etag: "\"1\"".to_owned(),
        create_time: time,
        update_time: time,
        ..sent
    };
    assert_eq!(rendered, expected);

    let wrong = wire::Session { office: "x".to_owned(), ..Default::default() };
    let expected = pairs(&[
        ("session.display_name", "field.missing"),
        ("session.session_date", "field.missing"),
        ("session.office", "resource_name.form"),
    ]);
    assert_eq!(broken(parse_create_session(request(Some(wrong))).unwrap_err()), expected);
    let missing = parse_create_session(request(None)).unwrap_err();
    assert_eq!(broken(missing), pairs(&[("session", "field.missing")]));
}

#[test]
fn transitions_name_their_deal() {
    let expected = pairs(&[("name", "field.missing")]);
    assert_eq!(broken(parse_sign_deal(Default::default()).unwrap_err()), expected);
    let expected = pairs(&[("deal", "field.missing")]);
    assert_eq!(broken(parse_update_deal(Default::default()).unwrap_err()), expected);
    let request = wire::UpdateDealRequest { deal: Some(Default::default()), ..Default::default() };
    let expected = pairs(&[("deal.name", "field.missing")]);
    assert_eq!(broken(parse_update_deal(request).unwrap_err()), expected);
}

#[test]
fn a_review_takes_what_its_decision_needs() {
    use wire::review_decision::Decision::{Confirm, Correct, Dispute, Unspecified};
    let uri = "https://example.org/loi.pdf";
    let read = |decision: i32, value: Option<Money>, evidence: &str| {
        parse_review_deal(wire::ReviewDealRequest {
            name: "deals/sang-bamboo".to_owned(),
            decision,
            corrected_value: value,
            evidence_uri: evidence.to_owned(),
            ..Default::default()
        })
        .map_err(broken)
    };
    let value = || Some(money("USD", 239_500));
    assert!(read(Confirm.into(), None, uri).is_ok());
    assert!(read(Correct.into(), value(), uri).is_ok());
    assert!(read(Dispute.into(), None, "").is_ok());
    let missing = |fields: &[&str]| {
        Err(fields.iter().map(|field| ((*field).to_owned(), "field.missing".to_owned())).collect())
    };
    assert_eq!(read(Unspecified.into(), None, uri), missing(&["decision"]));
    assert_eq!(read(Confirm.into(), None, ""), missing(&["evidence_uri"]));
    assert_eq!(read(Correct.into(), None, ""), missing(&["corrected_value", "evidence_uri"]));
    for decision in [Confirm, Dispute] {
        let expected = pairs(&[("corrected_value", "corrected_value.unexpected")]);
        assert_eq!(read(decision.into(), value(), uri), Err(expected));
    }
    let expected = pairs(&[
        ("decision", "enum.unknown"),
        ("corrected_value", "money.positive"),
        ("evidence_uri", "uri.form"),
    ]);
    assert_eq!(read(7, Some(money("USD", -1)), "no uri"), Err(expected));
}

#[test]
fn totals_name_their_tier() {
    let request = |tier: Tier, group_by: &[i32]| wire::SummarizeDealsRequest {
        tier: tier.into(),
        group_by: group_by.to_vec(),
        ..Default::default()
    };
    let none = parse_summarize_deals(&request(Tier::Unspecified, &[])).unwrap_err();
    assert!(matches!(none, Refusal::TierRequired { .. }));
    let other = parse_summarize_deals(&request(Tier::Released, &[1, 0, 1, 9])).unwrap_err();
    let expected = pairs(&[
        ("tier", "tier.unsupported"),
        ("group_by[1]", "enum.unknown"),
        ("group_by[2]", "group_by.duplicate"),
        ("group_by[3]", "enum.unknown"),
    ]);
    assert_eq!(broken(other), expected);
    let read = parse_summarize_deals(&request(Tier::Potential, &[2, 1])).unwrap();
    assert_eq!(read.group_by, [Dimension::Seller, Dimension::Session]);
}

#[test]
fn only_classes_of_the_sales_scale_say_something_of_sales() {
    use registry::organisation_size::{Class, Scheme};
    let of = |scheme: Scheme| {
        let size = registry::OrganisationSize {
            scheme: scheme.into(),
            class: Class::Kecil.into(),
            ..Default::default()
        };
        size_class(&registry::Organisation { size: Some(size), ..Default::default() })
    };
    let kecil = Some(devisa_domain::registry::organisation::Class::Kecil);
    assert_eq!((of(Scheme::Pp7Sales), of(Scheme::Pp7Capital)), (kecil, kecil));
    assert_eq!(of(Scheme::Permenperin), None);
    assert_eq!(size_class(&registry::Organisation::default()), None);
}

#[test]
fn a_rate_of_the_registry_is_read() {
    let rate = registry::ExchangeRate {
        name: "exchangeRates/kmk-26-jpy".to_owned(),
        base_currency: "JPY".to_owned(),
        quote_currency: "IDR".to_owned(),
        kind: registry::RateKind::KursPajak.into(),
        units: 100,
        rate: Some(Decimal { value: "10704.26".to_owned() }),
        ..Default::default()
    };
    let read = parse_named_rate(&rate).unwrap();
    assert_eq!((read.units, read.rate.to_string()), (100, "10704.26".to_owned()));
    assert_eq!(parse_named_rate(&Default::default()).unwrap_err().len(), 5);
}
