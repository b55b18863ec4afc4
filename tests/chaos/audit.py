"""Compares what was acknowledged with what is there, and what was watched with what happened."""

from __future__ import annotations

import collections
import time
from typing import TYPE_CHECKING, Any

import grpc

from calls import Peer

from devisa.deal.v1 import session_pb2
from devisa.event.v1 import event_pb2
from devisa.registry.v1 import organisation_pb2, programme_pb2
from devisa.shipment.v1 import release_pb2, shipment_pb2

if TYPE_CHECKING:
    from workload import Load, Watcher, Writer

CATCHES_UP_WITHIN = 20.0
SETTLES_WITHIN = 20.0

LISTS: dict[str, list[tuple[str, str, type, type]]] = {
    "registry": [
        ("Programme", "programmes", programme_pb2.ListProgrammesRequest,
         programme_pb2.ListProgrammesResponse),
        ("Organisation", "organisations", organisation_pb2.ListOrganisationsRequest,
         organisation_pb2.ListOrganisationsResponse),
    ],
    "shipment": [
        ("Release", "releases", release_pb2.ListReleasesRequest,
         release_pb2.ListReleasesResponse),
        ("Shipment", "shipments", shipment_pb2.ListShipmentsRequest,
         shipment_pb2.ListShipmentsResponse),
    ],
    "deal": [
        ("Session", "sessions", session_pb2.ListSessionsRequest,
         session_pb2.ListSessionsResponse),
    ],
}  # fmt: skip


def pages(peer: Peer, method: str, request: Any, answer: type, items: str, size: int) -> list[Any]:
    """Everything that a list has."""
    found: list[Any] = []
    request.page_size = size
    while True:
        page = peer.call(method, request, answer, timeout=20)
        found += getattr(page, items)
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


def events(peer: Peer, service: str) -> list[Any]:
    """The whole event log of a service, by its paged twin."""
    method = f"devisa.{service}.v1.EventService/ListEvents"
    request = event_pb2.ListEventsRequest()
    return pages(peer, method, request, event_pb2.ListEventsResponse, "events", 1_000)


def settled(peer: Peer, service: str, wanted: set[str]) -> list[Any]:
    """The log once it has what is wanted, or as it is when that takes too long.

    A transaction whose client is gone with the network holds back what was committed after it began,
    until PostgreSQL ends it: ten seconds, as the services ask of it.
    """
    until = time.monotonic() + SETTLES_WITHIN
    while True:
        log = events(peer, service)
        if time.monotonic() > until or wanted <= {event.request_id for event in log}:
            return log
        time.sleep(0.2)


def audit(load: Load) -> None:
    """Fills the load's tally."""
    tally = load.tally
    operations = [op for writer in load.writers for op in writer.operations]
    tally.acknowledged = sum(op.response is not None for op in operations)
    tally.longest = max((op.acknowledged - op.first_sent for op in operations if op.response),
                        default=0.0)  # fmt: skip
    tally.remarks += [
        f"{op.method} {op.token} was not acknowledged: {op.refused or 'no answer in time'}"
        for op in operations
        if op.response is None
    ]
    for writer in load.writers:
        repeat(tally, writer, {service: all[0] for service, all in load.addresses.items()})
    for service, addresses in load.addresses.items():
        peer = Peer(addresses[0], "auditor", waits=True)
        mine = [op for op in operations if op.service == service and op.response is not None]
        log = settled(peer, service, {op.request_id for op in mine})
        resources = [
            resource
            for noun, items, request, answer in LISTS[service]
            for resource in pages(
                peer, f"devisa.{service}.v1.{noun}Service/List{noun}s", request(), answer, items, 500
            )
        ]
        peer.close()
        compare_events(tally, service, mine, log)
        compare_resources(tally, mine, resources)
        for watcher in load.watchers:
            if watcher.service == service:
                compare_watched(tally, watcher, log)


def repeat(tally: Any, writer: Writer, addresses: dict[str, str]) -> None:
    """Sends once more whatever had been sent more than once; each gets the answer that it got."""
    peers = {service: Peer(address, writer.name, waits=True) for service, address in addresses.items()}
    for op in writer.operations:
        if op.attempts > 1 and op.response is not None:
            compare_repeated(tally, op, peers[op.service])
    for peer in peers.values():
        peer.close()


def compare_repeated(tally: Any, op: Any, peer: Any) -> None:
    """A repetition gets the first answer."""
    try:
        again = peer.call(op.method, op.request, op.answer, timeout=20)
    except grpc.RpcError as error:
        tally.remarks.append(f"{op.method} {op.token}, once more: {error}")
        return
    if again != op.response:
        _doubled(tally, f"{op.method} {op.token} was answered {op.response}, once more: {again}")


def compare_events(tally: Any, service: str, operations: list[Any], log: list[Any]) -> None:
    """Every acknowledged write has exactly one event, and no event is of nothing acknowledged."""
    by_request = collections.defaultdict(list)
    for event in log:
        by_request[event.request_id].append(event)
    for op in operations:
        found = by_request.pop(op.request_id, [])
        if not found:
            _lost(tally, f"the event of {op.method} {op.token}")
        elif len(found) > 1:
            _doubled(tally, f"{len(found)} events of {op.method} {op.token}")
        else:
            kind = f"devisa.{service}.v1.{op.event}"
            said = (found[0].type, found[0].subject)
            if said != (kind, op.response.name):
                tally.remarks.append(f"{op.method} {op.token} has the event {said}")
    for request_id, stray in by_request.items():
        _doubled(tally, f"{len(stray)} events of request {request_id!r} that nobody acknowledged")


def compare_resources(tally: Any, operations: list[Any], resources: list[Any]) -> None:
    """Every resource is there once, as its last acknowledged write left it."""
    last = {}
    for op in sorted(operations, key=lambda op: op.acknowledged):
        last[op.response.name] = op.response
    found = collections.Counter(resource.name for resource in resources)
    for name in last.keys() - found.keys():
        _lost(tally, name)
    for name in found.keys() - last.keys():
        _doubled(tally, f"{name}, which nobody was told of")
    for name, count in found.items():
        if count > 1:
            _doubled(tally, f"{name} is listed {count} times")
    for resource in resources:
        if resource.name in last and resource != last[resource.name]:
            _lost(tally, f"the last change of {resource.name}: {resource}")


def compare_watched(tally: Any, watcher: Watcher, log: list[Any]) -> None:
    """The watcher saw the log: every event, once, in its order."""
    wanted = [(event.revision, event.id) for event in log]
    until = time.monotonic() + CATCHES_UP_WITHIN
    while len(watcher.seen) < len(wanted) and time.monotonic() < until and watcher.is_alive():
        time.sleep(0.02)
    time.sleep(0.3)  # for what comes once too often
    seen = list(watcher.seen)
    tally.remarks += watcher.failures
    counts = collections.Counter(seen)
    for missing in [event for event in wanted if event not in counts]:
        tally.skipped += 1
        tally.remarks.append(f"{watcher.name} never saw {missing}")
    for event, count in counts.items():
        if count > 1:
            _doubled(tally, f"{watcher.name} saw {event} {count} times")
    for event in counts.keys() - set(wanted):
        _doubled(tally, f"{watcher.name} saw {event}, which is not in the log")
    revisions = [revision for revision, _ in seen]
    tally.disordered += sum(a > b for a, b in zip(revisions, revisions[1:], strict=False))
    in_log = [event.revision for event in log]
    tally.disordered += sum(a >= b for a, b in zip(in_log, in_log[1:], strict=False))


def _lost(tally: Any, what: str) -> None:
    tally.lost += 1
    tally.remarks.append(f"lost: {what}")


def _doubled(tally: Any, what: str) -> None:
    tally.doubled += 1
    tally.remarks.append(f"doubled: {what}")
