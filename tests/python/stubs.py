"""The Python stubs of `proto/`, generated for the tests that import them."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

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
