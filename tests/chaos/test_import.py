"""An import whose client and whose server are killed, and its connections cut, over and over, against
one that nobody disturbed.

`DEVISA_CHAOS_IMPORT_ROWS` says how many lines the file has: 3,000 unless it does.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import audit
import report
from calls import Peer
from postgres import Postgres
from proxy import Proxy
from server import binary, environment
from services import Service

from devisa.shipment.v1 import shipment_pb2

LINES = int(os.environ.get("DEVISA_CHAOS_IMPORT_ROWS", "3000"))
PATIENCE = 120.0 + LINES / 20
HEADINGS = (
    "shipment_id,release,exporter,destination,goods,hs_code,net_kg,value,currency,"
    "peb_number,peb_date,customs_office,seal"
)
RELEASES = 20
DATA = "\n".join([
    "organisations:",
    "  - {id: x, display_name: X, region_code: ID, roles: [EXPORTER]}",
    "  - {id: y, display_name: Y, region_code: ID, roles: [EXPORTER]}",
    "releases:",
    *(f"  - {{id: r{n}, display_name: R{n}, event_date: 2025-11-26}}" for n in range(RELEASES)),
])  # fmt: skip


def line(n: int) -> str:
    """Of a hundred lines: two are one shipment, two have no id, one joins a release, three have a
    registration, and these are rejected: by a country, by a number, by an exporter that nobody knows,
    by a registration that the file has before, by an id that stands apart."""
    fields = {
        "shipment_id": f"s-{n}", "release": "", "exporter": "xy"[n % 2], "destination": "KR",
        "goods": f"Kerupuk {n}", "hs_code": "190590", "net_kg": "10.5", "value": "1.00",
        "currency": "USD", "peb_number": "", "peb_date": "", "customs_office": "", "seal": f"S{n}",
    }  # fmt: skip
    declared = {"peb_date": "2025-11-20", "customs_office": "070100"}
    register = n // 100 // 1_000_000, n // 100 % 1_000_000
    special: dict[int, dict[str, str]] = {
        2: {"shipment_id": f"s-{n - 1}", "exporter": "", "destination": ""},
        5: {"shipment_id": ""},
        6: {"shipment_id": "", "destination": "JP"},
        7: {"destination": "ID"},
        8: {"value": "8,00"},
        9: {"exporter": "nobody"},
        20: {"release": f"r{n // 100 % RELEASES}"},
        30: {"peb_number": f"{register[1]:06}", **declared},
        31: {"peb_number": f"{register[1]:06}", **declared},
        40: {"shipment_id": f"s-{n - 5}"},
    }
    fields |= special.get(n % 100, {})
    return ",".join(f'"{text}"' if "," in text else text for text in fields.values())


def count(*places: int) -> int:
    """How many lines stand at these places of a hundred."""
    return sum(n % 100 in places for n in range(LINES))


REJECTED = (7, 8, 9, 31, 40)
ACCEPTED = LINES - count(2, *REJECTED)


@dataclass
class Record:
    """What an import left behind."""

    shipments: dict[str, str]
    events: list[str]
    rejected: bytes


class World:
    """A registry and a shipment service, and a file to import."""

    def __init__(self, folder: Path, databases: dict[str, str], written: Callable[[], int]) -> None:
        folder.mkdir()
        self.folder, self.written = folder, written
        self.registry = Service(folder, "registry", databases["registry"])
        registry = {"registry": self.registry.address}
        self.shipment = Service(folder, "shipment", databases["shipment"], registry)
        self.network = Proxy(self.shipment.address)
        self.file = folder / "shipments.csv"
        with self.file.open("w") as file:
            file.write(HEADINGS + "\n")
            file.writelines(line(n) + "\n" for n in range(LINES))
        (folder / "data.yaml").write_text(DATA)

    def __enter__(self) -> World:
        for service in (self.registry, self.shipment):
            service.migrate()
            service.start()
        data = self.folder / "data.yaml"
        organisations, releases = data.read_text().split("releases:")
        for service, part in ((self.registry, organisations), (self.shipment, "releases:" + releases)):
            data.write_text(part)
            subprocess.run(
                [str(binary()), "load", str(data)], check=True, capture_output=True,
                env=environment({"DEVISA_SERVER": f"http://{service.address}"}),
            )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.network.close()
        self.shipment.kill()
        self.registry.kill()

    def begin(self, *more: str) -> subprocess.Popen[str]:
        """Begins to import the file."""
        with (self.folder / "told.log").open("w") as told:
            return subprocess.Popen(
                [str(binary()), "import", "shipments", str(self.file), "--format", "json", *more],
                env=environment({"DEVISA_SERVER": f"http://{self.network.address}"}),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told, text=True,
            )  # fmt: skip

    def finish(self, client: subprocess.Popen[str]) -> None:
        """Waits for an import; it must have told of every line."""
        out, _ = client.communicate(timeout=PATIENCE)
        said = (self.folder / "told.log").read_text()[-4_000:]
        assert client.returncode == 3, (client.returncode, out, said)
        found = json.loads(out)
        told = (found["lines"], found["accepted"], found["rejected"])
        assert told == (LINES, ACCEPTED, count(*REJECTED)), out

    def record(self) -> Record:
        """What there is now. What only a clock or chance decides is left out."""
        peer = Peer(self.shipment.address, "auditor", waits=True)
        shipments = audit.pages(
            peer, "devisa.shipment.v1.ShipmentService/ListShipments",
            shipment_pb2.ListShipmentsRequest(), shipment_pb2.ListShipmentsResponse,
            "shipments", 1_000,
        )  # fmt: skip
        events = audit.events(peer, "shipment")
        peer.close()
        for shipment in shipments:
            shipment.ClearField("create_time")
            shipment.ClearField("update_time")
        content = {one.name: one.SerializeToString(deterministic=True) for one in shipments}
        return Record(
            {name: hashlib.sha256(text).hexdigest() for name, text in content.items()},
            # In their order: that of the file.
            [f"{event.type} {event.subject}" for event in events],
            self.file.with_suffix(".rejected.csv").read_bytes(),
        )

    def rejected_by(self) -> list[str]:
        """Why lines were rejected, in the order of the file."""
        with self.file.with_suffix(".rejected.csv").open() as file:
            return [f"{row['rule']}: {row['description']}" for row in csv.DictReader(file)]

    def checked(self) -> list[str]:
        """What a dry run finds, which writes nothing."""
        before = self.written()
        self.finish(self.begin("--validate-only"))
        assert self.written() == before
        assert not self.file.with_suffix(".rejected.csv").exists()
        told = (self.folder / "told.log").read_text()
        return re.findall(r"line \d+: (?:\w+: )?([\w.]+: .*)", told)


def hurt(world: World, tally: report.Tally) -> None:
    """Imports while the client and the server are killed in turn, and the network between is cut."""
    moments = random.Random(f"{report.SEED}-import")
    faults = report.share(6, least=4)
    client = world.begin()
    for fault in range(faults):
        goal = int(ACCEPTED * (fault + moments.uniform(0.2, 0.8)) / faults)
        until_written(world, client, goal)
        begun = time.monotonic()
        if fault % 2:
            world.shipment.kill()
            world.shipment.start()
        else:
            client.kill()
            client.communicate()
            client = world.begin()
        assert world.written() < ACCEPTED, "killed too late"
        tally.faults += 1
        until_written(world, client, world.written() + 1)
        tally.faults += cut(world)
        tally.longest = max(tally.longest, time.monotonic() - begun)
    world.finish(client)


def cut(world: World) -> int:
    """Cuts the connection a few times, at whatever moment."""
    moments = random.Random(f"{report.SEED}-cut")
    cuts = 0
    for _ in range(5):
        time.sleep(moments.uniform(0, 0.1))
        cuts += world.network.cut()
    return cuts


def until_written(world: World, client: subprocess.Popen[str], goal: int) -> None:
    until = time.monotonic() + PATIENCE
    while world.written() < goal:
        assert client.poll() is None, (world.folder / "told.log").read_text()[-4_000:]
        assert time.monotonic() < until, f"no {goal} shipments"
        time.sleep(0.005)


def compare(expected: Record, found: Record, tally: report.Tally) -> None:
    """Fills the tally: what is missing, what is there twice, what is in another order."""
    tally.acknowledged = len(found.shipments)
    tally.lost = sum(found.shipments.get(name) != text for name, text in expected.shipments.items())
    tally.doubled = len(found.events) - len(set(found.events))
    tally.doubled += len(found.shipments.keys() - expected.shipments.keys())
    tally.skipped = len(set(expected.events) - set(found.events))
    tally.disordered = sum(a != b for a, b in zip(expected.events, found.events, strict=False))
    if len(expected.events) != len(found.events):
        tally.remarks.append(f"{len(found.events)} events instead of {len(expected.events)}")
    if expected.rejected != found.rejected:
        tally.remarks.append("other lines are rejected")


def peak(process: subprocess.Popen[str] | subprocess.Popen[bytes] | None) -> int:
    """The most memory that a process has had, in megabytes."""
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) // 1024 if found else 0


def undisturbed(world: World, size: Callable[[], int], database: str) -> Record:
    """Imports in one go, and notes what that took."""
    checked = world.checked()
    before, begun = size(), time.monotonic()
    client = world.begin()
    memory = 0
    while client.poll() is None and time.monotonic() < begun + PATIENCE:
        memory = max(memory, peak(client))
        time.sleep(0.05)
    took = time.monotonic() - begun
    world.finish(client)
    record = world.record()
    assert len(record.shipments) == ACCEPTED
    assert world.rejected_by() == checked, "a dry run finds what an import finds"
    report.note(
        f"import, {database}: {LINES} lines in {took:.1f} s, {LINES / took:.0f} a second; at most "
        f"{memory} MB in the client, {peak(world.shipment.process)} MB in the service; "
        f"{(size() - before) / LINES:.0f} bytes a line on disk"
    )
    return record


def run_again_is_run_once(
    worlds: list[World], size: Callable[[], int], database: str
) -> None:
    tally = report.Tally()
    with worlds[0] as world:
        expected = undisturbed(world, size, database)
    with worlds[1] as world:
        hurt(world, tally)
        compare(expected, world.record(), tally)
        # Once more, over everything: nothing changes.
        world.finish(world.begin())
        compare(expected, world.record(), tally)
    report.keep(f"import, client and server killed, connections cut, {database}", tally)


def test_sqlite(folder: Path) -> None:
    def world(name: str) -> World:
        files = {service: folder / name / f"{service}.db" for service in ("registry", "shipment")}

        def written() -> int:
            with sqlite3.connect(f"file:{files['shipment']}?mode=ro", uri=True) as connection:
                sql = "SELECT count(*) FROM event WHERE subject >= 'shipments/'"
                return int(connection.execute(sql).fetchone()[0])

        return World(folder / name, {s: f"sqlite:{file}" for s, file in files.items()}, written)

    def size() -> int:
        return sum(file.stat().st_size for file in (folder / "undisturbed").glob("shipment.db*"))

    run_again_is_run_once([world("undisturbed"), world("hurt")], size, "SQLite")


def test_postgres(folder: Path, postgres: Postgres) -> None:
    def world(name: str) -> World:
        for service in ("registry", "shipment"):
            postgres.sql(f"CREATE DATABASE {name}_{service}")
        urls = {service: postgres.url(f"{name}_{service}") for service in ("registry", "shipment")}

        def written() -> int:
            sql = "SELECT count(*) FROM event WHERE subject >= 'shipments/'"
            return int(postgres.sql(sql, f"{name}_shipment"))

        return World(folder / name, urls, written)

    def size() -> int:
        return int(postgres.sql("SELECT pg_database_size('undisturbed_shipment')"))

    run_again_is_run_once([world("undisturbed"), world("hurt")], size, "PostgreSQL")
