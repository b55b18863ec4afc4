"""The network between deal and shipment: slow, cut, half-open, while promises are drawn down.

Deal asks shipment when a promise is drawn down, and follows its events. What must hold: who draws down
is told in time that shipment is not reached, and whoever reads deals notices nothing; when the network
is whole again, deal follows by itself, and all that became of shipments has taken effect once.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import report
from calls import probe
from client import money
from postgres import Postgres
from promises import Sellers
from proxy import Proxy
from services import SERVICES, Deployment

from devisa.deal.v1 import deal_pb2, realisation_pb2

SILENCE = 5.0
"""Longer than any deadline here."""


@dataclass
class Between:
    """The services, with a network of its own between deal and shipment."""

    deployment: Deployment
    network: Proxy

    def draw_down(self) -> str:
        """Draws a promise down by a shipment that deal has not heard of."""
        drawn = realisation_pb2.Realisation(
            shipment=f"shipments/{uuid.uuid4()}", amount=money("USD", "1.00")
        )
        request = realisation_pb2.CreateRealisationRequest(parent="deals/s0", realisation=drawn)
        method = "devisa.deal.v1.RealisationService/CreateRealisation"
        return self._probe(method, request, realisation_pb2.Realisation)

    def read(self) -> str:
        """Reads a promise, and all of them."""
        one = deal_pb2.GetDealRequest(name="deals/s0")
        method = "devisa.deal.v1.DealService"
        return self._probe(f"{method}/GetDeal", one, deal_pb2.Deal) or self._probe(
            f"{method}/ListDeals", deal_pb2.ListDealsRequest(), deal_pb2.ListDealsResponse
        )

    def is_apart(self) -> None:
        """Who needs shipment is told so in time; who reads notices nothing."""
        assert self.draw_down() == "UPSTREAM_UNAVAILABLE"
        assert self.read() == ""

    def _probe(self, method: str, request: object, answer: type) -> str:
        return probe(self.deployment.services["deal"][0].address, method, request, answer)


@pytest.fixture
def database(folder: Path, postgres: Postgres) -> Iterator[Between]:
    """The same, with the network between deal and its database instead."""
    network = Proxy(f"127.0.0.1:{postgres.port}")
    databases = postgres.databases()
    databases["deal"] = postgres.url("deal", network.address)
    try:
        with Deployment(folder, databases) as deployment:
            yield Between(deployment, network)
    finally:
        network.close()


@pytest.fixture
def between(folder: Path) -> Iterator[Between]:
    network = Proxy("")
    databases = {name: f"sqlite:{folder / name}.db" for name in SERVICES}
    deployment = Deployment(folder, databases, through={"shipment": network.address})
    network.target = deployment.services["shipment"][0].address
    try:
        with deployment:
            yield Between(deployment, network)
    finally:
        network.close()


def under(between: Between, fault: Callable[[Sellers], None], rounds: int, name: str) -> None:
    """Injects the fault while promises are drawn down; then compares them, by themselves and with the
    logs, and what is taken is given back."""
    with Sellers(between.deployment.addresses()) as sellers:
        for _ in range(rounds):
            fault(sellers)
            sellers.until_acknowledged(40)
        told = between.draw_down()
        assert told == "FIELD_INVALID", f"shipment does not say that there is none: {told!r}"
    for service in between.deployment.all:
        service.verify()
    between.deployment.gives_everything_back()
    report.keep(name, sellers.tally)


def test_delayed(between: Between) -> None:
    def delay(sellers: Sellers) -> None:
        between.network.delay = 0.05
        sellers.until_acknowledged(40)
        assert between.read() == ""
        between.network.delay = 0.0
        sellers.fault()

    under(between, delay, report.share(2, least=1), "shipment 50 ms slower each way for deal")


def test_cut(between: Between) -> None:
    """Cut again and again: in the middle of calls, and of the stream of events."""

    def cut(sellers: Sellers) -> None:
        sellers.fault(between.network.cut())

    under(between, cut, report.share(10, least=5), "connections from deal to shipment cut")


def test_cut_off(between: Between) -> None:
    def cut_off(sellers: Sellers) -> None:
        reached, between.network.target = between.network.target, "127.0.0.1:1"
        sellers.fault(between.network.cut())
        for _ in range(4):
            between.is_apart()
            time.sleep(0.2)
        between.network.target = reached

    under(between, cut_off, report.share(2, least=2), "shipment cut off from deal")


def test_half_open(between: Between) -> None:
    """Only the deadlines and the pings tell that nobody is there."""

    def silent(sellers: Sellers) -> None:
        sellers.fault(between.network.mute())
        until = time.monotonic() + SILENCE
        while time.monotonic() < until:
            between.is_apart()
        between.network.unmute()

    under(between, silent, report.share(1, least=1), "deal to shipment half-open")


def test_database_half_open(database: Between) -> None:
    """What is heard is written by nobody who has a deadline."""

    def silent(sellers: Sellers) -> None:
        sellers.fault(database.network.mute())
        time.sleep(SILENCE)
        database.network.unmute()

    under(database, silent, report.share(1, least=1), "deal's database half-open while it follows")
