"""Chaos: the real binary, real databases, real faults, under load.

pip install -r tests/python/requirements.txt
cargo build
pytest -n 3 tests/chaos                           # three at a time; DEVISA_BINARY=… for another binary
DEVISA_CHAOS_ROUNDS=100 pytest tests/chaos        # the long run

Each test is one kind of fault and leaves one line in the table at the end: what was acknowledged,
how many faults, and what was lost, doubled or skipped. The seed of a run is printed with it and
taken from `DEVISA_CHAOS_SEED`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "python"), str(Path(__file__).parent)]

from stubs import STUBS, generate_stubs  # noqa: E402

# The test modules import the stubs while they are collected, which is after this. Of several processes
# that run tests beside each other, the first makes them, before it starts the others.
if "PYTEST_XDIST_WORKER" not in os.environ:
    generate_stubs()
sys.path.insert(0, str(STUBS))

import report  # noqa: E402
from postgres import Postgres  # noqa: E402


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can reach, and other users the tests run as."""
    made = Path(tempfile.mkdtemp(prefix="devisa-chaos-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def postgres(folder: Path) -> Iterator[Postgres]:
    """A PostgreSQL server that keeps what it acknowledged: fsync is on."""
    server = Postgres(folder / "primary")
    server.create()
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A test that fails shows what the processes wrote last."""
    outcome = yield
    result = outcome.get_result()
    if result.when == "call":
        # With the result, so that they reach the one process that prints the table.
        result.user_properties.append(("chaos", report.taken()))
    made = item.funcargs.get("folder") if hasattr(item, "funcargs") else None
    if result.failed and made is not None:
        for log in sorted(Path(made).rglob("*.log")):
            tail = subprocess.run(["tail", "-n", "15", log], capture_output=True, text=True)
            result.sections.append((str(log.relative_to(made)), tail.stdout))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table, one line per fault."""
    terminalreporter.section(f"chaos, seed {report.SEED}, rounds {report.ROUNDS}")
    results = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    told = [dict(one.user_properties).get("chaos", ([], [])) for one in sorted(results, key=place)]
    for line in [report.HEAD, *(line for lines, _ in told for line in lines)]:
        terminalreporter.write_line(line)
    for note in (note for _, notes in told for note in notes):
        terminalreporter.write_line(note)


def place(result: pytest.TestReport) -> tuple[str, int]:
    """Where a test stands."""
    file, line, _ = result.location
    return file, line or 0
