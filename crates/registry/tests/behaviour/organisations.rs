use devisa_proto::registry::v1::{
    BatchGetOrganisationsRequest, CreateOrganisationRequest, GetOrganisationRequest,
    ListOrganisationsRequest, Organisation, UpdateOrganisationRequest, organisation::Role,
};
use devisa_testkit::{Expected, TestDatabase, assert_refused, on_both_databases};
use prost_types::FieldMask;
use tonic::Code;

use crate::world::{UUID, World, absent, invalid, refused, taken};

on_both_databases!(
    an_organisation_is_created_once,
    numbers_are_one_organisations,
    all_that_is_taken_is_told_with_all_that_is_wrong,
    at_once_only_one_takes_a_number,
    an_update_changes_what_its_mask_names,
    an_update_is_refused,
    a_batch_is_all_or_nothing,
    organisations_are_filtered,
);

const NIB: &str = "0220103456789";
const NPWP: &str = "01.300.066.6-091.000";

pub(crate) fn temon() -> Organisation {
    Organisation {
        display_name: "Temon Agro".to_owned(),
        region_code: "id".to_owned(),
        village: "villages/35.01.06.2013".to_owned(),
        nib: NIB.to_owned(),
        npwp: NPWP.to_owned(),
        roles: vec![Role::Exporter.into(), Role::Producer.into()],
        ..Default::default()
    }
}

fn plain(name: &str) -> Organisation {
    let display_name = name.to_owned();
    Organisation { display_name, region_code: "MY".to_owned(), ..Default::default() }
}

fn create(id: &str, organisation: Organisation) -> CreateOrganisationRequest {
    let organisation = Some(organisation);
    CreateOrganisationRequest { organisation_id: id.to_owned(), organisation, ..Default::default() }
}

pub(crate) async fn created(world: &World, id: &str, organisation: Organisation) -> Organisation {
    let request = create(id, organisation);
    world.organisations().create_organisation(request).await.unwrap().into_inner()
}

fn update(id: &str, patch: Organisation, paths: &[&str]) -> UpdateOrganisationRequest {
    let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdateOrganisationRequest {
        organisation: Some(Organisation { name: format!("organisations/{id}"), ..patch }),
        update_mask: (!paths.is_empty()).then_some(FieldMask { paths }),
        ..Default::default()
    }
}

async fn an_organisation_is_created_once(database: TestDatabase) {
    let world = World::new(database).await;
    let made = created(&world, "temon-agro", temon()).await;
    assert_eq!(made.name, "organisations/temon-agro");
    assert_eq!((made.region_code.as_str(), made.npwp.as_str()), ("ID", "0013000666091000"));
    let get = |name: &str| GetOrganisationRequest { name: name.to_owned() };
    let found = world.organisations().get_organisation(get(&made.name)).await.unwrap();
    assert_eq!(found.into_inner(), made);
    let again = world.organisations().create_organisation(create("temon-agro", plain("x"))).await;
    taken(again, "organisations/temon-agro", &[("organisation_id", "RESOURCE_EXISTS")]);
    let none = "organisations/none";
    absent(world.organisations().get_organisation(get(none)).await, none);

    let request =
        CreateOrganisationRequest { request_id: UUID.to_owned(), ..create("", plain("y")) };
    let first = world.organisations().create_organisation(request.clone()).await.unwrap();
    let again = world.organisations().create_organisation(request).await.unwrap();
    assert_eq!(again.into_inner(), first.into_inner(), "the id made up is kept, too");

    let abroad = Organisation { region_code: "MY".to_owned(), ..temon() };
    let abroad = world.organisations().create_organisation(create("abroad", abroad)).await;
    let numbers = [("organisation.nib", "NIB_TAKEN"), ("organisation.npwp", "NPWP_TAKEN")];
    let village = ("organisation.village", "VILLAGE_COUNTRY");
    invalid(abroad, &[village, numbers[0], numbers[1]]);
}

async fn numbers_are_one_organisations(database: TestDatabase) {
    let world = World::new(database).await;
    created(&world, "temon-agro", temon()).await;
    let before = world.contents().await;
    let with_nib = Organisation { nib: NIB.to_owned(), ..plain("x") };
    let same = world.organisations().create_organisation(create("x", with_nib)).await;
    taken(same, "organisations/temon-agro", &[("organisation.nib", "NIB_TAKEN")]);
    let with_npwp = Organisation { npwp: "0013000666091000".to_owned(), ..plain("x") };
    let same = world.organisations().create_organisation(create("x", with_npwp)).await;
    taken(same, "organisations/temon-agro", &[("organisation.npwp", "NPWP_TAKEN")]);
    assert_eq!(world.contents().await, before);

    created(&world, "other", plain("x")).await;
    let claim = Organisation { nib: NIB.to_owned(), ..Default::default() };
    let claim = update("other", claim, &["nib"]);
    let claimed = world.organisations().update_organisation(claim.clone()).await;
    taken(claimed, "organisations/temon-agro", &[("organisation.nib", "NIB_TAKEN")]);
    let give_up = update("temon-agro", Organisation::default(), &["nib"]);
    world.organisations().update_organisation(give_up).await.unwrap();
    let claimed = world.organisations().update_organisation(claim).await.unwrap().into_inner();
    assert_eq!(claimed.nib, NIB);
}

async fn all_that_is_taken_is_told_with_all_that_is_wrong(database: TestDatabase) {
    let world = World::new(database).await;
    created(&world, "temon-agro", temon()).await;
    created(&world, "other", plain("x")).await;
    let again = world.organisations().create_organisation(create("other", temon())).await;
    let numbers = [("organisation.nib", "NIB_TAKEN"), ("organisation.npwp", "NPWP_TAKEN")];
    let id = ("organisation_id", "RESOURCE_EXISTS");
    taken(again, "organisations/other", &[id, numbers[0], numbers[1]]);

    let nameless = Organisation { display_name: String::new(), ..temon() };
    let request = CreateOrganisationRequest {
        request_id: "satu".to_owned(),
        ..create("x", nameless.clone())
    };
    let wrong = [("organisation.display_name", "FIELD_MISSING"), ("request_id", "REQUEST_ID_UUID")];
    let answer = world.organisations().create_organisation(request).await;
    invalid(answer, &[wrong[0], wrong[1], numbers[0], numbers[1]]);

    let update = update("other", nameless, &["display_name", "nib", "npwp"]);
    let answer = world.organisations().update_organisation(update).await;
    invalid(answer, &[wrong[0], numbers[0], numbers[1]]);
}

async fn at_once_only_one_takes_a_number(database: TestDatabase) {
    let world = World::new(database).await;
    let tries: Vec<_> = (0..8)
        .map(|index| {
            let mut client = world.organisations();
            let organisation = Organisation { nib: NIB.to_owned(), ..plain("x") };
            let request = create(&format!("o{index}"), organisation);
            tokio::spawn(async move { client.create_organisation(request).await })
        })
        .collect();
    let mut won = 0;
    for attempt in tries {
        match attempt.await.unwrap() {
            Ok(_) => won += 1,
            Err(status) => {
                assert!(matches!(status.code(), Code::AlreadyExists | Code::Aborted), "{status}");
            }
        }
    }
    assert_eq!(won, 1);
}

async fn an_update_changes_what_its_mask_names(database: TestDatabase) {
    let world = World::new(database).await;
    created(&world, "temon-agro", temon()).await;
    let send = async |patch, paths: &[&str]| {
        let request = update("temon-agro", patch, paths);
        world.organisations().update_organisation(request).await.unwrap().into_inner()
    };
    let patch = || Organisation { legal_form: "CV".to_owned(), ..Default::default() };
    let set = send(patch(), &[]).await;
    assert_eq!((set.legal_form.as_str(), set.display_name.as_str()), ("CV", "Temon Agro"));
    assert_eq!(set.etag, "\"2\"");
    let before = world.contents().await;
    assert_eq!(send(patch(), &[]).await, set, "nothing changes, so there is no new version");
    assert_eq!(world.contents().await, before);
    let cleared = send(Organisation::default(), &["legal_form", "nib", "etag"]).await;
    assert_eq!((cleared.legal_form.as_str(), cleared.nib.as_str()), ("", ""));
    let replaced = send(plain("Temon"), &["*"]).await;
    assert_eq!((replaced.village.as_str(), replaced.region_code.as_str()), ("", "MY"));
    assert_eq!(replaced.etag, "\"4\"");
}

async fn an_update_is_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let send = async |request| world.organisations().update_organisation(request).await;
    absent(send(update("none", plain("x"), &[])).await, "organisations/none");
    created(&world, "temon-agro", temon()).await;
    let before = world.contents().await;
    let unknown = send(update("temon-agro", plain("x"), &["colour"])).await;
    invalid(unknown, &[("update_mask", "FIELD_MASK_UNKNOWN_PATH")]);
    let wrong = Organisation { nib: "1".to_owned(), ..Default::default() };
    let wrong = send(update("temon-agro", wrong, &["nib", "display_name"])).await;
    let fields =
        [("organisation.nib", "NIB_LENGTH"), ("organisation.display_name", "FIELD_MISSING")];
    invalid(wrong, &fields);
    let stale = Organisation { etag: "\"9\"".to_owned(), ..plain("x") };
    let stale = send(update("temon-agro", stale, &["display_name"])).await;
    refused(stale, Code::Aborted, "ETAG_MISMATCH");
    let nothing = UpdateOrganisationRequest::default();
    invalid(send(nothing).await, &[("organisation", "FIELD_MISSING")]);
    assert_eq!(world.contents().await, before);
}

async fn a_batch_is_all_or_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    for id in ["a", "b"] {
        created(&world, id, plain(id)).await;
    }
    let get = async |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let request = BatchGetOrganisationsRequest { names };
        world.organisations().batch_get_organisations(request).await
    };
    let found = get(&["organisations/b", "organisations/a"]).await.unwrap().into_inner();
    let names: Vec<_> = found.organisations.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["organisations/b", "organisations/a"]);
    let none = get(&["organisations/z", "organisations/a", "organisations/y"]).await;
    let fields = &[("names[0]", "RESOURCE_NOT_FOUND"), ("names[2]", "RESOURCE_NOT_FOUND")];
    let expected = Expected { code: Code::NotFound, reason: "RESOURCE_NOT_FOUND", fields };
    let detail = assert_refused(none, expected);
    assert_eq!(detail.resource.as_deref(), Some("organisations/z"));
    assert!(detail.message.contains("organisations/y does not exist"), "{}", detail.message);
    invalid(get(&["organisations/a"; 2]).await, &[("names", "NAMES_DUPLICATE")]);
    invalid(get(&[]).await, &[("names", "FIELD_MISSING")]);
}

async fn organisations_are_filtered(database: TestDatabase) {
    let world = World::new(database).await;
    created(&world, "temon-agro", temon()).await;
    let buyer = Organisation { roles: vec![Role::Buyer.into()], ..plain("Orient Biotech") };
    created(&world, "orient", buyer).await;
    let list = async |filter: &str| {
        let request = ListOrganisationsRequest { filter: filter.to_owned(), ..Default::default() };
        let page = world.organisations().list_organisations(request).await?.into_inner();
        Ok(page.organisations.into_iter().map(|o| o.name).collect::<Vec<_>>())
    };
    for filter in [
        "region_code = id",
        "village = \"villages/35.01.06.2013\"",
        "nib = \"0220103456789\"",
        "npwp = \"01.300.066.6-091.000\"",
        "roles:EXPORTER",
        "roles = PRODUCER AND roles = ROLE_EXPORTER",
        "roles:EXPORTER OR roles:SPONSOR",
        "roles != BUYER",
        "create_time < \"2025-11-28T00:00:00Z\" AND region_code = ID",
    ] {
        assert_eq!(list(filter).await.unwrap(), ["organisations/temon-agro"], "{filter}");
    }
    assert_eq!(list("roles:BUYER").await.unwrap(), ["organisations/orient"]);
    assert_eq!(list("village = \"\"").await.unwrap(), ["organisations/orient"]);
    assert_eq!(list("").await.unwrap().len(), 2);
    for filter in ["roles:KING", "region_code = XX", "nib = 1", "display_name = x"] {
        refused(list(filter).await, Code::InvalidArgument, "FILTER_INVALID");
    }
}
