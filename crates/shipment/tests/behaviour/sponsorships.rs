//! In-kind help.

use devisa_proto::shipment::v1::{
    CreateSponsorshipRequest, DeleteSponsorshipRequest, GetSponsorshipRequest,
    ListSponsorshipsRequest, Sponsorship, sponsorship::Kind,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code, Response, Status};

use crate::world::{UUID, World, absent, invalid, money, refused, taken};

on_both_databases!(
    a_sponsorship_is_recorded_once,
    it_is_refused_for_what_it_is,
    it_needs_the_registry,
    sponsorships_are_listed,
    a_hidden_one_stays_on_record,
    hiding_is_refused_for_what_it_is,
);

pub(crate) fn new(id: &str) -> CreateSponsorshipRequest {
    let sponsorship = Sponsorship {
        sponsor: "organisations/pelindo".to_owned(),
        kind: Kind::Container.into(),
        release: "releases/r".to_owned(),
        in_kind_value: money("IDR", 0),
        note: "kontainernya dibantu".to_owned(),
        ..Default::default()
    };
    CreateSponsorshipRequest {
        sponsorship_id: id.to_owned(),
        sponsorship: Some(sponsorship),
        ..Default::default()
    }
}

async fn create(world: &World, request: CreateSponsorshipRequest) -> Result<Sponsorship, Status> {
    world.sponsorships().create_sponsorship(request).await.map(Response::into_inner)
}

async fn a_sponsorship_is_recorded_once(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let before = world.contents().await;
    let checked = CreateSponsorshipRequest { validate_only: true, ..new("p") };
    create(&world, checked).await.unwrap();
    assert_eq!(world.contents().await, before);
    let created = create(&world, new("p")).await.unwrap();
    assert_eq!(created.name, "sponsorships/p");
    assert_eq!(created.sponsor_display_name, "Pelindo");
    let get = |name: &str| GetSponsorshipRequest { name: name.to_owned() };
    let found = world.sponsorships().get_sponsorship(get("sponsorships/p")).await.unwrap();
    assert_eq!(found.into_inner(), created);
    taken(
        create(&world, new("p")).await,
        "sponsorships/p",
        &[("sponsorship_id", "RESOURCE_EXISTS")],
    );
    let none = world.sponsorships().get_sponsorship(get("sponsorships/no")).await;
    absent(none, "sponsorships/no");
    let malformed = world.sponsorships().get_sponsorship(get("p")).await;
    invalid(malformed, &[("name", "RESOURCE_NAME_FORM")]);
}

async fn it_is_refused_for_what_it_is(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let before = world.contents().await;
    let with = |change: fn(&mut Sponsorship)| {
        let mut request = new("p");
        change(request.sponsorship.as_mut().unwrap());
        create(&world, request)
    };
    let empty = create(&world, CreateSponsorshipRequest::default()).await;
    invalid(empty, &[("sponsorship", "FIELD_MISSING")]);
    let bare = with(|s| *s = Sponsorship::default()).await;
    let missing = [
        ("sponsorship.sponsor", "FIELD_MISSING"),
        ("sponsorship.kind", "FIELD_MISSING"),
        ("sponsorship.release", "FIELD_MISSING"),
    ];
    invalid(bare, &missing);
    let both = with(|s| s.shipment = "shipments/a".to_owned()).await;
    invalid(both, &[("sponsorship.shipment", "SPONSORSHIP_RECIPIENT")]);
    let negative = with(|s| s.in_kind_value = money("IDR", -1)).await;
    invalid(negative, &[("sponsorship.in_kind_value", "MONEY_NEGATIVE")]);
    let strangers = with(|s| {
        s.sponsor = "organisations/no".to_owned();
        s.release.clear();
        s.shipment = "shipments/no".to_owned();
    });
    let fields =
        [("sponsorship.sponsor", "REFERENCE_EXISTS"), ("sponsorship.shipment", "REFERENCE_EXISTS")];
    invalid(strangers.await, &fields);
    assert_eq!(world.contents().await, before);
}

async fn it_needs_the_registry(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.registry.switch_off();
    refused(create(&world, new("p")).await, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
}

async fn sponsorships_are_listed(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    world.draft("a").await;
    create(&world, new("p")).await.unwrap();
    let mut freight = new("q");
    let facts = freight.sponsorship.as_mut().unwrap();
    facts.kind = Kind::Freight.into();
    facts.release.clear();
    facts.shipment = "shipments/a".to_owned();
    create(&world, freight).await.unwrap();
    let list = async |filter: &str| {
        let request = ListSponsorshipsRequest { filter: filter.to_owned(), ..Default::default() };
        let page = world.sponsorships().list_sponsorships(request).await?.into_inner();
        Ok(page.sponsorships.iter().map(|s| s.name.clone()).collect::<Vec<_>>())
    };
    let (p, q) = ("sponsorships/p", "sponsorships/q");
    assert_eq!(list("").await.unwrap(), [q, p]);
    assert_eq!(list("release = \"releases/r\"").await.unwrap(), [p]);
    assert_eq!(list("release = \"\"").await.unwrap(), [q]);
    assert_eq!(list("shipment = \"\"").await.unwrap(), [p]);
    assert_eq!(list("shipment = \"shipments/a\"").await.unwrap(), [q]);
    assert_eq!(list("sponsor = \"organisations/pelindo\"").await.unwrap(), [q, p]);
    assert_eq!(list("kind = KIND_FREIGHT").await.unwrap(), [q]);
    refused(list("note = \"x\"").await, Code::InvalidArgument, "FILTER_INVALID");
}

async fn delete(world: &World, request: DeleteSponsorshipRequest) -> Result<Sponsorship, Status> {
    world.sponsorships().delete_sponsorship(request).await.map(Response::into_inner)
}

fn hide(id: &str) -> DeleteSponsorshipRequest {
    DeleteSponsorshipRequest { name: format!("sponsorships/{id}"), ..Default::default() }
}

async fn a_hidden_one_stays_on_record(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    for id in ["p", "q", "s"] {
        create(&world, new(id)).await.unwrap();
    }
    let before = world.contents().await;
    let checked = DeleteSponsorshipRequest { validate_only: true, ..hide("q") };
    assert!(delete(&world, checked).await.unwrap().delete_time.is_some());
    assert_eq!(world.contents().await, before);
    let once = DeleteSponsorshipRequest { request_id: UUID.to_owned(), ..hide("q") };
    let hidden = delete(&world, once.clone()).await.unwrap();
    assert_eq!((hidden.delete_time, hidden.etag.as_str()), (hidden.update_time, "\"2\""));
    assert_eq!(delete(&world, once).await.unwrap(), hidden, "a repetition answers the same");
    let get = GetSponsorshipRequest { name: "sponsorships/q".to_owned() };
    let found = world.sponsorships().get_sponsorship(get).await.unwrap().into_inner();
    assert_eq!(found, hidden);
    let list = async |show_deleted: bool, page_size: i32, page_token: &str| {
        let page_token = page_token.to_owned();
        let request =
            ListSponsorshipsRequest { page_size, page_token, show_deleted, ..Default::default() };
        let page = world.sponsorships().list_sponsorships(request).await?.into_inner();
        let names: Vec<_> = page.sponsorships.into_iter().map(|s| s.name).collect();
        Ok((names, page.next_page_token))
    };
    let (p, q, s) = ("sponsorships/p", "sponsorships/q", "sponsorships/s");
    assert_eq!(list(false, 0, "").await.unwrap().0, [s, p]);
    assert_eq!(list(true, 0, "").await.unwrap().0, [s, q, p]);
    let (first, token) = list(false, 1, "").await.unwrap();
    assert_eq!(first, [s]);
    assert_eq!(list(false, 1, &token).await.unwrap().0, [p]);
    refused(list(true, 1, &token).await, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    taken(create(&world, new("q")).await, q, &[("sponsorship_id", "RESOURCE_EXISTS")]);
}

async fn hiding_is_refused_for_what_it_is(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    create(&world, new("p")).await.unwrap();
    let before = world.contents().await;
    absent(delete(&world, hide("no")).await, "sponsorships/no");
    invalid(
        delete(&world, DeleteSponsorshipRequest::default()).await,
        &[("name", "FIELD_MISSING")],
    );
    let malformed = DeleteSponsorshipRequest { name: "p".to_owned(), ..Default::default() };
    invalid(delete(&world, malformed).await, &[("name", "RESOURCE_NAME_FORM")]);
    let stale = DeleteSponsorshipRequest { etag: "\"2\"".to_owned(), ..hide("p") };
    refused(delete(&world, stale).await, Code::Aborted, "ETAG_MISMATCH");
    assert_eq!(world.contents().await, before);
    let current = DeleteSponsorshipRequest { etag: "\"1\"".to_owned(), ..hide("p") };
    delete(&world, current).await.unwrap();
    absent(delete(&world, hide("p")).await, "sponsorships/p");
}
