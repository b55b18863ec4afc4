"""The examples: what the press said of real releases, and the answer, word for word.

The answers stand beside the examples (`expected.txt`, `expected.json`). When an answer changes for
a good reason, write it anew:

    devisa check examples/NAME/statement.yaml > examples/NAME/expected.txt
    devisa check examples/NAME/statement.yaml --format json > examples/NAME/expected.json
"""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from command import devisa, start
from server import ROOT, Server

CONSISTENT, CONTRADICTED = 0, 1
EXIT_CODES = {
    "jatim-2023-05": CONSISTENT,
    "jatim-2024-08": CONTRADICTED,
    "jatim-2025-11": CONTRADICTED,
    "pacitan-2026-02": CONTRADICTED,
}
examples = pytest.mark.parametrize("name", EXIT_CODES)


def folder(name: str) -> Path:
    return ROOT / "examples" / name


def load(server: Server, name: str) -> str:
    loaded = devisa("load", f"examples/{name}/data.yaml", "--server", f"http://{server.address}")
    assert loaded.returncode == 0, loaded.stderr
    return loaded.stdout


def check(server: Server, name: str, *arguments: str) -> str:
    """The answer, which has the exit code that it should have."""
    statement = f"examples/{name}/statement.yaml"
    checked = devisa("check", statement, "--server", f"http://{server.address}", *arguments)
    assert checked.returncode == EXIT_CODES[name], checked.stderr
    return checked.stdout


def assert_answered(server: Server, name: str) -> None:
    assert check(server, name) == (folder(name) / "expected.txt").read_text()
    expected = json.loads((folder(name) / "expected.json").read_text())
    answer = json.loads(check(server, name, "--format", "json"))
    assert answer == expected
    assert answer["consistent"] == (EXIT_CODES[name] == CONSISTENT)


def test_every_example_is_here() -> None:
    assert {path.parent.name for path in (ROOT / "examples").glob("*/data.yaml")} == set(EXIT_CODES)


@examples
def test_an_example_is_answered(tmp_path: Path, name: str) -> None:
    server = Server(tmp_path)
    try:
        assert "unchanged 0," in load(server, name)
        assert_answered(server, name)
        assert load(server, name).startswith("created 0,")
        assert_answered(server, name)
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("order", [list(EXIT_CODES), list(reversed(EXIT_CODES))])
def test_all_of_them_fit_into_one_ledger(tmp_path: Path, order: list[str]) -> None:
    server = Server(tmp_path)
    try:
        for name in order:
            load(server, name)
        for name in order:
            assert_answered(server, name)
    finally:
        assert server.stop() == 0


@examples
def test_up_shows_an_example_and_goes_on_serving(name: str) -> None:
    running = start("up", "--example", name, "--listen", "127.0.0.1:0")
    assert running.stdout is not None
    expected = (folder(name) / "expected.txt").read_text()
    last = expected.splitlines()[-1] + "\n"
    shown = ""
    try:
        while not shown.endswith(last):
            line = running.stdout.readline()
            assert line, f"it ended; it wrote:\n{shown}"
            shown += line
        assert shown.endswith(expected)
        time.sleep(0.2)
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.communicate()
