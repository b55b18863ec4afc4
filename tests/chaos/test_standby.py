"""A primary with a synchronous standby: the primary dies, the standby takes over."""

from __future__ import annotations

import time
from pathlib import Path

import report
from postgres import Postgres
from proxy import Proxy
from services import Deployment
from workload import Load


def standby_of(primary: Postgres, folder: Path) -> Postgres:
    """A standby whose copy every commit of the primary waits for."""
    standby = Postgres(folder)
    standby.follow(primary)
    standby.start()
    primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.sql("SELECT pg_reload_conf()")
    until = time.monotonic() + 20
    while primary.sql("SELECT sync_state FROM pg_stat_replication") != "sync":
        assert time.monotonic() < until, "the standby does not follow"
        time.sleep(0.05)
    return standby


def test_failover(folder: Path, postgres: Postgres) -> None:
    primary = postgres
    proxy = Proxy(f"127.0.0.1:{primary.port}")
    servers = [primary]
    try:
        with Deployment(folder, primary.databases(proxy.address)) as deployment:
            with Load(deployment.addresses()) as load:
                for turn in range(report.share(2, least=1)):
                    standby = standby_of(primary, folder / f"standby-{turn}")
                    servers.append(standby)
                    load.until_acknowledged(30)
                    primary.kill()
                    load.fault()
                    standby.promote()
                    proxy.target = f"127.0.0.1:{standby.port}"
                    proxy.cut()
                    load.until_acknowledged(30)
                    primary = standby
    finally:
        proxy.close()
        for server in servers:
            server.kill()
    report.keep("primary killed, synchronous standby promoted", load.tally)
