"""Three processes on PostgreSQL: each answers for itself, and is missed only for what it knows."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from client import (
    Addresses,
    Devisa,
    Refusal,
    date,
    every,
    follow,
    money,
    new_request_id,
    repeating,
)
from devisa.common.v1 import tier_pb2
from devisa.deal.v1 import deal_pb2, session_pb2
from devisa.event.v1 import event_pb2
from devisa.registry.v1 import organisation_pb2
from devisa.shipment.v1 import shipment_pb2
from devisa.shipment.v1 import summary_pb2 as shipment_summary_pb2
from server import Services

SERVICES = ("registry", "shipment", "deal")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    running = Services(tmp_path_factory.mktemp("processes"))
    try:
        yield running
    finally:
        code = running.stop()
    assert code == 0, f"exit code {code}; they wrote:\n{running.output}"


@pytest.fixture
def devisa(services: Services) -> Iterator[Devisa]:
    with Devisa(services.address, "clerk") as connected:
        yield connected


def health(address: str, service: str) -> Any:
    with grpc.insecure_channel(address) as channel:
        request = health_pb2.HealthCheckRequest(service=service)
        return health_pb2_grpc.HealthStub(channel).Check(request, timeout=5).status


@pytest.mark.parametrize("service", SERVICES)
def test_each_answers_for_itself_alone(services: Services, service: str) -> None:
    address = services.processes[service].address
    for other in SERVICES:
        name = f"devisa.{other}.v1.EventService"
        if other == service:
            assert health(address, name) == health_pb2.HealthCheckResponse.SERVING
            continue
        with pytest.raises(grpc.RpcError) as caught:
            health(address, name)
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND
        with pytest.raises(grpc.RpcError) as caught, grpc.insecure_channel(address) as channel:
            call = channel.unary_unary(f"/{name}/ListEvents")
            call(b"", timeout=5)
        assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def create_organisation(devisa: Devisa, role: str) -> str:
    """Creates an organisation that no service has asked for yet."""
    request = organisation_pb2.CreateOrganisationRequest(
        organisation=organisation_pb2.Organisation(
            display_name=f"Contoh {role}",
            region_code="ID",
            roles=[organisation_pb2.Organisation.Role.Value(f"ROLE_{role}")],
        ),
        request_id=new_request_id(),
    )
    return sent(devisa.organisations.CreateOrganisation, request)


def sent(call: Callable[..., Any], request: Any) -> str:
    """Writes; after a restart, again until the connection is back. The name of what was made."""
    return repeating(call, request, attempts=7).name


def draft(exporter: str) -> shipment_pb2.CreateShipmentRequest:
    line = shipment_pb2.ShipmentLine(description="Kerupuk", value=money("USD", "200000.00"))
    return shipment_pb2.CreateShipmentRequest(
        shipment=shipment_pb2.Shipment(
            exporter=exporter, destination_region_code="IN", lines=[line]
        ),
        request_id=new_request_id(),
    )


def promise(seller: str, buyer: str) -> deal_pb2.CreateDealRequest:
    return deal_pb2.CreateDealRequest(
        deal=deal_pb2.Deal(
            seller=seller,
            buyer=buyer,
            instrument=deal_pb2.Deal.INSTRUMENT_LOI,
            value=money("USD", "4700.00"),
            sign_date=date("2025-11-26"),
        ),
        request_id=new_request_id(),
    )


def events(log: Any) -> list[event_pb2.Event]:
    return list(every(log.ListEvents, event_pb2.ListEventsRequest(), "events"))


def refused(call: Callable[..., Any], request: Any) -> Refusal:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return Refusal.of(caught.value)


def test_without_the_registry_what_needs_it_waits_and_reads_go_on(
    services: Services, devisa: Devisa
) -> None:
    exporter, buyer = (create_organisation(devisa, role) for role in ("EXPORTER", "BUYER"))
    known = devisa.shipments.CreateShipment(draft(exporter))
    newcomer = create_organisation(devisa, "EXPORTER")
    logs = devisa.shipment_events, devisa.deal_events
    before = [events(log) for log in logs]
    writes = [
        (devisa.shipments.CreateShipment, draft(newcomer)),
        (devisa.deals.CreateDeal, promise(newcomer, buyer)),
    ]

    assert services.processes["registry"].stop() == 0
    for call, request in writes:
        refusal = refused(call, request)
        assert refusal.code == grpc.StatusCode.UNAVAILABLE
        assert refusal.reason == "UPSTREAM_UNAVAILABLE"
        assert refusal.metadata["service"] == "registry"
        assert refusal.retry_after is not None, "the same call may succeed once it is back"
    assert [events(log) for log in logs] == before

    read = devisa.shipments.GetShipment(shipment_pb2.GetShipmentRequest(name=known.name))
    assert read == known
    request = shipment_pb2.ListShipmentsRequest()
    assert known in list(every(devisa.shipments.ListShipments, request, "shipments"))
    assert not devisa.sessions.ListSessions(session_pb2.ListSessionsRequest()).sessions
    devisa.shipment_summary.SummarizeShipments(
        shipment_summary_pb2.SummarizeShipmentsRequest(tier=tier_pb2.TIER_RELEASED)
    )
    cancelled = devisa.shipments.CancelShipment(
        shipment_pb2.CancelShipmentRequest(name=known.name, etag=known.etag)
    )
    assert cancelled.state == shipment_pb2.Shipment.STATE_CANCELLED, "this needs no registry"

    services.start("registry")
    for call, request in writes:
        assert sent(call, request), "the very request that was refused"
    [deal] = events(devisa.deal_events)
    assert deal.type == "devisa.deal.v1.deal.created"


@pytest.mark.parametrize("service", SERVICES)
def test_a_watch_of_each_goes_on_after_a_restart(
    services: Services, devisa: Devisa, service: str
) -> None:
    seller, buyer = (create_organisation(devisa, role) for role in ("EXPORTER", "BUYER"))

    def write() -> str:
        if service == "registry":
            return create_organisation(devisa, "PRODUCER")
        if service == "shipment":
            return sent(devisa.shipments.CreateShipment, draft(seller))
        return sent(devisa.deals.CreateDeal, promise(seller, buyer))

    log = getattr(devisa, f"{service}_events")
    write()
    seen = events(log)
    after_last = event_pb2.WatchRequest(after_revision=seen[-1].revision)
    watching = log.Watch(after_last, timeout=60)
    written = write()
    arrived = next(each.event for each in watching if each.WhichOneof("update") == "event")
    assert arrived.subject == written

    process = services.processes[service]
    process.terminate()
    with pytest.raises(grpc.RpcError) as caught:
        for update in watching:
            assert update.WhichOneof("update") == "checkpoint", "nothing else has happened"
    assert process.wait() == 0, process.output
    refusal = Refusal.of(caught.value)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "SERVER_DRAINING")

    services.start(service)
    resume = event_pb2.WatchRequest(after_revision=refusal.metadata["revision"])
    later = write()
    [event] = itertools.islice(follow(log, resume), 1)
    assert event.subject == later, "nothing is told twice"
    assert events(log)[: len(seen)] == seen, "what was there is there"


def test_a_restart_under_load_loses_nothing_and_doubles_nothing(
    services: Services, devisa: Devisa
) -> None:
    """What is answered is done, what is refused is not, and what is sent again is done once."""
    restarts, callers, each = 3, 4, 60
    before = {event.id for event in events(devisa.registry_events)}
    finished = threading.Event()

    def call(_: int) -> list[str]:
        return [create_organisation(devisa, "PRODUCER") for _ in range(each)]

    def restart() -> None:
        for _ in range(restarts):
            assert services.processes["registry"].stop() == 0
            services.start("registry")
            if finished.wait(0.2):
                return

    with ThreadPoolExecutor(callers + 1) as threads:
        answers = [threads.submit(call, number) for number in range(callers)]
        restarting = threads.submit(restart)
        names = [name for answer in answers for name in answer.result()]
        finished.set()
        restarting.result()

    assert len(set(names)) == callers * each
    written = [event for event in events(devisa.registry_events) if event.id not in before]
    assert sorted(event.subject for event in written) == sorted(names)


@pytest.fixture
def beside(services: Services, devisa: Devisa) -> Iterator[Devisa]:
    """A second replica of each service, on the same databases."""
    replicas = {service: services.replica(service) for service in SERVICES}
    try:
        addresses = {service: replica.address for service, replica in replicas.items()}
        with Devisa(Addresses(**addresses), "clerk") as connected:
            yield connected
    finally:
        codes = [replica.stop() for replica in replicas.values()]
    assert codes == [0, 0, 0], services.output


def test_replicas_answer_as_one(devisa: Devisa, beside: Devisa) -> None:
    exporter = create_organisation(devisa, "EXPORTER")
    watching = follow(beside.shipment_events)
    request = draft(exporter)
    created = beside.shipments.CreateShipment(request)
    assert devisa.shipments.CreateShipment(request) == created, "whoever is asked again knows"
    get = shipment_pb2.GetShipmentRequest(name=created.name)
    assert devisa.shipments.GetShipment(get) == created

    sent(devisa.shipments.CreateShipment, draft(exporter))
    all_events = events(devisa.shipment_events)
    assert list(itertools.islice(watching, len(all_events))) == all_events
    watching.close()

    pages = shipment_pb2.ListShipmentsRequest(page_size=1)
    first = devisa.shipments.ListShipments(pages)
    pages.page_token = first.next_page_token
    second = beside.shipments.ListShipments(pages)
    assert second.shipments[0].name == created.name, "the newest but one; a token is good for both"
    assert first.shipments[0].name != created.name
