"""PostgreSQL restarted, its connections cut, its backends terminated, under load."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import report
from postgres import Postgres
from proxy import Proxy
from services import SERVICES, Deployment
from workload import Load


def hurt(folder: Path, databases: dict[str, str], rounds: int, fault: Callable[[], int]) -> Load:
    """Injects the fault again and again; the services must work again after each by themselves."""
    moments = random.Random(f"{report.SEED}-postgres")
    with Deployment(folder, databases) as deployment:
        with Load(deployment.addresses()) as load:
            for _ in range(rounds):
                time.sleep(moments.uniform(0.1, 0.5))
                load.fault(fault())
                load.until_acknowledged(10)
        for service in deployment.all:
            service.until_ready()
    return load


def restarted(postgres: Postgres, mode: str) -> Callable[[], int]:
    def restart() -> int:
        postgres.restart(mode)
        return 1

    return restart


def test_restart_fast(folder: Path, postgres: Postgres) -> None:
    rounds = report.share(3, least=1)
    load = hurt(folder, postgres.databases(), rounds, restarted(postgres, "fast"))
    report.keep("PostgreSQL restarted, fast", load.tally)


def test_restart_immediate(folder: Path, postgres: Postgres) -> None:
    rounds = report.share(3, least=1)
    load = hurt(folder, postgres.databases(), rounds, restarted(postgres, "immediate"))
    report.keep("PostgreSQL restarted, immediate (crash)", load.tally)


def test_connections_cut(folder: Path, postgres: Postgres) -> None:
    proxy = Proxy(f"127.0.0.1:{postgres.port}")
    try:
        load = hurt(folder, postgres.databases(proxy.address), report.share(10, 3), proxy.cut)
    finally:
        proxy.close()
    report.keep("connections to PostgreSQL cut", load.tally)


def test_backends_terminated(folder: Path, postgres: Postgres) -> None:
    names = ", ".join(f"'{service}'" for service in SERVICES)

    def terminate() -> int:
        statement = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            f"WHERE datname IN ({names})"
        )
        return int(postgres.sql(statement))

    load = hurt(folder, postgres.databases(), report.share(10, 3), terminate)
    report.keep("backends of PostgreSQL terminated", load.tally)
