//! The products that lines name.

use devisa_proto::shipment::v1::Shipment;
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{World, facts, invalid, line, refused};

on_both_databases!(
    a_line_names_a_product_of_its_own,
    what_is_absent_or_deleted_is_told_at_every_line,
    only_products_newly_named_are_asked_for,
    without_the_registry_no_product_is_named,
);

const KERUPUK: &str = "organisations/a/products/kerupuk";

fn with(products: &[&str]) -> Shipment {
    let mut shipment = facts();
    shipment.lines = products.iter().map(|_| line(100)).collect();
    for (line, product) in shipment.lines.iter_mut().zip(products) {
        line.product = (*product).to_owned();
    }
    shipment
}

async fn a_line_names_a_product_of_its_own(database: TestDatabase) {
    let world = World::new(database).await;
    let own = world.create("own", with(&[KERUPUK])).await.unwrap();
    assert_eq!(own.lines[0].product, KERUPUK);
    assert_eq!(world.get("own").await, own);
    let foreign = world.create("x", with(&["organisations/b/products/kerupuk"])).await;
    invalid(foreign, &[("shipment.lines[0].product", "PRODUCT_ORGANISATION")]);
    let malformed = world.create("x", with(&["products/kerupuk"])).await;
    invalid(malformed, &[("shipment.lines[0].product", "RESOURCE_NAME_FORM")]);
    // The product stays one of the exporter's when the exporter changes.
    let exporter = Shipment { exporter: "organisations/b".to_owned(), ..Default::default() };
    let left = world.update("own", &["exporter"], exporter).await;
    invalid(left, &[("shipment.lines[0].product", "PRODUCT_ORGANISATION")]);
    // A copy is kept of what it was called and how it was classed.
    let kept = world.contents().await.replace("\"\"", "\"");
    assert!(kept.contains(r#"{"display_name":"Kerupuk","hs_code":"19059080"}"#), "{kept}");
}

async fn what_is_absent_or_deleted_is_told_at_every_line(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let (absent, deleted) = ("organisations/a/products/no", "organisations/a/products/former");
    let mut shipment = with(&[absent, KERUPUK, deleted, ""]);
    shipment.consignee = "organisations/no".to_owned();
    let fields = [
        ("shipment.consignee", "REFERENCE_EXISTS"),
        ("shipment.lines[0].product", "REFERENCE_EXISTS"),
        ("shipment.lines[2].product", "REFERENCE_EXISTS"),
    ];
    invalid(world.create("x", shipment).await, &fields);
    assert_eq!(world.contents().await, before);
    world.create("x", with(&["", KERUPUK])).await.unwrap();
    let patch = Shipment { lines: with(&[deleted]).lines, ..Default::default() };
    let refused = world.update("x", &["lines"], patch).await;
    invalid(refused, &[("shipment.lines[0].product", "REFERENCE_EXISTS")]);
}

async fn only_products_newly_named_are_asked_for(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", with(&[KERUPUK, KERUPUK])).await.unwrap();
    assert_eq!(world.registry.calls(), 2, "the exporter once, the product once");
    world.create("b", with(&[KERUPUK])).await.unwrap();
    assert_eq!(world.registry.calls(), 2);
    world.registry.switch_off();
    let patch = Shipment { lines: with(&["", KERUPUK]).lines, ..Default::default() };
    world.update("a", &["lines"], patch).await.unwrap();
}

async fn without_the_registry_no_product_is_named(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    let before = world.contents().await;
    world.registry.switch_off();
    let patch = Shipment { lines: with(&[KERUPUK]).lines, ..Default::default() };
    let answer = world.update("a", &["lines"], patch).await;
    refused(answer, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    assert_eq!(world.contents().await, before);
}
