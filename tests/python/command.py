"""The command line under test: runs `devisa` as a shell or a person at a terminal would."""

from __future__ import annotations

import os
import pty
import subprocess
import threading

from server import ROOT, binary

FINISHES_WITHIN = 120.0


def _environment(extra: dict[str, str]) -> dict[str, str]:
    """Settings of the developer's own shell are none of the command's."""
    ours = ("DEVISA_", "NO_COLOR", "CLICOLOR", "COLUMNS", "TERM")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return {**kept, "COLUMNS": "100", "TERM": "xterm", **extra}


def devisa(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs it with its output into pipes, in the folder of the sources."""
    return subprocess.run(
        [str(binary()), *arguments],
        cwd=ROOT,
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=FINISHES_WITHIN,
        check=False,
    )


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Starts it and lets it run."""
    return subprocess.Popen(
        [str(binary()), *arguments],
        cwd=ROOT,
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """Runs it on a terminal; what the terminal was sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(binary()), *arguments],
        cwd=ROOT,
        env=_environment(environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    # A terminal that is never read would stop it; one that hangs is ended.
    watchdog = threading.Timer(FINISHES_WITHIN, process.kill)
    watchdog.start()
    sent = b""
    try:
        while chunk := os.read(ours, 65536):
            sent += chunk
    except OSError:
        pass  # Linux tells so that the other side has closed the terminal.
    finally:
        watchdog.cancel()
        os.close(ours)
        process.wait()
    return sent.decode()
