"""Ports that stay free while their process is down: below those that connections are given."""

from __future__ import annotations

import os
import random
import socket

_TAKEN: set[int] = set()

# Tests that run beside each other have ports of their own: gw0, gw1, …
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
_FIRST, _COUNT = 20_000 + _WORKER * 3_000, 3_000


def free_port() -> int:
    """A port of this machine that nobody else here was given."""
    while True:
        port = random.randrange(_FIRST, _FIRST + _COUNT)
        if port in _TAKEN:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _TAKEN.add(port)
        return port


def free_address() -> str:
    """The same with its host."""
    return f"127.0.0.1:{free_port()}"
