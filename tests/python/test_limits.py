"""Many at once and much at once: races have one winner, and what is too large is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2

from client import Devisa, Refusal, date, every, money, new_request_id, read_and_change
from devisa.common.v1 import tier_pb2
from devisa.deal.v1 import deal_pb2
from devisa.deal.v1 import summary_pb2 as deal_summary_pb2
from devisa.event.v1 import event_pb2
from devisa.registry.v1 import organisation_pb2, village_pb2
from devisa.shipment.v1 import release_pb2, shipment_pb2
from server import Server

Connect = Callable[[str], Devisa]

CALLERS = 16
LARGEST = money("USD", "92233720368547758.07")
"""2^63 - 1 cents: an amount that can be kept, and of which no two can be added."""


def create_organisation(devisa: Devisa, request_id: str = "", **facts: Any) -> str:
    """Creates an organisation; its name, or the reason why there is none."""
    organisation = organisation_pb2.Organisation(
        display_name="Contoh",
        region_code="ID",
        roles=[organisation_pb2.Organisation.ROLE_EXPORTER],
        **facts,
    )
    request = organisation_pb2.CreateOrganisationRequest(
        organisation=organisation, request_id=request_id
    )
    return told(lambda: devisa.organisations.CreateOrganisation(request).name)


def told(call: Callable[[], str]) -> str:
    try:
        return call()
    except grpc.RpcError as error:
        return Refusal.of(error).reason


def at_once(call: Callable[[], str], times: int = 4 * CALLERS) -> Counter[str]:
    """What callers are told who all ask the same at once."""
    with ThreadPoolExecutor(CALLERS) as callers:
        answers = [callers.submit(call) for _ in range(times)]
        return Counter(answer.result() for answer in answers)


def events(devisa: Devisa) -> list[event_pb2.Event]:
    request = event_pb2.ListEventsRequest()
    return list(every(devisa.registry_events.ListEvents, request, "events"))


def test_one_request_sent_many_times_at_once_happens_once(connect: Connect) -> None:
    devisa = connect("impatient")
    before = len(events(devisa))
    request_id = new_request_id()
    answers = at_once(lambda: create_organisation(devisa, request_id))
    [name] = answers
    assert name.startswith("organisations/")
    [event] = events(devisa)[before:]
    assert (event.subject, event.request_id) == (name, request_id)


def test_of_many_who_claim_a_number_one_has_it(connect: Connect) -> None:
    devisa = connect("claimant")
    answers = at_once(lambda: create_organisation(devisa, nib="9120001234567"))
    assert answers.pop("RESOURCE_EXISTS") == 4 * CALLERS - 1
    [name] = answers
    assert name.startswith("organisations/")


def test_of_many_who_read_the_same_version_one_changes_it(connect: Connect) -> None:
    devisa = connect("editor")
    name = create_organisation(devisa)
    read = devisa.organisations.GetOrganisation(organisation_pb2.GetOrganisationRequest(name=name))
    legal_forms = iter(f"PT {number}" for number in range(4 * CALLERS))

    def change() -> str:
        changed = organisation_pb2.Organisation(
            name=name, etag=read.etag, legal_form=next(legal_forms)
        )
        request = organisation_pb2.UpdateOrganisationRequest(organisation=changed)
        return told(lambda: devisa.organisations.UpdateOrganisation(request).name)

    assert at_once(change) == {name: 1, "ETAG_MISMATCH": 4 * CALLERS - 1}


def test_nobodys_change_is_lost(connect: Connect) -> None:
    """Each of several callers adds a name; whoever was slower reads again and adds to that."""
    devisa = connect("editor")
    name = create_organisation(devisa)

    def read() -> organisation_pb2.Organisation:
        request = organisation_pb2.GetOrganisationRequest(name=name)
        return devisa.organisations.GetOrganisation(request)

    def add(alias: str) -> None:
        def change(current: organisation_pb2.Organisation) -> None:
            current.aliases.add(name=alias)
            devisa.organisations.UpdateOrganisation(
                organisation_pb2.UpdateOrganisationRequest(
                    organisation=current,
                    update_mask=field_mask_pb2.FieldMask(paths=["aliases"]),
                    request_id=new_request_id(),
                )
            )

        read_and_change(read, change, attempts=100)

    names = [f"Alias {number}" for number in range(CALLERS)]
    with ThreadPoolExecutor(4) as callers:
        list(callers.map(add, names))
    assert sorted(alias.name for alias in read().aliases) == sorted(names)


def test_more_violations_than_fit_are_counted(connect: Connect) -> None:
    request = shipment_pb2.CreateShipmentRequest(
        shipment=shipment_pb2.Shipment(
            exporter="organisations/none",
            destination_region_code="IN",
            lines=[shipment_pb2.ShipmentLine()] * 200,
        )
    )
    with pytest.raises(grpc.RpcError) as caught:
        connect("careless").shipments.CreateShipment(request)
    refusal = Refusal.of(caught.value)
    assert refusal.reason == "FIELD_INVALID", "the exporter does not exist"
    assert refusal.violations[0].field == "shipment.lines[0].description"
    assert len(refusal.violations) < 400
    assert refusal.metadata["truncated"] == "true"
    assert refusal.metadata["violation_count"] == "401", "two of each line, and the exporter"


def test_a_page_is_never_longer_than_a_thousand(connect: Connect) -> None:
    request = village_pb2.ListVillagesRequest(page_size=1_000_000)
    page = connect("greedy").villages.ListVillages(request)
    assert len(page.villages) == 1_000
    assert page.next_page_token


def test_a_message_that_is_too_long_is_refused(connect: Connect) -> None:
    devisa = connect("careless")
    before = events(devisa)
    request = organisation_pb2.CreateOrganisationRequest(
        organisation=organisation_pb2.Organisation(display_name="x" * 5_000_000)
    )
    with pytest.raises(grpc.RpcError) as caught:
        devisa.organisations.CreateOrganisation(request)
    codes = (grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert caught.value.code() in codes
    assert events(devisa) == before


def test_a_call_ends_with_its_deadline(connect: Connect) -> None:
    request = village_pb2.ListVillagesRequest(page_size=1_000)
    with pytest.raises(grpc.RpcError) as caught:
        connect("impatient").villages.ListVillages(request, timeout=0.0005)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def create_shipment(devisa: Devisa, shipment: shipment_pb2.Shipment) -> str:
    request = shipment_pb2.CreateShipmentRequest(shipment=shipment)
    return devisa.shipments.CreateShipment(request).name


def create_signed_deal(devisa: Devisa, deal: deal_pb2.Deal) -> str:
    draft = devisa.deals.CreateDeal(deal_pb2.CreateDealRequest(deal=deal))
    return devisa.deals.SignDeal(deal_pb2.SignDealRequest(name=draft.name)).name


@pytest.fixture
def two_largest(tmp_path: Path) -> Any:
    """A ledger with as many amounts as it takes that no total of two can hold."""
    server = Server(tmp_path)
    try:
        with Devisa(server.address, "writer") as devisa:
            seller, buyer = create_organisation(devisa), create_organisation(devisa)
            devisa.releases.CreateRelease(
                release_pb2.CreateReleaseRequest(
                    release_id="r",
                    release=release_pb2.Release(display_name="R", event_date=date("2025-11-26")),
                )
            )
            line = shipment_pb2.ShipmentLine(description="Contoh", value=LARGEST)
            shipment = shipment_pb2.Shipment(
                release="releases/r",
                exporter=seller,
                destination_region_code="IN",
                lines=[line],
            )
            deal = deal_pb2.Deal(
                seller=seller,
                buyer=buyer,
                instrument=deal_pb2.Deal.INSTRUMENT_LOI,
                value=LARGEST,
                sign_date=date("2025-11-26"),
            )
            for _ in range(2):
                # The second of each may be refused, which would keep the totals whole.
                told(lambda: create_shipment(devisa, shipment))
                told(lambda: create_signed_deal(devisa, deal))
            yield devisa
    finally:
        assert server.stop() == 0


def test_a_total_beyond_64_bits_is_told(two_largest: Devisa) -> None:
    request = deal_summary_pb2.SummarizeDealsRequest(tier=tier_pb2.TIER_POTENTIAL)
    total = two_largest.deal_summary.SummarizeDeals(request).total
    assert list(total.values) + list(total.held_values) == [money("USD", "184467440737095516.14")]


def test_a_total_beyond_64_bits_does_not_hide_the_releases(two_largest: Devisa) -> None:
    request = release_pb2.ListReleasesRequest()
    releases = list(every(two_largest.releases.ListReleases, request, "releases"))
    assert [release.name for release in releases] == ["releases/r"]
