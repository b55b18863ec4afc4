"""The database answers with an error, or late: to a statement, to a COMMIT, to who connects.

By real means: PostgreSQL raises, sleeps, cancels, finds deadlocks, keeps its locks and its doors
closed; SQLite's file is locked by somebody else. Whoever was failed repeats, and it was done once.
"""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

import audit
import report
from calls import Peer
from client import Refusal
from postgres import Postgres
from services import SERVICES, Deployment, Service
from triggers import COMMIT, STATEMENT, Trigger, raising, sleeping
from workload import Load

from devisa.registry.v1 import programme_pb2

LATE = "DEADLINE_EXCEEDED DEADLINE_EXCEEDED"
BUSY = "ABORTED CONTENTION"
NO_ANSWER = "UNAVAILABLE STORAGE_UNAVAILABLE"
NO_UPSTREAM = "UNAVAILABLE UPSTREAM_UNAVAILABLE"
"""What a service says whose own database is well, and the registry's is not."""
TOO_LATE = {LATE, NO_UPSTREAM}

CODES = {
    "40001": BUSY,  # could not serialize
    "40P01": BUSY,  # deadlock
    "55P03": BUSY,  # a lock was not to be had in time
    "40003": NO_ANSWER,  # nobody knows whether it was committed
    "53100": NO_ANSWER,  # disk full
    "53200": NO_ANSWER,  # out of memory
    "53300": NO_ANSWER,  # too many connections
    "57014": NO_ANSWER,  # cancelled
    "57P01": NO_ANSWER,  # going down
    "58030": NO_ANSWER,  # reading or writing fails
    "08006": NO_ANSWER,  # connection failure
    "25006": NO_ANSWER,  # read-only: a standby
    "XX000": "INTERNAL INTERNAL",  # a fault of PostgreSQL's own: nobody can say what helps
}
"""What each error of the database is answered as."""
RETRYABLE = [state for state, answer in CODES.items() if not answer.startswith("INTERNAL")]

CREATE = "devisa.registry.v1.ProgrammeService/CreateProgramme"
Programme = programme_pb2.Programme


def attempt(peer: Peer, request: programme_pb2.CreateProgrammeRequest) -> str:
    """What it is answered; nothing when it is done."""
    try:
        peer.call(CREATE, request, Programme, timeout=10)
        return ""
    except grpc.RpcError as error:
        refusal = Refusal.of(error)
        return f"{refusal.code.name} {refusal.reason}".strip()


def create(name: str) -> programme_pb2.CreateProgrammeRequest:
    return programme_pb2.CreateProgrammeRequest(
        programme_id=name, programme=Programme(display_name=name), request_id=str(uuid.uuid4())
    )


@contextlib.contextmanager
def registry(folder: Path, url: str) -> Iterator[Service]:
    service = Service(folder, "registry", url)
    service.migrate()
    service.start()
    try:
        yield service
    finally:
        service.kill()


def test_each_error_says_what_helps(folder: Path, postgres: Postgres) -> None:
    """Always the same error, so that trying again inside does not help: the answer says whether the
    caller's trying again does. When the error is gone, the same request is done, once."""
    postgres.sql("CREATE DATABASE registry")
    tally = report.Tally()
    requests = {}
    with registry(folder, postgres.url("registry")) as service:
        peer = Peer(service.address, "caller", waits=True)
        for when in (STATEMENT, COMMIT):
            for state, expected in CODES.items():
                request = create(f"{when}-{state}".lower())
                requests[request.request_id] = request
                with Trigger(postgres, ["registry"], when, raising(state)) as trigger:
                    begun = trigger.injected()
                    assert attempt(peer, request) == expected, (when, state)
                    tally.faults += trigger.injected() - begun
                assert attempt(peer, request) == "", (when, state)
                assert attempt(peer, request) == "", (when, state)
                tally.acknowledged += 1
        log = [event.request_id for event in audit.events(peer, "registry")]
        peer.close()
    tally.lost = len(requests.keys() - set(log))
    tally.doubled = len(log) - len(set(log) & requests.keys())
    report.keep("each error by itself, statement and COMMIT", tally)


Fault = Callable[[Postgres, Load], None]
"""Hurts the database under load, until it has been hurt often enough."""


def until(reached: Callable[[], bool], within: float = 30) -> None:
    end = time.monotonic() + within
    while not reached():
        assert time.monotonic() < end, "the fault never happened"
        time.sleep(0.02)


def triggered(when: str, action: str, share: float, rounds: int) -> Fault:
    def hurt(postgres: Postgres, load: Load) -> None:
        with Trigger(postgres, list(SERVICES), when, action, share) as trigger:
            until(lambda: trigger.injected() >= rounds)
        # Only now, what was under way has ended: dropping a trigger waits for it.
        load.fault(trigger.injected())

    return hurt


def cancelled(postgres: Postgres, load: Load) -> None:
    """Cancels what is written; a little sleep makes it easier to meet."""
    cancel = (
        "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity "
        "WHERE application_name = 'devisa' AND state = 'active' AND wait_event = 'PgSleep'"
    )
    met = 0
    with Trigger(postgres, list(SERVICES), STATEMENT, sleeping(0.2)):
        while met < report.share(20, least=10):
            met += int(postgres.sql(cancel))
    load.fault(met)


LOCKED_AGAINST_THEM = """
SET deadlock_timeout = '60s';
BEGIN;
LOCK TABLE idempotency IN SHARE MODE;
SELECT pg_sleep(0.3);
LOCK TABLE event IN SHARE MODE;
COMMIT
"""
"""The other way round than who writes; and it waits longer before it looks for a deadlock."""


def deadlocked(postgres: Postgres, load: Load) -> None:
    def deadlocks() -> int:
        return int(postgres.sql("SELECT sum(deadlocks) FROM pg_stat_database"))

    begun, rounds = deadlocks(), report.share(3, least=3)
    while (met := deadlocks() - begun) < rounds:
        postgres.sql(LOCKED_AGAINST_THEM, "registry")
    load.fault(met)


def locked(seconds: float) -> Fault:
    """Somebody keeps everything locked."""
    statement = f"BEGIN; LOCK TABLE event, idempotency; SELECT pg_sleep({seconds}); COMMIT"

    def hurt(postgres: Postgres, load: Load) -> None:
        for _ in range(report.share(1, least=1)):
            keeping = [
                threading.Thread(target=postgres.sql, args=[statement, name]) for name in SERVICES
            ]
            for thread in keeping:
                thread.start()
            for thread in keeping:
                thread.join()
            load.fault(len(keeping))
            load.until_acknowledged(10)

    return hurt


TERMINATE = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'devisa'"
)

# Whoever it is that ends the services' connections has to be there before there are no more.
UNTIL_NONE_IS_THEIRS = f"""
DO $$ BEGIN
    PERFORM pg_sleep(0.5);
    WHILE ({TERMINATE}) > 0 LOOP
        PERFORM pg_sleep(0.1);
        PERFORM pg_stat_clear_snapshot();
    END LOOP;
END $$
"""


def occupied(postgres: Postgres, load: Load) -> None:
    """Others have every connection (53300), for longer than a call waits for one."""
    for _ in range(report.share(1, least=1)):
        ending = threading.Thread(target=postgres.sql, args=[UNTIL_NONE_IS_THEIRS])
        ending.start()
        taken: list[socket.socket] = []
        with contextlib.ExitStack() as held:
            end = time.monotonic() + 30
            while ending.is_alive():
                assert time.monotonic() < end, "the services still have connections"
                taken += [held.enter_context(one) for one in connections(postgres.port)]
            time.sleep(5.5)
        load.fault(len(taken))
        load.until_acknowledged(10)


def connections(port: int) -> Iterator[socket.socket]:
    """As many as are to be had: each says who it is, and then nothing more."""
    told = b"user\0devisa\0database\0postgres\0\0"
    while True:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(struct.pack("!II", len(told) + 8, 196_608) + told)
        if connection.recv(1) != b"R":
            connection.close()
            return
        yield connection


def closed(postgres: Postgres, load: Load) -> None:
    """The databases take no connections, and the services lose theirs."""
    for _ in range(report.share(1, least=1)):
        for allowed in ("false", "true"):
            for name in SERVICES:
                postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")
            if allowed == "false":
                load.fault(int(postgres.sql(TERMINATE)))
                time.sleep(1)
        load.until_acknowledged(10)


ERRORS = raising(*RETRYABLE)
HURT: dict[str, tuple[Fault, float, set[str]]] = {
    "statement answered with an error": (
        triggered(STATEMENT, ERRORS, 0.5, report.share(60, least=30)), 3.0, {BUSY, NO_ANSWER}),
    "COMMIT answered with an error": (
        triggered(COMMIT, ERRORS, 0.5, report.share(60, least=30)), 3.0, {BUSY, NO_ANSWER}),
    "statement cancelled": (cancelled, 3.0, {NO_ANSWER}),
    "deadlock with somebody else": (deadlocked, 10.0, set()),
    "statement held 1 s, the deadline is 3 s": (
        triggered(STATEMENT, sleeping(1), 0.2, report.share(6, least=6)), 3.0, set()),
    "COMMIT held 1 s, the deadline is 3 s": (
        triggered(COMMIT, sleeping(1), 0.2, report.share(6, least=6)), 3.0, set()),
    "statement held 2 s, the deadline is 0.5 s": (
        triggered(STATEMENT, sleeping(2), 0.3, report.share(3, least=3)), 0.5, TOO_LATE),
    "COMMIT held 2 s, the deadline is 0.5 s": (
        triggered(COMMIT, sleeping(2), 0.3, report.share(3, least=3)), 0.5, TOO_LATE),
    "tables locked 1 s": (locked(1), 3.0, set()),
    "tables locked 6 s, longer than a lock is waited for": (locked(6), 8.0, {NO_ANSWER}),
    "no connection to be had (53300)": (occupied, 8.0, {NO_ANSWER, NO_UPSTREAM}),
    "databases take no connections": (closed, 3.0, {NO_ANSWER, NO_UPSTREAM}),
}  # fmt: skip
"""Each fault with the deadline of the writers, and all that they may be answered meanwhile."""


@pytest.mark.parametrize("fault", HURT)
def test_postgres(folder: Path, postgres: Postgres, fault: str) -> None:
    hurt, deadline, answers = HURT[fault]
    with Deployment(folder, postgres.databases()) as deployment:
        with Load(deployment.addresses(), timeout=deadline) as load:
            hurt(postgres, load)
            load.until_acknowledged(20)
        deployment.gives_everything_back()
    keep(fault, load, answers)


def keep(fault: str, load: Load, answers: set[str]) -> None:
    """Keeps the line, and what the services answered meanwhile: what was to be expected of them."""
    # What has no reason is the client's own word, such as that its deadline has passed.
    refusals = {answer: count for answer, count in load.refusals.items() if " " in answer}
    told = ", ".join(f"{count} {answer}" for answer, count in sorted(refusals.items()))
    report.note(f"{fault}: answered {told or 'no refusal'}")
    assert refusals.keys() <= answers, refusals
    assert refusals or not answers, "nobody was failed"
    report.keep(fault, load.tally)


@pytest.mark.parametrize(
    ("seconds", "deadline", "answers"),
    [(1.0, 3.0, set()), (6.5, 10.0, {NO_ANSWER}), (3.0, 0.5, TOO_LATE)],
    ids=["within", "beyond the busy timeout", "beyond the deadline"],
)
def test_sqlite(folder: Path, seconds: float, deadline: float, answers: set[str]) -> None:
    """Another process holds the write lock of the file."""
    files = {name: folder / f"{name}.db" for name in SERVICES}

    def hold(file: Path) -> None:
        with contextlib.closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.execute("ROLLBACK")

    with Deployment(folder, {name: f"sqlite:{file}" for name, file in files.items()}) as deployment:
        with Load(deployment.addresses(), timeout=deadline) as load:
            for _ in range(report.share(1, least=1)):
                holding = [threading.Thread(target=hold, args=[file]) for file in files.values()]
                for thread in holding:
                    thread.start()
                for thread in holding:
                    thread.join()
                load.fault(len(holding))
                load.until_acknowledged(10)
        deployment.gives_everything_back()
    keep(f"SQLite's file locked {seconds:g} s, the deadline is {deadline:g} s", load, answers)
