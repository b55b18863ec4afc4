use devisa_proto::{
    deal::v1::{StatedValue, review_decision::Decision},
    figure::v1::{CheckFiguresRequest, Claim, ClaimVerdict, Verdict},
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code, Status};

use crate::world::{
    SESSION, World, absent, alone, contract, date, invalid, loi, money, refused, usd,
};

on_both_databases!(
    figures_of_the_seed,
    the_largest_values_are_checked,
    held_values_are_named,
    a_deal_may_state_other_currencies,
    tiers_never_mix,
    later_signatures_do_not_count,
    claims_are_refused,
);

fn claim(text: &str, metric: &str, of: &str) -> Claim {
    let (text, metric, of) = (text.to_owned(), metric.to_owned(), of.to_owned());
    Claim { text, metric, of, ..Default::default() }
}

fn of_tier(tier: &str, claim: Claim) -> Claim {
    Claim { filter: format!("tier = {tier}"), ..claim }
}

async fn check(world: &World, claims: impl Into<Vec<Claim>>) -> Result<Vec<ClaimVerdict>, Status> {
    let request = CheckFiguresRequest { claims: claims.into() };
    world.summaries().check_figures(request).await.map(|answer| answer.into_inner().verdicts)
}

async fn one(world: &World, claim: Claim) -> ClaimVerdict {
    check(world, [claim]).await.unwrap().remove(0)
}

async fn the_largest_values_are_checked(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    for id in ["a", "b"] {
        world.signed(id, loi("dona-doni", money("JPY", i64::MAX))).await;
    }
    let verdict = one(&world, claim("12 ribu yen", "session_value", SESSION)).await;
    assert_eq!(verdict.verdict(), Verdict::Inconsistent);
    assert_eq!(verdict.found.unwrap().value, "18446744073709551614");
    let verdict = one(&world, claim("12 ribu yen", "deal_value", "deals/a")).await;
    assert_eq!(verdict.found.unwrap().value, "9223372036854775807");
}

async fn figures_of_the_seed(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    let verdicts = check(
        &world,
        [
            claim("239,52 juta dolar AS", "session_value", SESSION),
            claim("Rp3,95 triliun", "session_value", SESSION),
            claim("empat LoI", "session_deal_count", SESSION),
            claim("12 ribu dolar AS", "deal_value", "deals/temon-agro"),
            claim("2,7 ribu dolar AS", "deal_value", "deals/dona-doni"),
            claim("4 ribu dolar AS", "deal_value", "deals/dona-doni"),
        ],
    );
    let verdicts = verdicts.await.unwrap();
    let answers: Vec<_> = verdicts.iter().map(ClaimVerdict::verdict).collect();
    use Verdict::{Consistent, Inconsistent, Undecidable};
    assert_eq!(
        answers,
        [Consistent, Undecidable, Consistent, Consistent, Consistent, Inconsistent],
        "{verdicts:#?}"
    );
    assert_eq!(verdicts[0].found.as_ref().unwrap().value, "239519390.00");
    assert_eq!(verdicts[2].found.as_ref().unwrap().value, "4");
    let held: Vec<_> = verdicts.iter().map(|verdict| verdict.held).collect();
    assert_eq!(held, [true, true, true, false, false, false]);
    assert_eq!(
        verdicts[3].claim,
        Some(claim("12 ribu dolar AS", "deal_value", "deals/temon-agro"))
    );
}

async fn held_values_are_named(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    let hats = || claim("239,5 juta dolar AS", "deal_value", "deals/sang-bamboo");
    let verdict = one(&world, hats()).await;
    assert_eq!((verdict.verdict(), verdict.held), (Verdict::Consistent, true));
    assert!(
        verdict.explanation.contains("; held: size_ceiling: IDR 4,008,751,000,000 is 80.2 times")
    );
    assert!(verdict.explanation.contains("; session_outlier: USD 239,500,000.00 is 50,957 times"));
    let session = one(&world, claim("4 LoI", "session_deal_count", SESSION)).await;
    assert!(session.explanation.contains("; deals/sang-bamboo held: size_ceiling"), "{session:?}");
    world.review("sang-bamboo", Decision::Dispute, None).await.unwrap();
    assert!(one(&world, hats()).await.explanation.contains("; disputed: size_ceiling"));
    world.review("sang-bamboo", Decision::Confirm, None).await.unwrap();
    assert!(!one(&world, hats()).await.held);
}

async fn a_deal_may_state_other_currencies(database: TestDatabase) {
    let world = World::new(database).await;
    let mut deal = alone(loi("sang-bamboo", usd(239_500_000)));
    let stated = |text: &str, amount| StatedValue { text: text.to_owned(), amount };
    deal.stated_values.push(stated("Rp3,9 triliun", Some(money("IDR", 3_951_750_000_000))));
    deal.stated_values.push(stated("RM991 juta", None));
    world.draft("a", deal).await;
    let verdict = one(&world, claim("Rp3,95 triliun", "deal_value", "deals/a")).await;
    assert_eq!(verdict.verdict(), Verdict::Consistent);
    assert_eq!(verdict.found.unwrap().value, "3951750000000.00");
    // A text without an amount states nothing to compare with.
    let verdict = one(&world, claim("RM991 juta", "deal_value", "deals/a")).await;
    assert_eq!(verdict.verdict(), Verdict::Undecidable);
    let verdict = one(&world, of_tier("CONTRACTED", claim("1 dolar AS", "deal_value", "deals/a")));
    let verdict = verdict.await;
    assert_eq!(verdict.verdict(), Verdict::Undecidable);
    let told =
        "found USD 239,500,000.00, but the deal is POTENTIAL, the filter asks for CONTRACTED";
    assert_eq!(verdict.explanation, told);
    let draft = one(&world, claim("RM1 juta", "deal_value", "deals/a")).await;
    let told = "found IDR 3,951,750,000,000 and USD 239,500,000.00, but the text is in MYR; \
                \"RM991 juta\" is stated without an amount; record it as stated_values[1].amount to \
                decide; the deal is DRAFT";
    assert_eq!(draft.explanation, told);
}

async fn tiers_never_mix(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("a", loi("dona-doni", usd(1_000))).await;
    world.signed("b", contract("dona-doni", usd(2_000))).await;
    let value = || claim("3 ribu dolar AS", "session_value", SESSION);
    let refusal = check(&world, [claim("2 LoI", "session_deal_count", SESSION), value()]).await;
    let detail = refused(refusal, Code::InvalidArgument, "TIER_REQUIRED");
    assert_eq!(detail.metadata["field"], "claims[1].filter");
    let found = async |claim| one(&world, claim).await.found.unwrap().value;
    assert_eq!(found(of_tier("POTENTIAL", value())).await, "1000.00");
    assert_eq!(found(of_tier("TIER_CONTRACTED", value())).await, "2000.00");
    let count = || claim("2 deal", "session_deal_count", SESSION);
    assert_eq!(found(count()).await, "2");
    assert_eq!(found(of_tier("POTENTIAL", count())).await, "1");
}

async fn later_signatures_do_not_count(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("a", loi("dona-doni", usd(1_000))).await;
    let mut later = loi("dona-doni", usd(2_000));
    later.sign_date = Some(date(2025, 11, 27));
    world.signed("b", later).await;
    let on = |day| Claim {
        as_of: Some(date(2025, 11, day)),
        ..claim("1 ribu dolar AS", "session_value", SESSION)
    };
    assert_eq!(one(&world, on(26)).await.verdict(), Verdict::Consistent);
    assert_eq!(one(&world, on(27)).await.verdict(), Verdict::Inconsistent);
}

async fn claims_are_refused(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    let of = |metric: &str, of: &str| check(&world, [claim("1 dolar AS", metric, of)]);
    absent(of("session_value", "sessions/no").await, "sessions/no");
    absent(of("deal_value", "deals/no").await, "deals/no");
    let wrong = of("deal_value", SESSION).await;
    invalid(wrong, &[("claims[0].of", "RESOURCE_NAME_FORM")]);
    let wrong = of("release_value", SESSION).await;
    invalid(wrong, &[("claims[0].metric", "METRIC_UNKNOWN")]);
    let none = check(&world, []).await;
    invalid(none, &[("claims", "FIELD_MISSING")]);
    for filter in ["tier = RELEASED", "seller = x", "tier = POTENTIAL AND tier = CONTRACTED"] {
        let filter = filter.to_owned();
        let claim = Claim { filter, ..claim("1 dolar AS", "session_value", SESSION) };
        let detail = refused(check(&world, [claim]).await, Code::InvalidArgument, "FILTER_INVALID");
        assert!(detail.message.contains("claims[0].filter"), "{}", detail.message);
    }
    let empty = one(&world, claim("1 dolar AS", "session_value", SESSION)).await;
    assert_eq!((empty.verdict(), empty.held), (Verdict::Undecidable, false));
    let told = "found no amount, but the text is in USD; no deal was signed by 2025-11-27";
    assert_eq!(empty.explanation, told);
    let empty = one(&world, claim("3 LoI", "session_deal_count", SESSION)).await;
    assert_eq!(empty.verdict(), Verdict::Inconsistent);
    let trucks = one(&world, claim("3 truk", "session_deal_count", SESSION)).await;
    assert_eq!((trucks.verdict(), trucks.found), (Verdict::Undecidable, None));
}
