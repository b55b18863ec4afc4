//! Random steps for the registry: few ids, mostly sound, with deliberate mistakes.

use devisa_model::registry::STATES;
use devisa_proto::{
    common::v1::Provenance,
    google_type::{Date, Decimal},
    registry::v1::*,
};
use proptest::{
    bool::weighted,
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};
use prost_types::FieldMask;

use crate::play::Manner;

pub(super) const NIB: &str = "0220103456789";
pub(super) const NPWP: &str = "0013000666091000";
pub(super) const VILLAGES: [&str; 4] =
    ["35.25.11.2009", "35.25.11.2010", "35.01.06.2013", "33.01.01.2001"];

/// One call and how it is made.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) manner: Manner,
}

#[derive(Clone, Debug)]
pub(super) enum Op {
    CreateProgramme(CreateProgrammeRequest),
    CreateDecree(CreateDecreeRequest),
    ImportDecree(ImportDecreeRequest),
    CreateEnrolment(CreateEnrolmentRequest),
    Advance(AdvanceEnrolmentRequest),
    CreateOrganisation(CreateOrganisationRequest),
    UpdateOrganisation(UpdateOrganisationRequest),
    DeleteOrganisation(DeleteOrganisationRequest),
    UndeleteOrganisation(UndeleteOrganisationRequest),
    CreateProduct(CreateProductRequest),
    UpdateProduct(UpdateProductRequest),
    DeleteProduct(DeleteProductRequest),
    UndeleteProduct(UndeleteProductRequest),
    CreateRate(CreateExchangeRateRequest),
    Resolve(ResolveExchangeRateRequest),
    /// As of so many days ago; known so many microseconds ago.
    Count(CountEnrolmentsRequest, Option<i64>),
    BatchGetOrganisations(BatchGetOrganisationsRequest),
    BatchGetProducts(BatchGetProductsRequest),
    Get(Kind, usize),
    List(List),
    /// Time passes, or a clock is set back.
    Time(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Programmes,
    Decrees,
    Enrolments,
    Organisations,
    Products,
    Rates,
}

/// A list by two comparisons, which are counted from the first of those there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub(super) kind: Kind,
    pub(super) both: [Option<usize>; 2],
    pub(super) size: usize,
    pub(super) show_deleted: bool,
    pub(super) insert: bool,
}

fn text(empty: f64, texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    (weighted(empty), select(texts)).prop_map(|(empty, text)| match empty {
        true => String::new(),
        false => text.to_owned(),
    })
}

fn organisation() -> impl Strategy<Value = String> {
    select(&["organisations/a", "organisations/b", "organisations/c", "organisations/d"][..])
        .prop_map(ToOwned::to_owned)
}

fn product() -> impl Strategy<Value = String> {
    (organisation(), select(&["x", "y"][..])).prop_map(|(o, id)| format!("{o}/products/{id}"))
}

fn programme() -> impl Strategy<Value = String> {
    select(&["programmes/p", "programmes/p", "programmes/p", "programmes/q"][..])
        .prop_map(ToOwned::to_owned)
}

fn village() -> impl Strategy<Value = String> {
    select(&VILLAGES[..]).prop_map(ToOwned::to_owned)
}

/// Days of November 2025, of which some may not have come yet.
fn day() -> impl Strategy<Value = Date> {
    (20..30_i32).prop_map(|day| Date { year: 2025, month: 11, day })
}

fn etag() -> impl Strategy<Value = String> {
    text(0.8, &["\"1\"", "\"2\"", "\"3\""])
}

fn provenance() -> impl Strategy<Value = Option<Provenance>> {
    option::weighted(0.2, Just(())).prop_map(|some| {
        some.map(|()| Provenance { note: "heard".to_owned(), ..Default::default() })
    })
}

fn organisation_facts() -> impl Strategy<Value = Organisation> {
    use organisation::Role::{Buyer, Exporter, Producer};
    let roles = subsequence(vec![Producer, Exporter, Buyer, Buyer], 0..=2).prop_shuffle();
    let village = (weighted(0.6), village()).prop_map(|(none, code)| match none {
        true => String::new(),
        false => format!("villages/{code}"),
    });
    (
        text(0.05, &["Temon Agro", "Kopi"]),
        text(0.05, &["ID", "ID", "MY"]),
        roles,
        village,
        text(0.6, &[NIB, "0220103456780"]),
        text(0.7, &[NPWP, "01.300.066.6-091.000"]),
        provenance(),
    )
        .prop_map(|(display_name, region_code, roles, village, nib, npwp, provenance)| {
            let roles = roles.into_iter().map(i32::from).collect();
            Organisation {
                display_name,
                region_code,
                roles,
                village,
                nib,
                npwp,
                provenance,
                ..Default::default()
            }
        })
}

fn mask(paths: &'static [&'static str]) -> impl Strategy<Value = Option<FieldMask>> {
    let paths = vec(select(paths), 0..3);
    option::weighted(0.8, paths).prop_map(|paths| {
        paths.map(|paths| FieldMask { paths: paths.into_iter().map(ToOwned::to_owned).collect() })
    })
}

fn organisations() -> impl Strategy<Value = Op> {
    const PATHS: &[&str] = &[
        "display_name",
        "region_code",
        "roles",
        "village",
        "nib",
        "npwp",
        "provenance",
        "etag",
        "*",
        "colour",
        "legal_name",
    ];
    let id = || select(&["a", "b", "c", "d"][..]);
    let create = (id(), organisation_facts()).prop_map(|(id, organisation)| {
        Op::CreateOrganisation(CreateOrganisationRequest {
            organisation_id: id.to_owned(),
            organisation: Some(organisation),
            ..Default::default()
        })
    });
    let update = (organisation(), etag(), organisation_facts(), mask(PATHS)).prop_map(
        |(name, etag, facts, update_mask)| {
            let organisation = Some(Organisation { name, etag, ..facts });
            let request_id = String::new();
            Op::UpdateOrganisation(UpdateOrganisationRequest {
                organisation,
                update_mask,
                request_id,
            })
        },
    );
    let named = || (organisation(), etag());
    let delete = named().prop_map(|(name, etag)| {
        Op::DeleteOrganisation(DeleteOrganisationRequest { name, etag, ..Default::default() })
    });
    let undelete = named().prop_map(|(name, etag)| {
        Op::UndeleteOrganisation(UndeleteOrganisationRequest { name, etag, ..Default::default() })
    });
    prop_oneof![4 => create, 4 => update, 2 => delete, 2 => undelete]
}

fn product_facts() -> impl Strategy<Value = Product> {
    (
        text(0.05, &["Gula aren", "Kopi bubuk"]),
        text(0.05, &["17029059", "090121", "1"]),
        text(0.5, &["Gula", "Kopi"]),
        text(0.3, &["KGM", "TNE"]),
        option::weighted(0.4, select(&["10", "2.50"][..])),
    )
        .prop_map(|(display_name, hs_code, commodity, unit_code, capacity)| Product {
            display_name,
            hs_code,
            commodity,
            unit_code,
            monthly_capacity: capacity.map(|value| Decimal { value: value.to_owned() }),
            ..Default::default()
        })
}

fn products() -> impl Strategy<Value = Op> {
    const PATHS: &[&str] =
        &["display_name", "hs_code", "commodity", "unit_code", "monthly_capacity", "*", "weight"];
    let create = (organisation(), select(&["x", "y"][..]), product_facts()).prop_map(
        |(parent, id, product)| {
            Op::CreateProduct(CreateProductRequest {
                parent,
                product_id: id.to_owned(),
                product: Some(product),
                ..Default::default()
            })
        },
    );
    let update = (product(), etag(), product_facts(), mask(PATHS)).prop_map(
        |(name, etag, facts, update_mask)| {
            let product = Some(Product { name, etag, ..facts });
            let request_id = String::new();
            Op::UpdateProduct(UpdateProductRequest { product, update_mask, request_id })
        },
    );
    let named = || (product(), etag());
    let delete = named().prop_map(|(name, etag)| {
        Op::DeleteProduct(DeleteProductRequest { name, etag, ..Default::default() })
    });
    let undelete = named().prop_map(|(name, etag)| {
        Op::UndeleteProduct(UndeleteProductRequest { name, etag, ..Default::default() })
    });
    prop_oneof![3 => create, 2 => update, 1 => delete, 1 => undelete]
}

fn decree() -> impl Strategy<Value = (String, Decree)> {
    let region = select(&["", "35", "35.25", "35.01"][..]);
    (select(&["d1", "d2", "d3", "d4", "d5"][..]), day(), 0..4_i32, region, provenance()).prop_map(
        |(id, day, count, region, provenance)| {
            let decree = Decree {
                number: format!("SK-{id}"),
                issue_date: Some(day),
                issuer: "LPEI".to_owned(),
                declared_village_count: count,
                region: region.to_owned(),
                provenance,
                ..Default::default()
            };
            (id.to_owned(), decree)
        },
    )
}

fn programmes() -> impl Strategy<Value = Op> {
    let create =
        (select(&["p", "q"][..]), text(0.1, &["Desa Devisa"])).prop_map(|(id, display_name)| {
            Op::CreateProgramme(CreateProgrammeRequest {
                programme_id: id.to_owned(),
                programme: Some(Programme { display_name, ..Default::default() }),
                ..Default::default()
            })
        });
    let decreed = (programme(), decree()).prop_map(|(parent, (decree_id, decree))| {
        let decree = Some(decree);
        Op::CreateDecree(CreateDecreeRequest { parent, decree_id, decree, ..Default::default() })
    });
    let import = (programme(), decree(), vec(village(), 0..4)).prop_map(
        |(parent, (decree_id, mut decree), villages)| {
            // What a decree says of its provenance goes over to the enrolments it makes.
            decree.provenance = None;
            let decree = Some(decree);
            Op::ImportDecree(ImportDecreeRequest {
                parent,
                decree_id,
                decree,
                villages,
                ..Default::default()
            })
        },
    );
    prop_oneof![2 => create, 2 => decreed, 2 => import]
}

fn enrolments() -> impl Strategy<Value = Op> {
    let unknown = prop_oneof![9 => village(), 1 => Just("35.80.01.2001".to_owned())];
    let propose =
        (programme(), unknown, option::weighted(0.9, day()), text(0.3, &["Kopi", "kopi"]))
            .prop_map(|(parent, village, effective_date, lead_commodity)| {
                let village = format!("villages/{village}");
                let enrolment =
                    Enrolment { village, effective_date, lead_commodity, ..Default::default() };
                Op::CreateEnrolment(CreateEnrolmentRequest {
                    parent,
                    enrolment: Some(enrolment),
                    ..Default::default()
                })
            });
    let decree = select(&["d1", "d2", "d3", "d4"][..]);
    let fits = weighted(0.9);
    let step = (
        (programme(), village(), select(&STATES[..]), option::weighted(0.95, day())),
        (decree, text(0.1, &["Heard so"]), etag(), fits),
    )
        .prop_map(|((parent, village, state, date), (decree, reason, etag, fits))| {
            let named = (state == enrolment::State::Designated) == fits;
            Op::Advance(AdvanceEnrolmentRequest {
                name: format!("{parent}/enrolments/{village}"),
                state: state.into(),
                effective_date: date,
                decree: if named { format!("{parent}/decrees/{decree}") } else { String::new() },
                reason,
                etag,
                ..Default::default()
            })
        });
    prop_oneof![2 => propose, 8 => step]
}

fn counts() -> impl Strategy<Value = Op> {
    let states = subsequence(STATES.to_vec(), 0..4);
    let region = select(&["", "35", "35.25", "35.01", "91"][..]);
    let known = option::weighted(0.5, 0..400_000_000_000_i64);
    (programme(), states, region, option::of(day()), known).prop_map(
        |(parent, states, region, as_of, known)| {
            let request = CountEnrolmentsRequest {
                parent,
                states: states.into_iter().map(i32::from).collect(),
                region: region.to_owned(),
                as_of,
                known_at: None,
            };
            Op::Count(request, known)
        },
    )
}

fn pair() -> impl Strategy<Value = (i32, String, String)> {
    let base = select(&["USD", "USD", "EUR", "IDR"][..]);
    (0..4_i32, base).prop_map(|(kind, base)| (kind, base.to_owned(), "IDR".to_owned()))
}

fn rates() -> impl Strategy<Value = Op> {
    let create = (0..12_u8, pair(), select(&[1, 1, 100, 7, 0][..]), day(), 0..4_i32).prop_map(
        |(id, (kind, base_currency, quote_currency), units, from, days)| {
            let rate = ExchangeRate {
                base_currency,
                quote_currency,
                kind,
                units,
                rate: Some(Decimal { value: "16650.50".to_owned() }),
                valid_from: Some(from),
                valid_to: Some(Date { day: (from.day + days - 1).min(30), ..from }),
                ..Default::default()
            };
            Op::CreateRate(CreateExchangeRateRequest {
                exchange_rate_id: format!("r{id}"),
                exchange_rate: Some(rate),
                ..Default::default()
            })
        },
    );
    let resolve =
        (pair(), option::weighted(0.95, day())).prop_map(|((kind, base_currency, _), date)| {
            // Not a currency into itself: what is asked for can be on record.
            let base_currency = base_currency.replace("IDR", "USD");
            let quote_currency = "IDR".to_owned();
            Op::Resolve(ResolveExchangeRateRequest { kind, base_currency, quote_currency, date })
        });
    prop_oneof![3 => create, 2 => resolve]
}

fn reads() -> impl Strategy<Value = Op> {
    use Kind::{Decrees, Enrolments, Organisations, Products, Programmes, Rates};
    let kind = || {
        select(vec![
            Programmes,
            Decrees,
            Enrolments,
            Enrolments,
            Organisations,
            Organisations,
            Products,
            Rates,
        ])
    };
    let comparison = || option::weighted(0.7, 0..40_usize);
    let list =
        (kind(), [comparison(), comparison()], select(vec![1, 2, 7]), any::<bool>(), weighted(0.2))
            .prop_map(|(kind, both, size, show_deleted, insert)| {
                Op::List(List { kind, both, size, show_deleted, insert })
            });
    let get = (kind(), 0..8_usize).prop_map(|(kind, index)| Op::Get(kind, index));
    let organisations = vec(organisation(), 0..4)
        .prop_map(|names| Op::BatchGetOrganisations(BatchGetOrganisationsRequest { names }));
    let parent = select(&["organisations/-", "organisations/a"][..]);
    let products = (parent, vec(product(), 0..3)).prop_map(|(parent, names)| {
        Op::BatchGetProducts(BatchGetProductsRequest { parent: parent.to_owned(), names })
    });
    prop_oneof![6 => list, 2 => get, 1 => organisations, 1 => products]
}

/// Minutes and days pass; rarely the clock is set back.
pub(crate) fn passing() -> impl Strategy<Value = i64> {
    const SECOND: i64 = 1_000_000;
    const DAY: i64 = 24 * 3_600 * SECOND;
    prop_oneof![
        4 => 1..10 * SECOND,
        2 => SECOND..DAY / 4,
        1 => Just(DAY),
        1 => -DAY..-1_i64,
    ]
}

pub(crate) fn manner() -> impl Strategy<Value = Manner> {
    (0..3_usize, option::weighted(0.1, 0..6_usize), weighted(0.05), weighted(0.1), weighted(0.04))
        .prop_map(|(actor, request_id, validate_only, twice, watched)| Manner {
            actor,
            request_id,
            validate_only,
            twice,
            watched,
        })
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let op = prop_oneof![
        8 => organisations(),
        4 => products(),
        4 => programmes(),
        10 => enrolments(),
        3 => counts(),
        4 => rates(),
        8 => reads(),
        4 => passing().prop_map(Op::Time),
    ];
    (op, manner()).prop_map(|(op, manner)| Step { op, manner })
}

/// Organisations with products, programmes with a decree, and enrolments in every village.
pub(super) fn opening() -> Vec<Step> {
    let day = |day| Some(Date { year: 2025, month: 11, day });
    let mut ops = vec![];
    for id in ["p", "q"] {
        let programme = Programme { display_name: "Desa Devisa".to_owned(), ..Default::default() };
        ops.push(Op::CreateProgramme(CreateProgrammeRequest {
            programme_id: id.to_owned(),
            programme: Some(programme),
            ..Default::default()
        }));
    }
    let decree = Decree {
        number: "SK-d1".to_owned(),
        issue_date: day(21),
        issuer: "LPEI".to_owned(),
        declared_village_count: 3,
        ..Default::default()
    };
    ops.push(Op::CreateDecree(CreateDecreeRequest {
        parent: "programmes/p".to_owned(),
        decree_id: "d1".to_owned(),
        decree: Some(decree),
        ..Default::default()
    }));
    for village in VILLAGES {
        let enrolment = Enrolment {
            village: format!("villages/{village}"),
            effective_date: day(20),
            lead_commodity: "Kopi".to_owned(),
            ..Default::default()
        };
        ops.push(Op::CreateEnrolment(CreateEnrolmentRequest {
            parent: "programmes/p".to_owned(),
            enrolment: Some(enrolment),
            ..Default::default()
        }));
    }
    for id in ["a", "b"] {
        let organisation = Organisation {
            display_name: "Temon Agro".to_owned(),
            region_code: "ID".to_owned(),
            ..Default::default()
        };
        ops.push(Op::CreateOrganisation(CreateOrganisationRequest {
            organisation_id: id.to_owned(),
            organisation: Some(organisation),
            ..Default::default()
        }));
        let product = Product {
            display_name: "Gula aren".to_owned(),
            hs_code: "090121".to_owned(),
            ..Default::default()
        };
        ops.push(Op::CreateProduct(CreateProductRequest {
            parent: format!("organisations/{id}"),
            product_id: "x".to_owned(),
            product: Some(product),
            ..Default::default()
        }));
    }
    ops.into_iter().map(|op| Step { op, manner: Manner::PLAIN }).collect()
}
