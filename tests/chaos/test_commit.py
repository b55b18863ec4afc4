"""A connection lost around a COMMIT: nobody can tell from outside whether it happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import report
from postgres import Postgres
from proxy import Proxy
from services import Deployment
from workload import Load

LOST = {
    "COMMIT answered, the answer lost": Proxy.swallow_commits,
    "COMMIT lost on its way": Proxy.intercept_commits,
}


@pytest.mark.parametrize("fault", LOST)
def test_repetition_answers_what_happened(folder: Path, postgres: Postgres, fault: str) -> None:
    """The audit compares each answer with what is there: a repetition whose first attempt was
    committed must have got that attempt's answer, with its id and its time."""
    proxy = Proxy(f"127.0.0.1:{postgres.port}")
    rounds = report.share(20, least=5)
    lose: Callable[[Proxy, int], None] = LOST[fault]
    try:
        with Deployment(folder, postgres.databases(proxy.address)) as deployment:
            with Load(deployment.addresses()) as load:
                for turn in range(1, rounds + 1):
                    lose(proxy, 1)
                    while proxy.swallowed < turn:
                        time.sleep(0.005)
                    load.until_acknowledged(2)
                load.fault(proxy.swallowed)
    finally:
        proxy.close()
    repeated = sum(op.attempts > 1 for writer in load.writers for op in writer.operations)
    assert repeated > 0, "no writer had to repeat anything"
    report.keep(fault, load.tally)
