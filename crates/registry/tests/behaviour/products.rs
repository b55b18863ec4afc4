use devisa_proto::{
    common::v1::Provenance,
    google_type::Decimal,
    registry::v1::{
        BatchGetProductsRequest, CreateOrganisationRequest, CreateProductRequest,
        DeleteOrganisationRequest, DeleteProductRequest, GetProductRequest, ListProductsRequest,
        Organisation, Product, UndeleteOrganisationRequest, UndeleteProductRequest,
        UpdateProductRequest,
    },
};
use devisa_testkit::{Expected, TestDatabase, assert_refused, on_both_databases};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};

use crate::world::{UUID, World, absent, invalid, refused, taken};

on_both_databases!(
    a_product_is_created_once,
    a_product_is_refused_with_all_its_faults,
    a_product_is_of_an_organisation_that_is_not_deleted,
    an_update_changes_what_its_mask_names,
    an_update_is_refused,
    a_product_is_deleted_and_comes_back,
    products_are_listed,
    a_batch_is_of_one_organisation_or_of_any,
    each_change_is_an_event,
);

pub(crate) const NAME: &str = "organisations/temon/products/gula-aren";

pub(crate) fn sugar() -> Product {
    Product {
        display_name: "Gula aren cetak".to_owned(),
        hs_code: "1702.90.59".to_owned(),
        commodity: "palm sugar".to_owned(),
        unit_code: "KGM".to_owned(),
        monthly_capacity: Some(Decimal { value: "12000.50".to_owned() }),
        ..Default::default()
    }
}

fn plain() -> Product {
    Product {
        display_name: "Sarung tenun".to_owned(),
        hs_code: "621490".to_owned(),
        ..Default::default()
    }
}

pub(crate) async fn organisation(world: &World, id: &str) {
    let organisation = Organisation {
        display_name: id.to_owned(),
        region_code: "ID".to_owned(),
        ..Default::default()
    };
    let request = CreateOrganisationRequest {
        organisation_id: id.to_owned(),
        organisation: Some(organisation),
        ..Default::default()
    };
    world.organisations().create_organisation(request).await.unwrap();
}

pub(crate) async fn with_organisation(database: TestDatabase) -> World {
    let world = World::new(database).await;
    organisation(&world, "temon").await;
    world
}

async fn delete_organisation(world: &World, id: &str) {
    let name = format!("organisations/{id}");
    let request = DeleteOrganisationRequest { name, ..Default::default() };
    world.organisations().delete_organisation(request).await.unwrap();
}

fn creation(parent: &str, id: &str, product: Product) -> CreateProductRequest {
    CreateProductRequest {
        parent: format!("organisations/{parent}"),
        product_id: id.to_owned(),
        product: Some(product),
        ..Default::default()
    }
}

pub(crate) async fn create(
    world: &World,
    parent: &str,
    id: &str,
    p: Product,
) -> Result<Product, Status> {
    world.products().create_product(creation(parent, id, p)).await.map(Response::into_inner)
}

async fn get(world: &World, name: &str) -> Result<Product, Status> {
    let request = GetProductRequest { name: name.to_owned() };
    world.products().get_product(request).await.map(Response::into_inner)
}

pub(crate) async fn update(
    world: &World,
    patch: Product,
    paths: &[&str],
) -> Result<Product, Status> {
    let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
    let name = if patch.name.is_empty() { NAME.to_owned() } else { patch.name.clone() };
    let request = UpdateProductRequest {
        product: Some(Product { name, ..patch }),
        update_mask: (!paths.is_empty()).then_some(FieldMask { paths }),
        ..Default::default()
    };
    world.products().update_product(request).await.map(Response::into_inner)
}

pub(crate) async fn delete(world: &World, name: &str, etag: &str) -> Result<Product, Status> {
    let (name, etag) = (name.to_owned(), etag.to_owned());
    let request = DeleteProductRequest { name, etag, ..Default::default() };
    world.products().delete_product(request).await.map(Response::into_inner)
}

pub(crate) async fn undelete(world: &World, name: &str, etag: &str) -> Result<Product, Status> {
    let (name, etag) = (name.to_owned(), etag.to_owned());
    let request = UndeleteProductRequest { name, etag, ..Default::default() };
    world.products().undelete_product(request).await.map(Response::into_inner)
}

async fn a_product_is_created_once(database: TestDatabase) {
    let world = with_organisation(database).await;
    let checked =
        CreateProductRequest { validate_only: true, ..creation("temon", "gula-aren", sugar()) };
    let before = world.contents().await;
    let promised = world.products().create_product(checked).await.unwrap().into_inner();
    assert_eq!((promised.name.as_str(), world.contents().await), (NAME, before));

    let made = create(&world, "temon", "gula-aren", sugar()).await.unwrap();
    assert_eq!((made.name.as_str(), made.hs_code.as_str()), (NAME, "17029059"));
    let facts = Product { hs_code: "1702.90.59".to_owned(), ..made.clone() };
    let stored = Product {
        name: facts.name.clone(),
        etag: "\"1\"".to_owned(),
        create_time: facts.create_time,
        update_time: facts.create_time,
        ..sugar()
    };
    assert_eq!(facts, stored, "every field comes back, digits as they were written");
    assert_eq!(get(&world, NAME).await.unwrap(), made);
    taken(
        create(&world, "temon", "gula-aren", plain()).await,
        NAME,
        &[("product_id", "RESOURCE_EXISTS")],
    );

    let request =
        CreateProductRequest { request_id: UUID.to_owned(), ..creation("temon", "", plain()) };
    let first = world.products().create_product(request.clone()).await.unwrap().into_inner();
    let again = world.products().create_product(request).await.unwrap().into_inner();
    assert_eq!(again, first, "the id made up is kept, too");
    absent(get(&world, "organisations/temon/products/no").await, "organisations/temon/products/no");
    invalid(get(&world, "organisations/temon").await, &[("name", "RESOURCE_NAME_FORM")]);
}

async fn a_product_is_refused_with_all_its_faults(database: TestDatabase) {
    let world = with_organisation(database).await;
    let before = world.contents().await;
    let wrong = Product {
        display_name: " x".to_owned(),
        hs_code: "09101199".to_owned(),
        commodity: "x".repeat(101),
        unit_code: "KG".to_owned(),
        monthly_capacity: Some(Decimal { value: "-1".to_owned() }),
        provenance: Some(Provenance { source_uri: "x".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let fields = [
        ("product_id", "RESOURCE_ID_FORM"),
        ("product.display_name", "TEXT_FORM"),
        ("product.hs_code", "HS_CODE_UNKNOWN_LINE"),
        ("product.commodity", "TEXT_LENGTH"),
        ("product.unit_code", "UNIT_CODE_UNKNOWN"),
        ("product.monthly_capacity", "DECIMAL_POSITIVE"),
        ("product.provenance.source_uri", "URI_FORM"),
    ];
    invalid(create(&world, "temon", "Gula", wrong).await, &fields);
    let nothing = CreateProductRequest::default();
    let nothing = world.products().create_product(nothing).await;
    invalid(nothing, &[("parent", "FIELD_MISSING"), ("product", "FIELD_MISSING")]);
    let fields = [("product.display_name", "FIELD_MISSING"), ("product.hs_code", "FIELD_MISSING")];
    invalid(create(&world, "temon", "x", Product::default()).await, &fields);
    let unitless = Product { unit_code: String::new(), ..sugar() };
    let unitless = create(&world, "temon", "x", unitless).await;
    invalid(unitless, &[("product.unit_code", "FIELD_MISSING")]);
    assert_eq!(world.contents().await, before);
}

async fn a_product_is_of_an_organisation_that_is_not_deleted(database: TestDatabase) {
    let world = with_organisation(database).await;
    absent(create(&world, "none", "x", sugar()).await, "organisations/none");
    create(&world, "temon", "gula-aren", sugar()).await.unwrap();
    create(&world, "temon", "kept", sugar()).await.unwrap();
    delete(&world, NAME, "").await.unwrap();
    delete_organisation(&world, "temon").await;
    let before = world.contents().await;
    let forbidden = create(&world, "temon", "x", sugar()).await;
    refused(forbidden, Code::FailedPrecondition, "STATE_FORBIDS");
    refused(undelete(&world, NAME, "").await, Code::FailedPrecondition, "STATE_FORBIDS");
    assert_eq!(world.contents().await, before);
    let kept = get(&world, "organisations/temon/products/kept").await.unwrap();
    assert_eq!(kept.delete_time, None, "products stay as they are");
    let name = "organisations/temon".to_owned();
    let request = UndeleteOrganisationRequest { name, ..Default::default() };
    world.organisations().undelete_organisation(request).await.unwrap();
    undelete(&world, NAME, "").await.unwrap();
}

async fn an_update_changes_what_its_mask_names(database: TestDatabase) {
    let world = with_organisation(database).await;
    create(&world, "temon", "gula-aren", sugar()).await.unwrap();
    let patch = Product { commodity: "sugar".to_owned(), ..Default::default() };
    let set = update(&world, patch.clone(), &[]).await.unwrap();
    assert_eq!((set.commodity.as_str(), set.unit_code.as_str()), ("sugar", "KGM"));
    assert_eq!(set.etag, "\"2\"");
    let before = world.contents().await;
    assert_eq!(update(&world, patch, &[]).await.unwrap(), set, "nothing changes");
    assert_eq!(world.contents().await, before);
    let paths = ["monthly_capacity", "unit_code", "delete_time"];
    let cleared = update(&world, Product::default(), &paths).await.unwrap();
    assert_eq!((cleared.unit_code.as_str(), cleared.monthly_capacity), ("", None));
    let replaced = update(&world, plain(), &["*"]).await.unwrap();
    assert_eq!((replaced.hs_code.as_str(), replaced.commodity.as_str()), ("621490", ""));
}

async fn an_update_is_refused(database: TestDatabase) {
    let world = with_organisation(database).await;
    absent(update(&world, plain(), &[]).await, NAME);
    create(&world, "temon", "gula-aren", sugar()).await.unwrap();
    let before = world.contents().await;
    let unknown = update(&world, plain(), &["colour"]).await;
    invalid(unknown, &[("update_mask", "FIELD_MASK_UNKNOWN_PATH")]);
    let unitless = update(&world, Product::default(), &["unit_code"]).await;
    invalid(unitless, &[("product.unit_code", "FIELD_MISSING")]);
    let wrong = Product { hs_code: "77010000".to_owned(), ..Default::default() };
    let wrong = update(&world, wrong, &["hs_code", "display_name"]).await;
    let fields =
        [("product.hs_code", "HS_CODE_CHAPTER"), ("product.display_name", "FIELD_MISSING")];
    invalid(wrong, &fields);
    let stale = Product { etag: "\"9\"".to_owned(), ..plain() };
    refused(update(&world, stale, &["hs_code"]).await, Code::Aborted, "ETAG_MISMATCH");
    let misnamed = Product { name: "products/x".to_owned(), ..plain() };
    let misnamed = update(&world, misnamed, &[]).await;
    invalid(misnamed, &[("product.name", "RESOURCE_NAME_FORM")]);
    let nothing = world.products().update_product(UpdateProductRequest::default()).await;
    invalid(nothing, &[("product", "FIELD_MISSING")]);
    assert_eq!(world.contents().await, before);
}

async fn a_product_is_deleted_and_comes_back(database: TestDatabase) {
    let world = with_organisation(database).await;
    absent(delete(&world, NAME, "").await, NAME);
    absent(undelete(&world, NAME, "").await, NAME);
    invalid(delete(&world, "x", "").await, &[("name", "RESOURCE_NAME_FORM")]);
    let made = create(&world, "temon", "gula-aren", sugar()).await.unwrap();
    taken(undelete(&world, NAME, "").await, NAME, &[]);
    refused(delete(&world, NAME, "\"9\"").await, Code::Aborted, "ETAG_MISMATCH");
    let gone = delete(&world, NAME, &made.etag).await.unwrap();
    assert!(gone.delete_time.is_some());
    assert_eq!(get(&world, NAME).await.unwrap(), gone);

    let before = world.contents().await;
    absent(delete(&world, NAME, "").await, NAME);
    taken(
        create(&world, "temon", "gula-aren", plain()).await,
        NAME,
        &[("product_id", "RESOURCE_EXISTS")],
    );
    let updated = update(&world, plain(), &[]).await;
    refused(updated, Code::FailedPrecondition, "STATE_FORBIDS");
    refused(undelete(&world, NAME, "\"1\"").await, Code::Aborted, "ETAG_MISMATCH");
    assert_eq!(world.contents().await, before);
    let back = undelete(&world, NAME, &gone.etag).await.unwrap();
    assert_eq!((back.delete_time, back.etag.as_str()), (None, "\"3\""));
}

async fn products_are_listed(database: TestDatabase) {
    let world = with_organisation(database).await;
    organisation(&world, "other").await;
    for (parent, id) in [("temon", "a"), ("temon", "b"), ("temon", "c"), ("other", "d")] {
        create(&world, parent, id, sugar()).await.unwrap();
    }
    delete(&world, "organisations/temon/products/b", "").await.unwrap();
    let list = async |request: ListProductsRequest| {
        let page = world.products().list_products(request).await?.into_inner();
        let ids = page.products.iter().map(|p| p.name.rsplit('/').next().unwrap().to_owned());
        Ok::<_, Status>((ids.collect::<Vec<_>>(), page.next_page_token))
    };
    let of = |parent: &str| ListProductsRequest { parent: parent.to_owned(), ..Default::default() };
    let temon = || of("organisations/temon");
    assert_eq!(list(temon()).await.unwrap().0, ["c", "a"]);
    let all = ListProductsRequest { show_deleted: true, page_size: 2, ..temon() };
    let (ids, page_token) = list(all.clone()).await.unwrap();
    assert_eq!(ids, ["c", "b"]);
    let hidden = ListProductsRequest { page_token: page_token.clone(), ..temon() };
    refused(list(hidden).await, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    let rest = list(ListProductsRequest { page_token, ..all }).await.unwrap();
    assert_eq!(rest, (vec!["a".to_owned()], String::new()));

    delete_organisation(&world, "temon").await;
    assert_eq!(list(temon()).await.unwrap().0, ["c", "a"], "as any other's");
    absent(list(of("organisations/no")).await, "organisations/no");
    invalid(list(of("")).await, &[("parent", "FIELD_MISSING")]);
    let filtered = ListProductsRequest { filter: "hs_code = \"1\"".to_owned(), ..temon() };
    refused(list(filtered).await, Code::InvalidArgument, "FILTER_INVALID");
    let negative = ListProductsRequest { page_size: -1, ..temon() };
    invalid(list(negative).await, &[("page_size", "PAGE_SIZE_NEGATIVE")]);
}

async fn a_batch_is_of_one_organisation_or_of_any(database: TestDatabase) {
    let world = with_organisation(database).await;
    organisation(&world, "other").await;
    create(&world, "temon", "a", sugar()).await.unwrap();
    create(&world, "other", "b", plain()).await.unwrap();
    let (a, b) = ("organisations/temon/products/a", "organisations/other/products/b");
    delete(&world, b, "").await.unwrap();
    let batch = async |parent: &str, names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let request = BatchGetProductsRequest { parent: parent.to_owned(), names };
        let answer = world.products().batch_get_products(request).await?.into_inner();
        Ok::<_, Status>(answer.products.into_iter().map(|p| p.name).collect::<Vec<_>>())
    };
    assert_eq!(batch("", &[b, a]).await.unwrap(), [b, a], "deleted ones, too");
    assert_eq!(batch("organisations/-", &[a, b]).await.unwrap(), [a, b]);
    assert_eq!(batch("organisations/temon", &[a]).await.unwrap(), [a]);
    let strange = batch("organisations/temon", &[a, b]).await;
    invalid(strange, &[("names[1]", "NAMES_PARENT")]);
    let none = "organisations/temon/products/none";
    let fields = &[("names[0]", "RESOURCE_NOT_FOUND"), ("names[2]", "RESOURCE_NOT_FOUND")];
    let expected = Expected { code: Code::NotFound, reason: "RESOURCE_NOT_FOUND", fields };
    let other = "organisations/none/products/a";
    let detail = assert_refused(batch("", &[none, a, other]).await, expected);
    assert_eq!(detail.resource.as_deref(), Some(none));
    invalid(batch("", &[]).await, &[("names", "FIELD_MISSING")]);
    invalid(batch("", &[a, a]).await, &[("names", "NAMES_DUPLICATE")]);
    let fields = [("parent", "RESOURCE_NAME_FORM"), ("names[0]", "RESOURCE_NAME_FORM")];
    invalid(batch("temon", &["gula"]).await, &fields);
    let many: Vec<_> =
        (0..101).map(|index| format!("organisations/temon/products/p{index}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    invalid(batch("", &many).await, &[("names", "NAMES_COUNT")]);
}

async fn each_change_is_an_event(database: TestDatabase) {
    let world = with_organisation(database).await;
    create(&world, "temon", "gula-aren", sugar()).await.unwrap();
    update(&world, plain(), &["hs_code"]).await.unwrap();
    delete(&world, NAME, "").await.unwrap();
    let last = undelete(&world, NAME, "").await.unwrap();
    let events = world.settled(5).await;
    let types: Vec<_> = events[1..]
        .iter()
        .map(|event| event.r#type.trim_start_matches("devisa.registry.v1.product."))
        .collect();
    assert_eq!(types, ["created", "updated", "deleted", "undeleted"]);
    assert!(events[1..].iter().all(|event| event.subject == NAME));
    let data = &events[4].data.clone().unwrap().value;
    assert_eq!(<Product as prost::Message>::decode(&data[..]).unwrap(), last);
}
