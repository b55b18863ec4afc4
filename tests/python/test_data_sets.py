"""Data sets as `devisa load` brings them in: products, and decrees together with their villages."""

from __future__ import annotations

import re
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from client import Devisa
from devisa.registry.v1 import decree_pb2, enrolment_pb2, product_pb2, village_pb2
from server import Server, binary

Connect = Callable[[str], Devisa]

PROGRAMME = "programmes/p"
WEDANI = "35.25.11.2009"
TEMON = "35.01.06.2013"
KARE = "35.19.05.2001"

DATA_SET = f"""\
programmes:
  - {{id: p, display_name: Desa Devisa}}
organisations:
  - {{id: temon, display_name: Temon Agro, region_code: ID}}
products:
  - id: gula-aren
    parent: organisations/temon
    display_name: Gula aren cetak
    hs_code: 1702.90.59
    unit_code: KGM
    monthly_capacity: 12000.50
decrees:
  - id: d
    parent: {PROGRAMME}
    number: SK-1
    issue_date: 2024-08-07
    issuer: LPEI
    declared_village_count: 72
    region: "35"
    villages: [{WEDANI}, villages/{TEMON}]
enrolments:
  - id: {WEDANI}
    parent: {PROGRAMME}
    effective_date: 2024-01-01
    lead_commodity: sarongs
    advance:
      - {{state: CANDIDATE, effective_date: 2024-02-01}}
      - {{state: INAUGURATED, effective_date: 2024-09-01}}
"""

Load = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def load(server: Server, tmp_path: Path) -> Load:
    """Loads a text into the server."""

    def run(text: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "data.yaml"
        file.write_text(text)
        command = [str(binary()), "load", str(file), f"--server=http://{server.address}"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DEVISA_")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return run


def test_a_data_set_is_loaded_once(load: Load, connect: Connect) -> None:
    first = load(DATA_SET)
    assert (first.returncode, first.stdout) == (0, "created 5, unchanged 0, steps 3\n"), first
    again = load(DATA_SET)
    assert (again.returncode, again.stdout) == (0, "created 0, unchanged 5, steps 0\n"), again

    reader = connect("reader")
    name = "organisations/temon/products/gula-aren"
    product = reader.products.GetProduct(product_pb2.GetProductRequest(name=name))
    assert (product.hs_code, product.monthly_capacity.value) == ("17029059", "12000.50")
    states = {}
    for code in (WEDANI, TEMON):
        name = f"{PROGRAMME}/enrolments/{code}"
        request = enrolment_pb2.GetEnrolmentRequest(name=name)
        enrolment = reader.enrolments.GetEnrolment(request)
        assert enrolment.decree == f"{PROGRAMME}/decrees/d"
        state = enrolment_pb2.Enrolment.State.Name
        states[code] = [state(entry.state).removeprefix("STATE_") for entry in enrolment.history]
    assert states == {
        WEDANI: ["PROPOSED", "CANDIDATE", "DESIGNATED", "INAUGURATED"],
        TEMON: ["PROPOSED", "DESIGNATED"],
    }


SUSPENDED = f"""\
programmes:
  - id: suspended
    display_name: Suspended and resumed
decrees:
  - id: d
    parent: programmes/suspended
    number: SK-1
    issue_date: 2024-08-07
    issuer: LPEI
    declared_village_count: 1
    villages: [{WEDANI}]
enrolments:
  - id: {WEDANI}
    parent: programmes/suspended
    effective_date: 2024-08-01
    advance:
      - {{state: SUSPENDED, effective_date: 2024-08-20}}
      - {{state: DESIGNATED, effective_date: 2024-08-30}}
"""


def test_a_suspension_needs_no_reason_and_ends_without_a_decree(
    load: Load, connect: Connect
) -> None:
    answer = load(SUSPENDED)
    assert (answer.returncode, answer.stdout) == (0, "created 3, unchanged 0, steps 3\n"), answer
    request = enrolment_pb2.GetEnrolmentRequest(name=f"programmes/suspended/enrolments/{WEDANI}")
    history = connect("reader").enrolments.GetEnrolment(request).history
    decree = "programmes/suspended/decrees/d"
    assert [entry.decree for entry in history] == ["", decree, "", decree]


def test_a_village_that_the_decree_did_not_designate_differs(load: Load) -> None:
    grown = load(DATA_SET.replace(f"villages/{TEMON}]", f"villages/{TEMON}, {KARE}]"))
    assert grown.returncode == 3
    found = f"villages[2] (given {KARE}, found no designation by this decree)"
    assert f"{PROGRAMME}/decrees/d: RESOURCE_DIFFERS: {found}" in grown.stderr


def test_a_decree_that_finds_a_village_taken_is_refused_whole(load: Load) -> None:
    second = f"""\
decrees:
  - id: e
    parent: {PROGRAMME}
    number: SK-2
    issue_date: 2025-10-31
    issuer: LPEI
    declared_village_count: 72
    villages: [{KARE}, {WEDANI}]
"""
    refused = load(second)
    assert refused.returncode == 3
    assert "data.yaml:8:31: the step `villages` of programmes/p/decrees/e" in refused.stderr
    assert re.search(r"villages\[1\]\s+enrolment\.state: ", refused.stderr), refused.stderr
    assert load(second).returncode == 3, "nothing of it was written"


def test_what_is_deleted_differs_by_its_delete_time(load: Load, connect: Connect) -> None:
    name = "organisations/temon/products/gula-aren"
    connect("officer").products.DeleteProduct(product_pb2.DeleteProductRequest(name=name))
    refused = load(DATA_SET)
    assert refused.returncode == 3
    assert f"{name}: RESOURCE_DIFFERS: delete_time (given none, found " in refused.stderr
    request = product_pb2.UndeleteProductRequest(name=name)
    connect("officer").products.UndeleteProduct(request)
    assert load(DATA_SET).returncode == 0


def test_the_largest_decree_fits(connect: Connect) -> None:
    officer = connect("officer")
    request = village_pb2.ListVillagesRequest(page_size=1_000, filter='region = "33"')
    villages = [village.name for village in officer.villages.ListVillages(request).villages]
    assert len(villages) == 1_000
    decree = decree_pb2.Decree(
        number="SK-3", issuer="LPEI", declared_village_count=1_000, region="33"
    )
    decree.issue_date.year, decree.issue_date.month, decree.issue_date.day = 2025, 1, 31
    answer = officer.decrees.ImportDecree(
        decree_pb2.ImportDecreeRequest(
            parent=PROGRAMME, decree_id="large", decree=decree, villages=villages
        ),
        timeout=30,
    )
    assert (answer.created_count, len(answer.enrolments)) == (1_000, 1_000)
    names = [f"{PROGRAMME}/enrolments/{name.removeprefix('villages/')}" for name in villages]
    assert [enrolment.name for enrolment in answer.enrolments] == names
