//! A request is refused with all that is wrong with it at once.

use devisa_proto::{
    google_type::Decimal,
    registry::v1::{
        AdvanceEnrolmentRequest, CreateDecreeRequest, CreateEnrolmentRequest,
        CreateExchangeRateRequest, CreateProductRequest, ExchangeRate, ImportDecreeRequest,
        ListEnrolmentsRequest, ListVillagesRequest, Organisation, Product, RateKind,
        UpdateOrganisationRequest, UpdateProductRequest, enrolment::State,
    },
};
use devisa_testkit::{Expected, TestDatabase, assert_refused, on_both_databases};
use prost_types::FieldMask;
use tonic::Code;

use crate::{
    exchange_rates::{create, week},
    organisations, products,
    world::{World, date, invalid, step},
};

on_both_databases!(
    a_rate_overlaps_and_is_malformed,
    an_organisation_with_an_unknown_path,
    a_product_with_an_unknown_path,
    a_parent_that_does_not_exist,
    a_decree_that_does_not_exist,
    pages_filters_and_parents_are_told_together,
);

const ID: (&str, &str) = ("request_id", "REQUEST_ID_UUID");
const MASK: (&str, &str) = ("update_mask", "FIELD_MASK_UNKNOWN_PATH");
const PARENT: (&str, &str) = ("parent", "RESOURCE_NOT_FOUND");
const SIZE: (&str, &str) = ("page_size", "PAGE_SIZE_NEGATIVE");
const TOKEN: (&str, &str) = ("page_token", "PAGE_TOKEN_INVALID");
const FILTER: (&str, &str) = ("filter", "FILTER_INVALID");

async fn a_rate_overlaps_and_is_malformed(database: TestDatabase) {
    let world = World::new(database).await;
    world.rates().create_exchange_rate(create("kmk-26", week())).await.unwrap();
    let before = world.contents().await;
    let send = async |id: &str, rate: ExchangeRate| {
        let request_id = "one".to_owned();
        let request = CreateExchangeRateRequest { request_id, ..create(id, rate) };
        world.rates().create_exchange_rate(request).await
    };
    let malformed = || ExchangeRate { rate: None, units: 7, ..week() };
    let (rate, units) =
        (("exchange_rate.rate", "FIELD_MISSING"), ("exchange_rate.units", "UNITS_UNKNOWN"));
    let overlap = ("exchange_rate.valid_from", "VALIDITY_OVERLAP");
    let taken = ("exchange_rate_id", "RESOURCE_EXISTS");
    invalid(send("other", malformed()).await, &[ID, rate, units, overlap]);
    invalid(send("kmk-26", malformed()).await, &[ID, rate, units, overlap, taken]);
    let house = ExchangeRate { kind: RateKind::House.into(), ..malformed() };
    invalid(send("other", house).await, &[ID, rate, units]);
    // Whose days or pair cannot be read overlaps with nothing that can be told.
    let endless = ExchangeRate { valid_to: None, rate: Some(Decimal::default()), ..week() };
    let fields =
        [ID, ("exchange_rate.valid_to", "FIELD_MISSING"), ("exchange_rate.rate", "FIELD_MISSING")];
    invalid(send("other", endless).await, &fields);
    assert_eq!(world.contents().await, before);
}

fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

async fn an_organisation_with_an_unknown_path(database: TestDatabase) {
    let world = World::new(database).await;
    organisations::created(&world, "temon-agro", organisations::temon()).await;
    let other = Organisation { nib: String::new(), npwp: String::new(), ..organisations::temon() };
    organisations::created(&world, "other", other).await;
    let before = world.contents().await;
    let send = async |patch: Organisation, paths: &[&str]| {
        let request = UpdateOrganisationRequest {
            organisation: Some(Organisation { name: "organisations/other".to_owned(), ..patch }),
            update_mask: mask(paths),
            request_id: "one".to_owned(),
        };
        world.organisations().update_organisation(request).await
    };
    let patch = || Organisation {
        nib: organisations::temon().nib,
        legal_name: "x".repeat(1_000),
        ..Default::default()
    };
    let name = ("organisation.display_name", "FIELD_MISSING");
    let legal = ("organisation.legal_name", "TEXT_LENGTH");
    let nib = ("organisation.nib", "NIB_TAKEN");
    invalid(send(patch(), &["display_name", "colour"]).await, &[ID, MASK, name, legal, nib]);
    invalid(send(patch(), &["nib", "display_name"]).await, &[ID, name, nib]);
    // A rule of several fields is told only of what the request says.
    let abroad = Organisation { region_code: "MY".to_owned(), ..Default::default() };
    invalid(send(abroad, &["colour"]).await, &[ID, MASK]);
    assert_eq!(world.contents().await, before);
}

async fn a_product_with_an_unknown_path(database: TestDatabase) {
    let world = products::with_organisation(database).await;
    products::create(&world, "temon", "gula-aren", products::sugar()).await.unwrap();
    let product = Product {
        name: products::NAME.to_owned(),
        hs_code: "77010000".to_owned(),
        ..Default::default()
    };
    let request = UpdateProductRequest {
        product: Some(product),
        update_mask: mask(&["display_name", "colour"]),
        request_id: "one".to_owned(),
    };
    let fields = [
        ID,
        MASK,
        ("product.display_name", "FIELD_MISSING"),
        ("product.hs_code", "HS_CODE_CHAPTER"),
    ];
    invalid(world.products().update_product(request).await, &fields);
}

async fn a_parent_that_does_not_exist(database: TestDatabase) {
    let world = World::new(database).await;
    let parent = "organisations/none".to_owned();
    let request = CreateProductRequest { parent, ..Default::default() };
    let product = world.products().create_product(request).await;
    invalid(product, &[PARENT, ("product", "FIELD_MISSING")]);
    let parent = || "programmes/none".to_owned();
    let request = CreateEnrolmentRequest { parent: parent(), ..Default::default() };
    let enrolment = world.enrolments().create_enrolment(request).await;
    invalid(enrolment, &[PARENT, ("enrolment", "FIELD_MISSING")]);
    let (request_id, decree_id) = ("one".to_owned(), "d".to_owned());
    let request = CreateDecreeRequest {
        parent: parent(),
        decree_id: decree_id.clone(),
        request_id: request_id.clone(),
        ..Default::default()
    };
    let decree = world.decrees().create_decree(request).await;
    invalid(decree, &[ID, PARENT, ("decree", "FIELD_MISSING")]);
    let request =
        ImportDecreeRequest { parent: parent(), decree_id, request_id, ..Default::default() };
    let import = world.decrees().import_decree(request).await;
    let fields = [ID, PARENT, ("decree", "FIELD_MISSING"), ("villages", "FIELD_MISSING")];
    invalid(import, &fields);
}

async fn a_decree_that_does_not_exist(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.propose("35.25.11.2009", date(2025, 1, 1)).await;
    let request = AdvanceEnrolmentRequest {
        effective_date: None,
        reason: "x".repeat(2_000),
        ..step("35.25.11.2009", State::Designated, date(2025, 1, 2))
    };
    let fields = [
        ("effective_date", "FIELD_MISSING"),
        ("reason", "TEXT_LENGTH"),
        ("decree", "REFERENCE_EXISTS"),
    ];
    invalid(world.enrolments().advance_enrolment(request).await, &fields);
}

async fn pages_filters_and_parents_are_told_together(database: TestDatabase) {
    let world = World::new(database).await;
    let (page_size, page_token) = (-1, "junk".to_owned());
    let filter = "moon = 1".to_owned();
    let request =
        ListVillagesRequest { page_size, page_token: page_token.clone(), filter: filter.clone() };
    let fields = &[FILTER, SIZE, TOKEN];
    let expected = Expected { code: Code::InvalidArgument, reason: "FILTER_INVALID", fields };
    assert_refused(world.villages().list_villages(request.clone()).await, expected);
    let request = ListVillagesRequest { filter: String::new(), ..request };
    invalid(world.villages().list_villages(request).await, &[SIZE, TOKEN]);
    let parent = "programmes/none".to_owned();
    let request = ListEnrolmentsRequest { parent, page_size, page_token, filter };
    let fields = &[PARENT, FILTER, SIZE, TOKEN];
    let expected = Expected { code: Code::NotFound, reason: "RESOURCE_NOT_FOUND", fields };
    assert_refused(world.enrolments().list_enrolments(request.clone()).await, expected);
    let request = ListEnrolmentsRequest { parent: "none".to_owned(), ..request };
    let form = ("parent", "RESOURCE_NAME_FORM");
    invalid(world.enrolments().list_enrolments(request).await, &[form, FILTER, SIZE, TOKEN]);
}
