use devisa_proto::registry::v1::{
    CreateProgrammeRequest, GetProgrammeRequest, ListProgrammesRequest, Programme,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{UUID, World, absent, invalid, refused, taken};

on_both_databases!(
    a_programme_is_created_once,
    a_repeated_request_answers_the_same,
    checking_only_writes_nothing,
    fields_are_refused_together,
    lists_are_newest_first_in_pages,
    lists_refuse_what_they_do_not_know,
);

fn create(id: &str) -> CreateProgrammeRequest {
    let programme = Some(Programme { display_name: format!("P {id}"), ..Default::default() });
    CreateProgrammeRequest { programme_id: id.to_owned(), programme, ..Default::default() }
}

async fn a_programme_is_created_once(database: TestDatabase) {
    let world = World::new(database).await;
    let created = world.programme().await;
    assert_eq!((created.name.as_str(), created.etag.as_str()), ("programmes/lpei", "\"1\""));
    let get = |name: &str| GetProgrammeRequest { name: name.to_owned() };
    let found = world.programmes().get_programme(get("programmes/lpei")).await.unwrap();
    assert_eq!(found.into_inner(), created);
    taken(
        world.programmes().create_programme(create("lpei")).await,
        "programmes/lpei",
        &[("programme_id", "RESOURCE_EXISTS")],
    );
    absent(world.programmes().get_programme(get("programmes/no")).await, "programmes/no");
    let malformed = world.programmes().get_programme(get("villages/no")).await;
    invalid(malformed, &[("name", "RESOURCE_NAME_FORM")]);
}

async fn a_repeated_request_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    let request = CreateProgrammeRequest { request_id: UUID.to_owned(), ..create("a") };
    let first = world.programmes().create_programme(request.clone()).await.unwrap().into_inner();
    let before = world.contents().await;
    let again = world.programmes().create_programme(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, first);
    let other = CreateProgrammeRequest { programme_id: "b".to_owned(), ..request };
    let reused = world.programmes().create_programme(other).await;
    refused(reused, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let malformed = CreateProgrammeRequest { request_id: "1".to_owned(), ..create("c") };
    let malformed = world.programmes().create_programme(malformed).await;
    invalid(malformed, &[("request_id", "REQUEST_ID_UUID")]);
    assert_eq!(world.contents().await, before);
}

async fn checking_only_writes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let request = CreateProgrammeRequest { validate_only: true, ..create("a") };
    let answer = world.programmes().create_programme(request).await.unwrap().into_inner();
    assert_eq!(answer.name, "programmes/a");
    assert_eq!(world.contents().await, before);
}

async fn fields_are_refused_together(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let missing = [("programme_id", "FIELD_MISSING"), ("programme", "FIELD_MISSING")];
    let empty = CreateProgrammeRequest::default();
    invalid(world.programmes().create_programme(empty).await, &missing);
    let programme = Some(Programme { owner: "x".repeat(201), ..Default::default() });
    let wrong = CreateProgrammeRequest { programme, ..create("A") };
    let fields = [
        ("programme_id", "RESOURCE_ID_FORM"),
        ("programme.display_name", "FIELD_MISSING"),
        ("programme.owner", "TEXT_LENGTH"),
    ];
    invalid(world.programmes().create_programme(wrong).await, &fields);
    assert_eq!(world.contents().await, before);
}

async fn lists_are_newest_first_in_pages(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b", "c"] {
        world.programmes().create_programme(create(id)).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut request = ListProgrammesRequest { page_size: 2, ..Default::default() };
    loop {
        let page = world.programmes().list_programmes(request.clone()).await.unwrap().into_inner();
        seen.extend(page.programmes.into_iter().map(|programme| programme.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(seen, ["programmes/c", "programmes/b", "programmes/a"]);
    request.filter = "create_time > \"2020-01-01T00:00:00Z\"".to_owned();
    let other = world.programmes().list_programmes(request).await;
    refused(other, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
}

async fn lists_refuse_what_they_do_not_know(database: TestDatabase) {
    let world = World::new(database).await;
    let list = async |page_size, filter: &str| {
        let filter = filter.to_owned();
        let request = ListProgrammesRequest { page_size, filter, ..Default::default() };
        world.programmes().list_programmes(request).await
    };
    invalid(list(-1, "").await, &[("page_size", "PAGE_SIZE_NEGATIVE")]);
    refused(list(0, "owner = LPEI").await, Code::InvalidArgument, "FILTER_INVALID");
    assert!(list(0, "").await.unwrap().into_inner().programmes.is_empty());
}
