"""Makes the stubs from `proto/`, and starts the real binary for every test module.

pip install -r tests/python/requirements.txt
cargo build
pytest tests/python                      # DEVISA_BINARY=… for another binary

Modules that say `pytestmark = ON_BOTH` run twice: on `devisa up`, and on three
`devisa serve` with PostgreSQL, of which `DEVISA_TEST_POSTGRES_URL` names a server.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stubs import STUBS, generate_stubs  # noqa: E402

# The test modules import the stubs while they are collected, which is after this.
generate_stubs()
sys.path.insert(0, str(STUBS))

from client import Devisa  # noqa: E402
from server import KINDS, Server, Services  # noqa: E402


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server | Services]:
    """Services with an empty ledger. They must go in good order when they are asked to."""
    kind = getattr(request, "param", "up")
    running = KINDS[kind](tmp_path_factory.mktemp(kind))
    try:
        yield running
    finally:
        code = running.stop()
    assert code == 0, f"exit code {code}; it wrote:\n{running.output}"


@pytest.fixture(scope="module")
def connect(server: Server | Services) -> Iterator[Callable[[str], Devisa]]:
    """Connects as a principal."""
    clients: dict[str, Devisa] = {}

    def client(principal: str) -> Devisa:
        if principal not in clients:
            clients[principal] = Devisa(server.address, principal)
        return clients[principal]

    yield client
    for connected in clients.values():
        connected.close()
