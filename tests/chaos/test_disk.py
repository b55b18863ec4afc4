"""A disk that is full, and a folder that may only be read: SQLite refuses clearly and recovers."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

import audit
import report
from calls import Peer
from client import Refusal
from server import binary
from services import Service

from devisa.registry.v1 import programme_pb2

CREATE = "devisa.registry.v1.ProgrammeService/CreateProgramme"
Programme = programme_pb2.Programme


@pytest.fixture
def small(folder: Path) -> Iterator[Path]:
    """A disk of sixteen megabytes: more than SQLite lets its write-ahead log grow to."""
    disk = folder / "small"
    disk.mkdir()
    mount(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0755", "tmpfs", str(disk)])
    yield disk
    mount(["umount", "--lazy", str(disk)])


def mount(command: list[str]) -> None:
    """Mounting needs root."""
    as_root = [] if os.getuid() == 0 else ["sudo", "--non-interactive"]
    done = subprocess.run([*as_root, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"


@contextlib.contextmanager
def registry(folder: Path, log: Path, **variables: str) -> Iterator[Service]:
    service = Service(log, "registry", f"sqlite:{folder / 'registry.db'}", **variables)
    service.migrate()
    try:
        yield service
    finally:
        service.kill()


def request(name: str, size: int = 1) -> programme_pb2.CreateProgrammeRequest:
    return programme_pb2.CreateProgrammeRequest(
        programme_id=name,
        programme=Programme(display_name=name, owner="x" * size),
        request_id=str(uuid.uuid4()),
    )


class Writer:
    """One writer, and what was acknowledged to it."""

    def __init__(self, service: Service) -> None:
        self.peer = Peer(service.address, "writer")
        self.service = service
        self.tally = report.Tally()
        self.acknowledged: dict[str, Any] = {}
        self._count = 0

    def write(self) -> str:
        """Writes one programme; the reason when it is refused."""
        self._count += 1
        self.asked = request(f"p{self._count}", 100)
        return self.again()

    def again(self) -> str:
        """Sends the last request once more."""
        try:
            self.acknowledged[self.asked.request_id] = self.peer.call(
                CREATE, self.asked, Programme, timeout=10
            )
            return ""
        except grpc.RpcError as error:
            return f"{Refusal.of(error).code.name} {Refusal.of(error).reason}"

    def until_refused(self, within: float = 30) -> str:
        end = time.monotonic() + within
        while not (reason := self.write()):
            assert time.monotonic() < end, "it was never refused"
        return reason

    def until_accepted(self, within: float = 10) -> None:
        """The refused request goes through once there is room."""
        begun = time.monotonic()
        while reason := self.again():
            assert reason == "UNAVAILABLE STORAGE_UNAVAILABLE", reason
            assert time.monotonic() < begun + within, f"still refused after {within} s: {reason}"
            time.sleep(0.05)
        self.tally.longest = max(self.tally.longest, time.monotonic() - begun)

    def audit(self, database: Path) -> report.Tally:
        """Every acknowledged programme is there once with its event, and the file is whole: also
        after a kill, which takes away all that was only in the memory of a connection."""
        self.service.kill()
        with sqlite3.connect(database) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        self.service.start()
        found = audit.pages(
            self.peer, "devisa.registry.v1.ProgrammeService/ListProgrammes",
            programme_pb2.ListProgrammesRequest(), programme_pb2.ListProgrammesResponse,
            "programmes", 500,
        )  # fmt: skip
        log = audit.events(self.peer, "registry")
        self.tally.acknowledged = len(self.acknowledged)
        names = [one.name for one in found]
        wanted = [one.name for one in self.acknowledged.values()]
        ids = [event.request_id for event in log]
        for told, there in ((wanted, names), (list(self.acknowledged), ids)):
            self.tally.lost += len(set(told) - set(there))
            self.tally.doubled += len(there) - len(set(told) & set(there))
        self.peer.close()
        return self.tally


def refused_and_recovered(
    service: Service, fill: Callable[[], None], free: Callable[[], None], rounds: int
) -> Writer:
    """Writes until there is no room, several times over, in one life of the process."""
    writer = Writer(service)
    for _ in range(20):
        assert writer.write() == ""
    for _ in range(rounds):
        fill()
        assert writer.until_refused() == "UNAVAILABLE STORAGE_UNAVAILABLE"
        writer.tally.faults += 1
        for _ in range(5):
            assert writer.again() in ("UNAVAILABLE STORAGE_UNAVAILABLE", "")
        free()
        writer.until_accepted()
        for _ in range(20):
            assert writer.write() == ""
    return writer


def test_disk_full(folder: Path, small: Path) -> None:
    ballast = small / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4_096)

    with registry(small, folder) as service:
        service.start()
        writer = refused_and_recovered(service, fill, ballast.unlink, report.share(4, least=2))
        tally = writer.audit(small / "registry.db")
    report.keep("disk full, SQLite", tally)


def test_file_size_limit(folder: Path) -> None:
    """Writing fails with another error than on a full disk."""
    data = folder / "data"
    data.mkdir()
    with registry(data, folder) as service:
        # The signal would kill; ignored, the write fails.
        service.prefix = ["env", "--ignore-signal=XFSZ"]
        service.start()
        assert service.process is not None
        pid = service.process.pid

        def fill() -> None:
            size = max(file.stat().st_size for file in data.iterdir())
            limit = size + 8_192
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

        def free() -> None:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)

        writer = refused_and_recovered(service, fill, free, report.share(4, least=2))
        tally = writer.audit(data / "registry.db")
    report.keep("writing fails, SQLite (file size limit)", tally)


NOBODY = 65534


def as_nobody(folder: Path) -> list[str]:
    """Runs what follows as a user who owns the folder and is not root: root may write anyway."""
    if os.getuid() != 0:
        return []
    for path in [folder, *folder.iterdir()]:
        os.chown(path, NOBODY, NOBODY)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


@pytest.fixture
def reachable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the binary, where every user may run it."""
    shutil.copy(binary(), folder / "devisa")
    monkeypatch.setenv("DEVISA_BINARY", str(folder / "devisa"))
    return folder


def refused_at_the_start(service: Service, commands: tuple[str, ...], said: str) -> None:
    """What cannot be written is said at once, and nothing is served."""
    for command in commands:
        done = service.run(command)
        assert done.returncode == 69, done.stderr
        assert said in done.stderr, done.stderr


def test_read_only_folder(reachable: Path) -> None:
    """Refused at the start, also when the last process crashed; nothing is lost by that."""
    data = reachable / "data"
    data.mkdir()

    def allow(folder: int, files: int) -> None:
        data.chmod(folder)
        for file in data.iterdir():
            file.chmod(files)

    with registry(data, reachable) as service:
        service.start()
        writer = Writer(service)
        for _ in range(report.share(3, least=1)):
            for _ in range(20):
                assert writer.write() == ""
            # What was written last is only in the log beside the file.
            service.kill()
            service.prefix = as_nobody(data)
            allow(0o555, 0o444)
            refused_at_the_start(service, ("serve",), "attempt to write a readonly database")
            writer.tally.faults += 1
            allow(0o755, 0o644)
            service.start()
        tally = writer.audit(data / "registry.db")
    report.keep("data folder read-only, SQLite", tally)


def test_a_new_database_in_a_read_only_folder(reachable: Path) -> None:
    """There is nothing to serve, which is said at once; nothing is left behind."""
    data = reachable / "data"
    data.mkdir()
    service = Service(reachable, "registry", f"sqlite:{data / 'registry.db'}")
    service.prefix = as_nobody(data)
    data.chmod(0o555)
    refused_at_the_start(service, ("migrate", "serve"), "unable to open database file")
    assert list(data.iterdir()) == []
