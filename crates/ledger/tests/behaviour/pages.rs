//! Pages: whole, stable, authenticated.

use devisa_domain::refusal::{Reason, Refusal};
use devisa_ledger::{Error, Ledger, MOST_BYTES, Order, Page, PageArgs};
use devisa_proto::{event::v1::ListEventsRequest, registry::v1::Programme};
use devisa_testkit::{TestClock, TestDatabase, on_both_databases};
use sea_orm::EntityTrait;

use crate::toy::{self, CREATED, Entity, Model, UPDATED, call, create, mark};

on_both_databases!(
    pages_hold_every_row_once_newest_first,
    names_are_ordered_bytewise,
    rows_inserted_meanwhile_do_not_disturb,
    a_token_is_good_on_every_replica_and_for_nothing_else,
    sizes_are_defaulted_capped_and_refused,
    a_page_is_cut_by_bytes_and_never_empty,
);

async fn page(
    ledger: &Ledger,
    order: Order,
    size: i32,
    token: &str,
) -> Result<Page<Programme>, Error> {
    let args =
        PageArgs { page_size: size, page_token: token, method: "toy/List", arguments: "none" };
    ledger.list(Entity::find(), order, &args, render).await
}

async fn render(rows: Vec<Model>) -> Result<Vec<Programme>, Error> {
    let render = |row: Model| Programme { name: row.name, owner: row.label, ..Default::default() };
    Ok(rows.into_iter().map(render).collect())
}

async fn all(ledger: &Ledger, order: Order, size: i32) -> Vec<String> {
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let next = page(ledger, order, size, &token).await.unwrap();
        names.extend(next.items.into_iter().map(|row| row.name));
        token = next.next_page_token;
        if token.is_empty() {
            return names;
        }
    }
}

async fn pages_hold_every_row_once_newest_first(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    for number in 0..7 {
        create(&ledger, &call(None, "x"), &format!("t{number}")).await.unwrap();
    }
    let expected: Vec<_> = (0..7).rev().map(|number| format!("toys/t{number}")).collect();
    for size in [1, 2, 3, 7, 8] {
        assert_eq!(all(&ledger, Order::Newest, size).await, expected, "size {size}");
    }
}

async fn names_are_ordered_bytewise(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let ids = ["b", "B", "a-b", "a", "ab", "é", "z"];
    for id in ids {
        create(&ledger, &call(None, id), id).await.unwrap();
    }
    let mut expected = ids.map(|id| format!("toys/{id}"));
    expected.sort();
    assert_eq!(all(&ledger, Order::Name, 2).await, expected);
}

async fn rows_inserted_meanwhile_do_not_disturb(database: TestDatabase) {
    let clock = TestClock::at("2025-11-27T09:00:00+07:00");
    let ledger = toy::open_at(&database, clock.clone()).await;
    for number in 0..4 {
        create(&ledger, &call(None, "x"), &format!("t{number}")).await.unwrap();
    }
    let first = page(&ledger, Order::Newest, 2, "").await.unwrap();
    create(&ledger, &call(None, "x"), "newer").await.unwrap();
    let second = page(&ledger, Order::Newest, 2, &first.next_page_token).await.unwrap();
    let names: Vec<_> = second.items.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["toys/t1", "toys/t0"]);
    assert_eq!(second.next_page_token, "");
}

async fn a_token_is_good_on_every_replica_and_for_nothing_else(database: TestDatabase) {
    let [ledger, replica] = [toy::open(&database).await, toy::open(&database).await];
    for number in 0..3 {
        create(&ledger, &call(None, "x"), &format!("t{number}")).await.unwrap();
    }
    let token = page(&ledger, Order::Newest, 1, "").await.unwrap().next_page_token;
    assert_eq!(page(&replica, Order::Newest, 1, &token).await.unwrap().items[0].name, "toys/t1");

    let tokens = replica.tokens();
    let args = PageArgs { page_size: 1, page_token: &token, method: "toy/List", arguments: "none" };
    assert!(tokens.start(&args).is_ok());
    let mut forged = token.clone().into_bytes();
    forged[10] = if forged[10] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let cut = &token[..token.len() - 4];
    for other in [
        PageArgs { arguments: "others", ..args },
        PageArgs { method: "toy/Other", ..args },
        PageArgs { page_token: &forged, ..args },
        PageArgs { page_token: cut, ..args },
        PageArgs { page_token: "nonsense", ..args },
        PageArgs { page_token: "nön!", ..args },
    ] {
        let refused = tokens.start(&other).unwrap_err();
        assert_eq!(refused.reason(), Reason::PageTokenInvalid, "{other:?}");
    }
}

async fn sizes_are_defaulted_capped_and_refused(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    for (asked, given) in [(0, 50), (1, 1), (1_000, 1_000), (1_001, 1_000), (i32::MAX, 1_000)] {
        let args = PageArgs { page_size: asked, page_token: "", method: "m", arguments: "" };
        assert_eq!(args.size().unwrap(), given);
    }
    match page(&ledger, Order::Newest, -1, "").await.unwrap_err() {
        Error::Refused(Refusal::Invalid(violations)) => {
            assert_eq!(
                violations[0].to_string(),
                "page_size: page_size.negative: expected 0 or more, found -1"
            );
        }
        other => unreachable!("{other}"),
    }
}

async fn a_page_is_cut_by_bytes_and_never_empty(database: TestDatabase) {
    let ledger = toy::open(&database).await;
    let part = |of: usize| "x".repeat(MOST_BYTES / of);
    // In this order: two that fit together, one that fits with none, one larger than a page, two small ones.
    let toys = [("a", part(3)), ("b", part(3)), ("c", part(2)), ("d", part(1)), ("e", part(9))];
    for (id, label) in &toys {
        create(&ledger, &call(None, id), id).await.unwrap();
        mark(&ledger, id, label).await.unwrap();
    }
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let next = page(&ledger, Order::Name, 0, &token).await.unwrap();
        pages.push(next.items.into_iter().map(|toy| toy.name).collect::<Vec<_>>());
        token = next.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let expected =
        [&["toys/a", "toys/b"][..], &["toys/c"], &["toys/d"], &["toys/e"]].map(<[_]>::to_vec);
    assert_eq!(pages, expected);

    // The log is cut alike: its events hold the toys whole.
    let mut request = ListEventsRequest::default();
    let mut sizes = Vec::new();
    let mut count = 0;
    while count < 2 * toys.len() {
        let page = ledger.list_events(&request, "m", &[CREATED, UPDATED]).await.unwrap();
        if let Some(last) = page.events.last() {
            request.after_revision = last.revision.clone();
            count += page.events.len();
            sizes.push(page.events.iter().map(prost::Message::encoded_len).sum::<usize>());
        }
    }
    assert!(sizes.len() > 3, "{sizes:?}");
    let alone = MOST_BYTES + 1_000;
    assert!(sizes.iter().all(|size| *size <= alone), "{sizes:?}");
}
