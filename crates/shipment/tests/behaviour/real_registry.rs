//! The registry itself behind the service, as in a process of its own: what the other tests take
//! from a stand-in must be what it says.

use devisa_proto::{
    common::v1::Tier,
    registry::v1::{
        Alias, BatchGetOrganisationsRequest, CreateExchangeRateRequest, CreateOrganisationRequest,
        CreateProductRequest, DeleteOrganisationRequest, DeleteProductRequest, ExchangeRate,
        Organisation, Product, RateKind, UpdateOrganisationRequest,
        exchange_rate_service_client::ExchangeRateServiceClient, organisation::Role,
        organisation_service_client::OrganisationServiceClient,
        product_service_client::ProductServiceClient,
    },
    shipment::v1::{
        ConfirmShipmentRequest, CreateSponsorshipRequest, GetSponsorshipRequest, ProducerShare,
        Shipment, ShipmentLine, Sponsorship, SummarizeShipmentsRequest, milestone,
        milestone_service_client::MilestoneServiceClient,
        shipment_service_client::ShipmentServiceClient, sponsorship::Kind,
        sponsorship_service_client::SponsorshipServiceClient,
        summary_service_client::SummaryServiceClient,
    },
    totals::v1::Conversion,
};
use devisa_registry::Registry;
use devisa_server::{Drain, Limits, ServiceChannel, channel};
use devisa_shipment::{Migrator, Shipments};
use devisa_testkit::{Backend, TestClock, TestDatabase, on_both_databases};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};

use crate::world::{
    date, decimal, facts, invalid, line, new_milestone, new_shipment, peb, refused,
};

on_both_databases!(
    what_the_registry_knows_may_be_named,
    what_the_registry_does_not_know_is_told_at_every_field,
    a_buyer_exports_nothing_but_one_without_roles_may,
    what_is_deleted_is_not_named_anew,
    names_are_kept_as_they_were,
    products_of_several_organisations_may_be_named,
    many_large_organisations_may_be_named_at_once,
    a_registry_that_is_not_there_is_unavailable,
    totals_are_converted_by_rates_on_record,
);

/// Both services, each on a database of its own.
struct Pair {
    registry: ServiceChannel,
    shipment: ServiceChannel,
    _databases: [TestDatabase; 2],
}

const NOW: &str = "2025-11-27T09:00:00+07:00";

async fn service(database: &TestDatabase, registry: ServiceChannel) -> ServiceChannel {
    let ledger = database.ledger::<Migrator>(TestClock::at(NOW), Shipments::SOURCE).await;
    let service = Shipments::new(ledger, registry, Drain::new());
    channel::local(service.stack(&Limits::default()))
}

impl Pair {
    async fn new(database: TestDatabase) -> Self {
        let own = TestDatabase::fresh(Backend::Sqlite).await;
        let ledger =
            own.ledger::<devisa_registry::Migrator>(TestClock::at(NOW), Registry::SOURCE).await;
        let registry = Registry::new(ledger, Drain::new());
        let registry = channel::local(registry.stack(&Limits::default()));
        let shipment = service(&database, registry.clone()).await;
        let pair = Self { registry, shipment, _databases: [database, own] };
        pair.organisation("a", "PT A", &[Role::Exporter]).await;
        pair.organisation("maker", "Maker", &[Role::Producer]).await;
        pair.organisation("buyer", "Buyer BHD", &[Role::Buyer]).await;
        pair.organisation("unknown", "Of unknown roles", &[]).await;
        pair
    }

    fn organisations(&self) -> OrganisationServiceClient<ServiceChannel> {
        OrganisationServiceClient::new(self.registry.clone())
    }

    async fn organisation(&self, id: &str, name: &str, roles: &[Role]) {
        let organisation = Organisation {
            display_name: name.to_owned(),
            region_code: "ID".to_owned(),
            roles: roles.iter().copied().map(i32::from).collect(),
            ..Default::default()
        };
        let request = CreateOrganisationRequest {
            organisation_id: id.to_owned(),
            organisation: Some(organisation),
            ..Default::default()
        };
        self.organisations().create_organisation(request).await.unwrap();
    }

    async fn create(&self, id: &str, shipment: Shipment) -> Result<Shipment, Status> {
        create(&self.shipment, id, shipment).await
    }
}

async fn create(
    service: &ServiceChannel,
    id: &str,
    shipment: Shipment,
) -> Result<Shipment, Status> {
    let mut client = ShipmentServiceClient::new(service.clone());
    client.create_shipment(new_shipment(id, shipment)).await.map(Response::into_inner)
}

fn share(producer: &str) -> ProducerShare {
    ProducerShare {
        producer: format!("organisations/{producer}"),
        share: decimal("0.5"),
        ..Default::default()
    }
}

async fn what_the_registry_knows_may_be_named(database: TestDatabase) {
    let pair = Pair::new(database).await;
    let mut shipment = facts();
    shipment.exporter_of_record = "organisations/maker".to_owned();
    shipment.consignee = "organisations/buyer".to_owned();
    shipment.lines[0].shares = vec![share("maker"), share("a")];
    let created = pair.create("x", shipment.clone()).await.unwrap();
    assert_eq!((created.exporter, created.consignee), (shipment.exporter, shipment.consignee));
}

async fn what_the_registry_does_not_know_is_told_at_every_field(database: TestDatabase) {
    let pair = Pair::new(database).await;
    let mut shipment = facts();
    shipment.exporter_of_record = "organisations/no".to_owned();
    shipment.consignee = "organisations/nor".to_owned();
    shipment.lines[0].shares = vec![share("maker"), share("neither")];
    let fields = [
        ("shipment.exporter_of_record", "REFERENCE_EXISTS"),
        ("shipment.consignee", "REFERENCE_EXISTS"),
        ("shipment.lines[0].shares[1].producer", "REFERENCE_EXISTS"),
    ];
    invalid(pair.create("x", shipment).await, &fields);
}

async fn a_buyer_exports_nothing_but_one_without_roles_may(database: TestDatabase) {
    let pair = Pair::new(database).await;
    let by = |exporter: &str| Shipment { exporter: exporter.to_owned(), ..facts() };
    let refused = pair.create("x", by("organisations/buyer")).await;
    invalid(refused, &[("shipment.exporter", "EXPORTER_ROLE")]);
    pair.create("x", by("organisations/maker")).await.unwrap();
    pair.create("y", by("organisations/unknown")).await.unwrap();
}

async fn what_is_deleted_is_not_named_anew(database: TestDatabase) {
    let pair = Pair::new(database).await;
    let shipment = Shipment { exporter_of_record: "organisations/maker".to_owned(), ..facts() };
    // Named before, so that its facts are kept for the second in which a deletion may go unnoticed.
    pair.create("before", shipment.clone()).await.unwrap();
    let name = "organisations/maker".to_owned();
    let deletion = DeleteOrganisationRequest { name, ..Default::default() };
    pair.organisations().delete_organisation(deletion).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let refused = pair.create("x", shipment).await;
    invalid(refused, &[("shipment.exporter_of_record", "REFERENCE_EXISTS")]);
    pair.create("x", facts()).await.unwrap();
}

/// Together they are more than one answer of the registry holds.
async fn many_large_organisations_may_be_named_at_once(database: TestDatabase) {
    let pair = Pair::new(database).await;
    let alias = |number: usize| Alias {
        name: format!("{number:02}{}", "𠀀".repeat(198)),
        ..Default::default()
    };
    for number in 0..60 {
        let organisation = Organisation {
            display_name: "A cooperative of many names".to_owned(),
            region_code: "ID".to_owned(),
            aliases: (0..50).map(alias).collect(),
            ..Default::default()
        };
        let request = CreateOrganisationRequest {
            organisation_id: format!("m{number}"),
            organisation: Some(organisation),
            ..Default::default()
        };
        pair.organisations().create_organisation(request).await.unwrap();
    }
    let goods = |number: usize| {
        let makers = [2 * number, 2 * number + 1].map(|maker| share(&format!("m{maker}")));
        ShipmentLine { shares: makers.to_vec(), ..line(1) }
    };
    let shipment = Shipment { lines: (0..30).map(goods).collect(), ..facts() };
    pair.create("x", shipment.clone()).await.unwrap();

    let names: Vec<_> = (0..60).map(|number| format!("organisations/m{number}")).collect();
    let all = BatchGetOrganisationsRequest { names };
    let too_much = pair.organisations().batch_get_organisations(all).await;
    invalid(too_much, &[("names", "NAMES_BYTES")]);
}

async fn products_of_several_organisations_may_be_named(database: TestDatabase) {
    let pair = Pair::new(database).await;
    let mut products = ProductServiceClient::new(pair.registry.clone());
    for parent in ["organisations/a", "organisations/maker"] {
        for id in ["kerupuk", "former"] {
            let product = Product {
                display_name: "Kerupuk".to_owned(),
                hs_code: "19059080".to_owned(),
                ..Default::default()
            };
            let request = CreateProductRequest {
                parent: parent.to_owned(),
                product_id: id.to_owned(),
                product: Some(product),
                ..Default::default()
            };
            products.create_product(request).await.unwrap();
        }
        let name = format!("{parent}/products/former");
        let deletion = DeleteProductRequest { name, ..Default::default() };
        products.delete_product(deletion).await.unwrap();
    }
    let mut shipment = facts();
    shipment.lines = vec![line(1), line(2), line(3), line(4)];
    shipment.lines[1].shares = vec![share("maker"), share("a")];
    shipment.lines[3].shares = vec![share("maker"), share("a")];
    shipment.lines[0].product = "organisations/a/products/kerupuk".to_owned();
    shipment.lines[1].product = "organisations/maker/products/kerupuk".to_owned();
    let good = shipment.clone();
    shipment.lines[2].product = "organisations/a/products/no".to_owned();
    shipment.lines[3].product = "organisations/maker/products/former".to_owned();
    let fields = [
        ("shipment.lines[2].product", "REFERENCE_EXISTS"),
        ("shipment.lines[3].product", "REFERENCE_EXISTS"),
    ];
    invalid(pair.create("x", shipment).await, &fields);
    pair.create("x", good).await.unwrap();
}

async fn names_are_kept_as_they_were(database: TestDatabase) {
    let pair = Pair::new(database).await;
    let sponsorship = Sponsorship {
        sponsor: "organisations/buyer".to_owned(),
        kind: Kind::Freight.into(),
        shipment: "shipments/x".to_owned(),
        ..Default::default()
    };
    pair.create("x", facts()).await.unwrap();
    let mut sponsorships = SponsorshipServiceClient::new(pair.shipment.clone());
    let request = CreateSponsorshipRequest {
        sponsorship_id: "s".to_owned(),
        sponsorship: Some(sponsorship),
        ..Default::default()
    };
    let before = sponsorships.create_sponsorship(request).await.unwrap().into_inner();
    assert_eq!(before.sponsor_display_name, "Buyer BHD");
    let renamed = Organisation {
        name: "organisations/buyer".to_owned(),
        display_name: "Buyer Group".to_owned(),
        ..Default::default()
    };
    let request = UpdateOrganisationRequest {
        organisation: Some(renamed),
        update_mask: Some(FieldMask { paths: vec!["display_name".to_owned()] }),
        ..Default::default()
    };
    pair.organisations().update_organisation(request).await.unwrap();
    let get = GetSponsorshipRequest { name: "sponsorships/s".to_owned() };
    let after = sponsorships.get_sponsorship(get).await.unwrap().into_inner();
    assert_eq!(after, before);
}

async fn a_registry_that_is_not_there_is_unavailable(database: TestDatabase) {
    // A port that was free a moment ago: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = channel::remote(&format!("http://{free}")).unwrap();
    let service = service(&database, nowhere).await;
    let detail =
        refused(create(&service, "x", facts()).await, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    assert_eq!(detail.metadata.get("service").map(String::as_str), Some("registry"));
}

async fn totals_are_converted_by_rates_on_record(database: TestDatabase) {
    let pair = Pair::new(database).await;
    let shipment = Shipment { declaration: peb("000001"), lines: vec![line(3)], ..facts() };
    pair.create("x", shipment).await.unwrap();
    let confirm = ConfirmShipmentRequest { name: "shipments/x".to_owned(), ..Default::default() };
    let mut shipments = ShipmentServiceClient::new(pair.shipment.clone());
    shipments.confirm_shipment(confirm).await.unwrap();
    let (code, actual) = (milestone::Code::Loaded, milestone::Classifier::Actual);
    let loaded = new_milestone("x", "", code, actual);
    MilestoneServiceClient::new(pair.shipment.clone()).record_milestone(loaded).await.unwrap();
    let convert = async || {
        let kind = RateKind::Jisdor.into();
        let request = SummarizeShipmentsRequest {
            tier: Tier::Realised.into(),
            conversion: Some(Conversion { kind, quote_currency: "idr".to_owned() }),
            ..Default::default()
        };
        SummaryServiceClient::new(pair.shipment.clone()).summarize_shipments(request).await
    };
    let detail = refused(convert().await, Code::NotFound, "RATE_MISSING");
    assert_eq!(detail.metadata["missing"], "USD/IDR on 2025-11-27");
    let rate = ExchangeRate {
        base_currency: "USD".to_owned(),
        quote_currency: "IDR".to_owned(),
        kind: RateKind::Jisdor.into(),
        units: 1,
        rate: decimal("16650.335"),
        valid_from: Some(date(2025, 11, 27)),
        valid_to: Some(date(2025, 11, 27)),
        ..Default::default()
    };
    let request = CreateExchangeRateRequest {
        exchange_rate_id: "jisdor".to_owned(),
        exchange_rate: Some(rate),
        ..Default::default()
    };
    ExchangeRateServiceClient::new(pair.registry.clone())
        .create_exchange_rate(request)
        .await
        .unwrap();
    // That there was none is not kept. 3 × 16,650.335 is 49,951.005, which is rounded up.
    let answer = convert().await.unwrap().into_inner();
    let converted = answer.total.unwrap().converted_value.unwrap();
    assert_eq!((converted.units, converted.nanos), (49_951, 10_000_000));
    assert_eq!(answer.rates[0].exchange_rate, "exchangeRates/jisdor");
}
