//! In-kind help.

use devisa_proto::shipment::v1::{
    CreateSponsorshipRequest, GetSponsorshipRequest, ListSponsorshipsRequest, Sponsorship,
    sponsorship::Kind,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code, Response, Status};

use crate::world::{World, absent, invalid, money, refused, taken};

on_both_databases!(
    a_sponsorship_is_recorded_once,
    it_is_refused_for_what_it_is,
    it_needs_the_registry,
    sponsorships_are_listed,
);

fn new(id: &str) -> CreateSponsorshipRequest {
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
    taken(create(&world, new("p")).await, "sponsorships/p");
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
    assert_eq!(list("shipment = \"shipments/a\"").await.unwrap(), [q]);
    assert_eq!(list("sponsor = \"organisations/pelindo\"").await.unwrap(), [q, p]);
    assert_eq!(list("kind = KIND_FREIGHT").await.unwrap(), [q]);
    refused(list("note = \"x\"").await, Code::InvalidArgument, "FILTER_INVALID");
}
