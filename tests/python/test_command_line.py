"""The command line, as people and scripts meet it."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from client import Devisa
from command import devisa, on_a_terminal, start
from devisa.registry.v1 import organisation_pb2, programme_pb2
from server import Server

FINE, NO, USAGE, REFUSED, CONFIGURATION, UNREACHABLE = 0, 1, 2, 3, 64, 69
NOBODY = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def url(server: Server) -> str:
    address = f"http://{server.address}"
    loaded = devisa("load", "examples/jatim-2025-11/data.yaml", "--server", address)
    assert loaded.returncode == FINE, loaded.stderr
    return address


# What it says -----------------------------------------------------------------------------------


def test_a_refusal_is_field_rule_and_fix(url: str, tmp_path: Path) -> None:
    data = tmp_path / "data.yaml"
    data.write_text(
        "shipments:\n"
        "  - id: bad\n"
        "    exporter: organisations/pelindo\n"
        "    destination_region_code: XX\n"
        "    lines: [{description: a, value: USD 5.00}]\n"
        "    units: [{container_number: CSQU3054384}]\n"
    )
    refused = devisa("load", str(data), "--server", url)
    assert refused.returncode == REFUSED
    assert refused.stderr.splitlines() == [
        f"refused: {data}:4:30: creating shipments/bad",
        "FIELD_INVALID",
        "  shipment.destination_region_code    region_code.unknown: expected an ISO 3166-1 alpha-2"
        ' code, found "XX"',
        "  shipment.units[0].container_number  container_number.check_digit: expected 3, found 4",
        "  fix: mend what is named above and try again (docs/errors/FIELD_INVALID.md)",
    ]
    assert refused.stdout == ""


def test_what_is_not_there_is_told_with_a_fix(url: str) -> None:
    refused = devisa("get", "deals/none", "--server", url)
    assert refused.returncode == REFUSED
    what, fix = refused.stderr.splitlines()
    assert what == "refused: RESOURCE_NOT_FOUND: deals/none does not exist"
    assert fix.startswith("  fix: ")
    assert devisa("get", "deal/none", "--server", url).returncode == USAGE
    absent = devisa("list", "deals", "--server", NOBODY)
    assert absent.returncode == UNREACHABLE
    assert absent.stderr.startswith("unreachable: no server answers at http://127.0.0.1:1: ")
    assert "\n  fix: start one with `devisa up`" in absent.stderr


def test_a_long_refusal_is_broken_between_words_on_a_terminal(url: str) -> None:
    """Into a pipe it is one line, which can be searched."""
    wrong = ("list", "shipments", "--filter", "state = FOO", "--server", url)
    longs = [line for line in devisa(*wrong).stderr.splitlines() if len(line) > 72]
    told = on_a_terminal(*wrong, COLUMNS="72", NO_COLOR="1").splitlines()
    assert max(map(len, told)) <= 72, told
    flat = " ".join(" ".join(told).split())
    assert longs and all(" ".join(line.split()) in flat for line in longs)


def test_colours_are_for_terminals_that_want_them(url: str) -> None:
    check = ("check", "examples/jatim-2025-11/statement.yaml", "--server", url)
    escape = "\x1b["
    assert escape in on_a_terminal(*check)
    assert escape not in on_a_terminal(*check, NO_COLOR="1")
    assert escape not in on_a_terminal(*check, "--color", "never")
    piped = devisa(*check)
    assert escape not in piped.stdout + piped.stderr
    forced = devisa(*check, "--color", "always")
    assert escape in forced.stdout
    assert escape in forced.stderr, "the warning"


# list --------------------------------------------------------------------------------------------


def test_a_list_has_the_columns_and_rows_asked_for(url: str) -> None:
    listed = devisa(
        "list",
        "deals",
        "--server",
        url,
        "--filter",
        'session = "sessions/malaysia-2025-11" AND review.state = HELD',
        "--columns",
        "name,value,review.findings.rule",
    )
    heading, deal = listed.stdout.splitlines()
    assert heading.split() == ["NAME", "VALUE", "REVIEW", "FINDINGS", "RULE"]
    assert deal == "deals/sang-bamboo  USD 239,500,000.00  size_ceiling, session_outlier"
    columns = ("--columns", "name,lines.hs_code", "--format", "json")
    listed = devisa("list", "shipments", "--server", url, *columns)
    shipments = json.loads(listed.stdout)["shipments"]
    assert {"name": "shipments/kerupuk", "lines.hs_code": ["19059080"]} in shipments
    wrong = devisa("list", "shipments", "--server", url, "--columns", "lines.moon")
    assert wrong.returncode == USAGE
    assert "lines.hs_code, " in wrong.stderr


def test_what_is_deleted_is_shown_as_deleted(server: Server, url: str) -> None:
    shown = ("organisations", "--server", url, "--filter", 'region_code = "SM"')
    with Devisa(server.address, "writer") as client:
        name = client.organisations.CreateOrganisation(
            organisation_pb2.CreateOrganisationRequest(
                organisation_id="soon-gone",
                organisation=organisation_pb2.Organisation(
                    display_name="Soon gone", region_code="SM"
                ),
            )
        ).name
        assert devisa("get", name, "--server", url).stderr == ""
        deleted = client.organisations.DeleteOrganisation(
            organisation_pb2.DeleteOrganisationRequest(name=name)
        )
    since = deleted.delete_time.ToDatetime(tzinfo=datetime.UTC)
    jakarta = since.astimezone(datetime.timezone(datetime.timedelta(hours=7)))
    written = jakarta.isoformat(timespec="seconds")

    table = devisa("get", name, "--server", url)
    assert table.returncode == FINE
    assert f"delete_time {written}" in [" ".join(line.split()) for line in table.stdout.splitlines()]
    assert table.stderr == f"warning: {name} is deleted or hidden since {written}\n"
    got = devisa("get", name, "--server", url, "--format", "json")
    assert json.loads(got.stdout)["delete_time"].startswith(f"{since:%Y-%m-%dT%H:%M:%S}")
    assert got.stderr == table.stderr

    assert devisa("list", *shown).stdout == "no organisations\n"
    heading, row = devisa("list", *shown, "--show-deleted").stdout.splitlines()
    assert heading.split()[-2:] == ["DELETE", "TIME"]
    assert row.split()[0] == name
    assert row.split()[-1] == written
    listed = devisa("list", *shown, "--show-deleted", "--format", "json")
    [organisation] = json.loads(listed.stdout)["organisations"]
    assert organisation["delete_time"] == json.loads(got.stdout)["delete_time"]
    refused = devisa("list", "deals", "--show-deleted", "--server", url)
    assert refused.returncode == USAGE
    assert "deals are never deleted or hidden" in refused.stderr


# watch -------------------------------------------------------------------------------------------


def test_the_log_is_read_to_its_end(url: str) -> None:
    subject = ("--subject", "shipments/kerupuk", "--no-follow", "--server", url)
    watched = devisa("watch", "shipment", *subject)
    assert watched.returncode == FINE
    lines = [line.split() for line in watched.stdout.splitlines()]
    created, confirmed, recorded, released = lines
    assert created[2:] == ["shipment.created", "shipments/kerupuk", "DRAFT,", "by", "local"]
    assert confirmed[2:5] == ["shipment.confirmed", "shipments/kerupuk", "READY,"]
    assert {recorded[2], released[2]} == {"milestone.recorded", "shipment.released"}
    for line in devisa("watch", "shipment", *subject, "--format", "json").stdout.splitlines():
        assert json.loads(line)["subject"].startswith("shipments/kerupuk")


def test_a_watch_outlives_the_server(tmp_path: Path) -> None:
    """Nothing is told twice and nothing is skipped while the server goes and comes back."""
    server = Server(tmp_path)
    asked = ("--format", "json", "--limit", "2", "--server", f"http://{server.address}")
    watching = start("watch", "registry", *asked)
    try:
        with Devisa(server.address, "writer") as client:
            create(client, "first")
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["subject"] == "programmes/first"
        assert server.stop() == 0
        server = again(tmp_path, server.address)
        with Devisa(server.address, "writer") as client:
            create(client, "second")
        rest, notes = watching.communicate(timeout=60)
        [event] = [json.loads(line) for line in rest.splitlines()]
        assert event["subject"] == "programmes/second"
        assert watching.returncode == FINE
        assert "watch: the connection is lost; trying again in " in notes
    finally:
        watching.kill()
        watching.communicate()
        assert server.stop() == 0


def create(client: Devisa, programme: str) -> None:
    client.programmes.CreateProgramme(
        programme_pb2.CreateProgrammeRequest(
            programme_id=programme,
            programme=programme_pb2.Programme(display_name=programme),
        )
    )


def again(folder: Path, address: str) -> Server:
    """The same server once more; its port may take a moment to be free."""
    for _ in range(20):
        try:
            return Server(folder, listen=address)
        except AssertionError:
            time.sleep(0.5)
    return Server(folder, listen=address)


# migrate, doctor, completions -------------------------------------------------------------------


def test_a_migration_is_one_line(tmp_path: Path) -> None:
    first = devisa("migrate", "registry", "--data-dir", str(tmp_path))
    assert first.stderr == ""
    *applied, last = first.stdout.splitlines()
    assert applied[0] == "registry: applied m0001_ledger"
    assert all(line.startswith("registry: applied m0") for line in applied)
    assert last == f"registry: sqlite:{tmp_path}/registry.db is up to date"
    assert devisa("migrate", "registry", "--data-dir", str(tmp_path)).stdout.splitlines() == [last]


def test_a_migration_on_postgresql_says_no_more() -> None:
    base = os.environ["DEVISA_TEST_POSTGRES_URL"]
    name = f"devisa_migrate_{uuid.uuid4().hex[:12]}"
    psql(base, f"CREATE DATABASE {name}")
    try:
        database = ("--registry-database-url", f"{base.rsplit('/', 1)[0]}/{name}")
        for applied in (True, False):
            migrated = devisa("migrate", "registry", *database)
            assert (migrated.returncode, migrated.stderr) == (FINE, "")
            assert ("applied m0001_ledger" in migrated.stdout) == applied
        healthy = devisa("doctor", "registry", *database)
        assert healthy.returncode == FINE, healthy.stdout
        assert " ms from the database's" in healthy.stdout
    finally:
        psql(base, f"DROP DATABASE {name}")


def psql(url: str, sql: str) -> None:
    subprocess.run(["psql", "--quiet", "--no-psqlrc", url, "--command", sql], check=True)


def test_the_doctor_finds_what_is_well_and_what_is_not(url: str, tmp_path: Path) -> None:
    outside = devisa("doctor", "--server", url, "--format", "json")
    assert outside.returncode == FINE, outside.stdout
    report = json.loads(outside.stdout)
    assert report["healthy"]
    checks = {check["check"]: check for check in report["checks"]}
    assert set(checks) == {
        "server",
        *(f"{service}: health" for service in ("registry", "shipment", "deal")),
        "contract",
    }
    assert "the same" in checks["contract"]["detail"]

    # The server is named by a variable as well, and what is on this machine is looked at beside it.
    here = ("--data-dir", str(tmp_path / "none"), "--listen", "127.0.0.1:0", "--format", "json")
    for settings in ({}, {"DEVISA_SERVER": url}, {"DEVISA_SERVER": NOBODY}):
        both = devisa("doctor", *here, **settings)
        named = settings.get("DEVISA_SERVER")
        assert both.returncode == (UNREACHABLE if named == NOBODY else FINE), both.stdout
        checks = {check["check"]: check for check in json.loads(both.stdout)["checks"]}
        assert "`devisa up` makes it" in checks["registry: database"]["detail"]
        if named:
            assert named in checks["server"]["detail"]
            assert ("contract" in checks) == (named == url)
    one = devisa("doctor", "registry", *here, DEVISA_SERVER=url)
    checks = {check["check"] for check in json.loads(one.stdout)["checks"]}
    assert checks >= {"configuration", "registry: database", "server", "contract"}
    assert "shipment: database" not in checks

    gone = devisa("doctor", "--server", NOBODY)
    assert gone.returncode == UNREACHABLE
    assert "cure: start one with `devisa up`" in gone.stdout

    unset = devisa("doctor", "deal", DEVISA_REGISTRY_URL="registry:50051")
    assert unset.returncode == CONFIGURATION
    for key in ("DEVISA_DEAL_DATABASE_URL", "DEVISA_REGISTRY_URL", "DEVISA_SHIPMENT_URL"):
        assert f"fail  {key} " in unset.stdout
        assert f"cure: set {key}, or give --" in unset.stdout

    folder = ("--data-dir", str(tmp_path), "--listen", "127.0.0.1:0")
    absent = devisa("doctor", "shipment", *folder, "--registry-url", url)
    assert absent.returncode == NO
    assert "cure: run `devisa migrate shipment`" in absent.stdout
    assert not list(tmp_path.iterdir()), "a doctor does not operate"
    assert devisa("migrate", "shipment", "--data-dir", str(tmp_path)).returncode == FINE
    well = devisa("doctor", "shipment", *folder, "--registry-url", url)
    assert well.returncode == FINE, well.stdout
    assert "fail" not in well.stdout and "warn" not in well.stdout
    alone = devisa("doctor", "shipment", *folder, "--registry-url", NOBODY)
    assert alone.returncode == NO
    assert "fail  registry: upstream  " in alone.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_values(shell: str, tmp_path: Path) -> None:
    script = devisa("completions", shell)
    assert script.returncode == FINE
    # The words of fish are those of options only: clap has no others for it.
    words = ("summarize", "pacitan-2026-02", *(("exchange_rates",) if shell != "fish" else ()))
    for word in words:
        assert word in script.stdout, word
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script.stdout, text=True, check=True)
