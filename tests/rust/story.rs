//! One whole story over the wire: three shipments of the release of 26 November 2025 at Surabaya.
//! The exporter's name and the weights are synthetic: no newspaper told them.

use std::{path::Path, time::Duration};

use devisa_proto::{
    common::v1::{Provenance, Tier},
    event::v1::{Event, ListEventsRequest, WatchRequest},
    google_type::{Date, Decimal, Money},
    registry::v1::{CreateOrganisationRequest, Organisation, organisation::Role},
    shipment::v1::{
        ConfirmShipmentRequest, CreateReleaseRequest, CreateShipmentRequest,
        DispatchReleaseRequest, GetShipmentRequest, ListShipmentsRequest, Release, Shipment,
        ShipmentLine, TransportUnit, UpdateShipmentRequest, release, shipment,
    },
};
use prost_types::FieldMask;
use tokio::time::timeout;
use tonic::Code;
use uuid::Uuid;

use super::{
    client::{DEADLINE, Devisa, Follower, Refusal, every, read_and_change, repeating},
    server::Server,
};

const RELEASE: &str = "releases/jatim-2025-11";
const EXPORTER: &str = "organisations/eksportir-satu";
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn the_story() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), "127.0.0.1:0");
    let exporter = Devisa::connect(&server.url, "exporter-desk", DEADLINE);
    let port = Devisa::connect(&server.url, "tps-gate", DEADLINE);

    register(exporter.clone()).await.unwrap();
    draft(exporter.clone()).await.unwrap();
    refuse(exporter.clone()).await;
    race(exporter.clone(), port.clone()).await.unwrap();
    dispatch(exporter.clone()).await.unwrap();
    list(port.clone()).await.unwrap();
    repeat(exporter.clone()).await.unwrap();
    watch(port.clone()).await.unwrap();
    restart(exporter, port, &mut server, folder.path()).await.unwrap();
    hurry(&server.url).await;
    server.stop();
}

fn new_request_id() -> String {
    Uuid::new_v4().to_string()
}

fn synthetic(fields: &[&str]) -> Option<Provenance> {
    let paths = fields.iter().map(|&field| field.to_owned()).collect();
    Some(Provenance { synthetic_fields: Some(FieldMask { paths }), ..Provenance::default() })
}

async fn register(mut devisa: Devisa) -> Result<(), Refusal> {
    let request = CreateOrganisationRequest {
        organisation_id: "eksportir-satu".into(),
        organisation: Some(Organisation {
            display_name: "Eksportir Satu".into(),
            region_code: "ID".into(),
            roles: vec![Role::Exporter.into()],
            provenance: synthetic(&["display_name"]),
            ..Organisation::default()
        }),
        request_id: new_request_id(),
        ..CreateOrganisationRequest::default()
    };
    let organisation = devisa.organisations.create_organisation(request).await?.into_inner();
    assert_eq!(organisation.name, EXPORTER);
    Ok(())
}

/// What is shipped: id, description, HS code, whole USD and billionths, kilograms, destination.
const GOODS: [(&str, &str, &str, i64, i32, &str, &str); 3] = [
    ("jahe-gajah", "Jahe gajah", "0910.11.00", 53_200, 0, "26600", "BD"),
    ("mi-kering", "Mi kering", "19021940", 6_686, 400_000_000, "3200.5", "NL"),
    ("kerupuk", "Kerupuk", "19059080", 200_000, 0, "80000", "IN"),
];

fn usd(units: i64, nanos: i32) -> Money {
    Money { currency_code: "USD".into(), units, nanos }
}

/// The request to create one of the shipments, by its place in `GOODS`.
fn drafted(place: usize) -> CreateShipmentRequest {
    let (id, description, hs_code, units, nanos, kilograms, destination) = GOODS[place];
    CreateShipmentRequest {
        shipment_id: id.into(),
        shipment: Some(Shipment {
            release: RELEASE.into(),
            exporter: EXPORTER.into(),
            destination_region_code: destination.into(),
            lines: vec![ShipmentLine {
                description: description.into(),
                hs_code: hs_code.into(),
                value: Some(usd(units, nanos)),
                net_kg: Some(Decimal { value: kilograms.into() }),
                ..ShipmentLine::default()
            }],
            units: vec![TransportUnit::default()],
            provenance: synthetic(&["exporter", "lines.net_kg", "units"]),
            ..Shipment::default()
        }),
        request_id: new_request_id(),
        ..CreateShipmentRequest::default()
    }
}

async fn draft(mut devisa: Devisa) -> Result<(), Refusal> {
    let planned = devisa.releases.create_release(plan("jatim-2025-11", 2025, 11, 26)).await?;
    assert_eq!(planned.into_inner().state(), release::State::Planned);
    for (place, (id, _, _, units, nanos, ..)) in GOODS.into_iter().enumerate() {
        let shipment = devisa.shipments.create_shipment(drafted(place)).await?.into_inner();
        assert_eq!(shipment.name, format!("shipments/{id}"));
        assert_eq!(shipment.state(), shipment::State::Draft);
        assert_eq!(shipment.values, [usd(units, nanos)]);
    }
    Ok(())
}

fn plan(id: &str, year: i32, month: i32, day: i32) -> CreateReleaseRequest {
    CreateReleaseRequest {
        release_id: id.into(),
        release: Some(Release {
            display_name: id.into(),
            event_date: Some(Date { year, month, day }),
            ..Release::default()
        }),
        request_id: new_request_id(),
        ..CreateReleaseRequest::default()
    }
}

async fn refuse(mut devisa: Devisa) {
    let mut request = drafted(2);
    request.shipment_id = "wrong".into();
    let wrong = request.shipment.as_mut().unwrap();
    wrong.destination_region_code.clear();
    wrong.units[0].container_number = "CSQU3054384".into();
    let refusal = Refusal::from(devisa.shipments.create_shipment(request).await.unwrap_err());
    assert_eq!(refusal.code, Code::InvalidArgument);
    assert_eq!(refusal.retry_after, None, "the same request will never succeed");
    let mut broken: Vec<_> =
        refusal.violations.iter().map(|v| (v.field.as_str(), v.reason.as_str())).collect();
    broken.sort_unstable();
    assert_eq!(
        broken,
        [
            ("shipment.destination_region_code", "FIELD_MISSING"),
            ("shipment.units[0].container_number", "CONTAINER_NUMBER_CHECK_DIGIT"),
        ]
    );
    let rule = "container_number.check_digit: expected 3, found 4";
    assert!(refusal.violations.iter().any(|v| v.description == rule), "{refusal:?}");

    let absent = GetShipmentRequest { name: "shipments/wrong".into() };
    let refusal = Refusal::from(devisa.shipments.get_shipment(absent).await.unwrap_err());
    assert_eq!((refusal.code, refusal.reason.as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    assert_eq!(refusal.resource, "shipments/wrong");
}

/// A request to change the units of a shipment as it was read.
fn with_units(shipment: Shipment) -> UpdateShipmentRequest {
    UpdateShipmentRequest {
        shipment: Some(shipment),
        update_mask: Some(FieldMask { paths: vec!["units".into()] }),
        request_id: new_request_id(),
        ..UpdateShipmentRequest::default()
    }
}

async fn race(mut exporter: Devisa, mut port: Devisa) -> Result<(), Refusal> {
    let name = GetShipmentRequest { name: "shipments/mi-kering".into() };
    let seen = exporter.shipments.get_shipment(name.clone()).await?.into_inner();

    let mut sealed = seen.clone();
    sealed.units[0].seal = "TPS-77".into();
    let faster = port.shipments.update_shipment(with_units(sealed)).await?.into_inner();

    let mut plated = seen.clone();
    plated.units[0].truck_plate = "W 8001 UA".into();
    let refused = exporter.shipments.update_shipment(with_units(plated)).await;
    let refusal = Refusal::from(refused.unwrap_err());
    assert_eq!((refusal.code, refusal.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    assert_eq!(refusal.metadata["expected"], seen.etag);
    assert_eq!(refusal.metadata["found"], faster.etag);

    let mut reader = exporter.clone();
    let mut stale = Some(seen);
    let agreed = read_and_change(
        async || match stale.take() {
            Some(stale) => Ok(stale),
            None => Ok(reader.shipments.get_shipment(name.clone()).await?.into_inner()),
        },
        async |mut current: Shipment| {
            current.units[0].truck_plate = "W 8001 UA".into();
            Ok(exporter.shipments.update_shipment(with_units(current)).await?.into_inner())
        },
        4,
    )
    .await?;
    assert_eq!(agreed.units[0].truck_plate, "W 8001 UA");
    assert_eq!(agreed.units[0].seal, "TPS-77", "nothing of the faster change is lost");
    Ok(())
}

async fn dispatch(mut devisa: Devisa) -> Result<(), Refusal> {
    for (id, ..) in GOODS {
        let request = ConfirmShipmentRequest {
            name: format!("shipments/{id}"),
            request_id: new_request_id(),
            ..ConfirmShipmentRequest::default()
        };
        let confirmed = devisa.shipments.confirm_shipment(request).await?.into_inner();
        assert_eq!(confirmed.state(), shipment::State::Ready);
    }
    let request = DispatchReleaseRequest {
        name: RELEASE.into(),
        request_id: new_request_id(),
        ..DispatchReleaseRequest::default()
    };
    let released = devisa.releases.dispatch_release(request).await?.into_inner();
    assert_eq!(released.state(), release::State::Released);
    let totals = released.totals.unwrap();
    assert_eq!(totals.destinations, ["BD", "IN", "NL"]);
    assert_eq!(totals.values, [usd(259_886, 400_000_000)]);
    Ok(())
}

async fn list(mut devisa: Devisa) -> Result<(), Refusal> {
    let request = ListShipmentsRequest {
        filter: format!("release = \"{RELEASE}\" AND tier = RELEASED"),
        page_size: 2,
        ..ListShipmentsRequest::default()
    };
    let shipments = every(async |page_token| {
        let request = ListShipmentsRequest { page_token, ..request.clone() };
        let page = devisa.shipments.list_shipments(request).await?.into_inner();
        Ok((page.shipments, page.next_page_token))
    })
    .await?;
    let newest_first = ["shipments/kerupuk", "shipments/mi-kering", "shipments/jahe-gajah"];
    assert_eq!(shipments.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), newest_first);
    assert!(shipments.iter().all(|shipment| shipment.tier() == Tier::Released));

    let first = devisa.shipments.list_shipments(request).await?.into_inner();
    assert_eq!(first.shipments.len(), 2);
    let page_token = first.next_page_token;
    let other =
        ListShipmentsRequest { page_token, page_size: 2, ..ListShipmentsRequest::default() };
    let refusal = Refusal::from(devisa.shipments.list_shipments(other).await.unwrap_err());
    assert_eq!(refusal.reason, "PAGE_TOKEN_INVALID", "a token belongs to its arguments");
    Ok(())
}

async fn repeat(mut devisa: Devisa) -> Result<(), Refusal> {
    let before = log(devisa.clone()).await?;
    let mut request = drafted(2);
    request.shipment_id.clear();
    request.shipment.as_mut().unwrap().release.clear();
    let first = devisa.shipments.create_shipment(request.clone()).await?.into_inner();
    let again = async || Ok(devisa.shipments.create_shipment(request.clone()).await?.into_inner());
    let second = repeating(again, 4).await?;
    assert_eq!(second, first, "even its generated id is the same");
    assert_eq!(log(devisa.clone()).await?.len(), before.len() + 1);

    request.shipment.as_mut().unwrap().destination_region_code = "MY".into();
    let refusal = Refusal::from(devisa.shipments.create_shipment(request).await.unwrap_err());
    assert_eq!(refusal.code, Code::InvalidArgument);
    assert_eq!(refusal.reason, "REQUEST_ID_REUSED");
    Ok(())
}

/// The whole log of the shipment service, read in small pages.
async fn log(mut devisa: Devisa) -> Result<Vec<Event>, Refusal> {
    every(async |page_token| {
        let request =
            ListEventsRequest { page_size: 4, page_token, ..ListEventsRequest::default() };
        let page = devisa.shipment_events.list_events(request).await?.into_inner();
        Ok((page.events, page.next_page_token))
    })
    .await
}

fn follow(devisa: &Devisa, after_revision: &str, patience: Duration) -> Follower {
    let after_revision = after_revision.to_owned();
    let request = WatchRequest { after_revision, ..WatchRequest::default() };
    Follower::new(devisa.shipment_events.clone(), request, patience)
}

async fn watch(devisa: Devisa) -> Result<(), Refusal> {
    let listed = log(devisa.clone()).await?;
    let mut events = follow(&devisa, "", PATIENCE);
    for event in &listed {
        assert_eq!(events.next().await?, *event);
    }
    let mut events = follow(&devisa, &listed[4].revision, PATIENCE);
    for event in &listed[5..] {
        assert_eq!(events.next().await?, *event);
    }
    let last = listed.last().unwrap();
    assert_eq!(last.r#type, "devisa.shipment.v1.shipment.created");
    assert_eq!(last.actor, "exporter-desk");
    let whole: Shipment = last.data.as_ref().unwrap().to_msg().unwrap();
    assert_eq!(whole.name, last.subject);
    Ok(())
}

/// A watcher outlives silence, the server's restart and its crash.
async fn restart(
    exporter: Devisa,
    port: Devisa,
    server: &mut Server,
    folder: &Path,
) -> Result<(), Refusal> {
    let revision = log(port.clone()).await?.pop().unwrap().revision;
    let mut events = follow(&port, &revision, Duration::from_millis(300));
    let (seen, mut subjects) = tokio::sync::mpsc::channel(1);
    let watching = tokio::spawn(async move {
        loop {
            let event = events.next().await.unwrap();
            seen.send(event.subject).await.unwrap();
        }
    });
    tokio::time::sleep(Duration::from_millis(700)).await; // Two streams were silent for too long.
    plan_patiently(&exporter, "before").await?;
    assert_eq!(timeout(PATIENCE, subjects.recv()).await.unwrap().unwrap(), "releases/before");
    for (how, end) in [("stop", Server::stop as fn(&mut Server)), ("crash", Server::crash)] {
        end(server);
        let listen = server.url.trim_start_matches("http://").to_owned();
        *server = Server::start(folder, &listen);
        let id = format!("after-{how}");
        plan_patiently(&exporter, &id).await?;
        let subject = timeout(PATIENCE, subjects.recv()).await.unwrap().unwrap();
        assert_eq!(subject, format!("releases/{id}"));
    }
    watching.abort();
    Ok(())
}

async fn plan_patiently(devisa: &Devisa, id: &str) -> Result<Release, Refusal> {
    let request = plan(id, 2026, 1, 15);
    let mut releases = devisa.releases.clone();
    repeating(async || Ok(releases.create_release(request.clone()).await?.into_inner()), 6).await
}

async fn hurry(url: &str) {
    let mut hasty = Devisa::connect(url, "tps-gate", Duration::from_nanos(1));
    let request = GetShipmentRequest { name: "shipments/kerupuk".into() };
    let refusal = Refusal::from(hasty.shipments.get_shipment(request).await.unwrap_err());
    assert_eq!(refusal.code, Code::DeadlineExceeded);
    // Of the client, which gave up, or of the server, which knew that it would.
    assert!(["", "DEADLINE_EXCEEDED"].contains(&refusal.reason.as_str()), "{refusal:?}");
}
