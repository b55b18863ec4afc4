"""Three processes of each service on one PostgreSQL: writers on all, watchers on all."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2

import audit
import report
from calls import Peer, may_succeed_later
from client import Refusal, amount
from postgres import Postgres
from promises import Seller
from services import Deployment
from workload import Load, Watcher

from devisa.deal.v1 import deal_pb2
from devisa.registry.v1 import organisation_pb2

REPLICAS = 3
ORGANISATIONS = "devisa.registry.v1.OrganisationService"
Organisation = organisation_pb2.Organisation


@pytest.fixture
def deployment(folder: Path, postgres: Postgres) -> Iterator[Deployment]:
    databases = postgres.databases()
    with Deployment(folder, databases, REPLICAS) as deployment:
        yield deployment


@pytest.fixture
def registries(deployment: Deployment) -> Iterator[list[Peer]]:
    """A connection to each registry."""
    peers = [Peer(service.address, "writer") for service in deployment.services["registry"]]
    yield peers
    for peer in peers:
        peer.close()


def repeat(peer: Peer, method: str, request: Any, answer: type) -> Any:
    """Sends it until it is answered."""
    while True:
        try:
            return peer.call(f"{ORGANISATIONS}/{method}", request, answer, timeout=10)
        except grpc.RpcError as error:
            if not may_succeed_later(error):
                raise
            time.sleep(0.02)


def all_at_once(works: list[Any]) -> list[Any]:
    """Runs them at once, each in a thread; their results, in order."""
    results: list[Any] = [None] * len(works)
    together = threading.Barrier(len(works))

    def run(index: int) -> None:
        together.wait()
        try:
            results[index] = works[index]()
        except BaseException as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=[index]) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def test_writers_and_watchers_on_all(deployment: Deployment) -> None:
    """While they come and go: every second, one replica is killed."""
    with Load(deployment.addresses(), writers=6, watchers=2) as load:
        for turn in range(report.share(6, least=3)):
            victim = deployment.all[turn % len(deployment.all)]
            time.sleep(0.3)
            victim.kill()
            load.fault()
            load.until_acknowledged(30)
            victim.start()
    report.keep("three replicas, one killed at a time", load.tally)


def create(name: str, request_id: str = "") -> organisation_pb2.CreateOrganisationRequest:
    return organisation_pb2.CreateOrganisationRequest(
        organisation=Organisation(display_name=name, region_code="ID"),
        request_id=request_id or str(uuid.uuid4()),
    )


def test_one_request_on_all_replicas_at_once(
    deployment: Deployment, registries: list[Peer]
) -> None:
    tally = report.Tally()
    sent = set()
    for turn in range(report.share(20, least=5)):
        request = create(f"once-{turn}")
        sent.add(request.request_id)
        # Each replica twice.
        works = [
            lambda peer=peer: repeat(peer, "CreateOrganisation", request, Organisation)
            for peer in registries * 2
        ]
        answers = all_at_once(works)
        tally.acknowledged += 1
        tally.faults += len(works) - 1
        tally.doubled += len({answer.SerializeToString(deterministic=True) for answer in answers}) - 1
    log = audit.settled(registries[0], "registry", sent)
    found = [event.request_id for event in log]
    tally.lost += len(sent - set(found))
    tally.doubled += len(found) - len(sent & set(found))
    report.keep("one request on all replicas at once", tally)


def test_one_deal_from_all_replicas_at_once(deployment: Deployment, postgres: Postgres) -> None:
    """Everybody draws down the same deal: nobody waits for somebody who waits for them."""
    seller = Seller("seller", deployment.addresses())
    promise = seller.agree()
    one = Decimal(1)
    shipments = [seller.ship(one) for _ in range(report.share(30, least=10))]
    all_at_once([lambda it=it: seller.realise(promise, it, one) for it in shipments])
    peer = Peer(deployment.services["deal"][0].address, "auditor")
    request = deal_pb2.GetDealRequest(name=promise.name)
    deal = peer.call("devisa.deal.v1.DealService/GetDeal", request, deal_pb2.Deal)
    peer.close()
    drawn = int(amount(deal.pending)[1])
    tally = report.Tally(acknowledged=len(shipments), faults=len(shipments) - 1)
    tally.longest = seller.longest
    tally.lost = max(0, len(shipments) - drawn)
    tally.doubled = max(0, drawn - len(shipments))
    time.sleep(1.5)  # PostgreSQL counts within a second
    deadlocks = int(postgres.sql("SELECT sum(deadlocks) FROM pg_stat_database"))
    tally.remarks += [f"{deadlocks} deadlocks"] if deadlocks else []
    report.keep("one deal drawn down from all replicas at once", tally)


def test_updates_are_not_lost(deployment: Deployment, registries: list[Peer]) -> None:
    """Many read a number, add one and write it back with the etag they read: it all adds up."""
    counter = repeat(registries[0], "CreateOrganisation", create("0"), Organisation)
    tally = report.Tally()
    each = report.share(8, least=4)

    def add(peer: Peer) -> int:
        """How often it had to read again."""
        lost_races = 0
        for _ in range(each):
            request_id = str(uuid.uuid4())
            read = peer.call(
                f"{ORGANISATIONS}/GetOrganisation",
                organisation_pb2.GetOrganisationRequest(name=counter.name),
                Organisation,
            )
            while True:
                changed = Organisation(
                    name=read.name, etag=read.etag, display_name=str(int(read.display_name) + 1)
                )
                request = organisation_pb2.UpdateOrganisationRequest(
                    organisation=changed,
                    update_mask=field_mask_pb2.FieldMask(paths=["display_name"]),
                    request_id=request_id,
                )
                try:
                    repeat(peer, "UpdateOrganisation", request, Organisation)
                    break
                except grpc.RpcError as error:
                    assert Refusal.of(error).reason == "ETAG_MISMATCH", Refusal.of(error)
                    lost_races += 1
                    request_id = str(uuid.uuid4())
                    read = peer.call(
                        f"{ORGANISATIONS}/GetOrganisation",
                        organisation_pb2.GetOrganisationRequest(name=counter.name),
                        Organisation,
                    )
        return lost_races

    writers = registries * 2
    tally.faults = sum(all_at_once([lambda peer=peer: add(peer) for peer in writers]))
    tally.acknowledged = each * len(writers)
    found = registries[1].call(
        f"{ORGANISATIONS}/GetOrganisation",
        organisation_pb2.GetOrganisationRequest(name=counter.name),
        Organisation,
    )
    tally.lost = max(0, tally.acknowledged - int(found.display_name))
    tally.doubled = max(0, int(found.display_name) - tally.acknowledged)
    report.keep("read, add one, write back, from all replicas", tally)


def test_pages_are_stable_under_inserts(deployment: Deployment, registries: list[Peer]) -> None:
    """What was there before the first page is on exactly one page, whoever inserts meanwhile and
    whichever replica answers each page."""
    tally = report.Tally()
    with Load(deployment.addresses(), writers=4) as load:
        for _ in range(report.share(4, least=2)):
            load.until_acknowledged(20)
            before = {
                op.response.name
                for writer in load.writers
                for op in list(writer.operations)
                if op.event == "organisation.created" and op.response is not None
            }
            listed: list[str] = []
            request = organisation_pb2.ListOrganisationsRequest(page_size=3)
            turn = 0
            while True:
                page = registries[turn % REPLICAS].call(
                    f"{ORGANISATIONS}/ListOrganisations",
                    request,
                    organisation_pb2.ListOrganisationsResponse,
                )
                listed += [one.name for one in page.organisations]
                turn += 1
                if not page.next_page_token:
                    break
                request.page_token = page.next_page_token
            load.fault(turn)
            tally.skipped += len(before - set(listed))
            tally.doubled += len(listed) - len(set(listed))
    load.tally.skipped += tally.skipped
    load.tally.doubled += tally.doubled
    report.keep("pages read from all replicas under inserts", load.tally)


COPY = """
INSERT INTO event (epoch, event_id, kind, subject, time, actor, request_id, traceparent, type_url,
                   data, changed)
SELECT epoch, '{id}', kind, subject, time, actor, 'late', traceparent, type_url, data, changed
FROM event ORDER BY id LIMIT 1
"""

SLEEPING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = 'registry'"
)


def test_a_late_commit_is_not_skipped(deployment: Deployment, postgres: Postgres) -> None:
    """An event that is numbered early and committed late: a reader that asks for what is above the
    last number it saw never sees it; a watcher does, in the order of the log."""
    tally = report.Tally()
    addresses = deployment.addresses()["registry"]
    peer = Peer(addresses[0], "writer")
    watchers = [Watcher("registry", [address], f"late-{address}") for address in addresses]
    for watcher in watchers:
        watcher.start()
    sent = {"late"}

    def write(name: str) -> None:
        request = create(name)
        sent.add(request.request_id)
        repeat(peer, "CreateOrganisation", request, Organisation)

    write("first")
    naive: list[str] = []

    def late() -> None:
        copied = COPY.format(id=uuid.uuid4())
        postgres.sql(f"BEGIN; {copied}; SELECT pg_sleep(1.5); COMMIT", "registry")

    def number_by_number() -> None:
        """What a naive reader does."""
        last = naive[-1] if naive else "0"
        rows = postgres.sql(f"SELECT id FROM event WHERE id > {last} ORDER BY id", "registry")
        naive.extend(rows.split())

    rounds = report.share(1, least=1)
    for _ in range(rounds):
        committing = threading.Thread(target=late)
        committing.start()
        until = time.monotonic() + 5
        while postgres.sql(SLEEPING) == "0":
            assert time.monotonic() < until, "the late transaction never began"
        write("overtakes")
        tally.acknowledged += 1
        number_by_number()
        committing.join()
        number_by_number()
        tally.faults += 1
    log = audit.settled(peer, "registry", sent)
    peer.close()
    assert len(log) == 1 + 2 * rounds
    assert len(naive) == len(log) - rounds, "the naive reader was meant to skip each late event"
    for watcher in watchers:
        audit.compare_watched(tally, watcher, log)
        watcher.finish()
    report.keep("events committed out of order", tally)
