"""kill -9 of a serving process, at any moment."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import report
from postgres import Postgres
from services import SERVICES, Deployment
from workload import Load


def kill_in_turn(deployment: Deployment, load: Load, after: object = None) -> None:
    """Kills one service after the other and starts it again; between, the load goes on."""
    moments = random.Random(f"{report.SEED}-kill")
    for turn in range(report.ROUNDS):
        name = SERVICES[turn % len(SERVICES)]
        time.sleep(moments.uniform(0.05, 0.4))
        victim = deployment.services[name][0]
        victim.kill()
        load.fault()
        if callable(after):
            after(name)
        victim.start()
        load.until_acknowledged(5)


def test_sqlite(folder: Path) -> None:
    files = {name: folder / f"{name}.db" for name in SERVICES}
    databases = {name: f"sqlite:{file}" for name, file in files.items()}

    def whole(name: str) -> None:
        with sqlite3.connect(files[name]) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], name

    with Deployment(folder, databases) as deployment:
        with Load(deployment.addresses()) as load:
            kill_in_turn(deployment, load, whole)
        for name in SERVICES:
            whole(name)
    report.keep("kill -9 of a service, SQLite", load.tally)


def test_postgres(folder: Path, postgres: Postgres) -> None:
    databases = postgres.databases()
    with Deployment(folder, databases) as deployment:
        with Load(deployment.addresses()) as load:
            kill_in_turn(deployment, load)
    report.keep("kill -9 of a service, PostgreSQL", load.tally)
