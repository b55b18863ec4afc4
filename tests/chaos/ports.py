"""Ports that stay free while their process is down: below those that connections are given."""

from __future__ import annotations

import random
import socket

_TAKEN: set[int] = set()


def free_port() -> int:
    """A port of this machine that nobody else here was given."""
    while True:
        port = random.randrange(20_000, 32_000)
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
