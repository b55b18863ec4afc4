"""Writes with a `request_id`: sent again they are answered as before, and the id is taken.

The writes build on each other and are done once, in their order. Then each is tried again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from client import Devisa, date, decimal, instant
from devisa.deal.v1 import deal_pb2
from devisa.registry.v1 import enrolment_pb2, exchange_rate_pb2, organisation_pb2, programme_pb2
from devisa.shipment.v1 import milestone_pb2, shipment_pb2
from server import ON_BOTH
from test_refusals import (
    INVALID,
    Records,
    advance,
    cancel,
    changed,
    confirm,
    create_deal,
    create_decree,
    create_enrolment,
    create_organisation,
    create_release,
    create_session,
    create_shipment,
    create_sponsorship,
    dispatch,
    mask,
    method_of,
    rate,
    record,
    refused,
    review,
    sign,
    update_deal,
    update_release,
    update_shipment,
)

pytestmark = ON_BOTH

Connect = Callable[[str], Devisa]
Role = organisation_pb2.Organisation.Role
WRITER, REVIEWER = "writer", "reviewer"


@dataclass(frozen=True)
class Write:
    """A write, and another one of the same method."""

    method: str
    request: Any
    another: Any
    principal: str = WRITER

    @property
    def request_id(self) -> str:
        """Its own, and no other write's."""
        told = f"{self.method} {self.request}"
        return str(uuid.uuid5(uuid.NAMESPACE_OID, told))

    def __str__(self) -> str:
        return self.method


def create_programme(programme_id: str, display_name: str) -> Any:
    return programme_pb2.CreateProgrammeRequest(
        programme_id=programme_id, programme=programme_pb2.Programme(display_name=display_name)
    )


def organisation(organisation_id: str, role: Any) -> Any:
    return changed(
        create_organisation(organisation_id, roles=[role]), organisation_id=organisation_id
    )


def update_organisation(legal_form: str) -> Any:
    return organisation_pb2.UpdateOrganisationRequest(
        organisation=organisation_pb2.Organisation(
            name="organisations/exporter", legal_form=legal_form
        ),
        update_mask=mask("legal_form"),
    )


def create_rate(rate_id: str, **facts: Any) -> Any:
    return exchange_rate_pb2.CreateExchangeRateRequest(
        exchange_rate_id=rate_id, exchange_rate=rate(**facts)
    )


def units(count: int) -> Any:
    return update_shipment("leaves", "units", units=[shipment_pb2.TransportUnit()] * count)


CANDIDATE = enrolment_pb2.Enrolment.STATE_CANDIDATE
LOADED = milestone_pb2.Milestone.CODE_LOADED
MOU = deal_pb2.Deal.INSTRUMENT_MOU

WRITES = [
    Write("programmes.CreateProgramme", create_programme("p", "P"), create_programme("p", "Q")),
    Write(
        "decrees.CreateDecree",
        create_decree("gresik"),
        create_decree("pacitan", region="35.01"),
    ),
    Write(
        "enrolments.CreateEnrolment",
        create_enrolment("villages/35.25.11.2009"),
        create_enrolment("villages/35.01.06.2013"),
    ),
    Write("enrolments.AdvanceEnrolment", advance(CANDIDATE), advance(CANDIDATE, "2025-11-04")),
    Write(
        "organisations.CreateOrganisation",
        organisation("exporter", Role.ROLE_EXPORTER),
        organisation("exporter", Role.ROLE_AGGREGATOR),
    ),
    Write(
        "organisations.CreateOrganisation",
        organisation("buyer", Role.ROLE_BUYER),
        organisation("another", Role.ROLE_BUYER),
    ),
    Write(
        "organisations.UpdateOrganisation", update_organisation("CV"), update_organisation("PT")
    ),
    Write(
        "rates.CreateExchangeRate",
        create_rate("kmk"),
        create_rate("kmk", rate=decimal("16738.01")),
    ),
    Write("releases.CreateRelease", create_release("r"), create_release("another")),
    Write(
        "releases.UpdateRelease",
        update_release("r", "place", place="Surabaya"),
        update_release("r", "place", place="Gresik"),
    ),
    Write(
        "shipments.CreateShipment",
        create_shipment("leaves", release="releases/r"),
        create_shipment("leaves", destination_region_code="NL"),
    ),
    Write("shipments.CreateShipment", create_shipment("stays"), create_shipment("another")),
    Write("shipments.UpdateShipment", units(2), units(3)),
    Write("shipments.ConfirmShipment", confirm("leaves"), confirm("stays")),
    Write("shipments.CancelShipment", cancel("stays"), cancel("leaves")),
    Write(
        "releases.DispatchRelease",
        dispatch("r"),
        dispatch("r", dispatch_time=instant("2025-11-26T09:30:00+07:00")),
    ),
    Write(
        "milestones.RecordMilestone",
        record("leaves", "gate-in"),
        record("leaves", "gate-in", code=LOADED),
    ),
    Write(
        "sponsorships.CreateSponsorship",
        create_sponsorship("s", release="releases/r"),
        create_sponsorship("s", release="releases/r", note="Contoh"),
    ),
    Write("sessions.CreateSession", create_session("s"), create_session("s", place="Surabaya")),
    Write("deals.CreateDeal", create_deal("d"), create_deal("d", instrument=MOU)),
    Write(
        "deals.UpdateDeal",
        update_deal("d", "term_months", term_months=12),
        update_deal("d", "term_months", term_months=6),
    ),
    Write("deals.SignDeal", sign("d"), sign("d", sign_date=date("2025-11-27"))),
    Write("deals.ReviewDeal", review("d"), review("d", note="Contoh"), REVIEWER),
]

each_write = pytest.mark.parametrize("write", WRITES, ids=str)


@pytest.fixture(scope="module")
def answers(connect: Connect) -> dict[str, Any]:
    """What every write was answered, by its id."""
    return {write.request_id: send(connect, write, write.request) for write in WRITES}


@pytest.fixture(scope="module")
def records(connect: Connect, answers: dict[str, Any]) -> Records:
    return Records(connect(WRITER))


def send(connect: Connect, write: Write, request: Any, principal: str = "") -> Any:
    call = method_of(connect(principal or write.principal), write.method)
    return call(changed(request, request_id=write.request_id))


@each_write
def test_sent_again_it_is_answered_as_before(
    connect: Connect, answers: dict[str, Any], records: Records, write: Write
) -> None:
    assert send(connect, write, write.request) == answers[write.request_id]
    records.assert_unchanged()


@each_write
def test_another_request_with_its_id_is_refused(
    connect: Connect, records: Records, write: Write
) -> None:
    request = changed(write.another, request_id=write.request_id)
    refusal = refused(connect(write.principal), write.method, request)
    assert (refusal.code, refusal.reason) == (INVALID, "REQUEST_ID_REUSED")
    assert refusal.broken == [("request_id", "REQUEST_ID_REUSED")]
    assert refusal.metadata["request_id"] == write.request_id
    records.assert_unchanged()


def test_the_id_of_one_principal_is_free_for_another(
    connect: Connect, answers: dict[str, Any]
) -> None:
    write = next(write for write in WRITES if write.method == "organisations.CreateOrganisation")
    mine = send(connect, write, organisation("mine", Role.ROLE_BUYER), principal="somebody-else")
    assert mine.name == "organisations/mine"
    assert mine.name not in {getattr(answer, "name", "") for answer in answers.values()}
