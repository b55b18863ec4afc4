"""PostgreSQL brought back to a moment by its own means, as docs/operating.md says."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import audit
import report
from calls import Peer
from postgres import Postgres
from proxy import Proxy
from services import Deployment
from workload import Load, Watcher

ALONE = {"programme.created", "organisation.created", "release.created", "session.created"}
"""What rests on nothing that may be gone."""


def archiving(folder: Path) -> tuple[Postgres, Path]:
    """A server that keeps every piece of its WAL in a folder."""
    server = Postgres(folder / "lost")
    server.create()
    # In a folder that belongs to PostgreSQL's own user.
    archive = server.folder / "archive"
    server.start(archive_mode="on", archive_command=f"mkdir -p {archive} && cp %p {archive}/%f")
    return server, archive


def test_brought_back_to_a_moment(folder: Path) -> None:
    """All three services at once. What was acknowledged before the moment is there, what came after it
    is gone and goes through again, once; watchers go on with the revision that they have."""
    lost, archive = archiving(folder)
    back = Postgres(folder / "back")
    proxy = Proxy(f"127.0.0.1:{lost.port}")
    tally = report.Tally()
    try:
        with Deployment(folder, lost.databases(proxy.address)) as deployment:
            with Load(deployment.addresses()) as load:
                back.copy(lost)
                load.until_acknowledged(50)
                before = time.monotonic()
                moment = lost.sql("SELECT clock_timestamp()")
                after = time.monotonic()
                load.until_acknowledged(50)
            assert load.tally.is_clean(), load.tally
            for service in deployment.all:
                service.stop()
            until_archived(lost)
            lost.kill()

            begun = time.monotonic()
            back.recover(archive, moment)
            proxy.target = f"127.0.0.1:{back.port}"
            for service in deployment.all:
                service.verify()
                service.migrate("--new-epoch")
            for service in deployment.all:
                service.start(ready=False)
            for service in deployment.all:
                service.until_ready()
            tally.longest = time.monotonic() - begun
            tally.faults += 1

            go_on(deployment, load, before, after, tally)
            for service in deployment.all:
                service.verify()
    finally:
        proxy.close()
        for server in (lost, back):
            server.kill()
    report.keep("PostgreSQL brought back to a moment", tally)


def until_archived(server: Postgres) -> None:
    """Ends the piece of WAL that is written, and waits until it is in the archive."""
    finished = server.sql("SELECT pg_walfile_name(pg_switch_wal())")
    end = time.monotonic() + 30
    while server.sql("SELECT last_archived_wal FROM pg_stat_archiver") < finished:
        assert time.monotonic() < end, "the WAL is not archived"
        time.sleep(0.05)


def go_on(
    deployment: Deployment, load: Load, before: float, after: float, tally: report.Tally
) -> None:
    """Sends once more whatever rests on nothing else, and compares."""
    operations = [(w.name, op) for w in load.writers for op in w.operations if op.event in ALONE]
    for service, addresses in deployment.addresses().items():
        peer = Peer(addresses[0], "auditor", waits=True)
        [seen] = [watcher for watcher in load.watchers if watcher.service == service]
        there = {event.request_id for event in audit.events(peer, service)}
        watcher = Watcher(service, addresses, f"resumed-{service}", seen.after)
        watcher.start()
        again = {}
        mine = [(name, op) for name, op in operations if op.service == service]
        for name, op in mine:
            if op.acknowledged < before and op.request_id not in there:
                tally.lost += 1
            if op.first_sent > after and op.request_id in there:
                tally.remarks.append(f"{op.token} is of after the moment")
            answer = repeat(addresses[0], name, op)
            tally.acknowledged += 1
            if op.request_id in there and answer != op.response:
                tally.doubled += 1
            if op.request_id not in there:
                again[op.request_id] = op
        assert again, "nothing was lost with the time after the moment"
        log = audit.settled(peer, service, {op.request_id for _, op in mine})
        ids = [event.request_id for event in log]
        tally.lost += len({op.request_id for _, op in mine} - set(ids))
        tally.doubled += len(ids) - len(set(ids))
        come = [event for event in log if event.request_id in again]
        audit.compare_watched(tally, watcher, come)
        watcher.finish()
        peer.close()


def repeat(address: str, principal: str, op: Any) -> Any:
    peer = Peer(address, principal, waits=True)
    try:
        return peer.call(op.method, op.request, op.answer, timeout=10)
    finally:
        peer.close()
