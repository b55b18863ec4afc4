"""The audit can fail: given a run in which something went wrong, it says what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import audit
import report


def operation(token: str) -> Any:
    return SimpleNamespace(
        method="Create", token=token, request_id=token, event="thing.created", acknowledged=1.0,
        response=SimpleNamespace(name=f"things/{token}", value=token),
    )  # fmt: skip


def event(token: str, number: int, kind: str = "devisa.s.v1.thing.created") -> Any:
    return SimpleNamespace(
        id=f"id-{number}", revision=f"{number:03}", request_id=token, type=kind,
        subject=f"things/{token}",
    )  # fmt: skip


OPERATIONS = [operation("a"), operation("b")]
LOG = [event("a", 1), event("b", 2)]


def test_what_is_whole_is_clean() -> None:
    tally = report.Tally()
    audit.compare_events(tally, "s", OPERATIONS, LOG)
    audit.compare_resources(tally, OPERATIONS, [op.response for op in OPERATIONS])
    assert tally.is_clean(), tally


@pytest.mark.parametrize(
    ("log", "lost", "doubled", "remarks"),
    [
        (LOG[:1], 1, 0, 1),
        ([*LOG, event("b", 3)], 0, 1, 1),
        ([*LOG, event("stranger", 3)], 0, 1, 1),
        ([LOG[0], event("b", 2, "devisa.s.v1.thing.updated")], 0, 0, 1),
    ],
    ids=["an event is missing", "an event is doubled", "an event of nobody's", "another event"],
)
def test_events(log: list[Any], lost: int, doubled: int, remarks: int) -> None:
    tally = report.Tally()
    audit.compare_events(tally, "s", OPERATIONS, log)
    assert (tally.lost, tally.doubled, len(tally.remarks)) == (lost, doubled, remarks), tally


@pytest.mark.parametrize(
    ("names", "lost", "doubled"),
    [(["a"], 1, 0), (["a", "b", "b"], 0, 1), (["a", "b", "stranger"], 0, 1)],
    ids=["a resource is missing", "a resource is listed twice", "a resource of nobody's"],
)
def test_resources(names: list[str], lost: int, doubled: int) -> None:
    tally = report.Tally()
    found = [operation(name).response for name in names]
    audit.compare_resources(tally, OPERATIONS, found)
    assert (tally.lost, tally.doubled) == (lost, doubled), tally


@pytest.mark.parametrize(("again", "doubled"), [("a", 0), ("another", 1)])
def test_repeated(again: str, doubled: int) -> None:
    tally = report.Tally()
    op = operation("a")
    op.request = op.answer = None
    peer: Any = SimpleNamespace(call=lambda *_, **__: operation(again).response)
    audit.compare_repeated(tally, op, peer)
    assert tally.doubled == doubled, tally


def test_a_lost_change() -> None:
    tally = report.Tally()
    found = [op.response for op in OPERATIONS]
    found[1] = SimpleNamespace(name="things/b", value="older")
    audit.compare_resources(tally, OPERATIONS, found)
    assert tally.lost == 1, tally


@pytest.mark.parametrize(
    ("seen", "skipped", "doubled", "disordered"),
    [
        ([1, 2], 0, 0, 0),
        ([1], 1, 0, 0),
        ([1, 2, 2], 0, 1, 0),
        ([2, 1], 0, 0, 1),
        ([1, 2, 3], 0, 1, 0),
    ],
    ids=["whole", "skipped", "doubled", "out of order", "of no log"],
)
def test_watched(
    monkeypatch: pytest.MonkeyPatch, seen: list[int], skipped: int, doubled: int, disordered: int
) -> None:
    monkeypatch.setattr(audit, "CATCHES_UP_WITHIN", 0.1)
    watcher: Any = SimpleNamespace(
        name="w",
        seen=[(f"{number:03}", f"id-{number}") for number in seen],
        failures=[],
        is_alive=lambda: True,
    )
    tally = report.Tally()
    audit.compare_watched(tally, watcher, LOG)
    found = (tally.skipped, tally.doubled, tally.disordered)
    assert found == (skipped, doubled, disordered), tally
