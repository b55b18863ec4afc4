"""The binary under test: started on ports of its own choice, and stopped as an operator does."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from client import Addresses

ROOT = Path(__file__).resolve().parents[2]

STARTS_WITHIN = 60.0
STOPS_WITHIN = 30.0

# What `up` says on stdout, and what `serve` logs.
_LISTENS = re.compile(r"(?:listens on http://|serving address=)(127\.0\.0\.1:\d+)")


def binary() -> Path:
    """The binary: `DEVISA_BINARY`, else what `cargo build` makes."""
    path = Path(os.environ.get("DEVISA_BINARY", "target/debug/devisa"))
    return path if path.is_absolute() else ROOT / path


def environment(settings: dict[str, str]) -> dict[str, str]:
    """The settings of a process. Those of the developer's own shell are none of them."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("DEVISA_")}
    return {**inherited, **settings}


class Process:
    """A running `devisa` that serves. What it writes is kept in a file."""

    def __init__(self, log: Path, *arguments: str, **settings: str) -> None:
        self._log = log
        self._lines: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            [str(binary()), *arguments],
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._keep_output, daemon=True).start()
        try:
            self.address = self._wait_for_address()
            self._wait_until_serving()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    @property
    def output(self) -> str:
        """All that it has written."""
        return self._log.read_text() if self._log.exists() else ""

    def stop(self) -> int:
        """Asks it to stop, and returns its exit code."""
        self.terminate()
        return self.wait()

    def terminate(self) -> None:
        """Asks it to stop: finish what was begun, then go."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Waits until it has gone; its exit code."""
        try:
            return self._process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(
                f"still there after {STOPS_WITHIN} s; it wrote:\n{self.output}"
            ) from None

    def _keep_output(self) -> None:
        # Read to the end: a full pipe would stop the server.
        assert self._process.stdout is not None
        with self._log.open("a") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                self._lines.put(line)

    def _wait_for_address(self) -> str:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            try:
                found = _LISTENS.search(self._lines.get(timeout=0.1))
            except queue.Empty:
                if self._process.poll() is not None:
                    code = self._process.returncode
                    raise AssertionError(
                        f"gone with exit code {code}; it wrote:\n{self.output}"
                    ) from None
                continue
            if found:
                return found.group(1)
        raise AssertionError(f"no address within {STARTS_WITHIN} s; it wrote:\n{self.output}")

    def _wait_until_serving(self) -> None:
        with grpc.insecure_channel(self.address) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            until = time.monotonic() + STARTS_WITHIN
            while time.monotonic() < until:
                try:
                    answer = health.Check(
                        health_pb2.HealthCheckRequest(), timeout=5, wait_for_ready=True
                    )
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        return
                except grpc.RpcError:
                    pass
                time.sleep(0.05)
        raise AssertionError(f"not SERVING within {STARTS_WITHIN} s; it wrote:\n{self.output}")


class Server(Process):
    """A running `devisa up` with its data in a folder: all services, one process, SQLite."""

    def __init__(self, folder: Path, listen: str = "127.0.0.1:0") -> None:
        data = folder / "data"
        super().__init__(folder / "output.txt", "up", f"--data-dir={data}", f"--listen={listen}")


class Services:
    """The services as on a cluster: three `devisa serve`, each on its own PostgreSQL database.

    Their logs and the URLs of their databases are kept in a folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._upstreams: dict[str, str] = {}
        self.processes: dict[str, Process] = {}
        try:
            for service in ("registry", "shipment", "deal"):
                self._migrate(service)
                self.start(service)
        except BaseException:
            self.stop()
            raise
        addresses = {service: each.address for service, each in self.processes.items()}
        self.address = Addresses(**addresses)

    @property
    def output(self) -> str:
        """All that they have written."""
        logs = sorted(self._folder.glob("*.txt"))
        return "\n".join(f"{log.stem}:\n{log.read_text()}" for log in logs)

    def start(self, service: str) -> None:
        """Starts a service, at the address that it had before."""
        before = self.processes.get(service)
        process = self.replica(service, before.address if before else "127.0.0.1:0")
        self.processes[service] = process
        self._upstreams[f"DEVISA_{service.upper()}_URL"] = f"http://{process.address}"

    def replica(self, service: str, address: str = "127.0.0.1:0") -> Process:
        """Starts a process of a service on the service's database. The caller stops it."""
        return Process(
            self._folder / f"{service}.txt",
            "serve",
            service,
            f"--listen={address}",
            "--admin-listen=none",
            f"--{service}-database-url-file={self._database_file(service)}",
            DEVISA_DRAIN_DELAY="0s",
            **self._upstreams,
        )

    def stop(self) -> int:
        """Asks all of them to stop; the first exit code that is not 0."""
        for process in self.processes.values():
            process.terminate()
        codes = [process.wait() for process in self.processes.values()]
        return next(filter(None, codes), 0)

    def _database_file(self, service: str) -> Path:
        return self._folder / f"{service}.url"

    def _migrate(self, service: str) -> None:
        file = self._database_file(service)
        file.write_text(fresh_postgres_database())
        subprocess.run(
            [str(binary()), "migrate", service, f"--{service}-database-url-file={file}"],
            env=environment({}),
            check=True,
            stdout=subprocess.DEVNULL,
        )


def fresh_postgres_database() -> str:
    """Creates a database; its URL. They go with the server, which is the tests' own."""
    url = os.environ.get("DEVISA_TEST_POSTGRES_URL")
    assert url, "DEVISA_TEST_POSTGRES_URL must name a PostgreSQL server; tests/run starts one"
    server, _, _ = url.rpartition("/")
    name = f"python_{uuid.uuid4().hex}"
    subprocess.run(["psql", "--quiet", url, f"--command=CREATE DATABASE {name}"], check=True)
    return f"{server}/{name}"


KINDS = {"up": Server, "serve": Services}

ON_BOTH = pytest.mark.parametrize("server", KINDS, indirect=True, scope="module")
"""The mark of a module that runs on each of them."""
