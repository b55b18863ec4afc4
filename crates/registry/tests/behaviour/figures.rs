use devisa_proto::{
    figure::v1::{CheckFiguresRequest, Claim, ClaimVerdict, Verdict},
    registry::v1::enrolment::State,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code, Status};

use crate::world::{World, absent, date, invalid, refused};

on_both_databases!(
    a_declared_count_is_checked,
    without_a_decree_the_list_is_checked,
    a_decree_is_checked_by_itself,
    claims_are_refused,
);

fn claim(text: &str, of: &str, filter: &str) -> Claim {
    Claim {
        text: text.to_owned(),
        metric: "enrolment_count".to_owned(),
        of: of.to_owned(),
        filter: filter.to_owned(),
        as_of: None,
    }
}

async fn check(world: &World, claim: Claim) -> Result<ClaimVerdict, Status> {
    let request = CheckFiguresRequest { claims: vec![claim] };
    let answer = world.figures().check_figures(request).await?;
    Ok(answer.into_inner().verdicts.remove(0))
}

const LPEI: &str = "programmes/lpei";
const EAST_JAVA: &str = "region = \"35\"";

async fn a_declared_count_is_checked(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 1, 1), 221, "35").await;
    world.decree("e", date(2025, 10, 31), 72, "35").await;
    for village in devisa_domain::village::after(None, Some("35.25.11")).take(13) {
        let code = village.code.to_string();
        world.propose(&code, date(2024, 1, 1)).await;
        world.step(&code, State::Designated, date(2024, 2, 1)).await.unwrap();
    }
    let verdict = check(&world, claim("293 desa", LPEI, EAST_JAVA)).await.unwrap();
    assert_eq!(verdict.verdict(), Verdict::Consistent);
    assert_eq!(verdict.found.unwrap().value, "293");
    assert_eq!((verdict.listed, verdict.coverage.unwrap().value.as_str()), (Some(13), "0.0444"));
    let told = "found 293, the text says 293; 2 decrees declared 293 villages, 0 revoked since, \
                13 listed";
    assert_eq!(verdict.explanation, told);
    assert_eq!(verdict.claim.unwrap(), claim("293 desa", LPEI, EAST_JAVA));

    let then = Claim { as_of: Some(date(2025, 10, 30)), ..claim("293 desa", LPEI, EAST_JAVA) };
    let verdict = check(&world, then).await.unwrap();
    assert_eq!(verdict.verdict(), Verdict::Inconsistent);
    assert_eq!(verdict.found.unwrap().value, "221");
    let vague = check(&world, claim("ratusan desa", LPEI, EAST_JAVA)).await.unwrap();
    assert_eq!(vague.verdict(), Verdict::Undecidable);
    let trucks = check(&world, claim("293 truk", LPEI, EAST_JAVA)).await.unwrap();
    assert_eq!((trucks.verdict(), trucks.found), (Verdict::Undecidable, None));
    let told = "found 293, but the text speaks of \"truk\", not of villages; 2 decrees";
    assert!(trucks.explanation.starts_with(told), "{}", trucks.explanation);
}

async fn without_a_decree_the_list_is_checked(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 1, 1), 100, "35").await;
    world.propose("35.25.11.2009", date(2024, 1, 1)).await;
    let candidates = claim("satu desa", LPEI, "region = \"35\" AND state = PROPOSED");
    let verdict = check(&world, candidates).await.unwrap();
    assert_eq!(verdict.verdict(), Verdict::Consistent);
    assert_eq!((verdict.listed, verdict.coverage.unwrap().value.as_str()), (Some(1), "1.0000"));
    let either = "state = PROPOSED OR state = REJECTED";
    let either = check(&world, claim("satu desa", LPEI, either)).await.unwrap();
    assert_eq!(either.verdict(), Verdict::Consistent);
    let nothing = check(&world, claim("5 desa", LPEI, "")).await.unwrap();
    assert_eq!(nothing.verdict(), Verdict::Inconsistent);
    assert_eq!((nothing.found.unwrap().value.as_str(), nothing.coverage), ("0", None));
    let told = "found 0, the text says 5; listed one by one, no decree declares them; no region is \
                named: DESIGNATED, INAUGURATED, SUSPENDED in the whole country, and decrees for all \
                of it";
    assert_eq!(nothing.explanation, told);
}

async fn a_decree_is_checked_by_itself(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 1, 1), 2, "35").await;
    world.propose("35.25.11.2009", date(2024, 1, 1)).await;
    world.step("35.25.11.2009", State::Designated, date(2024, 2, 1)).await.unwrap();
    let of = "programmes/lpei/decrees/d";
    let verdict = check(&world, claim("dua desa", of, "")).await.unwrap();
    assert_eq!(verdict.verdict(), Verdict::Consistent);
    assert_eq!((verdict.listed, verdict.coverage.unwrap().value.as_str()), (Some(1), "0.5000"));
    let filtered = check(&world, claim("dua desa", of, EAST_JAVA)).await;
    refused(filtered, Code::InvalidArgument, "FILTER_INVALID");
    let none = "programmes/lpei/decrees/no";
    absent(check(&world, claim("dua desa", none, "")).await, none);
}

async fn claims_are_refused(database: TestDatabase) {
    let world = World::new(database).await;
    absent(check(&world, claim("5 desa", LPEI, "")).await, LPEI);
    let wrong = Claim { metric: "deal_value".to_owned(), ..claim("???", "releases/a", "") };
    let fields = [("claims[0].text", "FIGURE_UNREADABLE"), ("claims[0].metric", "METRIC_UNKNOWN")];
    invalid(check(&world, wrong).await, &fields);
    let elsewhere = check(&world, claim("5 desa", "releases/a", "")).await;
    invalid(elsewhere, &[("claims[0].of", "RESOURCE_NAME_FORM")]);
    let many = check(&world, claim("5 desa", LPEI, "region = \"35\" AND region = \"33\"")).await;
    refused(many, Code::InvalidArgument, "FILTER_INVALID");
    let without = check(&world, claim("5 desa", LPEI, "state != PROPOSED")).await;
    refused(without, Code::InvalidArgument, "FILTER_INVALID");
    let unknown = check(&world, claim("5 desa", LPEI, "cluster = a")).await;
    refused(unknown, Code::InvalidArgument, "FILTER_INVALID");
    let empty = world.figures().check_figures(CheckFiguresRequest::default()).await;
    invalid(empty, &[("claims", "FIELD_MISSING")]);
}
