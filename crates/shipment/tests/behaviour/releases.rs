//! Releases by themselves.

use devisa_proto::shipment::v1::{
    CreateReleaseRequest, GetReleaseRequest, ListReleasesRequest, Release, UpdateReleaseRequest,
    release::State,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};

use crate::world::{
    UUID, World, absent, date, facts, forbidden, invalid, line, money, new_release, refused, taken,
};

on_both_databases!(
    a_release_is_created_once,
    a_repeated_request_answers_the_same,
    checking_only_writes_nothing,
    fields_are_refused_together,
    a_release_changes_while_it_is_planned,
    an_update_is_refused_for_what_it_is,
    totals_are_those_of_its_shipments,
    lists_are_newest_first_in_pages,
    lists_refuse_what_they_do_not_know,
);

async fn a_release_is_created_once(database: TestDatabase) {
    let world = World::new(database).await;
    let created = world.release("r").await;
    assert_eq!((created.name.as_str(), created.etag.as_str()), ("releases/r", "\"1\""));
    assert_eq!(created.state(), State::Planned);
    assert_eq!(created.totals.as_ref().unwrap().shipment_count, 0);
    assert_eq!(world.get_release("releases/r").await, created);
    taken(
        world.releases().create_release(new_release("r")).await,
        "releases/r",
        &[("release_id", "RESOURCE_EXISTS")],
    );
    let get = |name: &str| GetReleaseRequest { name: name.to_owned() };
    absent(world.releases().get_release(get("releases/no")).await, "releases/no");
    let malformed = world.releases().get_release(get("shipments/no")).await;
    invalid(malformed, &[("name", "RESOURCE_NAME_FORM")]);
}

async fn a_repeated_request_answers_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    let request = CreateReleaseRequest { request_id: UUID.to_owned(), ..new_release("a") };
    let first = world.releases().create_release(request.clone()).await.unwrap().into_inner();
    let before = world.contents().await;
    let again = world.releases().create_release(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, first);
    let other = CreateReleaseRequest { release_id: "b".to_owned(), ..request };
    let reused = world.releases().create_release(other).await;
    refused(reused, Code::InvalidArgument, "REQUEST_ID_REUSED");
    assert_eq!(world.contents().await, before);
}

async fn checking_only_writes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let request = CreateReleaseRequest { validate_only: true, ..new_release("a") };
    let answer = world.releases().create_release(request).await.unwrap().into_inner();
    assert_eq!(answer.name, "releases/a");
    assert_eq!(world.contents().await, before);
}

async fn fields_are_refused_together(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let empty = world.releases().create_release(CreateReleaseRequest::default()).await;
    invalid(empty, &[("release", "FIELD_MISSING")]);
    let release = Release { place: "x".repeat(201), ..Default::default() };
    let wrong = CreateReleaseRequest { release: Some(release), ..new_release("A") };
    let fields = [
        ("release_id", "RESOURCE_ID_FORM"),
        ("release.display_name", "FIELD_MISSING"),
        ("release.event_date", "FIELD_MISSING"),
        ("release.place", "TEXT_LENGTH"),
    ];
    invalid(world.releases().create_release(wrong).await, &fields);
    assert_eq!(world.contents().await, before);
}

async fn update(world: &World, paths: &[&str], patch: Release) -> Result<Release, Status> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let request = UpdateReleaseRequest {
        release: Some(Release { name: "releases/r".to_owned(), ..patch }),
        update_mask: Some(FieldMask { paths }),
        ..Default::default()
    };
    world.releases().update_release(request).await.map(Response::into_inner)
}

async fn a_release_changes_while_it_is_planned(database: TestDatabase) {
    let world = World::new(database).await;
    let created = world.release("r").await;
    let day = Release { event_date: Some(date(2025, 11, 25)), ..Default::default() };
    let moved = update(&world, &["event_date"], day).await.unwrap();
    assert_eq!((moved.event_date, moved.etag.as_str()), (Some(date(2025, 11, 25)), "\"2\""));
    assert_eq!(moved.place, created.place);
    let same = update(&world, &["event_date"], moved.clone()).await.unwrap();
    assert_eq!(same, moved, "an equal update changes nothing");
    let back = Release { event_date: Some(date(2025, 11, 26)), ..Default::default() };
    update(&world, &["event_date"], back).await.unwrap();
    world.ready("a").await;
    world.dispatch("releases/r").await.unwrap();
    let day = Release { event_date: Some(date(2025, 11, 25)), ..Default::default() };
    forbidden(update(&world, &["event_date"], day).await, "releases/r", "RELEASED");
    let named = Release { officiant: "Gubernur".to_owned(), ..Default::default() };
    let named = update(&world, &["officiant"], named).await.unwrap();
    assert_eq!((named.officiant.as_str(), named.state()), ("Gubernur", State::Released));
    assert_eq!(named.totals.unwrap().shipment_count, 1);
}

async fn an_update_is_refused_for_what_it_is(database: TestDatabase) {
    let world = World::new(database).await;
    absent(update(&world, &["place"], Release::default()).await, "releases/r");
    world.release("r").await;
    let before = world.contents().await;
    let unknown = update(&world, &["nope"], Release::default()).await;
    invalid(unknown, &[("update_mask", "FIELD_MASK_UNKNOWN_PATH")]);
    let cleared = update(&world, &["display_name"], Release::default()).await;
    invalid(cleared, &[("release.display_name", "FIELD_MISSING")]);
    let stale = Release { etag: "\"7\"".to_owned(), ..Default::default() };
    refused(update(&world, &["place"], stale).await, Code::Aborted, "ETAG_MISMATCH");
    let nothing = world.releases().update_release(UpdateReleaseRequest::default()).await;
    invalid(nothing, &[("release", "FIELD_MISSING")]);
    let nameless = UpdateReleaseRequest { release: Some(Release::default()), ..Default::default() };
    let nameless = world.releases().update_release(nameless).await;
    invalid(nameless, &[("release.name", "FIELD_MISSING")]);
    assert_eq!(world.contents().await, before);
}

async fn totals_are_those_of_its_shipments(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.release("other").await;
    world.draft("a").await;
    let mut second = facts();
    second.release = "releases/r".to_owned();
    second.exporter = "organisations/b".to_owned();
    second.destination_region_code = "AU".to_owned();
    second.lines = vec![line(5), line(7)];
    second.lines[1].value = money("EUR", 7);
    second.units[0].container_provisional = true;
    world.create("b", second).await.unwrap();
    world.draft("gone").await;
    world.cancel("gone").await.unwrap();
    let totals = world.get_release("releases/r").await.totals.unwrap();
    assert_eq!((totals.line_count, totals.shipment_count), (3, 2));
    assert_eq!((totals.truck_count, totals.container_count), (2, 1));
    assert_eq!((totals.exporter_count, totals.destination_count), (2, 2));
    assert_eq!(totals.destinations, ["AU", "KR"]);
    let values: Vec<_> =
        totals.values.iter().map(|m| (m.currency_code.as_str(), m.units)).collect();
    assert_eq!(values, [("EUR", 7), ("USD", 105)]);
    let listed = world.releases().list_releases(ListReleasesRequest::default()).await.unwrap();
    let [other, r] = &listed.into_inner().releases[..] else { panic!("two releases") };
    assert_eq!((r.totals.as_ref(), other.totals.as_ref().unwrap().line_count), (Some(&totals), 0));
}

async fn lists_are_newest_first_in_pages(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b", "c"] {
        world.release(id).await;
    }
    let request = ListReleasesRequest { page_size: 2, ..Default::default() };
    let first = world.releases().list_releases(request.clone()).await.unwrap().into_inner();
    let names = |page: &[Release]| page.iter().map(|r| r.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first.releases), ["releases/c", "releases/b"]);
    let next = ListReleasesRequest { page_token: first.next_page_token.clone(), ..request.clone() };
    let second = world.releases().list_releases(next.clone()).await.unwrap().into_inner();
    assert_eq!(names(&second.releases), ["releases/a"]);
    assert_eq!(second.next_page_token, "");
    let other = ListReleasesRequest { filter: "state = PLANNED".to_owned(), ..next };
    let other = world.releases().list_releases(other).await;
    refused(other, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
}

async fn lists_refuse_what_they_do_not_know(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let list = async |filter: &str| {
        let request = ListReleasesRequest { filter: filter.to_owned(), ..Default::default() };
        world.releases().list_releases(request).await.map(|page| page.into_inner().releases.len())
    };
    assert_eq!(list("state = PLANNED").await.unwrap(), 1);
    assert_eq!(list("state = STATE_RELEASED").await.unwrap(), 0);
    assert_eq!(list("create_time > \"2025-11-27T00:00:00Z\"").await.unwrap(), 1);
    for filter in ["place = \"x\"", "state = GONE", "state = ", "NOT state = PLANNED"] {
        refused(list(filter).await, Code::InvalidArgument, "FILTER_INVALID");
    }
    let negative = ListReleasesRequest { page_size: -1, ..Default::default() };
    let negative = world.releases().list_releases(negative).await;
    invalid(negative, &[("page_size", "PAGE_SIZE_NEGATIVE")]);
}
