"""The binary as its operators run it: one process for each service, killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from ports import free_address

from server import binary

SERVICES = ("registry", "shipment", "deal")
UPSTREAMS = {"registry": (), "shipment": ("registry",), "deal": ("registry", "shipment")}
"""Which services each calls."""

STARTS_WITHIN = 30.0
STOPS_WITHIN = 30.0


class Service:
    """A `devisa serve` with addresses that it keeps through its lives."""

    def __init__(
        self, folder: Path, name: str, database: str, upstreams: dict[str, str] | None = None,
        **variables: str,
    ) -> None:  # fmt: skip
        self.name = name
        self.address = free_address()
        self.admin = free_address()
        self._log = folder / f"{name}-{self.address.rsplit(':')[-1]}.log"
        self._variables = {
            f"DEVISA_{name.upper()}_DATABASE_URL": database,
            "DEVISA_LISTEN": self.address,
            "DEVISA_ADMIN_LISTEN": self.admin,
            "DEVISA_DRAIN_DELAY": "0s",
            "DEVISA_LOG": "info",
        } | variables
        for upstream, address in (upstreams or {}).items():
            self._variables[f"DEVISA_{upstream.upper()}_URL"] = f"http://{address}"
        self.prefix: list[str] = []
        """What the command is run by, such as `setpriv`."""
        self.process: subprocess.Popen[bytes] | None = None

    def migrate(self, *options: str) -> None:
        """Brings its database up to date."""
        done = self.run("migrate", *options)
        assert done.returncode == 0, done.stderr

    def run(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of the service to its end."""
        return subprocess.run(
            [*self.prefix, str(binary()), command, self.name, *options],
            env=self._environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def verify(self) -> None:
        """What it derives is what its event log says."""
        done = self.run("verify")
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, ready: bool = True, limits: dict[int, tuple[int, int]] | None = None) -> None:
        """Starts it; with `ready`, waits until it may be asked. `limits` are of the process."""
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                [*self.prefix, str(binary()), "serve", self.name],
                env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        if ready:
            self.until_ready()

    def until_ready(self, within: float = STARTS_WITHIN) -> float:
        """Waits until it may be asked; how long that took."""
        begun = time.monotonic()
        while self.get("/readyz")[0] != 200:
            assert self.process is not None and self.process.poll() is None, self.output
            assert time.monotonic() < begun + within, f"{self.name} is not ready:\n{self.output}"
            time.sleep(0.02)
        return time.monotonic() - begun

    def kill(self) -> None:
        """kill -9."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """Asks it to go; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOPS_WITHIN)

    def get(self, path: str) -> tuple[int | None, str]:
        """Status and text of a page of the admin port; none while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, OSError):
            return None, ""

    def gauges(self) -> dict[str, float]:
        """What `/metrics` says: each series with its labels, and its value."""
        status, text = self.get("/metrics")
        assert status == 200, f"/metrics answered {status}"
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines)}

    def taken(self) -> dict[str, float]:
        """The gauges of what is taken and shall be given back."""
        return {
            series: value
            for series, value in self.gauges().items()
            if series.startswith("devisa_calls_in_flight") or 'state="in_use"' in series
        }

    @property
    def output(self) -> str:
        """What it has written last."""
        return self._log.read_text()[-4_000:] if self._log.exists() else ""

    def _environment(self) -> dict[str, str]:
        mine = {k: v for k, v in os.environ.items() if not k.startswith("DEVISA_")}
        return mine | self._variables


class Deployment:
    """The three services, each with its replicas, on databases given by URL."""

    def __init__(
        self, folder: Path, databases: dict[str, str], replicas: int = 1,
        through: dict[str, str] | None = None, **variables: str,
    ) -> None:  # fmt: skip
        """`through` has addresses that the others reach a service at, where it is not its own."""
        self.services: dict[str, list[Service]] = {name: [] for name in SERVICES}
        for index in range(replicas):
            for name in SERVICES:
                upstreams = {
                    upstream: (through or {}).get(upstream, self.services[upstream][index].address)
                    for upstream in UPSTREAMS[name]
                }
                self.services[name].append(
                    Service(folder, name, databases[name], upstreams, **variables)
                )

    @property
    def all(self) -> list[Service]:
        return [service for replicas in self.services.values() for service in replicas]

    def addresses(self) -> dict[str, list[str]]:
        """Where each service answers."""
        return {name: [one.address for one in all] for name, all in self.services.items()}

    def gives_everything_back(self, within: float = 60) -> None:
        """Waits, without load, until every place and every connection that was taken is given back,
        and only those streams are open by which the services follow each other. Nothing panicked."""
        end = time.monotonic() + within
        for service in self.all:
            while any((found := service.taken()).values()):
                assert time.monotonic() < end, f"{service.name} still holds {found}"
                time.sleep(0.05)
            panics = service.gauges()[f'devisa_panics_total{{service="{service.name}"}}']
            assert panics == 0, service.output
        followers = len(self.services["deal"])
        while (found := self._streams()) != followers:
            assert time.monotonic() < end, f"{found} streams are open for {followers} followers"
            time.sleep(0.05)

    def _streams(self) -> int:
        """How many streams are open at all of them together."""
        gauges = [service.gauges() for service in self.all]
        return int(sum(
            value
            for series in gauges
            for name, value in series.items()
            if name.startswith("devisa_streams_open")
        ))  # fmt: skip

    def __enter__(self) -> Deployment:
        try:
            for replicas in self.services.values():
                replicas[0].migrate()
            for service in self.all:
                service.start(ready=False)
            for service in self.all:
                service.until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for service in self.all:
            service.kill()
