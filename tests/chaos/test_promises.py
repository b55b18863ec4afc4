"""Promises are drawn down exactly once by what becomes of shipments, whichever side is killed."""

from __future__ import annotations

import random
import time
from pathlib import Path

import report
from postgres import Postgres
from promises import Sellers
from services import SERVICES, Deployment


def drawn_down(folder: Path, databases: dict[str, str], fault: str) -> None:
    moments = random.Random(f"{report.SEED}-promises")
    with Deployment(folder, databases) as deployment:
        with Sellers(deployment.addresses()) as sellers:
            for turn in range(report.ROUNDS):
                time.sleep(moments.uniform(0.05, 0.4))
                victim = deployment.services[("deal", "shipment")[turn % 2]][0]
                victim.kill()
                sellers.fault()
                victim.start()
                sellers.until_acknowledged(20)
        assert len(sellers.fates()) == 7, f"too short a run: {sellers.fates()}"
        for service in deployment.all:
            service.verify()
        # Made anew from the first event, it is the same.
        rebuilt = deployment.services["deal"][0].run("rebuild")
        assert rebuilt.returncode == 0, rebuilt.stderr
        sellers.compare()
        deployment.services["deal"][0].verify()
    report.keep(fault, sellers.tally)


def test_sqlite(folder: Path) -> None:
    databases = {name: f"sqlite:{folder / name}.db" for name in SERVICES}
    drawn_down(folder, databases, "promises drawn down, deal or shipment killed, SQLite")


def test_postgres(folder: Path, postgres: Postgres) -> None:
    databases = postgres.databases()
    drawn_down(folder, databases, "promises drawn down, deal or shipment killed, PG")
