"""One whole story over the wire, from a village's proposal to a watched event log.

It follows the release of 26 November 2025 at Surabaya and the letters of intent signed the same
day with Malaysian buyers, as the press told them. What nobody told is marked as synthetic. The
chapters build on each other: they run in the order in which they stand.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from google.type import date_pb2, money_pb2

from client import (
    Devisa,
    Refusal,
    amount,
    amounts,
    date,
    decimal,
    every,
    follow,
    instant,
    money,
    new_request_id,
    read_and_change,
    repeating,
)
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

Connect = Callable[[str], Devisa]

PROGRAMME = "programmes/lpei-desa-devisa"
DECREE = f"{PROGRAMME}/decrees/jatim-2025-10"
RELEASE = "releases/jatim-2025-11"
SESSION = "sessions/malaysia-2025-11"
ARTICLE = "https://jatim.antaranews.com/berita/1008089"

OFFICER = "disperindag-officer"
EXPORTER = "exporter-desk"
PORT = "tps-gate"
ATTACHE = "attache-kl"
REVIEWER = "lpei-reviewer"

WEDANI, PARENGAN, TEMON = "35.25.11.2009", "35.24.10.2009", "35.01.06.2013"

Line = shipment_pb2.ShipmentLine
Unit = shipment_pb2.TransportUnit
State = shipment_pb2.Shipment.State
Code = milestone_pb2.Milestone.Code
Review = deal_pb2.DealReview
Dimension = shipment_summary_pb2.SummarizeShipmentsRequest.Dimension
DealDimension = deal_summary_pb2.SummarizeDealsRequest.Dimension


def synthetic(*fields: str) -> provenance_pb2.Provenance:
    """Where the facts are from, and which of them nobody told."""
    mask = field_mask_pb2.FieldMask(paths=fields) if fields else None
    return provenance_pb2.Provenance(source_uri=ARTICLE, synthetic_fields=mask)


def refused(call: Callable[..., Any], request: Any) -> Refusal:
    """The refusal of a call that must be refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return Refusal.of(caught.value)


def usd(value: str) -> money_pb2.Money:
    return money("USD", value)


# Register ------------------------------------------------------------------------------------


def test_a_programme_and_its_decree_are_registered(connect: Connect) -> None:
    devisa = connect(OFFICER)
    programme = devisa.programmes.CreateProgramme(
        programme_pb2.CreateProgrammeRequest(
            programme_id="lpei-desa-devisa",
            programme=programme_pb2.Programme(display_name="Desa Devisa", owner="LPEI"),
            request_id=new_request_id(),
        )
    )
    assert programme.name == PROGRAMME
    assert programme.etag
    assert programme.create_time == programme.update_time

    decree = devisa.decrees.CreateDecree(
        decree_pb2.CreateDecreeRequest(
            parent=PROGRAMME,
            decree_id="jatim-2025-10",
            decree=decree_pb2.Decree(
                number="contoh/2025",
                issue_date=date("2025-10-31"),
                issuer="LPEI",
                declared_village_count=293,
                region="35",
                provenance=synthetic("number", "issue_date"),
            ),
            request_id=new_request_id(),
        )
    )
    assert decree.name == DECREE
    assert list(decree.provenance.synthetic_fields.paths) == ["number", "issue_date"]


def test_villages_are_of_the_national_list(connect: Connect) -> None:
    name = f"villages/{WEDANI}"
    village = connect(OFFICER).villages.GetVillage(village_pb2.GetVillageRequest(name=name))
    told = (village.display_name, village.district, village.regency, village.province)
    assert told == ("Wedani", "Cerme", "Kabupaten Gresik", "Jawa Timur")
    assert village.kind == village_pb2.VILLAGE_KIND_DESA


def test_enrolments_advance_to_designation(connect: Connect) -> None:
    devisa = connect(OFFICER)
    states = enrolment_pb2.Enrolment
    for code in (WEDANI, PARENGAN, TEMON):
        proposed = devisa.enrolments.CreateEnrolment(
            enrolment_pb2.CreateEnrolmentRequest(
                parent=PROGRAMME,
                enrolment=enrolment_pb2.Enrolment(
                    village=f"villages/{code}",
                    effective_date=date("2025-01-10"),
                    provenance=synthetic("effective_date"),
                ),
                request_id=new_request_id(),
            )
        )
        assert proposed.name == f"{PROGRAMME}/enrolments/{code}"
        assert proposed.state == states.STATE_PROPOSED
        candidate = advance(devisa, proposed, states.STATE_CANDIDATE, "2025-06-02")
        designated = advance(devisa, candidate, states.STATE_DESIGNATED, "2025-11-03", DECREE)
        assert designated.decree == DECREE
        steps = [(entry.state, entry.actor) for entry in designated.history]
        assert steps == [
            (states.STATE_PROPOSED, OFFICER),
            (states.STATE_CANDIDATE, OFFICER),
            (states.STATE_DESIGNATED, OFFICER),
        ]
    inaugurated = advance(devisa, designated, states.STATE_INAUGURATED, "2025-11-20")
    assert inaugurated.state == states.STATE_INAUGURATED


def advance(
    devisa: Devisa, enrolment: enrolment_pb2.Enrolment, state: Any, day: str, decree: str = ""
) -> enrolment_pb2.Enrolment:
    """The enrolment one state further, provided that nobody moved it meanwhile."""
    return devisa.enrolments.AdvanceEnrolment(
        enrolment_pb2.AdvanceEnrolmentRequest(
            name=enrolment.name,
            state=state,
            effective_date=date(day),
            decree=decree,
            etag=enrolment.etag,
            request_id=new_request_id(),
        )
    )


def test_organisations_are_registered(connect: Connect) -> None:
    devisa = connect(OFFICER)
    roles = organisation_pb2.Organisation
    made_up = ("display_name",)
    for organisation_id, display_name, country, role, guessed in (
        ("eksportir-satu", "Eksportir Satu", "ID", roles.ROLE_EXPORTER, made_up),
        ("eksportir-dua", "Eksportir Dua", "ID", roles.ROLE_AGGREGATOR, made_up),
        ("pelindo", "Pelindo", "ID", roles.ROLE_SPONSOR, ()),
        ("sang-bamboo", "Sang Bamboo", "ID", roles.ROLE_PRODUCER, ()),
        ("dona-doni", "Dona Doni", "ID", roles.ROLE_PRODUCER, ()),
        ("temon-agro", "CV Temon Agro", "ID", roles.ROLE_PRODUCER, ()),
        ("grow-artha-rimpang", "PT Grow Artha Rimpang", "ID", roles.ROLE_PRODUCER, ()),
        ("cemara-ayu", "Cemara Ayu SDN BHD", "MY", roles.ROLE_BUYER, ()),
        ("orient-biotech", "Orient Biotech BHD", "MY", roles.ROLE_BUYER, ()),
        ("nad-masroni", "Nad Masroni", "MY", roles.ROLE_BUYER, ()),
        ("atdag-kuala-lumpur", "Atase Perdagangan Kuala Lumpur", "MY", roles.ROLE_TRADE_OFFICE, ()),
    ):
        organisation = devisa.organisations.CreateOrganisation(
            organisation_pb2.CreateOrganisationRequest(
                organisation_id=organisation_id,
                organisation=organisation_pb2.Organisation(
                    display_name=display_name,
                    region_code=country,
                    roles=[role],
                    provenance=synthetic(*guessed),
                ),
                request_id=new_request_id(),
            )
        )
        assert organisation.name == f"organisations/{organisation_id}"

    names = ["organisations/pelindo", "organisations/cemara-ayu"]
    batch = devisa.organisations.BatchGetOrganisations(
        organisation_pb2.BatchGetOrganisationsRequest(names=names)
    )
    assert [organisation.name for organisation in batch.organisations] == names


def test_a_taxpayer_number_is_kept_in_its_new_form(connect: Connect) -> None:
    devisa = connect(OFFICER)

    def read() -> organisation_pb2.Organisation:
        name = "organisations/temon-agro"
        return devisa.organisations.GetOrganisation(
            organisation_pb2.GetOrganisationRequest(name=name)
        )

    def change(temon: organisation_pb2.Organisation) -> organisation_pb2.Organisation:
        return devisa.organisations.UpdateOrganisation(
            organisation_pb2.UpdateOrganisationRequest(
                organisation=organisation_pb2.Organisation(
                    name=temon.name,
                    etag=temon.etag,
                    village=f"villages/{TEMON}",
                    npwp="01.312.166.0-091.000",
                    provenance=synthetic("npwp"),
                ),
                update_mask=field_mask_pb2.FieldMask(paths=["village", "npwp", "provenance"]),
                request_id=new_request_id(),
            )
        )

    before, after = read(), read_and_change(read, change)
    assert after.npwp == "0013121660091000", "15 digits become 16"
    assert after.etag != before.etag
    assert after.display_name == before.display_name, "what the mask leaves out stays"


def test_rates_are_recorded_and_resolved(connect: Connect) -> None:
    devisa = connect(OFFICER)
    for rate_id, kind, rate, source in (
        ("kmk-26", exchange_rate_pb2.RATE_KIND_KURS_PAJAK, "16738.00", "KMK 26/MK/EF.2/2025"),
        ("house", exchange_rate_pb2.RATE_KIND_HOUSE, "16500", "Rp198 juta for USD 12 ribu"),
    ):
        devisa.rates.CreateExchangeRate(
            exchange_rate_pb2.CreateExchangeRateRequest(
                exchange_rate_id=rate_id,
                exchange_rate=exchange_rate_pb2.ExchangeRate(
                    base_currency="USD",
                    quote_currency="IDR",
                    kind=kind,
                    units=1,
                    rate=decimal(rate),
                    valid_from=date("2025-11-26"),
                    valid_to=date("2025-12-02"),
                    source=source,
                ),
                request_id=new_request_id(),
            )
        )
    found = devisa.rates.ResolveExchangeRate(
        exchange_rate_pb2.ResolveExchangeRateRequest(
            kind=exchange_rate_pb2.RATE_KIND_KURS_PAJAK,
            base_currency="USD",
            quote_currency="IDR",
            date=date("2025-11-28"),
        )
    )
    assert (found.name, found.rate.value) == ("exchangeRates/kmk-26", "16738.00")


# Count ---------------------------------------------------------------------------------------


def digest_of(codes: list[str]) -> str:
    """What `CountEnrolments` answers for these villages: two equal digests counted one list."""
    names = sorted(f"{PROGRAMME}/enrolments/{code}" for code in codes)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


@pytest.mark.parametrize(
    ("day", "codes", "declared"),
    [
        ("2025-10-30", [], None),
        ("2025-10-31", [], 293),
        ("2025-11-03", [TEMON, PARENGAN, WEDANI], 293),
        ("2025-11-26", [TEMON, PARENGAN, WEDANI], 293),
    ],
)
def test_enrolments_are_counted_as_of_any_day(
    connect: Connect, day: str, codes: list[str], declared: int | None
) -> None:
    counted = connect(OFFICER).enrolments.CountEnrolments(
        enrolment_pb2.CountEnrolmentsRequest(parent=PROGRAMME, region="35", as_of=date(day))
    )
    assert counted.listed_count == len(codes)
    assert (counted.declared_count if counted.HasField("declared_count") else None) == declared
    regencies = [(each.region, each.listed_count) for each in counted.regencies]
    assert regencies == sorted((code[:5], 1) for code in codes)
    assert counted.digest == digest_of(codes)
    assert counted.as_of == date(day)


def test_a_count_of_one_state_and_region_has_no_declared_number(connect: Connect) -> None:
    candidates = connect(OFFICER).enrolments.CountEnrolments(
        enrolment_pb2.CountEnrolmentsRequest(
            parent=PROGRAMME,
            states=[enrolment_pb2.Enrolment.STATE_CANDIDATE],
            region="35.25",
            as_of=date("2025-07-01"),
        )
    )
    assert candidates.listed_count == 1
    assert not candidates.HasField("declared_count")
    assert candidates.digest == digest_of([WEDANI])


# Ship ----------------------------------------------------------------------------------------


def goods(description: str, hs_code: str, value: str, **measure: Any) -> Line:
    return Line(description=description, hs_code=hs_code, value=usd(value), **measure)


def kilograms(value: str) -> dict[str, Any]:
    return {"net_kg": decimal(value)}


DRAFTS: dict[str, shipment_pb2.Shipment] = {
    "jahe-gajah": shipment_pb2.Shipment(
        exporter="organisations/eksportir-satu",
        destination_region_code="bd",
        port_of_loading="IDTPE",
        port_of_discharge="BDCGP",
        incoterm=shipment_pb2.Incoterm(code="FOB", place="Tanjung Perak"),
        lines=[goods("Jahe gajah", "0910.11.00", "53200.00", **kilograms("26600"))],
        units=[Unit(truck_plate="L 8123 UB", container_number="CSQU3054383", seal="A1")],
    ),
    "mi-kering": shipment_pb2.Shipment(
        exporter="organisations/eksportir-satu",
        destination_region_code="NL",
        port_of_discharge="NLRTM",
        lines=[goods("Mi kering", "19021940", "6686.40", **kilograms("3200.5"))],
        units=[Unit()],
    ),
    "kerupuk": shipment_pb2.Shipment(
        exporter="organisations/eksportir-dua",
        destination_region_code="IN",
        port_of_discharge="INNSA",
        lines=[goods("Kerupuk", "19059080", "200000.00", **kilograms("80000"))],
        units=[Unit(container_number="MSKU0000011")],
    ),
    "pakan-ternak": shipment_pb2.Shipment(
        exporter="organisations/eksportir-dua",
        destination_region_code="AU",
        port_of_discharge="AUMEL",
        lines=[goods("Pakan ternak", "23099090", "40000.00", **kilograms("50000"))],
        units=[Unit()],
    ),
    # Two kinds of goods for one country; what they are in detail is not known yet.
    "korea": shipment_pb2.Shipment(
        exporter="organisations/eksportir-satu",
        destination_region_code="KR",
        lines=[
            Line(description="Keripik singkong", value=usd("14661.00")),
            Line(description="Sepatu", hs_code="64039990", value=usd("37060.00")),
        ],
    ),
}


def test_shipments_are_drafted(connect: Connect) -> None:
    devisa = connect(EXPORTER)
    release = devisa.releases.CreateRelease(
        release_pb2.CreateReleaseRequest(
            release_id="jatim-2025-11",
            release=release_pb2.Release(
                display_name="Festival Ekspor Jawa Timur 2025",
                event_date=date("2025-11-26"),
                place="Terminal Petikemas Surabaya",
                provenance=synthetic(),
            ),
            request_id=new_request_id(),
        )
    )
    assert release.state == release_pb2.Release.STATE_PLANNED

    for shipment_id, draft in DRAFTS.items():
        draft = clone(draft, release=RELEASE, provenance=synthetic("exporter"))
        shipment = devisa.shipments.CreateShipment(
            shipment_pb2.CreateShipmentRequest(
                shipment_id=shipment_id, shipment=draft, request_id=new_request_id()
            )
        )
        assert shipment.name == f"shipments/{shipment_id}"
        assert shipment.state == State.STATE_DRAFT
        assert shipment.tier == tier_pb2.TIER_UNSPECIFIED


def clone(message: Any, **changes: Any) -> Any:
    """A copy of a message with some fields changed."""
    copy = type(message)(**changes)
    merged = type(message)()
    merged.CopyFrom(message)
    merged.MergeFrom(copy)
    return merged


def get_shipment(devisa: Devisa, shipment_id: str) -> shipment_pb2.Shipment:
    request = shipment_pb2.GetShipmentRequest(name=f"shipments/{shipment_id}")
    return devisa.shipments.GetShipment(request)


def test_codes_are_kept_in_their_standard_form(connect: Connect) -> None:
    ginger = get_shipment(connect(EXPORTER), "jahe-gajah")
    assert ginger.destination_region_code == "BD"
    assert ginger.lines[0].hs_code == "09101100"
    assert ginger.port_of_loading == "IDSUB", "IDTPE is another code of the same port"
    assert amounts(ginger.values) == {"USD": Decimal("53200.00")}


def test_a_rich_error_names_field_rule_and_finding(connect: Connect) -> None:
    devisa = connect(EXPORTER)
    wrong = clone(DRAFTS["kerupuk"])
    wrong.units[0].container_number = "CSQU3054384"
    request = shipment_pb2.CreateShipmentRequest(shipment=wrong, request_id=new_request_id())
    refusal = refused(devisa.shipments.CreateShipment, request)
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.reason == "FIELD_INVALID"
    [violation] = refusal.violations
    assert violation.field == "shipment.units[0].container_number"
    assert violation.reason == "CONTAINER_NUMBER_CHECK_DIGIT"
    assert violation.description == "container_number.check_digit: expected 3, found 4"
    assert refusal.metadata["fields"] == "shipment.units[0].container_number"
    assert refusal.retry_after is None, "the same request will never succeed"


def confirm(devisa: Devisa, shipment_id: str) -> shipment_pb2.Shipment:
    return devisa.shipments.ConfirmShipment(
        shipment_pb2.ConfirmShipmentRequest(
            name=f"shipments/{shipment_id}", request_id=new_request_id()
        )
    )


def test_a_confirmation_names_every_missing_field_at_once(connect: Connect) -> None:
    devisa = connect(EXPORTER)
    request = shipment_pb2.ConfirmShipmentRequest(
        name="shipments/korea", request_id=new_request_id()
    )
    refusal = refused(devisa.shipments.ConfirmShipment, request)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MISSING")
    assert refusal.broken == [
        ("shipment.lines[0].hs_code", "FIELD_MISSING"),
        ("shipment.lines[0].quantity", "FIELD_MISSING"),
        ("shipment.lines[1].quantity", "FIELD_MISSING"),
        ("shipment.units", "FIELD_MISSING"),
    ]


def test_the_draft_is_completed_and_confirmed(connect: Connect) -> None:
    devisa = connect(EXPORTER)
    draft = get_shipment(devisa, "korea")
    draft.lines[0].hs_code = "20089930"
    draft.lines[0].net_kg.value = "5400"
    draft.lines[1].quantity.value.value = "1850"
    draft.lines[1].quantity.unit_code = "PR"
    made_up = synthetic("exporter", "lines.net_kg", "lines.quantity", "units")
    completed = devisa.shipments.UpdateShipment(
        shipment_pb2.UpdateShipmentRequest(
            shipment=shipment_pb2.Shipment(
                name=draft.name,
                etag=draft.etag,
                port_of_discharge="KRPUS",
                lines=draft.lines,
                units=[Unit(truck_plate="AG 9045 VC", container_provisional=True), Unit()],
                provenance=made_up,
            ),
            update_mask=field_mask_pb2.FieldMask(
                paths=["port_of_discharge", "lines", "units", "provenance"]
            ),
            request_id=new_request_id(),
        )
    )
    assert completed.provenance == made_up
    assert amounts(completed.values) == {"USD": Decimal("51721.00")}
    for shipment_id in DRAFTS:
        assert confirm(devisa, shipment_id).state == State.STATE_READY


def test_two_people_change_one_shipment(connect: Connect) -> None:
    """The slower one is told, reads again, and decides on what there is now."""
    exporter, port = connect(EXPORTER), connect(PORT)
    seen_by_exporter = get_shipment(exporter, "mi-kering")
    seen_by_port = get_shipment(port, "mi-kering")

    sealed = clone(seen_by_port)
    sealed.units[0].seal = "TPS-77"
    faster = port.shipments.UpdateShipment(only("units", sealed))
    assert faster.etag != seen_by_port.etag

    plated = clone(seen_by_exporter)
    plated.units[0].truck_plate = "W 8001 UA"
    refusal = refused(exporter.shipments.UpdateShipment, only("units", plated))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert refusal.metadata["resource"] == "shipments/mi-kering"
    assert refusal.metadata["expected"] == seen_by_exporter.etag
    assert refusal.metadata["found"] == faster.etag

    def add_plate(current: shipment_pb2.Shipment) -> shipment_pb2.Shipment:
        current.units[0].truck_plate = "W 8001 UA"
        return exporter.shipments.UpdateShipment(only("units", current))

    agreed = read_and_change(lambda: get_shipment(exporter, "mi-kering"), add_plate)
    assert (agreed.units[0].truck_plate, agreed.units[0].seal) == ("W 8001 UA", "TPS-77")


def only(field: str, shipment: shipment_pb2.Shipment) -> shipment_pb2.UpdateShipmentRequest:
    """A request to change one field of a shipment as it was read."""
    return shipment_pb2.UpdateShipmentRequest(
        shipment=shipment,
        update_mask=field_mask_pb2.FieldMask(paths=[field]),
        request_id=new_request_id(),
    )


# Release -------------------------------------------------------------------------------------


def test_the_release_is_dispatched_with_its_totals(connect: Connect) -> None:
    devisa = connect(EXPORTER)
    planned = devisa.releases.GetRelease(release_pb2.GetReleaseRequest(name=RELEASE))
    departure = instant("2025-11-26T09:30:00+07:00")
    released = devisa.releases.DispatchRelease(
        release_pb2.DispatchReleaseRequest(
            name=RELEASE,
            dispatch_time=departure,
            etag=planned.etag,
            request_id=new_request_id(),
        )
    )
    assert released.state == release_pb2.Release.STATE_RELEASED
    assert released.dispatch_time == departure

    totals = released.totals
    counts = {
        "lines": totals.line_count,
        "shipments": totals.shipment_count,
        "trucks": totals.truck_count,
        "containers": totals.container_count,
        "exporters": totals.exporter_count,
        "destinations": totals.destination_count,
    }
    assert counts == {
        "lines": 6,
        "shipments": 5,
        "trucks": 6,
        "containers": 3,
        "exporters": 2,
        "destinations": 5,
    }
    assert list(totals.destinations) == ["AU", "BD", "IN", "KR", "NL"]
    assert amounts(totals.values) == {"USD": Decimal("351607.40")}

    for shipment_id in DRAFTS:
        shipment = get_shipment(devisa, shipment_id)
        assert (shipment.state, shipment.tier) == (State.STATE_RELEASED, tier_pb2.TIER_RELEASED)
        request = milestone_pb2.ListMilestonesRequest(parent=shipment.name)
        [milestone] = every(devisa.milestones.ListMilestones, request, "milestones")
        assert (milestone.code, milestone.event_time) == (Code.CODE_RELEASED, departure)
        assert milestone.dcsa_code == "DEPA"


def test_shipments_are_listed_page_by_page(connect: Connect) -> None:
    devisa = connect(PORT)
    request = shipment_pb2.ListShipmentsRequest(filter=f'release = "{RELEASE}"', page_size=2)
    listed = list(every(devisa.shipments.ListShipments, request, "shipments"))
    assert sorted(shipment.name for shipment in listed) == sorted(f"shipments/{s}" for s in DRAFTS)
    times = [shipment.create_time.ToNanoseconds() for shipment in listed]
    assert times == sorted(times, reverse=True), "newest first"

    request = shipment_pb2.ListShipmentsRequest(filter="hs_chapter:19 AND state = RELEASED")
    noodles = every(devisa.shipments.ListShipments, request, "shipments")
    assert {shipment.name for shipment in noodles} == {"shipments/mi-kering", "shipments/kerupuk"}


def test_only_what_was_declared_and_loaded_is_realised(connect: Connect) -> None:
    exporter, port = connect(EXPORTER), connect(PORT)
    kerupuk = "shipments/kerupuk"
    gated_in = record(port, kerupuk, Code.CODE_GATED_IN, "2025-11-26T15:00:00+07:00")
    assert gated_in.dcsa_code == "GTIN"
    record(port, kerupuk, Code.CODE_LOADED, "2025-11-28T02:15:00+07:00")
    loaded = get_shipment(port, "kerupuk")
    assert loaded.state == State.STATE_LOADED
    assert loaded.tier == tier_pb2.TIER_RELEASED, "without a declaration it is no export"

    loaded.declaration.CopyFrom(
        shipment_pb2.Declaration(
            aju="000030-010017-20251126-000123",
            peb_number="012345",
            peb_date=date("2025-11-26"),
            customs_office="070100",
            npe_number="NPE-1",
            npe_date=date("2025-11-26"),
        )
    )
    realised = exporter.shipments.UpdateShipment(only("declaration", loaded))
    assert realised.tier == tier_pb2.TIER_REALISED
    assert realised.state == State.STATE_LOADED

    ginger = "shipments/jahe-gajah"
    record(port, ginger, Code.CODE_LOADED, "2025-11-28T03:00:00+07:00")
    assert get_shipment(port, "jahe-gajah").tier == tier_pb2.TIER_RELEASED


def record(devisa: Devisa, shipment: str, code: Any, time: str) -> milestone_pb2.Milestone:
    return devisa.milestones.RecordMilestone(
        milestone_pb2.RecordMilestoneRequest(
            parent=shipment,
            milestone=milestone_pb2.Milestone(
                code=code,
                classifier=milestone_pb2.Milestone.CLASSIFIER_ACTUAL,
                event_time=instant(time),
                location="Terminal Petikemas Surabaya",
            ),
            request_id=new_request_id(),
        )
    )


# Sign, hold, review --------------------------------------------------------------------------

DEALS = {
    "sang-bamboo": ("cemara-ayu", "Topi dan anyaman pandan", "239500000", "Rp3,9 triliun"),
    "dona-doni": ("cemara-ayu", "Keranjang handuk rotan", "2690", "Rp44 juta"),
    "temon-agro": ("orient-biotech", "Gula aren", "12000", "Rp198 juta"),
    "grow-artha-rimpang": ("nad-masroni", "Minuman seduhan herbal", "4700", "Rp77,7 juta"),
}
RUPIAH = {
    "sang-bamboo": "3951750000000",
    "dona-doni": "44385000",
    "temon-agro": "198000000",
    "grow-artha-rimpang": "77550000",
}
HATS = "deals/sang-bamboo"


def test_four_letters_of_intent_are_signed(connect: Connect) -> None:
    devisa = connect(ATTACHE)
    devisa.sessions.CreateSession(
        session_pb2.CreateSessionRequest(
            session_id="malaysia-2025-11",
            session=session_pb2.Session(
                display_name="Penandatanganan LoI dengan Malaysia",
                session_date=date("2025-11-26"),
                office="organisations/atdag-kuala-lumpur",
                provenance=synthetic(),
            ),
            request_id=new_request_id(),
        )
    )
    for seller, (buyer, description, value, text) in DEALS.items():
        stated = deal_pb2.StatedValue(text=text)
        if seller != "grow-artha-rimpang":  # Its rupiah are not at the rate of the others.
            stated.amount.CopyFrom(money("IDR", RUPIAH[seller]))
        draft = devisa.deals.CreateDeal(
            deal_pb2.CreateDealRequest(
                deal_id=seller,
                deal=deal_pb2.Deal(
                    session=SESSION,
                    seller=f"organisations/{seller}",
                    buyer=f"organisations/{buyer}",
                    instrument=deal_pb2.Deal.INSTRUMENT_LOI,
                    goods=[deal_pb2.DealGoods(description=description)],
                    value=usd(value),
                    stated_values=[stated],
                    sign_date=date("2025-11-26"),
                    provenance=synthetic(),
                ),
                request_id=new_request_id(),
            )
        )
        assert draft.state == deal_pb2.Deal.STATE_DRAFT
        assert draft.tier == tier_pb2.TIER_POTENTIAL, "a letter of intent binds nobody"
        signed = devisa.deals.SignDeal(
            deal_pb2.SignDealRequest(name=draft.name, etag=draft.etag, request_id=new_request_id())
        )
        assert signed.state == deal_pb2.Deal.STATE_SIGNED


def get_deal(devisa: Devisa, name: str) -> deal_pb2.Deal:
    return devisa.deals.GetDeal(deal_pb2.GetDealRequest(name=name))


def test_the_absurd_one_is_held_and_not_altered(connect: Connect) -> None:
    devisa = connect(ATTACHE)
    hats = get_deal(devisa, HATS)
    assert hats.review.state == Review.STATE_HELD
    assert amount(hats.value) == ("USD", Decimal(239_500_000))
    ceiling, outlier = hats.review.findings

    assert (ceiling.rule, ceiling.outcome) == ("size_ceiling", deal_pb2.FINDING_OUTCOME_BROKEN)
    assert "80.2 times" in ceiling.explanation
    assert "KURS_PAJAK 16738" in ceiling.explanation
    assert amount(ceiling.measured) == ("IDR", Decimal(4_008_751_000_000))
    assert amount(ceiling.limit) == ("IDR", Decimal(50_000_000_000))

    assert (outlier.rule, outlier.outcome) == ("session_outlier", deal_pb2.FINDING_OUTCOME_BROKEN)
    assert "50,957 times" in outlier.explanation
    assert amount(outlier.measured) == ("USD", Decimal(239_500_000))
    assert amount(outlier.limit) == ("USD", Decimal(470_000)), "100 times the median"

    for seller in DEALS:
        deal = get_deal(devisa, f"deals/{seller}")
        if deal.name != HATS:
            assert (deal.review.state, list(deal.review.findings)) == (Review.STATE_NONE, [])

    request = deal_pb2.ListDealsRequest(filter="review.state = HELD")
    assert [deal.name for deal in every(devisa.deals.ListDeals, request, "deals")] == [HATS]


def potential(devisa: Devisa, **arguments: Any) -> deal_summary_pb2.SummarizeDealsResponse:
    """Totals of what is promised."""
    request = deal_summary_pb2.SummarizeDealsRequest(tier=tier_pb2.TIER_POTENTIAL, **arguments)
    return devisa.deal_summary.SummarizeDeals(request)


def test_what_is_held_stands_beside_the_total(connect: Connect) -> None:
    devisa = connect(ATTACHE)
    summary = potential(devisa)
    assert summary.tier == tier_pb2.TIER_POTENTIAL
    assert (summary.total.deal_count, summary.total.held_count) == (3, 1)
    assert amounts(summary.total.values) == {"USD": Decimal(19_390)}
    assert amounts(summary.total.held_values) == {"USD": Decimal(239_500_000)}

    total = potential(devisa, include_held=True).total
    assert (total.deal_count, total.held_count) == (4, 1)
    assert amounts(total.values) == {"USD": Decimal(239_519_390)}


def review(**arguments: Any) -> deal_pb2.ReviewDealRequest:
    return deal_pb2.ReviewDealRequest(
        name=HATS,
        decision=deal_pb2.ReviewDecision.DECISION_CONFIRM,
        evidence_uri="https://example.org/loi/sang-bamboo.pdf",
        note="The signed letter was seen.",
        request_id=new_request_id(),
        **arguments,
    )


def test_who_made_a_deal_does_not_review_it(connect: Connect) -> None:
    refusal = refused(connect(ATTACHE).deals.ReviewDeal, review())
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
    assert refusal.reason == "SAME_PRINCIPAL"
    assert refusal.metadata == {"resource": HATS, "principal": ATTACHE}


def test_another_principal_confirms_with_evidence(connect: Connect) -> None:
    devisa = connect(REVIEWER)
    held = get_deal(devisa, HATS)
    confirmed = devisa.deals.ReviewDeal(review(etag=held.etag))
    assert confirmed.review.state == Review.STATE_CONFIRMED
    assert amount(confirmed.value) == ("USD", Decimal(239_500_000))
    assert len(confirmed.review.findings) == 2, "confirmed is not unfound"
    [decision] = confirmed.review.decisions
    assert decision.decision == deal_pb2.ReviewDecision.DECISION_CONFIRM
    assert decision.actor == REVIEWER
    assert decision.evidence_uri == "https://example.org/loi/sang-bamboo.pdf"
    assert amount(decision.previous_value) == ("USD", Decimal(239_500_000))

    total = potential(devisa).total
    assert (total.deal_count, total.held_count) == (4, 0)
    assert amounts(total.values) == {"USD": Decimal(239_519_390)}
    assert not total.held_values


# Summarise -----------------------------------------------------------------------------------


def shipment_groups(devisa: Devisa, tier: Any, *dimensions: Any) -> dict[tuple[str, ...], Any]:
    """Every group of a tier, and under the empty key their total, which every page repeats."""
    request = shipment_summary_pb2.SummarizeShipmentsRequest(
        tier=tier, group_by=dimensions, page_size=2
    )
    groups: dict[tuple[str, ...], Any] = {}
    while True:
        page = devisa.shipment_summary.SummarizeShipments(request)
        assert page.tier == tier
        for group in [*page.groups, page.total]:
            told = (group.shipment_count, group.line_count, amounts(group.values))
            assert groups.setdefault(tuple(group.keys), told) == told
        if not page.next_page_token:
            return groups
        request.page_token = page.next_page_token


def test_shipments_are_summarised_by_destination_and_release(connect: Connect) -> None:
    devisa = connect(OFFICER)
    groups = shipment_groups(
        devisa, tier_pb2.TIER_RELEASED, Dimension.DIMENSION_DESTINATION, Dimension.DIMENSION_RELEASE
    )
    assert groups == {
        ("AU", RELEASE): (1, 1, {"USD": Decimal("40000")}),
        ("BD", RELEASE): (1, 1, {"USD": Decimal("53200")}),
        ("IN", RELEASE): (1, 1, {"USD": Decimal("200000")}),
        ("KR", RELEASE): (1, 2, {"USD": Decimal("51721")}),
        ("NL", RELEASE): (1, 1, {"USD": Decimal("6686.4")}),
        (): (5, 6, {"USD": Decimal("351607.4")}),
    }
    assert [key for key in groups if key] == sorted(key for key in groups if key)


def test_released_and_realised_overlap(connect: Connect) -> None:
    """One shipment is in both tiers, which is why they are never added."""
    devisa = connect(OFFICER)
    realised = shipment_groups(devisa, tier_pb2.TIER_REALISED, Dimension.DIMENSION_DESTINATION)
    kerupuk = (1, 1, {"USD": Decimal("200000")})
    assert realised == {("IN",): kerupuk, (): kerupuk}


def test_deals_are_summarised_by_session_and_seller(connect: Connect) -> None:
    devisa = connect(OFFICER)
    dimensions = [DealDimension.DIMENSION_SESSION, DealDimension.DIMENSION_SELLER]
    summary = potential(devisa, group_by=dimensions)
    groups = {tuple(group.keys): amounts(group.values) for group in summary.groups}
    assert groups == {
        (SESSION, f"organisations/{seller}"): {"USD": Decimal(value)}
        for seller, (_, _, value, _) in DEALS.items()
    }
    assert list(groups) == sorted(groups)


# Check what the press wrote ------------------------------------------------------------------


def verdicts(method: Callable[..., Any], *claims: tuple[str, str, str, str]) -> list[Any]:
    """What the records say of claims: text, metric, resource, filter."""
    request = figure_pb2.CheckFiguresRequest(
        claims=[
            figure_pb2.Claim(
                text=text, metric=metric, of=of, filter=narrowed, as_of=date("2025-11-26")
            )
            for text, metric, of, narrowed in claims
        ]
    )
    answer = method(request).verdicts
    assert [verdict.claim for verdict in answer] == list(request.claims)
    return list(answer)


def test_figures_about_villages(connect: Connect) -> None:
    of_programme, of_decree = verdicts(
        connect(OFFICER).registry_figures.CheckFigures,
        ("293 desa", "enrolment_count", PROGRAMME, 'region = "35"'),
        ("300 desa", "enrolment_count", DECREE, ""),
    )
    assert of_programme.verdict == figure_pb2.VERDICT_CONSISTENT
    assert (of_programme.found.value, of_programme.listed) == ("293", 3)
    assert of_programme.coverage.value == "0.0102", "3 of 293 are known one by one"
    assert of_decree.verdict == figure_pb2.VERDICT_INCONSISTENT


def test_figures_about_the_release(connect: Connect) -> None:
    value, countries, trucks, rupiah, kerupuk = verdicts(
        connect(OFFICER).shipment_summary.CheckFigures,
        ("351,6 ribu dolar AS", "release_value", RELEASE, ""),
        ("enam negara", "release_destination_count", RELEASE, ""),
        ("enam truk", "release_truck_count", RELEASE, ""),
        ("Rp5,8 miliar", "release_value", RELEASE, ""),
        ("200 ribu dolar AS", "shipment_value", "shipments/kerupuk", ""),
    )
    assert value.verdict == figure_pb2.VERDICT_CONSISTENT
    assert (value.low.value, value.high.value) == ("351550", "351700")
    assert Decimal(value.found.value) == Decimal("351607.40")
    assert countries.verdict == figure_pb2.VERDICT_INCONSISTENT
    assert countries.found.value == "5"
    assert "AU, BD, IN, KR, NL" in countries.explanation
    assert trucks.verdict == figure_pb2.VERDICT_CONSISTENT
    assert rupiah.verdict == figure_pb2.VERDICT_UNDECIDABLE, "nothing is converted for a verdict"
    assert kerupuk.verdict == figure_pb2.VERDICT_CONSISTENT


def test_figures_about_the_deals(connect: Connect) -> None:
    session, count, hats = verdicts(
        connect(OFFICER).deal_summary.CheckFigures,
        ("239,52 juta dolar AS", "session_value", SESSION, ""),
        ("empat kesepakatan", "session_deal_count", SESSION, "tier = POTENTIAL"),
        ("Rp3,9 triliun", "deal_value", HATS, ""),
    )
    assert session.verdict == figure_pb2.VERDICT_CONSISTENT
    assert Decimal(session.found.value) == Decimal(239_519_390)
    assert count.verdict == figure_pb2.VERDICT_CONSISTENT
    assert count.found.value == "4"
    assert hats.verdict == figure_pb2.VERDICT_CONSISTENT
    assert Decimal(hats.found.value) == Decimal(RUPIAH["sang-bamboo"])
    assert not hats.held, "it was confirmed"


# Repeat --------------------------------------------------------------------------------------


def test_a_repeated_request_gets_the_first_answer(connect: Connect) -> None:
    devisa = connect(EXPORTER)
    create = sponsorship_pb2.CreateSponsorshipRequest(
        sponsorship=sponsorship_pb2.Sponsorship(
            sponsor="organisations/pelindo",
            kind=sponsorship_pb2.Sponsorship.KIND_CONTAINER,
            release=RELEASE,
            provenance=synthetic(),
        ),
        request_id=new_request_id(),
    )
    before = len(log(devisa.shipment_events))
    first = devisa.sponsorships.CreateSponsorship(create)
    second = repeating(devisa.sponsorships.CreateSponsorship, create)
    assert second == first, "even its generated id is the same"
    assert first.sponsor_display_name == "Pelindo"

    seal = get_shipment(devisa, "pakan-ternak")
    seal.units[0].seal = "B2"
    update = only("units", seal)
    changed = devisa.shipments.UpdateShipment(update)
    again = devisa.shipments.UpdateShipment(update)
    assert again == changed, "though the etag in the request is no longer the current one"
    assert len(log(devisa.shipment_events)) == before + 2


def test_a_request_can_be_tried_without_doing_it(connect: Connect) -> None:
    devisa = connect(EXPORTER)
    before = log(devisa.shipment_events)
    tried = devisa.shipments.CreateShipment(
        shipment_pb2.CreateShipmentRequest(
            shipment_id="tried", shipment=DRAFTS["kerupuk"], validate_only=True
        )
    )
    assert (tried.name, tried.state) == ("shipments/tried", State.STATE_DRAFT)
    refusal = refused(
        devisa.shipments.GetShipment, shipment_pb2.GetShipmentRequest(name="shipments/tried")
    )
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND")
    assert refusal.resource == "shipments/tried"
    assert log(devisa.shipment_events) == before


# Watch ---------------------------------------------------------------------------------------

SERVICES = ("registry_events", "shipment_events", "deal_events")


def log(events: Any, **arguments: Any) -> list[event_pb2.Event]:
    """The whole log of a service, read in small pages."""
    request = event_pb2.ListEventsRequest(page_size=7, **arguments)
    return list(every(events.ListEvents, request, "events"))


@pytest.mark.parametrize("service", SERVICES)
def test_the_log_is_watched_and_resumed(connect: Connect, service: str) -> None:
    events = getattr(connect(OFFICER), service)
    listed = log(events)
    assert len(listed) > 5
    revisions = [event.revision for event in listed]
    assert revisions == sorted(set(revisions)), "revisions grow, compared as text"
    assert len({event.id for event in listed}) == len(listed)

    watched = list(itertools.islice(follow(events), len(listed)))
    assert watched == listed

    middle = len(listed) // 2
    resume = event_pb2.WatchRequest(after_revision=listed[middle].revision)
    rest = list(itertools.islice(follow(events, resume), len(listed) - middle - 1))
    assert rest == listed[middle + 1 :]
    assert log(events, after_revision=listed[middle].revision) == rest


def test_events_arrive_as_they_happen(connect: Connect) -> None:
    devisa = connect(PORT)
    *_, resume_after, last = log(devisa.shipment_events)
    resume = event_pb2.WatchRequest(after_revision=resume_after.revision)
    watching = follow(devisa.shipment_events, resume)
    assert next(watching) == last, "from here on it waits for what is new"
    recorded = record(devisa, "shipments/kerupuk", Code.CODE_DEPARTED, "2025-11-29T04:00:00+07:00")
    happened = {event.type: event for event in itertools.islice(watching, 2)}
    watching.close()

    milestone = happened["devisa.shipment.v1.milestone.recorded"]
    assert (milestone.subject, milestone.actor) == (recorded.name, PORT)
    assert milestone.source == "devisa.shipment"
    data = milestone_pb2.Milestone()
    assert milestone.data.Unpack(data)
    assert data == recorded

    progressed = happened["devisa.shipment.v1.shipment.progressed"]
    assert progressed.subject == "shipments/kerupuk"
    assert "state" in progressed.changed.paths
    assert progressed.request_id == milestone.request_id != ""


def test_a_watch_can_be_narrowed(connect: Connect) -> None:
    devisa = connect(OFFICER)
    signed = "devisa.deal.v1.deal.signed"
    request = event_pb2.WatchRequest(types=[signed])
    watched = list(itertools.islice(follow(devisa.deal_events, request), len(DEALS)))
    assert [event.subject for event in watched] == [f"deals/{seller}" for seller in DEALS]
    assert watched == log(devisa.deal_events, types=[signed])

    of_hats = log(devisa.deal_events, subject_prefix=HATS)
    types = [event.type.removeprefix("devisa.deal.v1.deal.") for event in of_hats]
    assert types[:2] == ["created", "signed"]
    assert types[-1] == "reviewed"
    assert set(types[2:-1]) == {"evaluated"}, "the other signatures changed what is found of it"
    assert {event.actor for event in of_hats} == {ATTACHE, REVIEWER}


def test_the_last_event_of_a_resource_holds_it_whole(connect: Connect) -> None:
    devisa = connect(OFFICER)
    last_deals = {
        event.subject: event for event in log(devisa.deal_events, subject_prefix="deals/")
    }
    for name, event in last_deals.items():
        told = deal_pb2.Deal()
        assert event.data.Unpack(told)
        assert told == get_deal(devisa, name)
    assert set(last_deals) == {f"deals/{seller}" for seller in DEALS}

    types = [f"devisa.shipment.v1.shipment.{verb}" for verb in ("created", "updated", "confirmed")]
    types += [f"devisa.shipment.v1.shipment.{verb}" for verb in ("released", "progressed")]
    last_shipments = {event.subject: event for event in log(devisa.shipment_events, types=types)}
    for name, event in last_shipments.items():
        shipment = shipment_pb2.Shipment()
        assert event.data.Unpack(shipment)
        assert shipment == get_shipment(devisa, name.removeprefix("shipments/"))
    assert set(last_shipments) == {f"shipments/{shipment_id}" for shipment_id in DRAFTS}


def test_what_was_known_then_can_be_asked_later(connect: Connect) -> None:
    """Late facts change no old answer: a count as of a day, as it was known at an instant."""
    devisa = connect(OFFICER)
    enrolment = devisa.enrolments.GetEnrolment(
        enrolment_pb2.GetEnrolmentRequest(name=f"{PROGRAMME}/enrolments/{WEDANI}")
    )
    known_then = enrolment.history[-1].record_time
    suspended = devisa.enrolments.AdvanceEnrolment(
        enrolment_pb2.AdvanceEnrolmentRequest(
            name=enrolment.name,
            state=enrolment_pb2.Enrolment.STATE_SUSPENDED,
            effective_date=date("2025-11-10"),
            reason="Contoh",
            etag=enrolment.etag,
            request_id=new_request_id(),
        )
    )
    assert suspended.state == enrolment_pb2.Enrolment.STATE_SUSPENDED
    only_designated = enrolment_pb2.CountEnrolmentsRequest(
        parent=PROGRAMME,
        states=[enrolment_pb2.Enrolment.STATE_DESIGNATED],
        region="35.25",
        as_of=date_pb2.Date(year=2025, month=11, day=15),
    )
    assert devisa.enrolments.CountEnrolments(only_designated).listed_count == 0
    only_designated.known_at.CopyFrom(known_then)
    assert devisa.enrolments.CountEnrolments(only_designated).listed_count == 1
