//! What the service promises of its contract and of its tables, whatever is added to them.

use devisa_proto::{
    google_type::Decimal,
    registry::v1::{
        CreateExchangeRateRequest, CreateOrganisationRequest, CreateProductRequest,
        DeleteOrganisationRequest, DeleteProductRequest, ExchangeRate, Organisation, Product,
        RateKind, UndeleteOrganisationRequest, UndeleteProductRequest, UpdateOrganisationRequest,
        UpdateProductRequest, enrolment::State,
    },
};
use devisa_registry::TYPES;
use devisa_testkit::{
    TestDatabase, assert_event_types_emitted, assert_event_types_listed, forbidden_columns,
    on_both_databases,
};

use crate::world::{World, date};

on_both_databases!(columns_are_exact, every_event_type_is_emitted);

#[test]
fn the_event_types_are_those_that_the_contract_lists() {
    let source = include_str!("../../src/events.rs");
    assert_event_types_listed("devisa.registry.v1", source, TYPES);
}

async fn columns_are_exact(database: TestDatabase) {
    let world = World::new(database).await;
    assert_eq!(forbidden_columns(world.ledger.reader()).await, Vec::<String>::new());
}

/// One of every transition that there is.
async fn every_event_type_is_emitted(database: TestDatabase) {
    let world = World::new(database).await;
    world.programme().await;
    world.decree("d", date(2024, 1, 1), 1, "").await;
    world.propose("35.25.11.2009", date(2024, 1, 1)).await;
    world.step("35.25.11.2009", State::Designated, date(2024, 2, 1)).await.unwrap();

    let organisation = |display_name: &str| {
        let (name, display_name) = ("organisations/o".to_owned(), display_name.to_owned());
        Some(Organisation {
            name,
            display_name,
            region_code: "MY".to_owned(),
            ..Default::default()
        })
    };
    let request = CreateOrganisationRequest {
        organisation_id: "o".to_owned(),
        organisation: organisation("Dona Doni"),
        ..Default::default()
    };
    world.organisations().create_organisation(request).await.unwrap();
    let organisation = organisation("Dona Doni Sdn Bhd");
    let request = UpdateOrganisationRequest { organisation, ..Default::default() };
    world.organisations().update_organisation(request).await.unwrap();

    let product = |display_name: &str| Product {
        name: "organisations/o/products/p".to_owned(),
        display_name: display_name.to_owned(),
        hs_code: "19059080".to_owned(),
        ..Default::default()
    };
    let request = CreateProductRequest {
        parent: "organisations/o".to_owned(),
        product_id: "p".to_owned(),
        product: Some(product("Kerupuk")),
        ..Default::default()
    };
    world.products().create_product(request).await.unwrap();
    let product = Some(product("Kerupuk udang"));
    let request = UpdateProductRequest { product, ..Default::default() };
    world.products().update_product(request).await.unwrap();
    let name = "organisations/o/products/p".to_owned();
    let request = DeleteProductRequest { name: name.clone(), ..Default::default() };
    world.products().delete_product(request).await.unwrap();
    let request = UndeleteProductRequest { name, ..Default::default() };
    world.products().undelete_product(request).await.unwrap();

    let name = "organisations/o".to_owned();
    let request = DeleteOrganisationRequest { name: name.clone(), ..Default::default() };
    world.organisations().delete_organisation(request).await.unwrap();
    let request = UndeleteOrganisationRequest { name, ..Default::default() };
    world.organisations().undelete_organisation(request).await.unwrap();

    let rate = ExchangeRate {
        base_currency: "USD".to_owned(),
        quote_currency: "IDR".to_owned(),
        kind: RateKind::Jisdor.into(),
        units: 1,
        rate: Some(Decimal { value: "16738.00".to_owned() }),
        valid_from: Some(date(2025, 11, 26)),
        valid_to: Some(date(2025, 11, 26)),
        ..Default::default()
    };
    let request = CreateExchangeRateRequest { exchange_rate: Some(rate), ..Default::default() };
    world.rates().create_exchange_rate(request).await.unwrap();

    assert_event_types_emitted(&world.ledger, TYPES).await;
}
