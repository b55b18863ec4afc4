"""Every method × every way to break a field of its request × what the server says to it.

`tests/refusals/requests.yaml` has a good request for every method. Each of its fields is broken in
every way that the field's type knows (`enumeration.py`), and the answer must be the one written in
`tests/refusals/answers/`: the code, the reason, and each violation's field, rule and description.

What is refused was sent to be done: without `validate_only`, and with a `request_id` where the
method knows one. Afterwards every row of every table is as it was. Where the method has
`validate_only`, the same request with it is answered alike; what is accepted is only tried, so that
the next request finds the same world.

All requests of a method have the same `request_id` until one of them is accepted: were a refused one
remembered, the next would be refused as another request under its id.

A method without a good request fails, a field without an answer fails, and so does an answer that
changes. Read what changed, and write it down with

    DEVISA_WRITE_ANSWERS=1 pytest tests/python/test_every_refusal.py
"""

from __future__ import annotations

import copy
import difflib
import hashlib
import importlib
import os
import re
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from client import Devisa, Refusal
from enumeration import broken, unfilled
from server import ROOT, Server, binary

FOLDER = ROOT / "tests" / "refusals"
SERVICES = ("registry", "shipment", "deal")
CALLER = "enumerator"
REQUEST_ID = "5b0f4c5e-8f0c-4f3e-9c56-0d1c6f6b8a11"


def methods() -> list[MethodDescriptor]:
    """Every method of the contract, in the order of the protos."""
    paths = sorted((ROOT / "proto").rglob("*.proto"))
    names = [str(path.relative_to(ROOT / "proto")) for path in paths]
    modules = [importlib.import_module(name[:-6].replace("/", ".") + "_pb2") for name in names]
    return [
        method
        for module in modules
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]


REQUESTS: dict[str, Any] = yaml.safe_load((FOLDER / "requests.yaml").read_text())
"""A good request for every method."""

RULES: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((FOLDER / "rules.yaml").read_text())
"""How a good request has to be changed to break the rules that no broken field alone can break."""


def name_of(method: MethodDescriptor) -> str:
    return f"{method.containing_service.full_name}/{method.name}"


def service_of(method: MethodDescriptor) -> str:
    return method.containing_service.full_name.split(".")[1]


def creates(method: MethodDescriptor) -> bool:
    return not method.name.startswith("Update")


def has(method: MethodDescriptor, field: str) -> bool:
    return field in method.input_type.fields_by_name


def good_request(method: MethodDescriptor, changed: dict[str, Any] | None = None) -> Message:
    """The good request of a method, changed at some paths."""
    assert name_of(method) in REQUESTS, f"{name_of(method)} has no good request in requests.yaml"
    fields = copy.deepcopy(REQUESTS[name_of(method)])
    if has(method, "request_id"):
        fields["request_id"] = REQUEST_ID
    for path, value in (changed or {}).items():
        put(fields, [int(s) if s.isdigit() else s for s in re.findall(r"[^.\[\]]+", path)], value)
    request = message_factory.GetMessageClass(method.input_type)()
    json_format.ParseDict(fields, request)
    return request


def after(accepted: int, request: Message) -> Message:
    """The same request under an id that none of those has that were accepted before."""
    again: Any = type(request)()
    again.CopyFrom(request)
    if getattr(again, "request_id", "") == REQUEST_ID:
        again.request_id = str(uuid.uuid5(uuid.UUID(REQUEST_ID), str(accepted)))
    return again


def tried(request: Message) -> Message:
    """The same request, to be checked and not done."""
    dry: Any = type(request)()
    dry.CopyFrom(request)
    dry.validate_only = True
    return dry


def put(fields: Any, path: list[str | int], value: Any) -> None:
    """Puts a value at a path; None takes away what is there."""
    for step in path[:-1]:
        fields = fields[step]
    if value is None:
        del fields[path[-1]]
    else:
        fields[path[-1]] = value


# The server, and whether anything was written ----------------------------------------------------


class Ledgers:
    """The three databases, watched from outside: what they hold, and whether others commit."""

    def __init__(self, folder: Path) -> None:
        self._connections = {
            service: sqlite3.connect(f"file:{folder / service}.db?mode=ro", uri=True)
            for service in SERVICES
        }

    def commits(self, service: str) -> int:
        return self._connections[service].execute("PRAGMA data_version").fetchone()[0]

    def held(self, service: str) -> dict[str, str]:
        """A digest of all rows of each table: state, events, answers to requests, guards,
        projections, keys. No table is left out, and a refused request may change none."""
        ledger = self._connections[service]
        tables = ledger.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {table: digest(ledger.execute(f'SELECT * FROM "{table}"')) for (table,) in tables}

    def settle(self, service: str) -> None:
        """Waits until nothing is written unasked: deals follow shipments."""
        quiet_since, last = time.monotonic(), self.commits(service)
        while time.monotonic() < quiet_since + 0.7:
            time.sleep(0.05)
            if (now := self.commits(service)) != last:
                quiet_since, last = time.monotonic(), now

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


def digest(rows: Iterable[tuple[Any, ...]]) -> str:
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


class World:
    """A server with the records of `world.yaml`."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder)
        load = subprocess.run(
            [binary(), "load", f"--server=http://{self.server.address}", FOLDER / "world.yaml"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert load.returncode == 0, load.stdout + load.stderr
        self.ledgers = Ledgers(folder / "data")
        self.devisa = Devisa(self.server.address, CALLER)

    def close(self) -> int:
        self.devisa.close()
        self.ledgers.close()
        return self.server.stop()

    def answer(self, method: MethodDescriptor, request: Message, caller: str = CALLER) -> str:
        """What the server says: `ok`, or why not. Where it can be tried first, it is: what would be
        accepted is not done, and what is refused is refused alike when it shall be done."""
        if not has(method, "validate_only"):
            return self.outcome(method, request, caller)
        dry = self.outcome(method, tried(request), caller)
        if dry != "ok":
            wet = self.outcome(method, request, caller)
            assert wet == dry, f"{name_of(method)} answers otherwise to what is only tried"
        return dry

    def outcome(self, method: MethodDescriptor, request: Message, caller: str = CALLER) -> str:
        """What the server says to the request as it is. When it refuses, nothing is written."""
        service = service_of(method)
        commits, held = self.ledgers.commits(service), self.ledgers.held(service)
        try:
            self.call(method, request, caller)
            return "ok"
        except grpc.RpcError as error:
            assert self.ledgers.held(service) == held, f"{name_of(method)} refused, but wrote"
            assert self.ledgers.commits(service) == commits, f"{name_of(method)} refused, but wrote"
            return told(Refusal.of(error))

    def call(self, method: MethodDescriptor, request: Message, caller: str = CALLER) -> Any:
        response = message_factory.GetMessageClass(method.output_type)
        path = f"/{name_of(method)}"
        metadata = [("devisa-principal", caller)]
        asked = "stream" if method.client_streaming else "unary"
        shape = f"{asked}_stream" if method.server_streaming else f"{asked}_unary"
        call: Callable[..., Any] = getattr(self.devisa.channel, shape)(
            path,
            request_serializer=type(request).SerializeToString,
            response_deserializer=response.FromString,
        )
        sent = iter([request]) if method.client_streaming else request
        answered = call(sent, timeout=20, metadata=metadata)
        if not method.server_streaming:
            return answered
        result = next(answered)
        answered.cancel()
        if "error" in result.DESCRIPTOR.fields_by_name and result.HasField("error"):
            raise RowRefused(result.error)
        return result


class RowRefused(grpc.RpcError):
    """A row of a stream was refused in its result, as a call is by its status."""

    def __init__(self, status: Message) -> None:
        super().__init__()
        self._status: Any = status

    def code(self) -> grpc.StatusCode:
        return next(code for code in grpc.StatusCode if code.value[0] == self._status.code)

    def details(self) -> str:
        return str(self._status.message)

    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...]:
        return (("grpc-status-details-bin", self._status.SerializeToString()),)


def told(refusal: Refusal) -> str:
    """The code, the reason, and each violation's field, rule and description."""
    broken = [f"{v.field} {v.reason} ({short(v.description)})" for v in refusal.violations]
    if len(broken) > 4:
        broken[4:] = [f"and {len(broken) - 4} more"]
    said = broken or [short(refusal.message)]
    separator = "\n      " if len(said) > 1 else " "
    return separator.join([f"{refusal.code.name} {refusal.reason}", *said])


def short(text: str) -> str:
    """The same with long runs of one character counted, and without what differs from run to run:
    versions, which depend on how many of the requests before were answered, and the time."""
    text = re.sub(r"up to [0-9a-f]{40}", "up to REVISION", text)
    text = re.sub(r"(.)\1{19,}", lambda run: f"{run[1]}{{{len(run[0])}}}", text)
    text = re.sub(r"now, [0-9-]+T[0-9:.]+Z", "now, NOW", text)
    text = re.sub(r"[0-9-]{10} or earlier|up to [0-9-]{10}", "up to TODAY", text)
    text = re.sub(r"1945 to [0-9]{4}", "1945 to THIS YEAR", text)
    return re.sub(r'(has changed: .*found) "\d+"$', r'\1 "VERSION"', text)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    running = World(tmp_path_factory.mktemp("refusals"))
    yield running
    assert running.close() == 0


# The tests -----------------------------------------------------------------------------------


def test_every_method_has_a_good_request() -> None:
    assert [name_of(m) for m in methods() if name_of(m) not in REQUESTS] == []
    assert set(REQUESTS) <= {name_of(m) for m in methods()}


@pytest.mark.parametrize("method", methods(), ids=name_of)
def test_a_good_request_fills_every_message(method: MethodDescriptor) -> None:
    assert list(unfilled(good_request(method), creates(method))) == []


def cases(method: MethodDescriptor) -> Iterator[tuple[str, Message, str]]:
    """Title, request and caller."""
    for case in broken(good_request(method), creates(method)):
        yield case.title, case.request, CALLER
    for title, changed in RULES.get(name_of(method), {}).items():
        caller = changed.get("as", CALLER)
        fields = {path: value for path, value in changed.items() if path != "as"}
        yield title, good_request(method, fields), caller


@pytest.mark.parametrize("service", SERVICES)
def test_every_broken_request_is_answered_as_written(service: str, world: World) -> None:
    world.ledgers.settle(service)
    # But for deals, which follow the shipments that are changed on the way.
    others = [other for other in SERVICES if other not in (service, "deal")]
    held = [world.ledgers.held(other) for other in others]
    text = f"# What {service} says to requests of which one field is wrong, or may be.\n"
    for method in methods():
        if service_of(method) != service:
            continue
        text += f"\n{name_of(method)}\n"
        accepted = 0
        for title, request, caller in cases(method):
            answer = world.answer(method, after(accepted, request), caller)
            accepted += answer == "ok" and not has(method, "validate_only")
            assert answer != "ok" or title not in RULES.get(name_of(method), {}), title
            text += f"  {title} -> {answer}\n"
        # Once, and after the others: what is deleted cannot be deleted again.
        good = after(accepted, good_request(method))
        assert world.answer(method, good) == "ok", f"{name_of(method)} is not good"
    assert [world.ledgers.held(other) for other in others] == held
    written = FOLDER / "answers" / f"{service}.txt"
    if os.environ.get("DEVISA_WRITE_ANSWERS"):
        written.parent.mkdir(exist_ok=True)
        written.write_text(text)
    if changed := changes(written, text):
        pytest.fail(f"{changed}\nRead them; if they are meant: DEVISA_WRITE_ANSWERS=1", pytrace=False)


def changes(written: Path, text: str) -> str:
    """The lines that differ from what is written, as a diff without context."""
    before, after = written.read_text().splitlines(), text.splitlines()
    return "\n".join(difflib.unified_diff(before, after, "written", "answered", lineterm="", n=0))


MENDED = {
    "registry": ("devisa.registry.v1.ProgrammeService/CreateProgramme", "programme"),
    "shipment": ("devisa.shipment.v1.ReleaseService/CreateRelease", "release"),
    "deal": ("devisa.deal.v1.SessionService/CreateSession", "session"),
}
"""A method of each service, and what it creates."""


@pytest.mark.parametrize("service", SERVICES)
def test_a_refused_request_may_be_mended_under_its_id(service: str, world: World) -> None:
    name, resource = MENDED[service]
    method = next(each for each in methods() if name_of(each) == name)
    nameless = good_request(method, {f"{resource}.display_name": None})
    assert world.answer(method, nameless).startswith("INVALID_ARGUMENT FIELD_MISSING")

    world.ledgers.settle(service)
    before = world.ledgers.held(service)
    created = world.call(method, good_request(method))
    now = world.ledgers.held(service)
    # Which also shows that what is compared after each refusal would tell of a write.
    written = {table for table, rows in now.items() if rows != before[table]}
    assert written >= {resource, "event", "idempotency"}

    assert world.call(method, good_request(method)) == created, "the accepted one is remembered"
    another = good_request(method, {f"{resource}.display_name": "Another"})
    assert world.outcome(method, another).startswith("INVALID_ARGUMENT REQUEST_ID_REUSED")


NOT_OVER_THE_WIRE = {
    "database_url.form": "of an operator's configuration",
    "etag.form": "of another service's answer",
    "event.data": "of another service's event",
    "hs_chapter.form": "of a filter, whose reason is FILTER_INVALID",
    "month.form": "of a filter, whose reason is FILTER_INVALID",
    "names.bytes": "of more than 2 MiB of resources, see large.rs of the shipment service",
    "nitku.form": "no field holds one yet",
    "nitku.length": "no field holds one yet",
    "pair.ambiguous": "of pairs, which the client evaluates",
    "pair.currency": "of pairs, which the client evaluates",
    "pair.vague": "of pairs, which the client evaluates",
    "regency.form": "of a filter, whose reason is FILTER_INVALID",
    "timestamp.form": "a Timestamp on the wire always has a form",
    "year.form": "of a filter, whose reason is FILTER_INVALID",
}


def test_every_rule_of_the_code_is_broken_by_some_request() -> None:
    """A rule that no request breaks is a rule that nobody has seen refuse."""
    named = re.compile(
        r'(?:RuleBroken::(?:new|expected)|\brefused?|\bsix_digits)\(\s*"([a-z0-9_]+\.[a-z0-9_]+)"'
        r'|\b(?:rule:|taken\(\w+,|at_most\([^")]*"\w+",) "([a-z0-9_]+\.[a-z0-9_]+)"'
    )
    sources = [path for path in ROOT.glob("crates/*/src/**/*.rs") if "tests" not in path.stem]
    code = "\n".join(re.sub(r"(?m)^\s*//.*$", "", path.read_text()) for path in sources)
    rules = {one or other for one, other in named.findall(code)}
    answers = "".join(path.read_text() for path in (FOLDER / "answers").glob("*.txt"))
    unbroken = {rule for rule in rules if f"({rule}: " not in answers}
    unseen, needless = unbroken - set(NOT_OVER_THE_WIRE), set(NOT_OVER_THE_WIRE) - unbroken
    assert unseen == set(), "break each by a request in tests/refusals/rules.yaml"
    assert needless == set(), "these are broken over the wire"
