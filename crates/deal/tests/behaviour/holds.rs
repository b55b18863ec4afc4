use devisa_proto::{
    deal::v1::{Deal, FindingOutcome, deal_review::State},
    registry::v1::{RateKind, organisation_size::Class},
};
use devisa_testkit::{TestDatabase, on_both_databases};

use crate::world::{SESSION, World, alone, loi, money, review_state, rules, usd};

on_both_databases!(
    the_hat_deal_is_held_and_the_others_are_not,
    a_later_deal_may_make_an_earlier_one_an_outlier,
    what_is_held_stays_held_when_the_session_outgrows_it,
    the_sellers_class_decides_its_ceiling,
    without_a_rate_signing_goes_on,
    the_tax_rate_goes_before_the_market_rate,
    drafts_and_other_sessions_do_not_matter,
);

async fn the_hat_deal_is_held_and_the_others_are_not(database: TestDatabase) {
    let world = World::new(database).await;
    world.seed().await;
    let hats = world.deal("sang-bamboo").await;
    assert_eq!(review_state(&hats), State::Held);
    assert_eq!(rules(&hats), ["size_ceiling", "session_outlier"]);
    let [size, outlier] = &hats.review.as_ref().unwrap().findings[..] else { panic!() };
    assert_eq!(
        size.explanation,
        "IDR 4,008,751,000,000 is 80.2 times the sales ceiling of IDR 50,000,000,000 (class \
         unknown, measured as MENENGAH; PP 7/2021), at KURS_PAJAK 16738 (exchangeRates/kmk-usd)"
    );
    assert_eq!(size.measured, Some(money("IDR", 4_008_751_000_000)));
    assert_eq!(size.limit, Some(money("IDR", 50_000_000_000)));
    assert!(outlier.explanation.contains("50,957 times the median USD 4,700.00"), "{outlier:?}");
    assert_eq!(
        (outlier.measured.clone(), outlier.limit.clone()),
        (Some(usd(239_500_000)), Some(usd(470_000)))
    );
    for other in ["dona-doni", "temon-agro", "artha-rimpang"] {
        let deal = world.deal(other).await;
        assert_eq!((review_state(&deal), rules(&deal).len()), (State::None, 0), "{other}");
    }
}

async fn a_later_deal_may_make_an_earlier_one_an_outlier(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.signed("large", loi("dona-doni", usd(1_000_000))).await;
    world.signed("a", loi("dona-doni", usd(5))).await;
    world.signed("b", loi("dona-doni", usd(5))).await;
    assert_eq!(review_state(&world.deal("large").await), State::None);
    let before = world.deal("a").await;
    world.signed("c", loi("dona-doni", usd(5))).await;
    let large = world.deal("large").await;
    assert_eq!((review_state(&large), rules(&large)), (State::Held, vec!["session_outlier"]));
    assert_eq!(large.etag, "\"3\"");
    assert_eq!(world.deal("a").await, before);
}

async fn what_is_held_stays_held_when_the_session_outgrows_it(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    for id in ["a", "b", "c"] {
        world.signed(id, loi("dona-doni", usd(5))).await;
    }
    let held = world.signed("d", loi("dona-doni", usd(1_000_000))).await;
    assert_eq!(review_state(&held), State::Held);
    for id in ["e", "f", "g", "h"] {
        world.signed(id, loi("temon-agro", usd(900_000))).await;
    }
    let held = world.deal("d").await;
    assert_eq!((review_state(&held), rules(&held).len()), (State::Held, 0));
}

async fn the_sellers_class_decides_its_ceiling(database: TestDatabase) {
    let world = World::new(database).await;
    // Rp16.738.000.000: above KECIL's fifteen miliar, below MENENGAH's fifty.
    let value = || alone(loi("dona-doni", usd(1_000_000)));
    assert_eq!(review_state(&world.signed("unknown", value()).await), State::None);
    world.registry.organisation("dona-doni", Some(Class::Kecil));
    assert_eq!(review_state(&world.signed("small", value()).await), State::Held);
    let longer = Deal { term_months: 24, ..value() };
    assert_eq!(review_state(&world.signed("longer", longer).await), State::None);
    world.registry.organisation("dona-doni", Some(Class::Besar));
    let huge = alone(loi("dona-doni", usd(1_000_000_000)));
    assert_eq!(review_state(&world.signed("huge", huge).await), State::None);
}

async fn without_a_rate_signing_goes_on(database: TestDatabase) {
    let world = World::new(database).await;
    let deal = world.signed("a", alone(loi("dona-doni", money("MYR", 999_000_000)))).await;
    assert_eq!(review_state(&deal), State::None);
    let [finding] = &deal.review.as_ref().unwrap().findings[..] else { panic!() };
    assert_eq!(finding.outcome(), FindingOutcome::NotEvaluated);
    let expected = "no KURS_PAJAK or JISDOR rate of MYR/IDR is in force on 2025-11-26";
    assert_eq!(finding.explanation, expected);
    assert_eq!((finding.measured.clone(), finding.limit.clone()), (None, None));
}

async fn the_tax_rate_goes_before_the_market_rate(database: TestDatabase) {
    let world = World::new(database).await;
    let ringgit = || alone(loi("dona-doni", money("MYR", 999_000_000)));
    world.registry.rate(RateKind::Jisdor, "MYR", "4000");
    let deal = world.signed("a", ringgit()).await;
    let explanation = |deal: &Deal| deal.review.as_ref().unwrap().findings[0].explanation.clone();
    assert!(explanation(&deal).ends_with("at JISDOR 4000 (exchangeRates/jisdor-myr)"));
    world.registry.rate(RateKind::KursPajak, "MYR", "4029.57");
    let deal = world.signed("b", ringgit()).await;
    assert!(explanation(&deal).ends_with("at KURS_PAJAK 4029.57 (exchangeRates/kmk-myr)"));
}

async fn drafts_and_other_sessions_do_not_matter(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    world.session("other").await;
    for id in ["a", "b", "c"] {
        world.draft(id, loi("dona-doni", usd(5))).await;
        let elsewhere = Deal { session: "sessions/other".to_owned(), ..loi("dona-doni", usd(5)) };
        world.signed(&format!("{id}-elsewhere"), elsewhere).await;
    }
    let large = world.signed("large", loi("dona-doni", usd(1_000_000))).await;
    assert_eq!((review_state(&large), large.session.as_str()), (State::None, SESSION));
}
