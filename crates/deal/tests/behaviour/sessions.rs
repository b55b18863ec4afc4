use devisa_proto::deal::v1::{
    CreateSessionRequest, GetSessionRequest, ListSessionsRequest, Session, UpdateSessionRequest,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use prost_types::FieldMask;
use tonic::Code;

use crate::{
    events::events,
    world::{UUID, World, absent, date, invalid, new_session, refused},
};

on_both_databases!(
    a_session_is_created_once,
    its_office_must_exist,
    a_repeated_request_answers_the_same,
    checking_only_writes_nothing,
    fields_are_refused_together,
    lists_are_newest_first_in_pages,
    a_session_is_changed,
    what_is_wrong_with_a_change_is_told,
    a_repeated_change_answers_the_same,
);

async fn a_session_is_created_once(database: TestDatabase) {
    let world = World::new(database).await;
    let created = world.session("malaysia").await;
    assert_eq!((created.name.as_str(), created.etag.as_str()), ("sessions/malaysia", "\"1\""));
    let get = |name: &str| GetSessionRequest { name: name.to_owned() };
    let found = world.sessions().get_session(get("sessions/malaysia")).await.unwrap();
    assert_eq!(found.into_inner(), created);
    let taken = world.sessions().create_session(new_session("malaysia")).await;
    let detail = refused(taken, Code::AlreadyExists, "RESOURCE_EXISTS");
    assert_eq!(detail.resource.as_deref(), Some("sessions/malaysia"));
    absent(world.sessions().get_session(get("sessions/no")).await, "sessions/no");
    let malformed = world.sessions().get_session(get("deals/no")).await;
    invalid(malformed, &[("name", "RESOURCE_NAME_FORM")]);
    let generated = world.session("").await;
    assert_eq!(generated.name.len(), "sessions/".len() + 36);
}

async fn its_office_must_exist(database: TestDatabase) {
    let world = World::new(database).await;
    let with = |office: &str| {
        let mut request = new_session("malaysia");
        request.session.as_mut().unwrap().office = office.to_owned();
        request
    };
    let absent = world.sessions().create_session(with("organisations/no")).await;
    invalid(absent, &[("session.office", "REFERENCE_EXISTS")]);
    let created = world.sessions().create_session(with("organisations/office")).await.unwrap();
    assert_eq!(created.into_inner().office, "organisations/office");
    world.registry.down(true);
    let mut request = with("organisations/another");
    request.session_id = "other".to_owned();
    let unknown = world.sessions().create_session(request).await;
    refused(unknown, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
}

async fn a_repeated_request_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    let request = CreateSessionRequest { request_id: UUID.to_owned(), ..new_session("") };
    let first = world.sessions().create_session(request.clone()).await.unwrap().into_inner();
    let before = world.contents().await;
    let again = world.sessions().create_session(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, first);
    let other = CreateSessionRequest { session_id: "b".to_owned(), ..request };
    let reused = world.sessions().create_session(other).await;
    refused(reused, Code::InvalidArgument, "REQUEST_ID_REUSED");
    assert_eq!(world.contents().await, before);
}

async fn checking_only_writes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let request = CreateSessionRequest { validate_only: true, ..new_session("a") };
    let answer = world.sessions().create_session(request).await.unwrap().into_inner();
    assert_eq!(answer.name, "sessions/a");
    assert_eq!(world.contents().await, before);
}

async fn fields_are_refused_together(database: TestDatabase) {
    let world = World::new(database).await;
    let missing = CreateSessionRequest { session: Some(Session::default()), ..new_session("a") };
    let expected =
        [("session.display_name", "FIELD_MISSING"), ("session.session_date", "FIELD_MISSING")];
    invalid(world.sessions().create_session(missing).await, &expected);
    let mut wrong = new_session("A");
    let session = wrong.session.as_mut().unwrap();
    session.session_date = Some(date(2025, 2, 30));
    session.place = " ".to_owned();
    let expected = [
        ("session_id", "RESOURCE_ID_FORM"),
        ("session.session_date", "DATE_FORM"),
        ("session.place", "TEXT_FORM"),
    ];
    invalid(world.sessions().create_session(wrong).await, &expected);
}

async fn lists_are_newest_first_in_pages(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b", "c"] {
        world.session(id).await;
    }
    let mut request = ListSessionsRequest { page_size: 2, ..Default::default() };
    let page = world.sessions().list_sessions(request.clone()).await.unwrap().into_inner();
    let names: Vec<_> = page.sessions.iter().map(|session| session.name.as_str()).collect();
    assert_eq!(names, ["sessions/c", "sessions/b"]);
    request.page_token = page.next_page_token;
    let page = world.sessions().list_sessions(request.clone()).await.unwrap().into_inner();
    assert_eq!((page.sessions.len(), page.next_page_token.as_str()), (1, ""));
    request.filter = "create_time > \"2025-01-01T00:00:00Z\"".to_owned();
    let other = world.sessions().list_sessions(request.clone()).await;
    refused(other, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    request.page_token.clear();
    assert_eq!(world.sessions().list_sessions(request).await.unwrap().get_ref().sessions.len(), 2);
    let filter = "place = \"Surabaya\"".to_owned();
    let unknown = ListSessionsRequest { filter, ..Default::default() };
    let unknown = world.sessions().list_sessions(unknown).await;
    refused(unknown, Code::InvalidArgument, "FILTER_INVALID");
    let negative = ListSessionsRequest { page_size: -1, ..Default::default() };
    let negative = world.sessions().list_sessions(negative).await;
    invalid(negative, &[("page_size", "PAGE_SIZE_NEGATIVE")]);
}

/// A change of the masked fields of `sessions/malaysia`.
fn change(paths: &[&str], patch: Session) -> UpdateSessionRequest {
    let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdateSessionRequest {
        session: Some(Session { name: "sessions/malaysia".to_owned(), ..patch }),
        update_mask: (!paths.is_empty()).then_some(FieldMask { paths }),
        ..Default::default()
    }
}

async fn a_session_is_changed(database: TestDatabase) {
    let world = World::new(database).await;
    let created = world.session("malaysia").await;
    let office = "organisations/office".to_owned();
    let patch = Session { office, place: "Kuala Lumpur".to_owned(), ..Default::default() };
    let request = change(&["office"], patch.clone());
    let changed = world.sessions().update_session(request).await.unwrap().into_inner();
    assert_eq!((changed.office.as_str(), changed.place.as_str()), ("organisations/office", ""));
    assert_eq!((changed.etag.as_str(), changed.create_time), ("\"2\"", created.create_time));
    // Without a mask, what is set changes.
    let changed = world.sessions().update_session(change(&[], patch)).await.unwrap().into_inner();
    assert_eq!(changed.place, "Kuala Lumpur");
    assert_eq!(changed.display_name, created.display_name);
    // What is so already is no change, and the office is not asked for again.
    world.registry.down(true);
    let before = world.contents().await;
    let same = change(&["place", "office"], changed.clone());
    assert_eq!(world.sessions().update_session(same).await.unwrap().into_inner(), changed);
    assert_eq!(world.contents().await, before);
    let none = change(&["office"], Session::default());
    assert_eq!(world.sessions().update_session(none).await.unwrap().get_ref().office, "");
    let events = events(&world, "sessions/", 4).await;
    let kinds: Vec<_> = events.iter().map(|event| event.r#type.as_str()).collect();
    let updated = "devisa.deal.v1.session.updated";
    assert_eq!(kinds, ["devisa.deal.v1.session.created", updated, updated, updated]);
    assert_eq!(events[1].changed.as_ref().unwrap().paths, ["office"]);
}

async fn what_is_wrong_with_a_change_is_told(database: TestDatabase) {
    let world = World::new(database).await;
    let update = async |request| world.sessions().update_session(request).await;
    absent(update(change(&["place"], Session::default())).await, "sessions/malaysia");
    world.session("malaysia").await;
    let before = world.contents().await;
    invalid(update(UpdateSessionRequest::default()).await, &[("session", "FIELD_MISSING")]);
    let malformed = Session { name: "deals/a".to_owned(), ..Default::default() };
    let malformed = UpdateSessionRequest { session: Some(malformed), ..Default::default() };
    invalid(update(malformed).await, &[("session.name", "RESOURCE_NAME_FORM")]);
    let stale = Session { etag: "\"9\"".to_owned(), place: "KL".to_owned(), ..Default::default() };
    refused(update(change(&["place"], stale)).await, Code::Aborted, "ETAG_MISMATCH");
    let fields = [("session.display_name", "FIELD_MISSING"), ("session.session_date", "DATE_FORM")];
    let wrong = Session { session_date: Some(date(2025, 2, 30)), ..Default::default() };
    invalid(update(change(&["display_name", "session_date"], wrong)).await, &fields);
    let office = Session { office: "organisations/no".to_owned(), ..Default::default() };
    let nobody = update(change(&["office"], office.clone())).await;
    invalid(nobody, &[("session.office", "REFERENCE_EXISTS")]);
    let unknown = update(change(&["colour"], Session::default())).await;
    refused(unknown, Code::InvalidArgument, "FIELD_INVALID");
    world.registry.down(true);
    let unasked = update(change(&["office"], office)).await;
    refused(unasked, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    assert_eq!(world.contents().await, before);
}

async fn a_repeated_change_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    world.session("malaysia").await;
    let place = |place: &str| Session { place: place.to_owned(), ..Default::default() };
    let request_id = UUID.to_owned();
    let request = UpdateSessionRequest { request_id, ..change(&["place"], place("KL")) };
    let first = world.sessions().update_session(request.clone()).await.unwrap().into_inner();
    let before = world.contents().await;
    let again = world.sessions().update_session(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, first);
    let other = UpdateSessionRequest { session: change(&[], place("Penang")).session, ..request };
    let reused = world.sessions().update_session(other).await;
    refused(reused, Code::InvalidArgument, "REQUEST_ID_REUSED");
    assert_eq!(world.contents().await, before);
}
