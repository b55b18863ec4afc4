"""Bad requests over the wire: each gets its code, its reason and the paths of the fields that are
wrong, all of them at once, and leaves the data as it was.

A case is a request and what must come back. Everything that can be read is read before and after
it, the logs of the three services included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2

from client import Devisa, Refusal, date, decimal, every, instant, money, new_request_id
from devisa.common.v1 import provenance_pb2, tier_pb2
from devisa.deal.v1 import deal_pb2, session_pb2
from devisa.deal.v1 import summary_pb2 as deal_summary_pb2
from devisa.event.v1 import event_pb2
from devisa.figure.v1 import figure_pb2
from devisa.registry.v1 import (
    decree_pb2,
    enrolment_pb2,
    exchange_rate_pb2,
    organisation_pb2,
    programme_pb2,
    village_pb2,
)
from devisa.shipment.v1 import (
    milestone_pb2,
    release_pb2,
    shipment_pb2,
    sponsorship_pb2,
)
from devisa.shipment.v1 import summary_pb2 as shipment_summary_pb2
from server import ON_BOTH

pytestmark = ON_BOTH

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
EXISTS = grpc.StatusCode.ALREADY_EXISTS
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
ABORTED = grpc.StatusCode.ABORTED

PROGRAMME = "programmes/p"
DECREE = f"{PROGRAMME}/decrees/gresik"
WEDANI = "35.25.11.2009"
ENROLMENT = f"{PROGRAMME}/enrolments/{WEDANI}"
NOWHERE = "villages/35.80.01.2001"
STALE = '"0"'
NO_ENUM_HAS: Any = 99
USED_ID = "3b1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d11"
WRITER, REVIEWER = "writer", "reviewer"

Enrolment = enrolment_pb2.Enrolment
Organisation = organisation_pb2.Organisation
Size = organisation_pb2.OrganisationSize
ExchangeRate = exchange_rate_pb2.ExchangeRate
Shipment = shipment_pb2.Shipment
Line = shipment_pb2.ShipmentLine
Unit = shipment_pb2.TransportUnit
Declaration = shipment_pb2.Declaration
Milestone = milestone_pb2.Milestone
Release = release_pb2.Release
Sponsorship = sponsorship_pb2.Sponsorship
Session = session_pb2.Session
Deal = deal_pb2.Deal
Decision = deal_pb2.ReviewDecision
ByShipment = shipment_summary_pb2.SummarizeShipmentsRequest
ByDeal = deal_summary_pb2.SummarizeDealsRequest


def mask(*paths: str) -> field_mask_pb2.FieldMask:
    return field_mask_pb2.FieldMask(paths=paths)


# What there is before any bad request comes ----------------------------------------------------


def line(**changes: Any) -> Line:
    complete = {
        "description": "Kerupuk",
        "hs_code": "19059080",
        "net_kg": decimal("1000"),
        "value": money("USD", "100.00"),
    }
    return Line(**{**complete, **changes})


def shipment(**changes: Any) -> Shipment:
    complete = {
        "exporter": "organisations/exporter",
        "destination_region_code": "IN",
        "lines": [line()],
        "units": [Unit()],
    }
    return Shipment(**{**complete, **changes})


def deal(**changes: Any) -> Deal:
    complete = {
        "session": "sessions/s",
        "seller": "organisations/exporter",
        "buyer": "organisations/buyer",
        "instrument": Deal.INSTRUMENT_LOI,
        "value": money("USD", "1000.00"),
        "sign_date": date("2025-11-26"),
    }
    return Deal(**{**complete, **changes})


def rate(**changes: Any) -> ExchangeRate:
    complete = {
        "base_currency": "USD",
        "quote_currency": "IDR",
        "kind": exchange_rate_pb2.RATE_KIND_KURS_PAJAK,
        "units": 1,
        "rate": decimal("16738.00"),
        "valid_from": date("2025-11-26"),
        "valid_to": date("2025-12-02"),
    }
    return ExchangeRate(**{**complete, **changes})


def milestone(**changes: Any) -> Milestone:
    complete = {
        "code": Milestone.CODE_GATED_IN,
        "classifier": Milestone.CLASSIFIER_ACTUAL,
        "event_time": instant("2025-11-26T15:00:00+07:00"),
    }
    return Milestone(**{**complete, **changes})


@pytest.fixture(scope="module")
def devisa(connect: Callable[[str], Devisa]) -> Iterator[Devisa]:
    """A small world that every case can ask something of."""
    d = connect(WRITER)
    d.programmes.CreateProgramme(
        programme_pb2.CreateProgrammeRequest(
            programme_id="p", programme=programme_pb2.Programme(display_name="P")
        )
    )
    for decree_id, region in (("gresik", "35.25"), ("pacitan", "35.01")):
        d.decrees.CreateDecree(create_decree(decree_id=decree_id, region=region))
    d.enrolments.CreateEnrolment(create_enrolment(f"villages/{WEDANI}"))
    exporter: dict[str, Any] = {"roles": [Organisation.ROLE_EXPORTER], "nib": "9120001234567"}
    buyer: dict[str, Any] = {"roles": [Organisation.ROLE_BUYER], "npwp": "01.312.166.0-091.000"}
    for organisation_id, facts in (("exporter", exporter), ("buyer", buyer)):
        request = create_organisation(organisation_id, **facts)
        request.organisation_id = organisation_id
        d.organisations.CreateOrganisation(request)
    d.organisations.CreateOrganisation(create_organisation("used", request_id=USED_ID))
    d.rates.CreateExchangeRate(
        exchange_rate_pb2.CreateExchangeRateRequest(exchange_rate_id="kmk", exchange_rate=rate())
    )

    for release_id in ("planned", "released", "empty"):
        d.releases.CreateRelease(create_release(release_id))
    planned = {"release": "releases/planned"}
    for request in (
        create_shipment("draft", **planned),
        create_shipment("ready", **planned, declaration=peb("000001")),
        create_shipment("released", release="releases/released"),
        create_shipment("cancelled"),
    ):
        d.shipments.CreateShipment(request)
    for shipment_id in ("ready", "released"):
        d.shipments.ConfirmShipment(confirm(shipment_id))
    d.shipments.CancelShipment(cancel("cancelled"))
    d.releases.DispatchRelease(dispatch("released"))
    d.milestones.RecordMilestone(record("released", milestone_id="gate-in"))
    d.sponsorships.CreateSponsorship(create_sponsorship(sponsorship_id="containers"))

    d.sessions.CreateSession(create_session("s"))
    for request in (
        create_deal("draft"),
        create_deal("undated", sign_date=None),
        create_deal("signed"),
        create_deal("contract", instrument=Deal.INSTRUMENT_CONTRACT),
    ):
        d.deals.CreateDeal(request)
    for deal_id in ("signed", "contract"):
        d.deals.SignDeal(sign(deal_id))
    yield d


def create_decree(decree_id: str = "new", **facts: Any) -> Any:
    complete = {
        "number": "1/2025",
        "issue_date": date("2025-10-31"),
        "issuer": "LPEI",
        "declared_village_count": 5,
        "region": "35.25",
    }
    return decree_pb2.CreateDecreeRequest(
        parent=PROGRAMME, decree_id=decree_id, decree=decree_pb2.Decree(**{**complete, **facts})
    )


def create_enrolment(village: str, day: str = "2025-01-10") -> Any:
    return enrolment_pb2.CreateEnrolmentRequest(
        parent=PROGRAMME, enrolment=Enrolment(village=village, effective_date=date(day))
    )


def advance(state: Any, day: str = "2025-11-03", **arguments: Any) -> Any:
    return enrolment_pb2.AdvanceEnrolmentRequest(
        name=ENROLMENT, state=state, effective_date=date(day), **arguments
    )


def create_organisation(display_name: str, request_id: str = "", **facts: Any) -> Any:
    complete = {"display_name": display_name, "region_code": "ID"}
    return organisation_pb2.CreateOrganisationRequest(
        organisation=Organisation(**{**complete, **facts}), request_id=request_id
    )


def create_rate(**facts: Any) -> Any:
    return exchange_rate_pb2.CreateExchangeRateRequest(exchange_rate=rate(**facts))


def resolve(**changes: Any) -> Any:
    complete = {
        "kind": exchange_rate_pb2.RATE_KIND_JISDOR,
        "base_currency": "USD",
        "quote_currency": "IDR",
        "date": date("2025-11-26"),
    }
    return exchange_rate_pb2.ResolveExchangeRateRequest(**{**complete, **changes})


def create_release(release_id: str, **facts: Any) -> Any:
    complete = {"display_name": release_id, "event_date": date("2025-11-26")}
    return release_pb2.CreateReleaseRequest(
        release_id=release_id, release=Release(**{**complete, **facts})
    )


def dispatch(release_id: str, **arguments: Any) -> Any:
    return release_pb2.DispatchReleaseRequest(name=f"releases/{release_id}", **arguments)


def update_release(release_id: str, paths: str, **facts: Any) -> Any:
    release = Release(name=f"releases/{release_id}", **facts)
    return release_pb2.UpdateReleaseRequest(release=release, update_mask=mask(paths))


def create_shipment(shipment_id: str = "", **facts: Any) -> Any:
    return shipment_pb2.CreateShipmentRequest(shipment_id=shipment_id, shipment=shipment(**facts))


def update_shipment(shipment_id: str, *paths: str, reason: str = "", **facts: Any) -> Any:
    return shipment_pb2.UpdateShipmentRequest(
        shipment=Shipment(name=f"shipments/{shipment_id}", **facts),
        update_mask=mask(*paths),
        reason=reason,
    )


def confirm(shipment_id: str, **arguments: Any) -> Any:
    return shipment_pb2.ConfirmShipmentRequest(name=f"shipments/{shipment_id}", **arguments)


def cancel(shipment_id: str, **arguments: Any) -> Any:
    return shipment_pb2.CancelShipmentRequest(name=f"shipments/{shipment_id}", **arguments)


def record(shipment_id: str, milestone_id: str = "", **facts: Any) -> Any:
    return milestone_pb2.RecordMilestoneRequest(
        parent=f"shipments/{shipment_id}", milestone_id=milestone_id, milestone=milestone(**facts)
    )


def create_sponsorship(sponsorship_id: str = "", **facts: Any) -> Any:
    complete = {
        "sponsor": "organisations/exporter",
        "kind": Sponsorship.KIND_CONTAINER,
        "release": "releases/planned",
    }
    return sponsorship_pb2.CreateSponsorshipRequest(
        sponsorship_id=sponsorship_id, sponsorship=Sponsorship(**{**complete, **facts})
    )


def create_session(session_id: str, **facts: Any) -> Any:
    complete = {"display_name": "S", "session_date": date("2025-11-26")}
    return session_pb2.CreateSessionRequest(
        session_id=session_id, session=Session(**{**complete, **facts})
    )


def create_deal(deal_id: str = "", **facts: Any) -> Any:
    return deal_pb2.CreateDealRequest(deal_id=deal_id, deal=deal(**facts))


def update_deal(deal_id: str, *paths: str, **facts: Any) -> Any:
    return deal_pb2.UpdateDealRequest(
        deal=Deal(name=f"deals/{deal_id}", **facts), update_mask=mask(*paths)
    )


def sign(deal_id: str, **arguments: Any) -> Any:
    return deal_pb2.SignDealRequest(name=f"deals/{deal_id}", **arguments)


def review(deal_id: str = "signed", **changes: Any) -> Any:
    complete = {
        "decision": Decision.DECISION_CONFIRM,
        "evidence_uri": "https://example.org/loi.pdf",
    }
    return deal_pb2.ReviewDealRequest(name=f"deals/{deal_id}", **{**complete, **changes})


def peb(number: str) -> Declaration:
    return Declaration(peb_number=number, peb_date=date("2025-11-26"), customs_office="070100")


def check(**changes: Any) -> figure_pb2.CheckFiguresRequest:
    return figure_pb2.CheckFiguresRequest(claims=[figure_pb2.Claim(**changes)])


# The cases -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A bad request, and what must come back."""

    title: str
    method: str
    """`service.Method`, the service as `Devisa` has it."""
    request: Any
    code: grpc.StatusCode
    reason: str
    broken: list[tuple[str, str]] = field(default_factory=list)
    """Every field that is wrong and the rule that it breaks."""
    metadata: dict[str, str] = field(default_factory=dict)
    """What the details must say besides."""
    principal: str = WRITER

    def __str__(self) -> str:
        return self.title


def invalid(title: str, method: str, request: Any, *broken: tuple[str, str], **more: Any) -> Case:
    return Case(title, method, request, INVALID, "FIELD_INVALID", sorted(broken), **more)


def missing(title: str, method: str, request: Any, *fields: str, **more: Any) -> Case:
    broken = sorted((path, "FIELD_MISSING") for path in fields)
    return Case(title, method, request, INVALID, "FIELD_MISSING", broken, **more)


def forbidden(
    title: str, method: str, request: Any, resource: str, state: str, *broken: tuple[str, str]
) -> Case:
    told = {"resource": resource, "state": state}
    return Case(title, method, request, PRECONDITION, "STATE_FORBIDS", sorted(broken), told)


CHECK_DIGITS = [
    invalid(
        "container number",
        "shipments.CreateShipment",
        create_shipment(units=[Unit(), Unit(container_number="CSQU3054384")]),
        ("shipment.units[1].container_number", "CONTAINER_NUMBER_CHECK_DIGIT"),
    ),
    invalid(
        "container number of a shipment that is READY",
        "shipments.UpdateShipment",
        update_shipment("ready", "units", units=[Unit(container_number="MSKU0000012")]),
        ("shipment.units[0].container_number", "CONTAINER_NUMBER_CHECK_DIGIT"),
    ),
    invalid(
        "taxpayer number",
        "organisations.CreateOrganisation",
        create_organisation("N", npwp="013000667091000"),
        ("organisation.npwp", "NPWP_CHECK_DIGIT"),
    ),
    invalid(
        "taxpayer number of an organisation on record",
        "organisations.UpdateOrganisation",
        organisation_pb2.UpdateOrganisationRequest(
            organisation=Organisation(name="organisations/buyer", npwp="01.312.166.1-091.000"),
            update_mask=mask("npwp"),
        ),
        ("organisation.npwp", "NPWP_CHECK_DIGIT"),
    ),
]

UNKNOWN_THINGS = [
    invalid(
        "village of an enrolment",
        "enrolments.CreateEnrolment",
        create_enrolment(NOWHERE),
        ("enrolment.village", "VILLAGE_CODE_UNKNOWN"),
    ),
    invalid(
        "village of an organisation",
        "organisations.CreateOrganisation",
        create_organisation("N", village=NOWHERE),
        ("organisation.village", "VILLAGE_CODE_UNKNOWN"),
    ),
    invalid(
        "village of a producer",
        "shipments.CreateShipment",
        create_shipment(
            lines=[line(shares=[shipment_pb2.ProducerShare(village=NOWHERE, share=decimal("1"))])]
        ),
        ("shipment.lines[0].shares[0].village", "VILLAGE_CODE_UNKNOWN"),
    ),
    Case(
        "village asked for",
        "villages.GetVillage",
        village_pb2.GetVillageRequest(name=NOWHERE),
        NOT_FOUND,
        "RESOURCE_NOT_FOUND",
        metadata={"resource": NOWHERE},
    ),
    invalid(
        "region of a count",
        "enrolments.CountEnrolments",
        enrolment_pb2.CountEnrolmentsRequest(parent=PROGRAMME, region="35.80"),
        ("region", "REGION_UNKNOWN"),
    ),
    invalid(
        "every organisation of a shipment that the registry does not have",
        "shipments.CreateShipment",
        create_shipment(exporter="organisations/none", consignee="organisations/nobody"),
        ("shipment.exporter", "REFERENCE_EXISTS"),
        ("shipment.consignee", "REFERENCE_EXISTS"),
    ),
    invalid(
        "both parties of a deal",
        "deals.CreateDeal",
        create_deal(seller="organisations/none", buyer="organisations/nobody"),
        ("deal.seller", "REFERENCE_EXISTS"),
        ("deal.buyer", "REFERENCE_EXISTS"),
    ),
    invalid(
        "session of a deal",
        "deals.CreateDeal",
        create_deal(session="sessions/none"),
        ("deal.session", "REFERENCE_EXISTS"),
    ),
    invalid(
        "office of a session",
        "sessions.CreateSession",
        create_session("new", office="organisations/none"),
        ("session.office", "REFERENCE_EXISTS"),
    ),
    invalid(
        "release of a shipment",
        "shipments.CreateShipment",
        create_shipment(release="releases/none"),
        ("shipment.release", "REFERENCE_EXISTS"),
    ),
    invalid(
        "sponsor and release of a sponsorship",
        "sponsorships.CreateSponsorship",
        create_sponsorship(sponsor="organisations/none", release="releases/none"),
        ("sponsorship.sponsor", "REFERENCE_EXISTS"),
        ("sponsorship.release", "REFERENCE_EXISTS"),
    ),
    invalid(
        "decree of a designation",
        "enrolments.AdvanceEnrolment",
        advance(Enrolment.STATE_DESIGNATED, decree=f"{PROGRAMME}/decrees/none"),
        ("decree", "REFERENCE_EXISTS"),
    ),
    invalid(
        "exporter that does not export",
        "shipments.CreateShipment",
        create_shipment(exporter="organisations/buyer"),
        ("shipment.exporter", "EXPORTER_ROLE"),
    ),
]

RATES = [
    invalid(
        "rate of a currency in itself",
        "rates.CreateExchangeRate",
        create_rate(quote_currency="USD"),
        ("exchange_rate.quote_currency", "QUOTE_CURRENCY_SAME"),
    ),
    invalid(
        "rate asked for of a currency in itself",
        "rates.ResolveExchangeRate",
        resolve(quote_currency="USD"),
        ("quote_currency", "QUOTE_CURRENCY_SAME"),
    ),
    Case(
        "rate of a kind that is not on record",
        "rates.ResolveExchangeRate",
        resolve(),
        NOT_FOUND,
        "RATE_MISSING",
        metadata={"pair": "USD/IDR", "kind": "JISDOR", "date": "2025-11-26"},
    ),
    Case(
        "rate of the day before it is in force",
        "rates.ResolveExchangeRate",
        resolve(kind=exchange_rate_pb2.RATE_KIND_KURS_PAJAK, date=date("2025-11-25")),
        NOT_FOUND,
        "RATE_MISSING",
        metadata={"pair": "USD/IDR", "kind": "KURS_PAJAK", "date": "2025-11-25"},
    ),
    Case(
        "rate of the pair turned round",
        "rates.ResolveExchangeRate",
        resolve(
            kind=exchange_rate_pb2.RATE_KIND_KURS_PAJAK, base_currency="IDR", quote_currency="USD"
        ),
        NOT_FOUND,
        "RATE_MISSING",
        metadata={"pair": "IDR/USD", "kind": "KURS_PAJAK", "date": "2025-11-26"},
    ),
    Case(
        "rate whose days are taken",
        "rates.CreateExchangeRate",
        create_rate(valid_from=date("2025-12-02"), valid_to=date("2025-12-09")),
        PRECONDITION,
        "RATE_OVERLAPS",
        [("exchange_rate.valid_from", "VALIDITY_OVERLAP")],
        metadata={"resource": "exchangeRates/kmk"},
    ),
    invalid(
        "rate with everything wrong",
        "rates.CreateExchangeRate",
        create_rate(
            base_currency="RP",
            kind=NO_ENUM_HAS,
            units=10,
            rate=decimal("1,5"),
            valid_from=date("2025-12-02"),
            valid_to=date("2025-12-01"),
        ),
        ("exchange_rate.base_currency", "CURRENCY_CODE_UNKNOWN"),
        ("exchange_rate.kind", "ENUM_UNKNOWN"),
        ("exchange_rate.units", "UNITS_UNKNOWN"),
        ("exchange_rate.rate", "DECIMAL_FORM"),
        ("exchange_rate.valid_to", "DATE_ORDER"),
    ),
]

CURRENCIES_AND_TIERS = [
    invalid(
        "currencies that there are not",
        "shipments.CreateShipment",
        create_shipment(lines=[line(value=money("RP", "1")), line(value=money("IDX", "1"))]),
        ("shipment.lines[0].value", "CURRENCY_CODE_UNKNOWN"),
        ("shipment.lines[1].value", "CURRENCY_CODE_UNKNOWN"),
    ),
    invalid(
        "yearly sales in another currency than the law's",
        "organisations.CreateOrganisation",
        create_organisation(
            "N",
            size=Size(
                scheme=Size.SCHEME_PP7_SALES,
                **{"class": Size.CLASS_MIKRO},
                annual_sales=money("USD", "1"),
            ),
        ),
        ("organisation.size.annual_sales", "MONEY_CURRENCY"),
    ),
    Case(
        "figure about two tiers at once",
        "deal_summary.CheckFigures",
        check(
            text="2 ribu dolar AS",
            metric="session_value",
            of="sessions/s",
            filter="tier = POTENTIAL AND tier = CONTRACTED",
        ),
        INVALID,
        "FILTER_INVALID",
        [("claims[0].filter", "FILTER_INVALID")],
    ),
    Case(
        "exports in a figure about deals",
        "deal_summary.CheckFigures",
        check(
            text="2 ribu dolar AS",
            metric="session_value",
            of="sessions/s",
            filter="tier = RELEASED",
        ),
        INVALID,
        "FILTER_INVALID",
        [("claims[0].filter", "FILTER_INVALID")],
    ),
    Case(
        "correction in another currency",
        "deals.ReviewDeal",
        review(decision=Decision.DECISION_CORRECT, corrected_value=money("IDR", "1000")),
        INVALID,
        "CURRENCY_MISMATCH",
        [("corrected_value", "CURRENCY_MISMATCH")],
        {"expected": "USD", "found": "IDR"},
        principal=REVIEWER,
    ),
    Case(
        "stated amount in another currency than its text",
        "deals.CreateDeal",
        create_deal(
            stated_values=[deal_pb2.StatedValue(text="Rp198 juta", amount=money("USD", "12000"))]
        ),
        INVALID,
        "CURRENCY_MISMATCH",
        [("deal.stated_values[0].amount", "CURRENCY_MISMATCH")],
        {"expected": "IDR", "found": "USD"},
    ),
    invalid(
        "stated amount that does not print as its text",
        "deals.CreateDeal",
        create_deal(
            stated_values=[
                deal_pb2.StatedValue(text="Rp198 juta", amount=money("IDR", "199000000"))
            ]
        ),
        ("deal.stated_values[0].amount", "STATED_VALUE_INTERVAL"),
    ),
    Case(
        "total of shipments of no tier",
        "shipment_summary.SummarizeShipments",
        ByShipment(),
        INVALID,
        "TIER_REQUIRED",
        [("tier", "TIER_REQUIRED")],
    ),
    Case(
        "total of deals of no tier",
        "deal_summary.SummarizeDeals",
        ByDeal(),
        INVALID,
        "TIER_REQUIRED",
        [("tier", "TIER_REQUIRED")],
    ),
    invalid(
        "promises among shipments",
        "shipment_summary.SummarizeShipments",
        ByShipment(tier=tier_pb2.TIER_POTENTIAL),
        ("tier", "TIER_UNSUPPORTED"),
    ),
    invalid(
        "exports among deals",
        "deal_summary.SummarizeDeals",
        ByDeal(tier=tier_pb2.TIER_REALISED),
        ("tier", "TIER_UNSUPPORTED"),
    ),
    Case(
        "figure about a session of two tiers",
        "deal_summary.CheckFigures",
        check(text="2 ribu dolar AS", metric="session_value", of="sessions/s"),
        INVALID,
        "TIER_REQUIRED",
        [("claims[0].filter", "TIER_REQUIRED")],
    ),
]

ETAGS = [
    Case(
        title,
        method,
        request,
        ABORTED,
        "ETAG_MISMATCH",
        metadata={"resource": resource, "expected": STALE},
    )
    for title, method, request, resource in (
        (
            "enrolment",
            "enrolments.AdvanceEnrolment",
            advance(Enrolment.STATE_CANDIDATE, etag=STALE),
            ENROLMENT,
        ),
        (
            "organisation",
            "organisations.UpdateOrganisation",
            organisation_pb2.UpdateOrganisationRequest(
                organisation=Organisation(
                    name="organisations/exporter", etag=STALE, legal_form="CV"
                )
            ),
            "organisations/exporter",
        ),
        (
            "release",
            "releases.UpdateRelease",
            update_release("planned", "place", place="Surabaya", etag=STALE),
            "releases/planned",
        ),
        (
            "dispatch",
            "releases.DispatchRelease",
            dispatch("planned", etag=STALE),
            "releases/planned",
        ),
        (
            "shipment",
            "shipments.UpdateShipment",
            update_shipment("draft", "units", units=[Unit()] * 2, etag=STALE),
            "shipments/draft",
        ),
        (
            "confirmation",
            "shipments.ConfirmShipment",
            confirm("draft", etag=STALE),
            "shipments/draft",
        ),
        (
            "cancellation",
            "shipments.CancelShipment",
            cancel("draft", etag=STALE),
            "shipments/draft",
        ),
        (
            "deal",
            "deals.UpdateDeal",
            update_deal("draft", "term_months", term_months=12, etag=STALE),
            "deals/draft",
        ),
        ("signature", "deals.SignDeal", sign("draft", etag=STALE), "deals/draft"),
    )
] + [
    Case(
        "review",
        "deals.ReviewDeal",
        review(etag=STALE),
        ABORTED,
        "ETAG_MISMATCH",
        metadata={"resource": "deals/signed", "expected": STALE},
        principal=REVIEWER,
    )
]

REQUEST_IDS = [
    Case(
        "used for another request",
        "organisations.CreateOrganisation",
        create_organisation("another", request_id=USED_ID),
        INVALID,
        "REQUEST_ID_REUSED",
        [("request_id", "REQUEST_ID_REUSED")],
        {"request_id": USED_ID},
    ),
    invalid(
        "not a UUID",
        "organisations.CreateOrganisation",
        create_organisation("another", request_id="42"),
        ("request_id", "REQUEST_ID_UUID"),
    ),
]

TRANSITIONS = [
    forbidden(
        "inauguration of what is only proposed",
        "enrolments.AdvanceEnrolment",
        advance(Enrolment.STATE_INAUGURATED),
        ENROLMENT,
        "PROPOSED",
    ),
    forbidden(
        "a state before the first proposal",
        "enrolments.AdvanceEnrolment",
        advance(Enrolment.STATE_CANDIDATE, "2025-01-09"),
        ENROLMENT,
        "PROPOSED",
    ),
    missing(
        "designation without a decree",
        "enrolments.AdvanceEnrolment",
        advance(Enrolment.STATE_DESIGNATED),
        "decree",
    ),
    invalid(
        "designation by a decree for elsewhere, before it was issued",
        "enrolments.AdvanceEnrolment",
        advance(Enrolment.STATE_DESIGNATED, "2025-10-30", decree=f"{PROGRAMME}/decrees/pacitan"),
        ("decree", "DECREE_REGION"),
        ("effective_date", "DECREE_ISSUE_DATE"),
    ),
    forbidden(
        "confirmation of what is confirmed",
        "shipments.ConfirmShipment",
        confirm("ready"),
        "shipments/ready",
        "READY",
    ),
    forbidden(
        "cancellation of what has left",
        "shipments.CancelShipment",
        cancel("released"),
        "shipments/released",
        "GATED_IN",
    ),
    forbidden(
        "change of what is cancelled",
        "shipments.UpdateShipment",
        update_shipment("cancelled", "units", units=[Unit()] * 2),
        "shipments/cancelled",
        "CANCELLED",
    ),
    forbidden(
        "another destination once confirmed",
        "shipments.UpdateShipment",
        update_shipment("ready", "destination_region_code", destination_region_code="NL"),
        "shipments/ready",
        "READY",
    ),
    forbidden(
        "another number of lines once confirmed",
        "shipments.UpdateShipment",
        update_shipment("ready", "lines", lines=[line(), line()], reason="Contoh"),
        "shipments/ready",
        "READY",
    ),
    missing(
        "another line once confirmed without a reason",
        "shipments.UpdateShipment",
        update_shipment("ready", "lines", lines=[line(value=money("USD", "99.00"))]),
        "reason",
    ),
    forbidden(
        "joining a release that is over",
        "shipments.CreateShipment",
        create_shipment(release="releases/released"),
        "releases/released",
        "RELEASED",
        ("shipment.release", "STATE_FORBIDS"),
    ),
    forbidden(
        "something actual for a draft",
        "milestones.RecordMilestone",
        record("draft"),
        "shipments/draft",
        "DRAFT",
    ),
    forbidden(
        "something planned for what is cancelled",
        "milestones.RecordMilestone",
        record("cancelled", classifier=Milestone.CLASSIFIER_PLANNED),
        "shipments/cancelled",
        "CANCELLED",
    ),
    invalid(
        "a release other than by dispatch",
        "milestones.RecordMilestone",
        record("ready", code=Milestone.CODE_RELEASED),
        ("milestone.code", "MILESTONE_CODE_RELEASED"),
    ),
    invalid(
        "something actual in the future",
        "milestones.RecordMilestone",
        record("ready", event_time=instant("2999-01-01T00:00:00+07:00")),
        ("milestone.event_time", "TIMESTAMP_FUTURE"),
    ),
    forbidden(
        "dispatch with a draft",
        "releases.DispatchRelease",
        dispatch("planned"),
        "releases/planned",
        "PLANNED",
    ),
    forbidden(
        "dispatch of nothing",
        "releases.DispatchRelease",
        dispatch("empty"),
        "releases/empty",
        "PLANNED",
    ),
    forbidden(
        "dispatch of what is dispatched",
        "releases.DispatchRelease",
        dispatch("released"),
        "releases/released",
        "RELEASED",
    ),
    invalid(
        "dispatch on another day",
        "releases.DispatchRelease",
        dispatch("planned", dispatch_time=instant("2025-11-27T00:00:00+07:00")),
        ("dispatch_time", "DISPATCH_TIME_EVENT_DATE"),
    ),
    forbidden(
        "another day for a release that is over",
        "releases.UpdateRelease",
        update_release("released", "event_date", event_date=date("2025-11-27")),
        "releases/released",
        "RELEASED",
    ),
    forbidden(
        "a second signature",
        "deals.SignDeal",
        sign("signed"),
        "deals/signed",
        "SIGNED",
    ),
    missing("a signature of no day", "deals.SignDeal", sign("undated"), "sign_date"),
    invalid(
        "a signature in the future",
        "deals.SignDeal",
        sign("undated", sign_date=date("2999-01-01")),
        ("sign_date", "DATE_FUTURE"),
    ),
    forbidden(
        "another value of a signed deal",
        "deals.UpdateDeal",
        update_deal("signed", "value", value=money("USD", "1.00")),
        "deals/signed",
        "SIGNED",
    ),
    Case(
        "review of a draft",
        "deals.ReviewDeal",
        review("draft"),
        PRECONDITION,
        "STATE_FORBIDS",
        metadata={"resource": "deals/draft", "state": "DRAFT"},
        principal=REVIEWER,
    ),
    Case(
        "review by who wrote it",
        "deals.ReviewDeal",
        review(),
        PRECONDITION,
        "SAME_PRINCIPAL",
        metadata={"resource": "deals/signed", "principal": WRITER},
    ),
    missing(
        "review that proves nothing",
        "deals.ReviewDeal",
        review(decision=Decision.DECISION_CORRECT, evidence_uri=""),
        "corrected_value",
        "evidence_uri",
        principal=REVIEWER,
    ),
    invalid(
        "confirmation of another value",
        "deals.ReviewDeal",
        review(corrected_value=money("USD", "1.00")),
        ("corrected_value", "CORRECTED_VALUE_UNEXPECTED"),
        principal=REVIEWER,
    ),
]

ALL_AT_ONCE = [
    invalid(
        "shipment",
        "shipments.CreateShipment",
        shipment_pb2.CreateShipmentRequest(
            shipment_id="Kerupuk!",
            shipment=Shipment(
                release="deals/x",
                incoterm=shipment_pb2.Incoterm(code="DAT"),
                port_of_loading="NLRTM",
                port_of_discharge="SUB",
                destination_region_code="ID",
                lines=[
                    line(),
                    Line(
                        hs_code="0910",
                        quantity=shipment_pb2.Quantity(value=decimal("0"), unit_code="KG"),
                        net_kg=decimal("10"),
                        gross_kg=decimal("9.5"),
                        packages=shipment_pb2.Packages(count=0, code="CTN"),
                        value=money("USD", "100.005"),
                        shares=[
                            shipment_pb2.ProducerShare(
                                village=f"villages/{WEDANI}", share=decimal("0.5")
                            ),
                            shipment_pb2.ProducerShare(
                                producer="organisations/exporter", share=decimal("0.4")
                            ),
                        ],
                    ),
                ],
                units=[Unit(truck_plate="X 1234 AB", container_number="CSQX3054383")],
                declaration=Declaration(
                    aju="000030-010017-20251340-000123", peb_number="12345", npe_number="N"
                ),
                origin_proof=shipment_pb2.OriginProof(
                    form="ZZ", number="1", issue_date=date("2999-01-01")
                ),
                provenance=provenance_pb2.Provenance(
                    source_uri="no uri", synthetic_fields=mask("lines.price")
                ),
            ),
        ),
        ("shipment_id", "RESOURCE_ID_FORM"),
        ("shipment.release", "RESOURCE_NAME_FORM"),
        ("shipment.exporter", "FIELD_MISSING"),
        ("shipment.incoterm.code", "INCOTERM_CODE_UNKNOWN"),
        ("shipment.incoterm.place", "FIELD_MISSING"),
        ("shipment.port_of_loading", "PORT_OF_LOADING_COUNTRY"),
        ("shipment.port_of_discharge", "PORT_CODE_FORM"),
        ("shipment.destination_region_code", "DESTINATION_COUNTRY"),
        ("shipment.lines[1].description", "FIELD_MISSING"),
        ("shipment.lines[1].hs_code", "HS_CODE_LENGTH"),
        ("shipment.lines[1].quantity.value", "DECIMAL_POSITIVE"),
        ("shipment.lines[1].quantity.unit_code", "UNIT_CODE_UNKNOWN"),
        ("shipment.lines[1].gross_kg", "GROSS_KG_BELOW_NET"),
        ("shipment.lines[1].packages.count", "PACKAGES_COUNT"),
        ("shipment.lines[1].packages.code", "PACKAGE_CODE_FORM"),
        ("shipment.lines[1].value", "MONEY_DECIMALS"),
        ("shipment.lines[1].shares", "SHARES_SUM"),
        ("shipment.units[0].truck_plate", "PLATE_REGION"),
        ("shipment.units[0].container_number", "CONTAINER_NUMBER_CATEGORY"),
        ("shipment.declaration.aju", "AJU_NUMBER_DATE"),
        ("shipment.declaration.peb_number", "PEB_NUMBER_FORM"),
        ("shipment.declaration.peb_date", "FIELD_MISSING"),
        ("shipment.declaration.customs_office", "FIELD_MISSING"),
        ("shipment.declaration.npe_date", "FIELD_MISSING"),
        ("shipment.origin_proof.form", "ORIGIN_FORM_UNKNOWN"),
        ("shipment.origin_proof.issue_date", "DATE_FUTURE"),
        ("shipment.provenance.source_uri", "URI_FORM"),
        ("shipment.provenance.synthetic_fields", "FIELD_MASK_UNKNOWN_PATH"),
    ),
    invalid(
        "organisation",
        "organisations.CreateOrganisation",
        organisation_pb2.CreateOrganisationRequest(
            organisation_id="-",
            organisation=Organisation(
                region_code="UK",
                roles=[Organisation.ROLE_PRODUCER, NO_ENUM_HAS],
                village="villages/35.25.11.209",
                nib="912000123456",
                npwp="1013000666091000",
                aliases=[
                    organisation_pb2.Alias(valid_from=date("2025-01-02")),
                    organisation_pb2.Alias(
                        name="P", valid_from=date("2025-01-02"), valid_to=date("2025-01-01")
                    ),
                ],
                size=Size(
                    scheme=Size.SCHEME_PP7_SALES,
                    **{"class": Size.CLASS_MIKRO},
                    annual_sales=money("IDR", "3000000000"),
                ),
            ),
        ),
        ("organisation_id", "RESOURCE_ID_FORM"),
        ("organisation.display_name", "FIELD_MISSING"),
        ("organisation.region_code", "REGION_CODE_UNKNOWN"),
        ("organisation.roles[1]", "ENUM_UNKNOWN"),
        ("organisation.village", "VILLAGE_CODE_FORM"),
        ("organisation.nib", "NIB_LENGTH"),
        ("organisation.npwp", "NPWP_NIK"),
        ("organisation.aliases[0].name", "FIELD_MISSING"),
        ("organisation.aliases[1].valid_to", "DATE_ORDER"),
        ("organisation.size.class", "SIZE_CLASS"),
    ),
    invalid(
        "deal",
        "deals.CreateDeal",
        deal_pb2.CreateDealRequest(
            deal_id="a b",
            deal=Deal(
                session="sessions/S",
                buyer="cemara-ayu",
                goods=[deal_pb2.DealGoods(hs_code="77010000")],
                value=money("JPY", "1.50"),
                stated_values=[
                    deal_pb2.StatedValue(text="mahal sekali"),
                    deal_pb2.StatedValue(text="enam truk"),
                ],
                term_months=601,
            ),
        ),
        ("deal_id", "RESOURCE_ID_FORM"),
        ("deal.session", "RESOURCE_ID_FORM"),
        ("deal.seller", "FIELD_MISSING"),
        ("deal.buyer", "RESOURCE_NAME_FORM"),
        ("deal.instrument", "FIELD_MISSING"),
        ("deal.goods[0].description", "FIELD_MISSING"),
        ("deal.goods[0].hs_code", "HS_CODE_CHAPTER"),
        ("deal.value", "MONEY_DECIMALS"),
        ("deal.stated_values[0].text", "FIGURE_UNREADABLE"),
        ("deal.stated_values[1].text", "STATED_VALUE_CURRENCY"),
        ("deal.term_months", "TERM_MONTHS_RANGE"),
    ),
    missing(
        "nothing of a decree",
        "decrees.CreateDecree",
        decree_pb2.CreateDecreeRequest(decree=decree_pb2.Decree()),
        "parent",
        "decree_id",
        "decree.number",
        "decree.issue_date",
        "decree.issuer",
        "decree.declared_village_count",
    ),
    missing(
        "nothing of a milestone",
        "milestones.RecordMilestone",
        milestone_pb2.RecordMilestoneRequest(parent="shipments/ready", milestone=Milestone()),
        "milestone.code",
        "milestone.classifier",
        "milestone.event_time",
    ),
    missing(
        "nothing of a deal",
        "deals.CreateDeal",
        deal_pb2.CreateDealRequest(deal=Deal()),
        "deal.seller",
        "deal.buyer",
        "deal.instrument",
        "deal.value",
    ),
    missing(
        "no shipment at all",
        "shipments.CreateShipment",
        shipment_pb2.CreateShipmentRequest(),
        "shipment",
    ),
    missing(
        "nothing of a resolution",
        "rates.ResolveExchangeRate",
        exchange_rate_pb2.ResolveExchangeRateRequest(),
        "kind",
        "base_currency",
        "quote_currency",
        "date",
    ),
    invalid(
        "decree of the future and of nowhere",
        "decrees.CreateDecree",
        create_decree(issue_date=date("2999-01-01"), region="99", declared_village_count=100_001),
        ("decree.issue_date", "DATE_FUTURE"),
        ("decree.region", "REGION_UNKNOWN"),
        ("decree.declared_village_count", "DECLARED_VILLAGE_COUNT_RANGE"),
    ),
    invalid(
        "sponsorship of both and of less than nothing",
        "sponsorships.CreateSponsorship",
        create_sponsorship(shipment="shipments/ready", in_kind_value=money("IDR", "-1")),
        ("sponsorship.shipment", "SPONSORSHIP_RECIPIENT"),
        ("sponsorship.in_kind_value", "MONEY_NEGATIVE"),
    ),
    invalid(
        "figures",
        "shipment_summary.CheckFigures",
        figure_pb2.CheckFiguresRequest(
            claims=[
                figure_pb2.Claim(text="???", metric="release_value", of="releases/released"),
                figure_pb2.Claim(text="enam negara", metric="deal_value", of="deals/signed"),
                figure_pb2.Claim(text="enam", metric="release_truck_count", of="shipments/x"),
            ]
        ),
        ("claims[0].text", "FIGURE_UNREADABLE"),
        ("claims[1].metric", "METRIC_UNKNOWN"),
        ("claims[2].of", "RESOURCE_NAME_FORM"),
    ),
]

ONE_BY_ONE = [
    invalid(
        "seller that is the buyer",
        "deals.CreateDeal",
        create_deal(buyer="organisations/exporter"),
        ("deal.buyer", "DEAL_PARTIES"),
    ),
    invalid(
        "value of nothing",
        "deals.CreateDeal",
        create_deal(value=money("USD", "0")),
        ("deal.value", "MONEY_POSITIVE"),
    ),
    invalid(
        "date that no calendar has",
        "sessions.CreateSession",
        create_session("new", session_date={"year": 2025, "month": 2, "day": 30}),
        ("session.session_date", "DATE_FORM"),
    ),
    invalid(
        "month without a day",
        "releases.CreateRelease",
        create_release("new", event_date={"year": 2025, "month": 2}),
        ("release.event_date", "DATE_FORM"),
    ),
    invalid(
        "mask with fields that there are not",
        "shipments.UpdateShipment",
        update_shipment("draft", "units", "price", "incoterm.year"),
        ("update_mask", "FIELD_MASK_UNKNOWN_PATH"),
        ("update_mask", "FIELD_MASK_UNKNOWN_PATH"),
    ),
    invalid(
        "name of another kind",
        "deals.GetDeal",
        deal_pb2.GetDealRequest(name="shipments/draft"),
        ("name", "RESOURCE_NAME_FORM"),
    ),
    invalid(
        "dimension twice, of shipments",
        "shipment_summary.SummarizeShipments",
        ByShipment(
            tier=tier_pb2.TIER_RELEASED,
            group_by=[ByShipment.DIMENSION_RELEASE, ByShipment.DIMENSION_RELEASE],
        ),
        ("group_by[1]", "GROUP_BY_DUPLICATE"),
    ),
    invalid(
        "dimension twice, of deals",
        "deal_summary.SummarizeDeals",
        ByDeal(
            tier=tier_pb2.TIER_POTENTIAL,
            group_by=[ByDeal.DIMENSION_SELLER, ByDeal.DIMENSION_SELLER],
        ),
        ("group_by[1]", "GROUP_BY_DUPLICATE"),
    ),
    missing(
        "batch of none",
        "shipments.BatchGetShipments",
        shipment_pb2.BatchGetShipmentsRequest(),
        "names",
    ),
    invalid(
        "batch that says a name twice",
        "shipments.BatchGetShipments",
        shipment_pb2.BatchGetShipmentsRequest(names=["shipments/draft", "shipments/draft"]),
        ("names", "NAMES_DUPLICATE"),
    ),
    invalid(
        "batch of too many",
        "organisations.BatchGetOrganisations",
        organisation_pb2.BatchGetOrganisationsRequest(
            names=[f"organisations/o{number}" for number in range(101)]
        ),
        ("names", "NAMES_COUNT"),
    ),
    Case(
        "batch of which one is absent",
        "shipments.BatchGetShipments",
        shipment_pb2.BatchGetShipmentsRequest(names=["shipments/draft", "shipments/none"]),
        NOT_FOUND,
        "RESOURCE_NOT_FOUND",
        [("names[1]", "RESOURCE_NOT_FOUND")],
        metadata={"resource": "shipments/none"},
    ),
    invalid(
        "revision of nobody",
        "deal_events.ListEvents",
        event_pb2.ListEventsRequest(after_revision="7", types=["devisa.deal.v1.deal.sold"]),
        ("after_revision", "REVISION_FORM"),
        ("types[0]", "TYPES_UNKNOWN"),
    ),
    invalid(
        "principal that cannot be written down",
        "programmes.ListProgrammes",
        programme_pb2.ListProgrammesRequest(),
        ("devisa-principal", "PRINCIPAL_FORM"),
        principal="two words",
    ),
]

TAKEN = [
    Case(title, method, request, EXISTS, "RESOURCE_EXISTS", [broken], {"resource": resource})
    for title, method, request, resource, broken in (
        (
            "programme",
            "programmes.CreateProgramme",
            programme_pb2.CreateProgrammeRequest(
                programme_id="p", programme=programme_pb2.Programme(display_name="Another")
            ),
            PROGRAMME,
            ("programme_id", "RESOURCE_EXISTS"),
        ),
        (
            "decree",
            "decrees.CreateDecree",
            create_decree(decree_id="gresik"),
            DECREE,
            ("decree_id", "RESOURCE_EXISTS"),
        ),
        (
            "enrolment",
            "enrolments.CreateEnrolment",
            create_enrolment(f"villages/{WEDANI}"),
            ENROLMENT,
            ("enrolment.village", "RESOURCE_EXISTS"),
        ),
        (
            "business number",
            "organisations.CreateOrganisation",
            create_organisation("N", nib="9120001234567"),
            "organisations/exporter",
            ("organisation.nib", "NIB_TAKEN"),
        ),
        (
            "taxpayer number in its other form",
            "organisations.CreateOrganisation",
            create_organisation("N", npwp="0013121660091000"),
            "organisations/buyer",
            ("organisation.npwp", "NPWP_TAKEN"),
        ),
        (
            "release",
            "releases.CreateRelease",
            create_release("planned"),
            "releases/planned",
            ("release_id", "RESOURCE_EXISTS"),
        ),
        (
            "shipment",
            "shipments.CreateShipment",
            create_shipment(shipment_id="cancelled"),
            "shipments/cancelled",
            ("shipment_id", "RESOURCE_EXISTS"),
        ),
        (
            "customs declaration",
            "shipments.CreateShipment",
            create_shipment(declaration=peb("000001")),
            "shipments/ready",
            ("shipment.declaration.peb_number", "PEB_NUMBER_TAKEN"),
        ),
        (
            "milestone",
            "milestones.RecordMilestone",
            record("released", milestone_id="gate-in"),
            "shipments/released/milestones/gate-in",
            ("milestone_id", "RESOURCE_EXISTS"),
        ),
        (
            "sponsorship",
            "sponsorships.CreateSponsorship",
            create_sponsorship(sponsorship_id="containers"),
            "sponsorships/containers",
            ("sponsorship_id", "RESOURCE_EXISTS"),
        ),
        (
            "session",
            "sessions.CreateSession",
            create_session("s"),
            "sessions/s",
            ("session_id", "RESOURCE_EXISTS"),
        ),
        (
            "deal",
            "deals.CreateDeal",
            create_deal(deal_id="draft"),
            "deals/draft",
            ("deal_id", "RESOURCE_EXISTS"),
        ),
    )
]

NAMED: list[tuple[str, Any, str, str]] = [
    ("programmes.GetProgramme", programme_pb2.GetProgrammeRequest, "name", "programmes/no"),
    ("decrees.GetDecree", decree_pb2.GetDecreeRequest, "name", f"{PROGRAMME}/decrees/no"),
    ("decrees.ListDecrees", decree_pb2.ListDecreesRequest, "parent", "programmes/no"),
    (
        "enrolments.GetEnrolment",
        enrolment_pb2.GetEnrolmentRequest,
        "name",
        f"{PROGRAMME}/enrolments/35.24.10.2009",
    ),
    (
        "enrolments.CountEnrolments",
        enrolment_pb2.CountEnrolmentsRequest,
        "parent",
        "programmes/no",
    ),
    (
        "organisations.GetOrganisation",
        organisation_pb2.GetOrganisationRequest,
        "name",
        "organisations/no",
    ),
    (
        "rates.GetExchangeRate",
        exchange_rate_pb2.GetExchangeRateRequest,
        "name",
        "exchangeRates/no",
    ),
    ("releases.GetRelease", release_pb2.GetReleaseRequest, "name", "releases/no"),
    ("releases.DispatchRelease", release_pb2.DispatchReleaseRequest, "name", "releases/no"),
    ("shipments.GetShipment", shipment_pb2.GetShipmentRequest, "name", "shipments/no"),
    ("shipments.ConfirmShipment", shipment_pb2.ConfirmShipmentRequest, "name", "shipments/no"),
    ("shipments.CancelShipment", shipment_pb2.CancelShipmentRequest, "name", "shipments/no"),
    (
        "milestones.GetMilestone",
        milestone_pb2.GetMilestoneRequest,
        "name",
        "shipments/ready/milestones/no",
    ),
    (
        "milestones.ListMilestones",
        milestone_pb2.ListMilestonesRequest,
        "parent",
        "shipments/no",
    ),
    (
        "sponsorships.GetSponsorship",
        sponsorship_pb2.GetSponsorshipRequest,
        "name",
        "sponsorships/no",
    ),
    ("sessions.GetSession", session_pb2.GetSessionRequest, "name", "sessions/no"),
    ("deals.GetDeal", deal_pb2.GetDealRequest, "name", "deals/no"),
    ("deals.SignDeal", deal_pb2.SignDealRequest, "name", "deals/no"),
]

ABSENT = [
    Case(
        f"{method} {name}",
        method,
        request(**{key: name}),
        NOT_FOUND,
        "RESOURCE_NOT_FOUND",
        metadata={"resource": name},
    )
    for method, request, key, name in NAMED
]

LISTS: list[tuple[str, Any, str]] = [
    ("villages.ListVillages", village_pb2.ListVillagesRequest(), "villages"),
    ("programmes.ListProgrammes", programme_pb2.ListProgrammesRequest(), "programmes"),
    ("decrees.ListDecrees", decree_pb2.ListDecreesRequest(parent=PROGRAMME), "decrees"),
    (
        "enrolments.ListEnrolments",
        enrolment_pb2.ListEnrolmentsRequest(parent=PROGRAMME),
        "enrolments",
    ),
    (
        "organisations.ListOrganisations",
        organisation_pb2.ListOrganisationsRequest(),
        "organisations",
    ),
    ("rates.ListExchangeRates", exchange_rate_pb2.ListExchangeRatesRequest(), "exchange_rates"),
    ("releases.ListReleases", release_pb2.ListReleasesRequest(), "releases"),
    ("shipments.ListShipments", shipment_pb2.ListShipmentsRequest(), "shipments"),
    (
        "milestones.ListMilestones",
        milestone_pb2.ListMilestonesRequest(parent="shipments/released"),
        "milestones",
    ),
    ("sponsorships.ListSponsorships", sponsorship_pb2.ListSponsorshipsRequest(), "sponsorships"),
    ("sessions.ListSessions", session_pb2.ListSessionsRequest(), "sessions"),
    ("deals.ListDeals", deal_pb2.ListDealsRequest(), "deals"),
]
LOGS: list[tuple[str, Any, str]] = [
    (f"{service}.ListEvents", event_pb2.ListEventsRequest(), "events")
    for service in ("registry_events", "shipment_events", "deal_events")
]
GROUPS: list[tuple[str, Any, str]] = [
    (
        "shipment_summary.SummarizeShipments",
        ByShipment(tier=tier_pb2.TIER_RELEASED, group_by=[ByShipment.DIMENSION_RELEASE]),
        "groups",
    ),
    (
        "deal_summary.SummarizeDeals",
        ByDeal(tier=tier_pb2.TIER_POTENTIAL, group_by=[ByDeal.DIMENSION_SELLER]),
        "groups",
    ),
]
PAGED = LISTS + LOGS + GROUPS


def changed(request: Any, **changes: Any) -> Any:
    """A copy of a request with some fields set."""
    copy = type(request)()
    copy.CopyFrom(request)
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


PAGES = [
    invalid(
        f"negative page size, {method}",
        method,
        changed(request, page_size=-1),
        ("page_size", "PAGE_SIZE_NEGATIVE"),
    )
    for method, request, _ in PAGED
] + [
    Case(
        f"token of nobody, {method}",
        method,
        changed(request, page_token="bm90aGluZw"),
        INVALID,
        "PAGE_TOKEN_INVALID",
        [("page_token", "PAGE_TOKEN_INVALID")],
    )
    for method, request, _ in PAGED
]

FILTERS = [
    Case(
        title,
        method,
        changed(request, filter=text),
        INVALID,
        "FILTER_INVALID",
        [("filter", "FILTER_INVALID")],
        told,
    )
    for title, method, request, text, told in (
        *(
            (f"unknown field, {method}", method, request, 'colour = "red"', {})
            for method, request, _ in LISTS + GROUPS
        ),
        (
            "syntax error",
            "deals.ListDeals",
            deal_pb2.ListDealsRequest(),
            "state = SIGNED AND buyer = )",
            {"offset": "27"},
        ),
        (
            "unknown value of an enum",
            "deals.ListDeals",
            deal_pb2.ListDealsRequest(),
            "state = SOLD",
            {},
        ),
        (
            "order of states",
            "shipments.ListShipments",
            shipment_pb2.ListShipmentsRequest(),
            "state > READY",
            {},
        ),
        (
            "unknown region",
            "enrolments.ListEnrolments",
            enrolment_pb2.ListEnrolmentsRequest(parent=PROGRAMME),
            'region = "35.80"',
            {},
        ),
        (
            "or between fields",
            "shipments.ListShipments",
            shipment_pb2.ListShipmentsRequest(),
            'state = READY OR exporter = "organisations/exporter"',
            {},
        ),
        (
            "too long",
            "shipments.ListShipments",
            shipment_pb2.ListShipmentsRequest(),
            f'release = "{"r" * 2_000}"',
            {},
        ),
    )
]

CASES = {
    "check digits": CHECK_DIGITS,
    "unknown": UNKNOWN_THINGS,
    "rates": RATES,
    "currencies and tiers": CURRENCIES_AND_TIERS,
    "stale etag": ETAGS,
    "request id": REQUEST_IDS,
    "transition": TRANSITIONS,
    "all at once": ALL_AT_ONCE,
    "one by one": ONE_BY_ONE,
    "taken": TAKEN,
    "absent": ABSENT,
    "pages": PAGES,
    "filters": FILTERS,
}


# The tests -------------------------------------------------------------------------------------


def method_of(devisa: Devisa, path: str) -> Callable[..., Any]:
    service, name = path.split(".")
    return getattr(getattr(devisa, service), name)


def refused(devisa: Devisa, path: str, request: Any) -> Refusal:
    with pytest.raises(grpc.RpcError) as caught:
        method_of(devisa, path)(request)
    return Refusal.of(caught.value)


def everything(devisa: Devisa) -> dict[str, list[bytes]]:
    """All that can be read, and the logs; the villages are compiled in."""
    elsewhere = ("villages.ListVillages", "milestones.ListMilestones")
    lists = [each for each in (*LISTS, *LOGS) if each[0] not in elsewhere]
    lists += [
        (
            "milestones.ListMilestones",
            milestone_pb2.ListMilestonesRequest(parent=each.name),
            "milestones",
        )
        for each in every(
            devisa.shipments.ListShipments, shipment_pb2.ListShipmentsRequest(), "shipments"
        )
    ]
    return {
        f"{path} {request}": [
            item.SerializeToString(deterministic=True)
            for item in every(method_of(devisa, path), changed(request, page_size=1_000), items)
        ]
        for path, request, items in lists
    }


class Records:
    """All that is on record, as it was when it was last looked at."""

    def __init__(self, devisa: Devisa) -> None:
        self._devisa = devisa
        self._seen = everything(devisa)

    def assert_unchanged(self) -> None:
        """Looks again. A change is told once, not of every case that follows."""
        before, self._seen = self._seen, everything(self._devisa)
        assert self._seen == before


@pytest.fixture(scope="module")
def records(devisa: Devisa) -> Records:
    return Records(devisa)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=f"{kind}: {case}") for kind, cases in CASES.items() for case in cases],
)
def test_it_is_refused_and_nothing_changes(
    devisa: Devisa, records: Records, connect: Callable[[str], Devisa], case: Case
) -> None:
    refusal = refused(connect(case.principal), case.method, case.request)
    assert (refusal.code, refusal.reason) == (case.code, case.reason), refusal
    assert refusal.broken == case.broken
    assert {**refusal.metadata, **case.metadata} == refusal.metadata
    records.assert_unchanged()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=str(case))
        for case in (*CHECK_DIGITS, *ALL_AT_ONCE)
        if "validate_only" in case.request.DESCRIPTOR.fields_by_name
    ],
)
def test_a_trial_is_refused_alike(devisa: Devisa, case: Case) -> None:
    tried = changed(case.request, validate_only=True)
    assert refused(devisa, case.method, tried).broken == case.broken


def test_an_absent_resource_is_named(devisa: Devisa) -> None:
    for case in ABSENT:
        assert refused(devisa, case.method, case.request).resource == case.metadata["resource"]


def test_a_dispatch_names_every_draft(devisa: Devisa) -> None:
    refusal = refused(devisa, "releases.DispatchRelease", dispatch("planned"))
    assert "shipments/draft" in refusal.metadata["detail"]
    assert "shipments/ready" not in refusal.metadata["detail"]


def test_a_watch_from_nowhere_is_refused(devisa: Devisa) -> None:
    for events in (devisa.registry_events, devisa.shipment_events, devisa.deal_events):
        with pytest.raises(grpc.RpcError) as caught:
            list(events.Watch(event_pb2.WatchRequest(after_revision="7")))
        refusal = Refusal.of(caught.value)
        assert (refusal.code, refusal.reason) == (INVALID, "FIELD_INVALID")
        assert refusal.broken == [("after_revision", "REVISION_FORM")]


def test_a_token_is_only_for_its_own_query(devisa: Devisa) -> None:
    request = shipment_pb2.ListShipmentsRequest(page_size=1)
    page = devisa.shipments.ListShipments(request)
    token = page.next_page_token
    assert token

    another_size = changed(request, page_token=token, page_size=2)
    assert devisa.shipments.ListShipments(another_size).shipments, "the size may change"

    last = "A" if token[20] != "A" else "B"
    for path, other in (
        ("shipments.ListShipments", changed(request, page_token=token, filter="state = DRAFT")),
        ("releases.ListReleases", release_pb2.ListReleasesRequest(page_token=token)),
        ("deals.ListDeals", deal_pb2.ListDealsRequest(page_token=token)),
        ("shipment_events.ListEvents", event_pb2.ListEventsRequest(page_token=token)),
        (
            "milestones.ListMilestones",
            milestone_pb2.ListMilestonesRequest(parent="shipments/ready", page_token=token),
        ),
        ("shipments.ListShipments", changed(request, page_token=token[:20] + last + token[21:])),
        ("shipments.ListShipments", changed(request, page_token=token[:-1])),
    ):
        refusal = refused(devisa, path, other)
        assert (refusal.code, refusal.reason) == (INVALID, "PAGE_TOKEN_INVALID"), path
        assert refusal.broken == [("page_token", "PAGE_TOKEN_INVALID")]


def test_a_token_of_one_parent_is_none_of_another(devisa: Devisa) -> None:
    request = decree_pb2.ListDecreesRequest(parent=PROGRAMME, page_size=1)
    token = devisa.decrees.ListDecrees(request).next_page_token
    other = changed(request, page_token=token, filter='create_time > "2020-01-01T00:00:00Z"')
    assert refused(devisa, "decrees.ListDecrees", other).reason == "PAGE_TOKEN_INVALID"


def test_a_refused_request_id_is_free_again(devisa: Devisa) -> None:
    """Only what was answered is kept: a mended request may take the id of the refused one."""
    request_id = new_request_id()
    wrong = create_organisation("mended", request_id=request_id, nib="1")
    assert refused(devisa, "organisations.CreateOrganisation", wrong).reason == "FIELD_INVALID"
    mended = create_organisation("mended", request_id=request_id)
    before = everything(devisa)
    assert devisa.organisations.CreateOrganisation(mended).display_name == "mended"
    assert everything(devisa) != before, "what was compared all along does see a change"
