//! Published figures against what left: the sentences of the article of 26 November 2025.

use devisa_proto::{
    figure::v1::{CheckFiguresRequest, Claim, ClaimVerdict, Verdict},
    google_type::Money,
    shipment::v1::Shipment,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code, Response, Status};

use crate::world::{World, absent, decimal, facts, invalid, refused};

on_both_databases!(
    the_article_is_checked,
    cancelled_shipments_do_not_count,
    what_has_not_left_is_said,
    a_unit_of_something_else_is_undecidable,
    weights_are_compared_in_kilograms,
    claims_are_refused_for_what_they_are,
);

const GOODS: [(&str, i64, i32); 6] = [
    ("BD", 53_200, 0),
    ("KR", 14_661, 0),
    ("NL", 6_686, 400_000_000),
    ("IN", 200_000, 0),
    ("KR", 37_060, 0),
    ("AU", 40_000, 0),
];

async fn seed(world: &World) {
    world.release("r").await;
    for (index, (destination, units, nanos)) in GOODS.into_iter().enumerate() {
        let mut shipment = Shipment {
            release: "releases/r".to_owned(),
            destination_region_code: destination.to_owned(),
            ..facts()
        };
        shipment.units[0].container_provisional = index < 2;
        shipment.lines[0].value = Some(Money { currency_code: "USD".to_owned(), units, nanos });
        world.create(&format!("s{index}"), shipment).await.unwrap();
    }
}

fn claim(text: &str, metric: &str, of: &str) -> Claim {
    let (text, metric, of) = (text.to_owned(), metric.to_owned(), of.to_owned());
    Claim { text, metric, of, ..Default::default() }
}

async fn check(world: &World, claims: Vec<Claim>) -> Result<Vec<ClaimVerdict>, Status> {
    let answer = world.summaries().check_figures(CheckFiguresRequest { claims }).await;
    answer.map(Response::into_inner).map(|answer| answer.verdicts)
}

async fn the_article_is_checked(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let of = "releases/r";
    let cases = [
        ("351,6 ribu dolar AS", "release_value", of, Verdict::Consistent, "351607.40"),
        ("Rp5,8 miliar", "release_value", of, Verdict::Undecidable, ""),
        ("enam truk", "release_truck_count", of, Verdict::Consistent, "6"),
        ("enam produk", "release_line_count", of, Verdict::Consistent, "6"),
        ("enam pengiriman", "release_shipment_count", of, Verdict::Consistent, "6"),
        ("dua kontainer", "release_container_count", of, Verdict::Consistent, "2"),
        ("satu eksportir", "release_exporter_count", of, Verdict::Consistent, "1"),
        ("enam negara", "release_destination_count", of, Verdict::Inconsistent, "5"),
        ("6.686,40 dolar AS", "shipment_value", "shipments/s2", Verdict::Consistent, "6686.40"),
        ("puluhan truk", "release_truck_count", of, Verdict::Undecidable, "6"),
    ];
    let claims: Vec<_> = cases.iter().map(|case| claim(case.0, case.1, case.2)).collect();
    let verdicts = check(&world, claims.clone()).await.unwrap();
    for ((case, sent), verdict) in cases.iter().zip(claims).zip(&verdicts) {
        assert_eq!(verdict.verdict(), case.3, "{}: {}", case.0, verdict.explanation);
        let found = verdict.found.as_ref().map_or("", |found| found.value.as_str());
        assert_eq!(found, case.4, "{}", case.0);
        assert_eq!(verdict.claim.as_ref(), Some(&sent));
    }
    let told = "found 5 (AU, BD, IN, KR, NL), the text says 6; the release is PLANNED: it has not \
                left";
    assert_eq!(verdicts[7].explanation, told);
}

async fn cancelled_shipments_do_not_count(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    world.cancel("s3").await.unwrap();
    let claims = vec![
        claim("lima truk", "release_truck_count", "releases/r"),
        claim("200.000 dolar AS", "shipment_value", "shipments/s3"),
    ];
    let verdicts = check(&world, claims).await.unwrap();
    assert_eq!(verdicts[0].verdict(), Verdict::Consistent);
    assert_eq!((verdicts[1].verdict(), verdicts[1].found.as_ref()), (Verdict::Undecidable, None));
    let told = "found no amount, but the text is in USD; the shipment is CANCELLED, which counts \
                for nothing";
    assert_eq!(verdicts[1].explanation, told);
}

async fn what_has_not_left_is_said(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let ready = world.ready("a").await;
    let mut moved = facts();
    moved.release = "releases/r".to_owned();
    world.create("b", moved).await.unwrap();
    let explain = async |metric: &str, of: &str| {
        let claims = vec![claim("1 dolar AS", metric, of)];
        check(&world, claims).await.unwrap().remove(0).explanation
    };
    let told = explain("shipment_value", &ready.name).await;
    assert!(told.ends_with("; the shipment is READY: it has not left"), "{told}");
    let told = explain("shipment_value", "shipments/b").await;
    assert!(told.ends_with("; the shipment is DRAFT: it has not left"), "{told}");
    let told = explain("release_value", "releases/r").await;
    assert!(told.ends_with("; the release is PLANNED: it has not left"), "{told}");
    world.cancel("b").await.unwrap();
    world.dispatch("releases/r").await.unwrap();
    for (metric, of) in [("release_value", "releases/r"), ("shipment_value", "shipments/a")] {
        let told = explain(metric, of).await;
        assert!(!told.contains("left") && told.contains("outside"), "{told}");
    }
}

async fn a_unit_of_something_else_is_undecidable(database: TestDatabase) {
    let world = World::new(database).await;
    seed(&world).await;
    let cases = [
        ("21 ton", "release_value", "the text speaks of \"ton\", not of money"),
        ("6 truk", "release_net_weight", "6 of 6 lines have no net_kg"),
        ("enam negara", "release_truck_count", "speaks of \"negara\", not of trucks"),
        ("enam truk", "release_container_count", "speaks of \"truk\", not of containers"),
        ("6 dolar AS", "release_truck_count", "is an amount in USD, no count of trucks"),
        ("6 ton", "release_line_count", "speaks of \"ton\", not of lines of goods"),
    ];
    for (text, metric, told) in cases {
        let verdict = check(&world, vec![claim(text, metric, "releases/r")]).await.unwrap();
        assert_eq!(verdict[0].verdict(), Verdict::Undecidable, "{text} of {metric}");
        assert_eq!(verdict[0].found, None, "{text} of {metric}");
        assert!(verdict[0].explanation.contains(told), "{}", verdict[0].explanation);
    }
    let unknown = claim("enam rombongan", "release_truck_count", "releases/r");
    assert_eq!(check(&world, vec![unknown]).await.unwrap()[0].verdict(), Verdict::Consistent);
}

async fn weights_are_compared_in_kilograms(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    for (id, net_kg) in [("a", "1500.5"), ("b", "20000")] {
        let mut shipment = Shipment { release: "releases/r".to_owned(), ..facts() };
        shipment.lines[0].net_kg = decimal(net_kg);
        world.create(id, shipment).await.unwrap();
    }
    let weigh = async |text: &str| {
        let claims = vec![claim(text, "release_net_weight", "releases/r")];
        check(&world, claims).await.unwrap().remove(0)
    };
    for text in ["21 ton", "21,5 ton", "215 kuintal", "21500 kg", "21.500,5 kg jahe"] {
        let verdict = weigh(text).await;
        assert_eq!(verdict.verdict(), Verdict::Consistent, "{text}: {}", verdict.explanation);
        assert_eq!(verdict.found, decimal("21500.5"), "{text}");
    }
    assert_eq!(weigh("21.500 kg").await.verdict(), Verdict::Ambiguous, "or 21 and a half");
    let tons = weigh("22 ton").await;
    assert_eq!((tons.verdict(), tons.low), (Verdict::Consistent, decimal("21500")));
    assert_eq!(weigh("23 ton").await.verdict(), Verdict::Inconsistent);
    assert_eq!(weigh("21.500,5 t").await.verdict(), Verdict::Inconsistent);
    assert_eq!(weigh("22 truk").await.verdict(), Verdict::Undecidable);
    world.draft("unweighed").await;
    let unknown = weigh("21 ton").await;
    assert_eq!((unknown.verdict(), unknown.found), (Verdict::Undecidable, None));
    let told = "1 of 3 lines have no net_kg, the others come to 21500.5 kg; the release is PLANNED: \
                it has not left";
    assert_eq!(unknown.explanation, told);
    world.cancel("unweighed").await.unwrap();
    assert_eq!(weigh("21 ton").await.verdict(), Verdict::Consistent);
}

async fn claims_are_refused_for_what_they_are(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let one = |text: &str, metric: &str, of: &str| check(&world, vec![claim(text, metric, of)]);
    invalid(check(&world, vec![]).await, &[("claims", "FIELD_MISSING")]);
    let unknown = one("enam", "release_ship_count", "releases/r").await;
    invalid(unknown, &[("claims[0].metric", "METRIC_UNKNOWN")]);
    let unreadable = one("bukan angka", "release_value", "releases/r").await;
    invalid(unreadable, &[("claims[0].text", "FIGURE_UNREADABLE")]);
    let crossed = one("enam", "shipment_value", "releases/r").await;
    invalid(crossed, &[("claims[0].of", "RESOURCE_NAME_FORM")]);
    absent(one("enam", "release_truck_count", "releases/no").await, "releases/no");
    absent(one("enam", "shipment_value", "shipments/no").await, "shipments/no");
    let mut filtered = claim("enam", "release_truck_count", "releases/r");
    filtered.filter = "state = READY".to_owned();
    refused(check(&world, vec![filtered]).await, Code::InvalidArgument, "FILTER_INVALID");
}
