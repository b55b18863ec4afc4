//! A request is refused with all that is wrong with it at once.

use devisa_proto::{
    common::v1::Tier,
    figure::v1::{CheckFiguresRequest, Claim},
    shipment::v1::{
        BatchRecordMilestonesRequest, CreateSponsorshipRequest, ListMilestonesRequest,
        ListShipmentsRequest, RecordMilestoneRequest, Release, Shipment, SummarizeShipmentsRequest,
        UpdateReleaseRequest, UpdateShipmentRequest, milestone::Code,
        summarize_shipments_request::Dimension,
    },
};
use devisa_testkit::{Expected, TestDatabase, assert_refused, on_both_databases};
use prost_types::FieldMask;
use tonic::Code as Status;

use crate::{
    sponsorships,
    world::{World, facts, happened_at, invalid},
};

on_both_databases!(
    a_sponsorship_names_nobody_and_is_malformed,
    an_unknown_path_is_told_with_what_else_is_said,
    a_release_with_an_unknown_path,
    a_milestone_of_no_shipment,
    a_batch_is_told_with_its_milestones,
    pages_filters_and_parents_are_told_together,
    a_missing_tier_is_told_with_the_rest,
    every_claim_is_told,
);

const ID: (&str, &str) = ("request_id", "REQUEST_ID_UUID");
const MASK: (&str, &str) = ("update_mask", "FIELD_MASK_UNKNOWN_PATH");
const SIZE: (&str, &str) = ("page_size", "PAGE_SIZE_NEGATIVE");
const TOKEN: (&str, &str) = ("page_token", "PAGE_TOKEN_INVALID");
const FILTER: (&str, &str) = ("filter", "FILTER_INVALID");

async fn a_sponsorship_names_nobody_and_is_malformed(database: TestDatabase) {
    let world = World::new(database).await;
    let before = world.contents().await;
    let request = || {
        let mut request =
            CreateSponsorshipRequest { request_id: "one".to_owned(), ..sponsorships::new("p") };
        let stated = request.sponsorship.as_mut().unwrap();
        stated.sponsor = "organisations/no".to_owned();
        stated.release = "releases/no".to_owned();
        stated.kind = 0;
        request
    };
    let create = async |request| world.sponsorships().create_sponsorship(request).await;
    let kind = ("sponsorship.kind", "FIELD_MISSING");
    let sponsor = ("sponsorship.sponsor", "REFERENCE_EXISTS");
    let release = ("sponsorship.release", "REFERENCE_EXISTS");
    invalid(create(request()).await, &[ID, kind, sponsor, release]);
    let mut both = request();
    both.sponsorship.as_mut().unwrap().shipment = "shipments/no".to_owned();
    // Of two recipients each that is not there is told, but for the one that is told already.
    let recipient = ("sponsorship.shipment", "SPONSORSHIP_RECIPIENT");
    invalid(create(both).await, &[ID, kind, recipient, sponsor, release]);
    world.registry.switch_off();
    invalid(create(request()).await, &[ID, kind, release]);
    assert_eq!(world.contents().await, before);
}

fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

async fn an_unknown_path_is_told_with_what_else_is_said(database: TestDatabase) {
    let world = World::new(database).await;
    world.create("a", facts()).await.unwrap();
    let before = world.contents().await;
    let patch = || Shipment {
        name: "shipments/a".to_owned(),
        consignee: "organisations/no".to_owned(),
        release: "releases/no".to_owned(),
        port_of_loading: "MYPKG".to_owned(),
        ..Default::default()
    };
    let update = async |paths: &[&str], reason: &str| {
        let request = UpdateShipmentRequest {
            shipment: Some(patch()),
            update_mask: mask(paths),
            request_id: "one".to_owned(),
            reason: reason.to_owned(),
        };
        world.shipments().update_shipment(request).await
    };
    let port = ("shipment.port_of_loading", "PORT_OF_LOADING_COUNTRY");
    let consignee = ("shipment.consignee", "REFERENCE_EXISTS");
    let release = ("shipment.release", "REFERENCE_EXISTS");
    let reason = ("reason", "TEXT_LENGTH");
    let lines = ("shipment.lines", "FIELD_MISSING");
    let told = update(&["lines", "colour"], &"x".repeat(501)).await;
    invalid(told, &[ID, MASK, reason, lines, port, consignee, release]);
    invalid(update(&["consignee", "port_of_loading"], "").await, &[ID, consignee, port]);
    assert_eq!(world.contents().await, before);
}

async fn a_release_with_an_unknown_path(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let release =
        Release { name: "releases/r".to_owned(), place: "x".repeat(1_000), ..Default::default() };
    let request = UpdateReleaseRequest {
        release: Some(release),
        update_mask: mask(&["display_name", "colour"]),
        request_id: "one".to_owned(),
    };
    let name = ("release.display_name", "FIELD_MISSING");
    let place = ("release.place", "TEXT_LENGTH");
    invalid(world.releases().update_release(request).await, &[ID, MASK, name, place]);
}

async fn a_milestone_of_no_shipment(database: TestDatabase) {
    let world = World::new(database).await;
    let mut request = happened_at("none", "M", Code::Loaded, 0);
    request.milestone.as_mut().unwrap().event_time = None;
    let fields = [
        ("parent", "RESOURCE_NOT_FOUND"),
        ("milestone_id", "RESOURCE_ID_FORM"),
        ("milestone.event_time", "FIELD_MISSING"),
    ];
    invalid(world.record(request).await, &fields);
}

async fn a_batch_is_told_with_its_milestones(database: TestDatabase) {
    let world = World::new(database).await;
    world.declared("a").await;
    world.create("draft", facts()).await.unwrap();
    let before = world.contents().await;
    let mut requests = vec![
        happened_at("a", "one", Code::Loaded, 0),
        happened_at("draft", "two", Code::Loaded, 0),
        RecordMilestoneRequest {
            request_id: "two".to_owned(),
            ..happened_at("a", "T", Code::Loaded, 0)
        },
    ];
    requests[0].milestone.as_mut().unwrap().code = 0;
    let batch = |parent: &str| BatchRecordMilestonesRequest {
        parent: parent.to_owned(),
        requests: requests.clone(),
        request_id: "one".to_owned(),
        ..Default::default()
    };
    let record = async |request| world.milestones().batch_record_milestones(request).await;
    let code = ("requests[0].milestone.code", "FIELD_MISSING");
    let own = ("requests[2].request_id", "BATCH_REQUEST_ID");
    let id = ("requests[2].milestone_id", "RESOURCE_ID_FORM");
    let state = ("requests[1]", "STATE_FORBIDS");
    invalid(record(batch("shipments/-")).await, &[ID, code, state, own, id]);
    // Under a parent that is wrong nothing is told of whose the milestones are.
    let parent = ("parent", "RESOURCE_NAME_FORM");
    invalid(record(batch("a")).await, &[ID, parent, code, own, id]);
    assert_eq!(world.contents().await, before);
}

async fn pages_filters_and_parents_are_told_together(database: TestDatabase) {
    let world = World::new(database).await;
    let (page_size, page_token) = (-1, "junk".to_owned());
    let filter = "moon = 1".to_owned();
    let request =
        ListShipmentsRequest { page_size, page_token: page_token.clone(), filter: filter.clone() };
    let fields = &[FILTER, SIZE, TOKEN];
    let expected = Expected { code: Status::InvalidArgument, reason: "FILTER_INVALID", fields };
    assert_refused(world.shipments().list_shipments(request).await, expected);
    let request = ListMilestonesRequest { parent: "a".to_owned(), page_size, page_token, filter };
    let form = ("parent", "RESOURCE_NAME_FORM");
    invalid(
        world.milestones().list_milestones(request.clone()).await,
        &[form, FILTER, SIZE, TOKEN],
    );
    let request = ListMilestonesRequest { parent: "shipments/a".to_owned(), ..request };
    let fields = &[("parent", "RESOURCE_NOT_FOUND"), FILTER, SIZE, TOKEN];
    let expected = Expected { code: Status::NotFound, reason: "RESOURCE_NOT_FOUND", fields };
    assert_refused(world.milestones().list_milestones(request).await, expected);
}

async fn a_missing_tier_is_told_with_the_rest(database: TestDatabase) {
    let world = World::new(database).await;
    let release = i32::from(Dimension::Release);
    let summarize = async |tier: i32| {
        let request = SummarizeShipmentsRequest {
            tier,
            group_by: vec![release, release],
            filter: "moon = 1".to_owned(),
            page_size: -1,
            page_token: "junk".to_owned(),
            ..Default::default()
        };
        world.summaries().summarize_shipments(request).await
    };
    let twice = ("group_by[1]", "GROUP_BY_DUPLICATE");
    let fields = &[("tier", "TIER_REQUIRED"), twice, FILTER, SIZE, TOKEN];
    let expected = Expected { code: Status::InvalidArgument, reason: "TIER_REQUIRED", fields };
    assert_refused(summarize(0).await, expected);
    invalid(summarize(Tier::Released.into()).await, &[twice, FILTER, SIZE, TOKEN]);
}

async fn every_claim_is_told(database: TestDatabase) {
    let world = World::new(database).await;
    world.release("r").await;
    let claim = |metric: &str, of: &str, filter: &str| Claim {
        text: "enam truk".to_owned(),
        metric: metric.to_owned(),
        of: of.to_owned(),
        filter: filter.to_owned(),
        as_of: None,
    };
    let claims = vec![
        claim("release_truck_count", "releases/r", "moon = 1"),
        claim("release_truck_count", "releases/none", ""),
        claim("release_truck_count", "releases/r", ""),
        claim("shipment_value", "shipments/none", "moon = 1"),
        claim("nothing", "releases/r", ""),
    ];
    let answer = world.summaries().check_figures(CheckFiguresRequest { claims }).await;
    let fields = [
        ("claims[4].metric", "METRIC_UNKNOWN"),
        ("claims[0].filter", "FILTER_INVALID"),
        ("claims[1].of", "RESOURCE_NOT_FOUND"),
        ("claims[3].filter", "FILTER_INVALID"),
        ("claims[3].of", "RESOURCE_NOT_FOUND"),
    ];
    invalid(answer, &fields);
}
