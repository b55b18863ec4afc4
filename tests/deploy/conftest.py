"""Tests of what operators are given: manifests, image, and the page that explains them.

pip install -r tests/deploy/requirements.txt
cargo build
pytest tests/deploy                      # DEVISA_BINARY=… for another binary
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from manifests import KUBERNETES, Manifests, render, secrets  # noqa: E402


@pytest.fixture(scope="session")
def manifests() -> Callable[[str], Manifests]:
    """An overlay, rendered once."""

    @functools.cache
    def rendered(overlay: str) -> Manifests:
        return Manifests(render(KUBERNETES / "overlays" / overlay), secrets(overlay))

    return rendered
