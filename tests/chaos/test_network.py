"""The network between the services and to the database: slow, cut, silent.

What must hold: every call is answered by its deadline; when the network is whole again, so are the
services, by themselves; no place within a limit and no connection of a pool stays taken.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import report
from calls import DEADLINE, probe
from client import date, money
from postgres import Postgres
from proxy import Proxy
from services import Deployment, Service
from workload import Load

from devisa.shipment.v1 import release_pb2, shipment_pb2

SILENCE = 5.0
"""Longer than a call waits for a connection, and than any deadline here."""


@dataclass
class Network:
    """The services behind two proxies: to their databases, and to the registry."""

    deployment: Deployment
    database: Proxy
    registry: Proxy

    @property
    def shipment(self) -> Service:
        return self.deployment.services["shipment"][0]


@pytest.fixture
def network(folder: Path, postgres: Postgres) -> Iterator[Network]:
    database = Proxy(f"127.0.0.1:{postgres.port}")
    registry = Proxy("")
    deployment = Deployment(
        folder, postgres.databases(database.address), through={"registry": registry.address}
    )
    registry.target = deployment.services["registry"][0].address
    try:
        with deployment:
            yield Network(deployment, database, registry)
    finally:
        database.close()
        registry.close()


def create_release(service: Service) -> str:
    """A write that needs the database only."""
    named = release_pb2.Release(display_name="probe", event_date=date("2025-11-26"))
    request = release_pb2.CreateReleaseRequest(release=named, validate_only=True)
    method = "devisa.shipment.v1.ReleaseService/CreateRelease"
    return probe(service.address, method, request, release_pb2.Release)


def create_shipment(service: Service) -> str:
    """A write that needs the registry."""
    line = shipment_pb2.ShipmentLine(description="probe", value=money("USD", "1.00"))
    named = shipment_pb2.Shipment(
        # Absent, so that nothing that is remembered can answer instead.
        exporter=f"organisations/{uuid.uuid4()}",
        destination_region_code="IN",
        lines=[line],
    )
    request = shipment_pb2.CreateShipmentRequest(shipment=named, validate_only=True)
    method = "devisa.shipment.v1.ShipmentService/CreateShipment"
    return probe(service.address, method, request, shipment_pb2.Shipment)


def under(
    network: Network, fault: Callable[[Load], None], rounds: int, deadline: float = DEADLINE
) -> Load:
    """Injects the fault under load; afterwards everything works and nothing stays taken."""
    with Load(network.deployment.addresses(), timeout=deadline) as load:
        for _ in range(rounds):
            fault(load)
            load.until_acknowledged(20)
    for service in network.deployment.all:
        service.until_ready()
    network.deployment.gives_everything_back()
    return load


def test_delayed(network: Network) -> None:
    def delay(load: Load) -> None:
        network.database.delay = network.registry.delay = 0.02
        load.until_acknowledged(10)
        network.database.delay = network.registry.delay = 0.0
        load.fault()

    load = under(network, delay, report.share(2, least=1))
    report.keep("network 20 ms slower each way, to everything", load.tally)


def test_callers_give_up(network: Network) -> None:
    """Deadlines that pass in the middle of everything: between two statements, within a commit."""

    def slow(load: Load) -> None:
        begun = attempts(load)
        network.database.delay = 0.02
        time.sleep(1)
        network.database.delay = 0.0
        load.fault(attempts(load) - begun)

    def attempts(load: Load) -> int:
        return sum(op.attempts - 1 for writer in load.writers for op in list(writer.operations))

    load = under(network, slow, report.share(3, least=1), deadline=0.3)
    report.keep("callers that give up in the middle", load.tally)


def test_registry_cut_off(network: Network) -> None:
    """Shipment goes on with what does not need the registry."""

    def cut_off(load: Load) -> None:
        reached, network.registry.target = network.registry.target, "127.0.0.1:1"
        load.fault(network.registry.cut())
        assert create_shipment(network.shipment) == "UPSTREAM_UNAVAILABLE"
        assert create_release(network.shipment) == ""
        time.sleep(0.5)
        network.registry.target = reached

    load = under(network, cut_off, report.share(3, least=1))
    report.keep("registry cut off from shipment and deal", load.tally)


def test_registry_silent(network: Network) -> None:
    def silent(load: Load) -> None:
        load.fault(network.registry.mute())
        assert create_shipment(network.shipment) == "UPSTREAM_UNAVAILABLE"
        assert create_release(network.shipment) == ""
        time.sleep(SILENCE - DEADLINE)
        network.registry.unmute()

    load = under(network, silent, report.share(1, least=1))
    report.keep("registry half-open: accepts, never forwards", load.tally)


def test_database_silent(network: Network) -> None:
    def silent(load: Load) -> None:
        load.fault(network.database.mute())
        time.sleep(0.2)
        for service in network.deployment.all:
            assert service.get("/livez")[0] == 200
        assert create_release(network.shipment) in ("DEADLINE_EXCEEDED", "STORAGE_UNAVAILABLE")
        assert network.shipment.gauges(), "the gauges are there while the database is not"
        time.sleep(SILENCE - DEADLINE)
        for service in network.deployment.all:
            assert service.get("/readyz")[0] == 503
        network.database.unmute()

    load = under(network, silent, report.share(1, least=1))
    report.keep("database half-open: accepts, never forwards", load.tally)
