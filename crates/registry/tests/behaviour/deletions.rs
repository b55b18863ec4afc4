//! Organisations that are deleted, and come back.

use devisa_proto::{
    event::v1::ListEventsRequest,
    registry::v1::{
        BatchGetOrganisationsRequest, CreateOrganisationRequest, DeleteOrganisationRequest,
        GetOrganisationRequest, ListOrganisationsRequest, Organisation,
        UndeleteOrganisationRequest, UpdateOrganisationRequest,
    },
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::{Code, Response, Status};

use crate::world::{UUID, World, absent, invalid, refused, taken};

on_both_databases!(
    a_deleted_organisation_is_kept_and_hidden,
    a_deletion_is_taken_back,
    a_deletion_is_refused,
    a_repeated_deletion_is_answered_again,
    a_deleted_organisations_numbers_are_free,
    a_page_token_is_of_one_visibility,
    deletions_are_events,
);

const NIB: &str = "0220103456789";
const NAME: &str = "organisations/temon-agro";

async fn created(world: &World, id: &str, nib: &str) -> Result<Organisation, Status> {
    let organisation = Organisation {
        display_name: id.to_owned(),
        region_code: "ID".to_owned(),
        nib: nib.to_owned(),
        ..Default::default()
    };
    let request = CreateOrganisationRequest {
        organisation_id: id.to_owned(),
        organisation: Some(organisation),
        ..Default::default()
    };
    world.organisations().create_organisation(request).await.map(Response::into_inner)
}

fn deletion(name: &str, etag: &str) -> DeleteOrganisationRequest {
    let (name, etag) = (name.to_owned(), etag.to_owned());
    DeleteOrganisationRequest { name, etag, ..Default::default() }
}

async fn delete(world: &World, name: &str, etag: &str) -> Result<Organisation, Status> {
    let answer = world.organisations().delete_organisation(deletion(name, etag)).await;
    answer.map(Response::into_inner)
}

async fn undelete(world: &World, name: &str, etag: &str) -> Result<Organisation, Status> {
    let (name, etag) = (name.to_owned(), etag.to_owned());
    let request = UndeleteOrganisationRequest { name, etag, ..Default::default() };
    world.organisations().undelete_organisation(request).await.map(Response::into_inner)
}

async fn listed(world: &World, show_deleted: bool) -> Vec<String> {
    let request = ListOrganisationsRequest { show_deleted, ..Default::default() };
    let page = world.organisations().list_organisations(request).await.unwrap().into_inner();
    page.organisations.into_iter().map(|organisation| organisation.name).collect()
}

async fn a_deleted_organisation_is_kept_and_hidden(database: TestDatabase) {
    let world = World::new(database).await;
    let before = created(&world, "temon-agro", NIB).await.unwrap();
    created(&world, "other", "").await.unwrap();
    let gone = delete(&world, NAME, "").await.unwrap();
    assert!(gone.delete_time.is_some() && gone.delete_time == gone.update_time);
    assert_eq!((gone.nib.as_str(), gone.etag.as_str()), (NIB, "\"2\""));
    assert_eq!(gone.create_time, before.create_time);

    let get = GetOrganisationRequest { name: NAME.to_owned() };
    let found = world.organisations().get_organisation(get).await.unwrap().into_inner();
    assert_eq!(found, gone);
    let batch = BatchGetOrganisationsRequest { names: vec![NAME.to_owned()] };
    let batch = world.organisations().batch_get_organisations(batch).await.unwrap().into_inner();
    assert_eq!(batch.organisations, [gone]);
    assert_eq!(listed(&world, false).await, ["organisations/other"]);
    assert_eq!(listed(&world, true).await, ["organisations/other", NAME]);
    taken(created(&world, "temon-agro", "").await, NAME, &[("organisation_id", "RESOURCE_EXISTS")]);
}

async fn a_deletion_is_taken_back(database: TestDatabase) {
    let world = World::new(database).await;
    let before = created(&world, "temon-agro", NIB).await.unwrap();
    let gone = delete(&world, NAME, &before.etag).await.unwrap();
    let back = undelete(&world, NAME, &gone.etag).await.unwrap();
    assert_eq!((back.delete_time, back.etag.as_str()), (None, "\"3\""));
    let etag = back.etag.clone();
    assert_eq!(back, Organisation { etag, update_time: back.update_time, ..before });
    assert_eq!(listed(&world, false).await, [NAME]);
    taken(created(&world, "x", NIB).await, NAME, &[("organisation.nib", "NIB_TAKEN")]);
}

async fn a_deletion_is_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let none = "organisations/none";
    absent(delete(&world, none, "").await, none);
    absent(undelete(&world, none, "").await, none);
    invalid(delete(&world, "temon", "").await, &[("name", "RESOURCE_NAME_FORM")]);
    invalid(undelete(&world, "", "").await, &[("name", "FIELD_MISSING")]);

    created(&world, "temon-agro", NIB).await.unwrap();
    let before = world.contents().await;
    refused(delete(&world, NAME, "\"9\"").await, Code::Aborted, "ETAG_MISMATCH");
    taken(undelete(&world, NAME, "").await, NAME, &[]);
    assert_eq!(world.contents().await, before);

    delete(&world, NAME, "").await.unwrap();
    let before = world.contents().await;
    absent(delete(&world, NAME, "").await, NAME);
    refused(undelete(&world, NAME, "\"1\"").await, Code::Aborted, "ETAG_MISMATCH");
    let patch = Organisation {
        name: NAME.to_owned(),
        display_name: "Temon".to_owned(),
        ..Default::default()
    };
    let update = UpdateOrganisationRequest { organisation: Some(patch), ..Default::default() };
    let updated = world.organisations().update_organisation(update).await;
    refused(updated, Code::FailedPrecondition, "STATE_FORBIDS");
    assert_eq!(world.contents().await, before);
}

async fn a_repeated_deletion_is_answered_again(database: TestDatabase) {
    let world = World::new(database).await;
    created(&world, "temon-agro", "").await.unwrap();
    let request = DeleteOrganisationRequest { request_id: UUID.to_owned(), ..deletion(NAME, "") };
    let first = world.organisations().delete_organisation(request.clone()).await.unwrap();
    let before = world.contents().await;
    let again = world.organisations().delete_organisation(request).await.unwrap();
    assert_eq!(again.into_inner(), first.into_inner());
    let other = DeleteOrganisationRequest {
        request_id: UUID.to_owned(),
        ..deletion("organisations/other", "")
    };
    let other = world.organisations().delete_organisation(other).await;
    refused(other, Code::InvalidArgument, "REQUEST_ID_REUSED");
    assert_eq!(world.contents().await, before);
}

async fn a_deleted_organisations_numbers_are_free(database: TestDatabase) {
    let world = World::new(database).await;
    created(&world, "temon-agro", NIB).await.unwrap();
    delete(&world, NAME, "").await.unwrap();
    created(&world, "successor", NIB).await.unwrap();
    let before = world.contents().await;
    taken(undelete(&world, NAME, "").await, "organisations/successor", &[("name", "NIB_TAKEN")]);
    taken(
        created(&world, "third", NIB).await,
        "organisations/successor",
        &[("organisation.nib", "NIB_TAKEN")],
    );
    assert_eq!(world.contents().await, before);

    delete(&world, "organisations/successor", "").await.unwrap();
    undelete(&world, NAME, "").await.unwrap();
    taken(undelete(&world, "organisations/successor", "").await, NAME, &[("name", "NIB_TAKEN")]);
}

async fn a_page_token_is_of_one_visibility(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b", "c"] {
        created(&world, id, "").await.unwrap();
    }
    delete(&world, "organisations/b", "").await.unwrap();
    let list = async |show_deleted: bool, page_token: String| {
        let request = ListOrganisationsRequest {
            page_size: 1,
            page_token,
            show_deleted,
            ..Default::default()
        };
        world.organisations().list_organisations(request).await.map(Response::into_inner)
    };
    let first = list(true, String::new()).await.unwrap();
    let second = list(true, first.next_page_token.clone()).await.unwrap();
    assert_eq!(second.organisations[0].name, "organisations/b");
    let moved = list(false, first.next_page_token).await;
    refused(moved, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    let first = list(false, String::new()).await.unwrap();
    let second = list(false, first.next_page_token).await.unwrap();
    assert_eq!(second.organisations[0].name, "organisations/a");
}

async fn deletions_are_events(database: TestDatabase) {
    let world = World::new(database).await;
    created(&world, "temon-agro", "").await.unwrap();
    let gone = delete(&world, NAME, "").await.unwrap();
    undelete(&world, NAME, "").await.unwrap();
    let events = world.settled(3).await;
    let told: Vec<_> = events[1..]
        .iter()
        .map(|event| (event.r#type.as_str(), event.changed.clone().unwrap().paths))
        .collect();
    let changed = vec!["delete_time".to_owned()];
    let expected = [
        ("devisa.registry.v1.organisation.deleted", changed.clone()),
        ("devisa.registry.v1.organisation.undeleted", changed),
    ];
    assert_eq!(told, expected);
    let data = &events[1].data.clone().unwrap().value;
    assert_eq!(<Organisation as prost::Message>::decode(&data[..]).unwrap(), gone);
    let only = ListEventsRequest {
        types: vec!["devisa.registry.v1.organisation.deleted".to_owned()],
        ..Default::default()
    };
    let only = world.events().list_events(only).await.unwrap().into_inner();
    assert_eq!(only.events.len(), 1);
}
