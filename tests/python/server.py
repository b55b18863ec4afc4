"""The binary under test: started on a port of its own choice, and stopped as an operator does."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

ROOT = Path(__file__).resolve().parents[2]

STARTS_WITHIN = 60.0
STOPS_WITHIN = 30.0

_LISTENS = re.compile(r"http://(127\.0\.0\.1:\d+)")


def binary() -> Path:
    """The binary: `DEVISA_BINARY`, else what `cargo build` makes."""
    path = Path(os.environ.get("DEVISA_BINARY", "target/debug/devisa"))
    return path if path.is_absolute() else ROOT / path


class Server:
    """A running `devisa up` with its data in a folder.

    What it writes on stdout and stderr is kept in `output.txt` beside the data.
    """

    def __init__(self, folder: Path, listen: str = "127.0.0.1:0") -> None:
        self._log = folder / "output.txt"
        self._lines: queue.Queue[str] = queue.Queue()
        command = [
            str(binary()),
            "up",
            f"--data-dir={folder / 'data'}",
            f"--listen={listen}",
        ]
        # Settings of the developer's own shell are none of this server's.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DEVISA_")}
        self._process = subprocess.Popen(
            command,
            env=environment,
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
