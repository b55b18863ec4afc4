//! Random steps for deals and the shipments that draw them down: few ids, mostly sound, with
//! deliberate mistakes.

use devisa_model::deal::STATED;
use devisa_proto::{
    common::v1::Tier,
    deal::v1::{
        deal::Instrument, review_decision::Decision, summarize_deals_request::Dimension, *,
    },
    google_type::{Date, Money},
    registry::v1::organisation_size::Class,
    totals::v1::Conversion,
};
use proptest::{
    bool::weighted,
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};
use prost_types::FieldMask;

use crate::{
    play::Manner,
    registry::{manner, passing},
    shipment::steps::{self as goods, conversion, day, etag, one_of},
};

/// One call and how it is made.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) manner: Manner,
}

#[derive(Clone, Debug)]
pub(super) enum Op {
    /// A call of the shipment service.
    Shipment(goods::Op),
    /// An organisation's size class changes in the registry.
    Size(usize, Option<Class>),
    /// One more rate is recorded in the registry.
    Rate(usize),
    CreateSession(CreateSessionRequest),
    UpdateSession(UpdateSessionRequest),
    CreateDeal(CreateDealRequest),
    UpdateDeal(UpdateDealRequest),
    Sign(SignDealRequest),
    Review(ReviewDealRequest),
    Lapse(LapseDealRequest),
    Withdraw(WithdrawDealRequest),
    CreateRealisation(CreateRealisationRequest),
    DeleteRealisation(DeleteRealisationRequest),
    Get(Kind, usize),
    List(List),
    Summarize(Summarize),
    Time(i64),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Sessions,
    Deals,
    Realisations,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub(super) kind: Kind,
    pub(super) both: [Option<usize>; 2],
    pub(super) size: usize,
    pub(super) show_deleted: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Summarize {
    pub(super) tier: Tier,
    pub(super) include_held: bool,
    pub(super) by: Vec<Dimension>,
    pub(super) period: [Option<Date>; 2],
    pub(super) both: [Option<usize>; 2],
    pub(super) conversion: Option<Conversion>,
    pub(super) size: i32,
}

fn session() -> impl Strategy<Value = String> {
    one_of(&["sessions/s1", "sessions/s1", "sessions/s1", "sessions/s2"])
}

fn deal() -> impl Strategy<Value = String> {
    (0..8_u8).prop_map(|number| format!("deals/d{number}"))
}

fn sessions() -> impl Strategy<Value = Op> {
    let facts = || {
        let office = one_of(&["", "organisations/c", "organisations/c", "organisations/nobody"]);
        (one_of(&["", "Temu Bisnis", "Matching"]), option::weighted(0.95, day()), office).prop_map(
            |(display_name, session_date, office)| Session {
                display_name,
                session_date,
                office,
                place: "Kuala Lumpur".to_owned(),
                ..Default::default()
            },
        )
    };
    let create = (one_of(&["s1", "s1", "s2"]), facts()).prop_map(|(session_id, session)| {
        let session = Some(session);
        Op::CreateSession(CreateSessionRequest { session_id, session, ..Default::default() })
    });
    let paths = vec(one_of(&["display_name", "office", "place", "name", "rooms"]), 1..3);
    let update = (session(), etag(), facts(), paths).prop_map(|(name, etag, facts, paths)| {
        let session = Some(Session { name, etag, ..facts });
        let update_mask = Some(FieldMask { paths });
        Op::UpdateSession(UpdateSessionRequest { session, update_mask, ..Default::default() })
    });
    prop_oneof![3 => create, 1 => update]
}

fn money(code: &str, units: i64) -> Money {
    Money { currency_code: code.to_owned(), units, nanos: 0 }
}

/// Values around those of shipments' lines, a hundred times as much, and around what is stated.
fn value() -> impl Strategy<Value = Option<Money>> {
    let values = vec![
        money("USD", 50),
        money("USD", 50),
        money("USD", 100),
        money("USD", 100),
        money("USD", 120),
        money("USD", 20_000),
        money("USD", 351_600),
        money("USD", 4_000_000),
        money("MYR", 10),
        money("IDR", 5_800_000_000),
        money("IDR", 3_900_000_000_000),
    ];
    prop_oneof![
        30 => select(values).prop_map(Some),
        1 => Just(None),
        1 => Just(Some(money("USD", 0))),
    ]
}

fn stated() -> impl Strategy<Value = Vec<StatedValue>> {
    let amount = option::weighted(0.2, (weighted(0.8), -1..=1_i64));
    let one = (select(STATED.to_vec()), amount).prop_map(|((text, code, [low, _]), amount)| {
        let amount = amount.map(|(same, more)| {
            let code = if same { code } else { "MYR" };
            money(code, low + more * 10)
        });
        StatedValue { text: text.to_owned(), amount }
    });
    prop_oneof![3 => Just(vec![]), 1 => vec(one, 1..3)]
}

fn goods() -> impl Strategy<Value = Vec<DealGoods>> {
    let one =
        (one_of(&["Kopi bubuk", "Kopi bubuk", "Gula", ""]), one_of(&["Kopi", "Kopi", "Gula", ""]))
            .prop_map(|(description, commodity)| DealGoods {
                description,
                commodity,
                ..Default::default()
            });
    prop_oneof![2 => Just(vec![]), 1 => vec(one, 1..3)]
}

fn facts() -> impl Strategy<Value = Deal> {
    let session = one_of(&["", "sessions/s1", "sessions/s1", "sessions/s1", "sessions/s2"]);
    let seller = one_of(&[
        "organisations/a",
        "organisations/a",
        "organisations/a",
        "organisations/b",
        "organisations/b",
        "organisations/c",
        "organisations/nobody",
        "",
    ]);
    let buyer = one_of(&[
        "organisations/buyer",
        "organisations/buyer",
        "organisations/buyer",
        "organisations/buyer",
        "organisations/buyer",
        "organisations/a",
        "organisations/nobody",
    ]);
    let instrument = prop_oneof![20 => 1..5_i32, 1 => Just(0)];
    let term = select(vec![0, 0, 0, 12, 24, 36, 601]);
    let signed = option::weighted(0.8, day());
    (session, (seller, buyer), instrument, goods(), value(), stated(), (term, signed)).prop_map(
        |(session, (seller, buyer), instrument, goods, value, stated_values, (term, sign_date))| {
            Deal {
                session,
                seller,
                buyer,
                instrument,
                goods,
                value,
                stated_values,
                term_months: term,
                sign_date,
                ..Default::default()
            }
        },
    )
}

/// A deal without mistakes, as most are.
fn sound() -> impl Strategy<Value = Deal> {
    let instrument = select(vec![Instrument::Contract, Instrument::PurchaseOrder, Instrument::Loi]);
    let seller = one_of(&["organisations/a", "organisations/a", "organisations/b"]);
    let code = select(vec!["USD", "USD", "USD", "USD", "MYR"]);
    let units = select(vec![50, 100, 120, 20_000, 351_600]);
    let session = one_of(&["sessions/s1", "sessions/s1", "sessions/s1", "sessions/s2", ""]);
    (session, seller, instrument, code, units, day()).prop_map(
        |(session, seller, instrument, code, units, sign_date)| Deal {
            session,
            seller,
            buyer: "organisations/buyer".to_owned(),
            instrument: instrument.into(),
            value: Some(money(code, units)),
            sign_date: Some(sign_date),
            ..Default::default()
        },
    )
}

fn deals() -> impl Strategy<Value = Op> {
    const PATHS: &[&str] = &[
        "session",
        "session",
        "session",
        "value",
        "goods",
        "stated_values",
        "sign_date",
        "buyer",
        "term_months",
        "instrument",
        "state",
        "weight",
    ];
    let facts = || prop_oneof![1 => facts(), 2 => sound()];
    let create = (0..8_u8, facts()).prop_map(|(id, deal)| {
        let deal = Some(deal);
        Op::CreateDeal(CreateDealRequest { deal_id: format!("d{id}"), deal, ..Default::default() })
    });
    let update = (deal(), etag(), facts(), vec(one_of(PATHS), 1..3)).prop_map(
        |(name, etag, facts, paths)| {
            let deal = Some(Deal { name, etag, ..facts });
            let update_mask = Some(FieldMask { paths });
            Op::UpdateDeal(UpdateDealRequest { deal, update_mask, ..Default::default() })
        },
    );
    let sign =
        (deal(), etag(), option::weighted(0.1, day())).prop_map(|(name, etag, sign_date)| {
            Op::Sign(SignDealRequest { name, etag, sign_date, ..Default::default() })
        });
    let lapse = (deal(), etag())
        .prop_map(|(name, etag)| Op::Lapse(LapseDealRequest { name, etag, ..Default::default() }));
    let withdraw = (deal(), etag()).prop_map(|(name, etag)| {
        Op::Withdraw(WithdrawDealRequest { name, etag, ..Default::default() })
    });
    prop_oneof![8 => create, 4 => update, 10 => sign, 5 => review(), 1 => lapse, 1 => withdraw]
}

fn review() -> impl Strategy<Value = Op> {
    let decisions =
        vec![Decision::Confirm, Decision::Correct, Decision::Correct, Decision::Dispute];
    let decision = prop_oneof![20 => select(decisions), 1 => Just(Decision::Unspecified)];
    let evidence = one_of(&["", "https://example.test/a", "https://example.test/b"]);
    (deal(), etag(), decision, value(), weighted(0.95), evidence).prop_map(
        |(name, etag, decision, value, fits, evidence_uri)| {
            let corrected_value = value.filter(|_| (decision == Decision::Correct) == fits);
            Op::Review(ReviewDealRequest {
                name,
                decision: decision.into(),
                corrected_value,
                evidence_uri,
                etag,
                ..Default::default()
            })
        },
    )
}

fn realisations() -> impl Strategy<Value = Op> {
    let amount = select(vec![
        Some(money("USD", 1)),
        Some(money("USD", 20)),
        Some(money("USD", 33)),
        Some(money("USD", 50)),
        Some(money("USD", 50)),
        Some(money("USD", 100)),
        Some(money("MYR", 7)),
        None,
        Some(money("USD", -1)),
    ]);
    let shipment = one_of(&[
        "shipments/s1",
        "shipments/s1",
        "shipments/s2",
        "shipments/s2",
        "shipments/s3",
        "shipments/s9",
    ]);
    let line = select(vec![0, 0, 0, 0, 0, 1, 1, -1]);
    let create = (deal(), 0..4_u8, shipment, line, amount).prop_map(
        |(parent, id, shipment, line, amount)| {
            let realisation =
                Realisation { shipment, line_index: line, amount, ..Default::default() };
            Op::CreateRealisation(CreateRealisationRequest {
                parent,
                realisation_id: format!("r{id}"),
                realisation: Some(realisation),
                ..Default::default()
            })
        },
    );
    let delete = (deal(), 0..4_u8, etag()).prop_map(|(deal, id, etag)| {
        let name = format!("{deal}/realisations/r{id}");
        Op::DeleteRealisation(DeleteRealisationRequest { name, etag, ..Default::default() })
    });
    prop_oneof![8 => create, 1 => delete]
}

fn summaries() -> impl Strategy<Value = Op> {
    use Dimension::{Buyer, Commodity, Month, Office, Seller, Session};
    let by = subsequence(vec![Session, Seller, Buyer, Office, Commodity, Month], 0..4);
    let period = || option::weighted(0.15, day());
    let both = || option::weighted(0.4, 0..60_usize);
    let tier = select(vec![Tier::Potential, Tier::Contracted, Tier::Contracted]);
    (
        (tier, any::<bool>()),
        by.prop_shuffle(),
        [period(), period()],
        [both(), both()],
        option::weighted(0.4, conversion()),
        select(vec![1, 2, 50]),
    )
        .prop_map(|((tier, include_held), by, [first, end], both, conversion, size)| {
            // A period has at least one day.
            let end = end.filter(|end| first.as_ref().is_none_or(|first| first.day < end.day));
            let period = [first, end];
            Op::Summarize(Summarize { tier, include_held, by, period, both, conversion, size })
        })
}

fn reads() -> impl Strategy<Value = Op> {
    let kind = || select(vec![Kind::Sessions, Kind::Deals, Kind::Deals, Kind::Realisations]);
    let comparison = || option::weighted(0.7, 0..60_usize);
    let list = (kind(), [comparison(), comparison()], select(vec![1, 2, 7]), any::<bool>())
        .prop_map(|(kind, both, size, show_deleted)| {
            Op::List(List { kind, both, size, show_deleted })
        });
    let get = (kind(), 0..12_usize).prop_map(|(kind, index)| Op::Get(kind, index));
    prop_oneof![4 => list, 1 => get, 4 => summaries()]
}

fn registry() -> impl Strategy<Value = Op> {
    let class = select(vec![Class::Mikro, Class::Kecil, Class::Menengah, Class::Besar]);
    let size = (0..3_usize, option::weighted(0.8, class)).prop_map(|(of, to)| Op::Size(of, to));
    prop_oneof![1 => size, 2 => (0..4_usize).prop_map(Op::Rate)]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let op = prop_oneof![
        2 => sessions(),
        14 => deals(),
        10 => realisations(),
        7 => reads(),
        1 => registry(),
        10 => goods::under_way().prop_map(Op::Shipment),
        1 => passing().prop_map(Op::Time),
    ];
    // What is known of shipments moves on by itself: the whole database is not compared.
    let manner = manner().prop_map(|manner| Manner { watched: false, ..manner });
    (op, manner).prop_map(|(op, manner)| Step { op, manner })
}

/// Shipments that are ready, sessions, and signed deals.
pub(super) fn opening() -> Vec<Step> {
    let mut ops: Vec<_> = goods::opening().into_iter().map(|step| Op::Shipment(step.op)).collect();
    for (id, office) in [("s1", "organisations/c"), ("s2", "")] {
        let session = Session {
            display_name: "Temu Bisnis".to_owned(),
            session_date: Some(Date { year: 2025, month: 11, day: 25 }),
            office: office.to_owned(),
            ..Default::default()
        };
        ops.push(Op::CreateSession(CreateSessionRequest {
            session_id: id.to_owned(),
            session: Some(session),
            ..Default::default()
        }));
    }
    for (number, units) in [50, 100, 100, 120].into_iter().enumerate() {
        let deal = Deal {
            session: "sessions/s1".to_owned(),
            seller: format!("organisations/{}", if number == 3 { "b" } else { "a" }),
            buyer: "organisations/buyer".to_owned(),
            instrument: Instrument::Contract.into(),
            value: Some(money("USD", units)),
            sign_date: Some(Date { year: 2025, month: 11, day: 25 }),
            ..Default::default()
        };
        ops.push(Op::CreateDeal(CreateDealRequest {
            deal_id: format!("d{number}"),
            deal: Some(deal),
            ..Default::default()
        }));
        let name = format!("deals/d{number}");
        ops.push(Op::Sign(SignDealRequest { name, ..Default::default() }));
    }
    ops.into_iter().map(|op| Step { op, manner: Manner::PLAIN }).collect()
}
