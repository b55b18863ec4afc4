"""The real binary: what it says of itself, and running."""

from __future__ import annotations

import functools
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from manifests import ROOT

STARTS_WITHIN = 30.0
STOPS_WITHIN = 30.0


def binary() -> str:
    """The binary: `DEVISA_BINARY`, else what `cargo build` makes."""
    path = Path(os.environ.get("DEVISA_BINARY", "target/debug/devisa"))
    return str(path if path.is_absolute() else ROOT / path)


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end, with these variables and none of the caller's own."""
    return subprocess.run(
        [binary(), *arguments],
        env=_clean(variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@functools.cache
def help_of(command: str) -> str:
    done = run(command, "--help")
    assert done.returncode == 0, done.stderr
    return done.stdout


@functools.cache
def variables(command: str) -> frozenset[str]:
    """The variables that `devisa COMMAND --help` lists."""
    found = frozenset(re.findall(r"\[env: (\w+)=?\]", help_of(command)))
    assert found, f"devisa {command} --help lists no variable"
    return found


@functools.cache
def defaults(command: str) -> dict[str, str]:
    """The defaults that the help tells of, by variable. `Default: serve 5s, up 0s` has two."""
    found = {}
    for text, variable in re.findall(r"Default: ([^\[]+?)\s*\[env: (\w+)=?\]", help_of(command)):
        own = re.search(rf"\b{command} (\S+?)(?:,|$)", text)
        found[variable] = own[1] if own else text.strip()
    return found


def _clean(variables: dict[str, str]) -> dict[str, str]:
    mine = {k: v for k, v in os.environ.items() if not k.startswith("DEVISA_")}
    return mine | variables


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def start(folder: Path, *arguments: str, **variables: str) -> Process:
    """Starts a service with these variables and none of the caller's own."""
    return Process(
        folder, [binary(), *arguments], variables["DEVISA_ADMIN_LISTEN"], _clean(variables)
    )


class Process:
    """A running service; what it writes is kept in `output.txt` of the folder."""

    def __init__(
        self, folder: Path, command: list[str], admin: str, environment: dict[str, str]
    ) -> None:
        self._admin = admin
        self._log = folder / "output.txt"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.pid = self._process.pid

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def output(self) -> str:
        return self._log.read_text()

    def get(self, path: str) -> int | None:
        """The status of a page of the admin port; none while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://{self._admin}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except (urllib.error.URLError, ConnectionError):
            return None

    def text(self, path: str) -> str:
        """The text of a page of the admin port."""
        with urllib.request.urlopen(f"http://{self._admin}{path}", timeout=5) as answer:
            return answer.read().decode()

    def until(self, path: str, status: int) -> None:
        """Waits until a page answers so."""
        end = time.monotonic() + STARTS_WITHIN
        while self.get(path) != status:
            code = self._process.poll()
            assert code is None, f"gone with exit code {code}; it wrote:\n{self.output}"
            assert time.monotonic() < end, f"{path} is never {status}; it wrote:\n{self.output}"
            time.sleep(0.02)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self._process.wait(STOPS_WITHIN)
