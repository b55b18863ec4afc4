"""Makes the stubs from `proto/`, and starts the real binary for every test module.

pip install -r tests/python/requirements.txt
cargo build
pytest tests/python                      # DEVISA_BINARY=… for another binary

Modules that say `pytestmark = ON_BOTH` run twice: on `devisa up`, and on three
`devisa serve` with PostgreSQL, of which `DEVISA_TEST_POSTGRES_URL` names a server.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from google.type import money_pb2
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[2]
STUBS = ROOT / "target" / "python-stubs"


def generate_stubs() -> None:
    """Generates the stubs anew, so that a stub of an older contract never stays behind."""
    shutil.rmtree(STUBS, ignore_errors=True)
    STUBS.mkdir(parents=True)
    proto = ROOT / "proto"
    google = Path(money_pb2.__file__).parents[2]
    arguments = [
        "protoc",
        f"--proto_path={proto}",
        f"--proto_path={google}",
        f"--proto_path={resources.files('grpc_tools') / '_proto'}",
        f"--python_out={STUBS}",
        f"--pyi_out={STUBS}",
        f"--grpc_python_out={STUBS}",
        *sorted(str(path) for path in proto.rglob("*.proto")),
    ]
    if protoc.main(arguments) != 0:
        raise RuntimeError("protoc refused the protos of proto/")


# The test modules import the stubs while they are collected, which is after this.
generate_stubs()
sys.path[:0] = [str(STUBS), str(Path(__file__).parent)]

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
