"""The commands of the manifests, run: the real binary takes their settings and answers the probes.

What differs from a pod: the addresses are free ones of this machine, and the databases are SQLite
files in the place of a Secret's PostgreSQL URL.
"""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import devisa
from manifests import Manifests, Pod

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
SERVING = [
    ("dev", "StatefulSet/devisa"),
    ("production", "Deployment/registry"),
    ("production", "Deployment/shipment"),
    ("production", "Deployment/deal"),
]


def settings(manifests: Manifests, pod: Pod, folder: Path) -> dict[str, str]:
    """The variables of a pod, with what is the cluster's replaced by what is here."""
    found = manifests.environment(pod)
    found["DEVISA_LISTEN"] = devisa.free_address()
    found["DEVISA_ADMIN_LISTEN"] = devisa.free_address()
    for variable in found:
        if variable.endswith("_DATABASE_URL_FILE"):
            secret = folder / "url"
            secret.write_text(f"sqlite:{folder / 'data.db'}\n")
            found[variable] = str(secret)
    if "DEVISA_DATA_DIR" in found:
        found["DEVISA_DATA_DIR"] = str(folder)
    return found


def pod_of(manifests: Manifests, wanted: str) -> Pod:
    (found,) = (pod for pod in manifests.pods() if pod.name == wanted)
    return found


@pytest.mark.parametrize(("overlay", "workload"), SERVING)
def test_the_command_runs_and_answers_its_probes(
    manifests: Callable[[str], Manifests], tmp_path: Path, overlay: str, workload: str
) -> None:
    rendered = manifests(overlay)
    pod = pod_of(rendered, workload)
    given = settings(rendered, pod, tmp_path)
    if pod.args[0] == "serve":
        job = next(p for p in rendered.pods() if p.args == ["migrate", pod.args[1]])
        migrating = devisa.run(*job.args, **settings(rendered, job, tmp_path))
        assert migrating.returncode == 0, migrating.stderr
    with devisa.start(tmp_path, *pod.args, **given) as process:
        for probe in PROBES:
            process.until(pod.container[probe]["httpGet"]["path"], 200)
        assert process.get("/no-such-page") == 404, "a page that is not there answers as well"
        process.terminate()
        assert process.wait() == 0, process.output


def test_every_serving_pod_is_tried(manifests: Callable[[str], Manifests]) -> None:
    serving = [
        (overlay, pod.name)
        for overlay in ("dev", "production")
        for pod in manifests(overlay).pods()
        if pod.serves
    ]
    assert sorted(serving) == sorted(SERVING)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[tuple[devisa.Process, Path]]:
    """A registry on an SQLite file, with a drain that is long enough to look at."""
    database = tmp_path / "registry.db"
    given = {
        "DEVISA_REGISTRY_DATABASE_URL": f"sqlite:{database}",
        "DEVISA_LISTEN": devisa.free_address(),
        "DEVISA_ADMIN_LISTEN": devisa.free_address(),
        "DEVISA_DRAIN_DELAY": "1s",
    }
    assert devisa.run("migrate", "registry", **given).returncode == 0
    with devisa.start(tmp_path, "serve", "registry", **given) as process:
        process.until("/readyz", 200)
        yield process, database


def probes(process: devisa.Process) -> tuple[int | None, ...]:
    return tuple(process.get(path) for path in ("/startupz", "/livez", "/readyz"))


def test_a_database_that_is_gone_is_not_ready_and_alive(
    registry: tuple[devisa.Process, Path],
) -> None:
    process, database = registry
    rename = "ALTER TABLE {} RENAME TO {}"
    with sqlite3.connect(database) as connection:
        connection.execute(rename.format("seaql_migrations", "elsewhere"))
    process.until("/readyz", 503)
    assert probes(process) == (200, 200, 503)
    with sqlite3.connect(database) as connection:
        connection.execute(rename.format("elsewhere", "seaql_migrations"))
    process.until("/readyz", 200)
    assert probes(process) == (200, 200, 200)


def test_one_that_goes_is_not_ready_and_alive(registry: tuple[devisa.Process, Path]) -> None:
    process, _ = registry
    process.terminate()
    process.until("/readyz", 503)
    assert probes(process) == (200, 200, 503)
    assert process.wait() == 0


def test_one_that_starts_is_alive_and_neither_started_nor_ready(
    silent: str, tmp_path: Path
) -> None:
    with starting(silent, tmp_path) as process:
        process.until("/livez", 200)
        assert probes(process) == (503, 200, 503)


def test_one_that_starts_stops_at_once(silent: str, tmp_path: Path) -> None:
    """Also as the first process of a container, which ignores signals without a handler."""
    with starting(silent, tmp_path) as process:
        process.until("/livez", 200)
        asked = time.monotonic()
        process.terminate()
        assert process.wait() == 0, process.output
        assert time.monotonic() - asked < 2


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a database that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def starting(database: str, folder: Path) -> devisa.Process:
    return devisa.start(
        folder,
        "serve",
        "registry",
        DEVISA_REGISTRY_DATABASE_URL=f"postgres://devisa@{database}/registry",
        DEVISA_LISTEN=devisa.free_address(),
        DEVISA_ADMIN_LISTEN=devisa.free_address(),
    )
