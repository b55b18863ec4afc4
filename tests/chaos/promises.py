"""Promises drawn down by shipments, whose fates are written down beside them as they are decided."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import grpc
from google.protobuf import field_mask_pb2

import audit
import report
from calls import Peer, may_succeed_later
from client import Refusal, amount, date, decimal, instant, money
from devisa.deal.v1 import deal_pb2, realisation_pb2
from devisa.registry.v1 import organisation_pb2
from devisa.shipment.v1 import milestone_pb2, shipment_pb2
from workload import GIVE_UP, PAUSE

AGREED = Decimal(100_000)
FOLLOWED_WITHIN = 30.0

Code = milestone_pb2.Milestone.Code
Standing = realisation_pb2.Realisation.State


@dataclass
class Expected:
    """What a realisation must come to."""

    amount: Decimal
    standing: int = Standing.STATE_PENDING
    hidden: bool = False
    told: list[str] = field(default_factory=lambda: ["created"])
    """The events that tell of it, at most: changes of a shipment that are heard together are one."""

    def settle(self, standing: int) -> None:
        """Its shipment has moved it."""
        self.standing = standing
        self.told.append("settled")


@dataclass
class Promise:
    """A deal, and what was written of it."""

    name: str
    realisations: dict[str, Expected] = field(default_factory=dict)

    def sum(self, standing: int) -> Decimal:
        """What the realisations of one standing add up to."""
        shown = [one for one in self.realisations.values() if not one.hidden]
        return sum((one.amount for one in shown if one.standing == standing), Decimal(0))


class Seller(threading.Thread):
    """Ships what it promised, one shipment after the other, and sends every write until it is
    acknowledged."""

    def __init__(self, name: str, addresses: dict[str, list[str]]) -> None:
        super().__init__(name=name, daemon=True)
        self.acknowledged = 0
        self.longest = 0.0
        self.failure: str | None = None
        self.promise: Promise | None = None
        self.fates: Counter[str] = Counter()
        self._random = random.Random(f"{report.SEED}-{name}")
        self._peers = {
            service: [Peer(address, name) for address in all] for service, all in addresses.items()
        }
        self._ending = threading.Event()
        self._count = 0

    def run(self) -> None:
        try:
            self.promise = self.agree()
            while not self._ending.is_set():
                self._keep(self.promise)
        except Exception as error:  # noqa: BLE001 - the test's own thread tells it
            self.failure = f"{self.name}: {error}"

    def finish(self) -> None:
        """Lets the shipment under way be the last."""
        self._ending.set()

    def _write(self, service: str, method: str, request: Any, answer: type) -> Any:
        request.request_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        begun = time.monotonic()
        while time.monotonic() < begun + GIVE_UP:
            peer = self._random.choice(self._peers[service])
            try:
                response = peer.call(f"devisa.{service}.v1.{method}", request, answer)
            except grpc.RpcError as error:
                if not may_succeed_later(error):
                    raise AssertionError(f"{method}: {Refusal.of(error)}") from error
                time.sleep(PAUSE)
                continue
            self.acknowledged += 1
            self.longest = max(self.longest, time.monotonic() - begun)
            return response
        raise AssertionError(f"{method} was not answered within {GIVE_UP} s")

    def agree(self) -> Promise:
        """Signs a contract."""
        for role in ("seller", "buyer"):
            organisation = organisation_pb2.Organisation(
                display_name=f"{self.name} {role}",
                region_code="ID" if role == "seller" else "MY",
                roles=[
                    organisation_pb2.Organisation.ROLE_EXPORTER
                    if role == "seller"
                    else organisation_pb2.Organisation.ROLE_BUYER
                ],
            )
            request = organisation_pb2.CreateOrganisationRequest(
                organisation_id=f"{self.name}-{role}", organisation=organisation
            )
            method = "OrganisationService/CreateOrganisation"
            self._write("registry", method, request, organisation_pb2.Organisation)
        deal = deal_pb2.Deal(
            seller=f"organisations/{self.name}-seller",
            buyer=f"organisations/{self.name}-buyer",
            instrument=deal_pb2.Deal.INSTRUMENT_CONTRACT,
            goods=[deal_pb2.DealGoods(description="kerupuk")],
            value=money("USD", str(AGREED)),
        )
        request = deal_pb2.CreateDealRequest(deal_id=self.name, deal=deal)
        made = self._write("deal", "DealService/CreateDeal", request, deal_pb2.Deal)
        signed = deal_pb2.SignDealRequest(name=made.name, sign_date=date("2025-11-26"))
        self._write("deal", "DealService/SignDeal", signed, deal_pb2.Deal)
        return Promise(made.name)

    def _keep(self, promise: Promise) -> None:
        value = Decimal(self._random.randrange(10, 1_000))
        shipment = self.ship(value)
        realisation = self.realise(promise, shipment, value)
        expected = Expected(value)
        promise.realisations[realisation.name] = expected
        fate = self._random.choice(["load", "return", "cancel", "short", "lower", "hide", "wait"])
        self.fates[fate] += 1
        getattr(self, f"_{fate}")(shipment, realisation, expected)

    def ship(self, value: Decimal) -> Any:
        """Records and confirms a shipment."""
        self._count += 1
        shipment = shipment_pb2.Shipment(
            exporter=f"organisations/{self.name}-seller",
            destination_region_code="MY",
            lines=[self._line(value)],
            units=[shipment_pb2.TransportUnit()],
        )
        request = shipment_pb2.CreateShipmentRequest(
            shipment_id=f"{self.name}-{self._count}", shipment=shipment
        )
        answer = shipment_pb2.Shipment
        made = self._write("shipment", "ShipmentService/CreateShipment", request, answer)
        confirm = shipment_pb2.ConfirmShipmentRequest(name=made.name)
        return self._write("shipment", "ShipmentService/ConfirmShipment", confirm, answer)

    @staticmethod
    def _line(value: Decimal) -> Any:
        return shipment_pb2.ShipmentLine(
            description="kerupuk", hs_code="190590", net_kg=decimal("1000"),
            value=money("USD", str(value)),
        )  # fmt: skip

    def realise(self, promise: Promise, shipment: Any, value: Decimal) -> Any:
        """Draws the promise down by the shipment."""
        realisation = realisation_pb2.Realisation(
            shipment=shipment.name, line_index=0, amount=money("USD", str(value))
        )
        request = realisation_pb2.CreateRealisationRequest(
            parent=promise.name, realisation=realisation
        )
        answer = realisation_pb2.Realisation
        return self._write("deal", "RealisationService/CreateRealisation", request, answer)

    # What becomes of a shipment -----------------------------------------------------------------

    def _load(self, shipment: Any, _: Any, expected: Expected) -> None:
        declaration = shipment_pb2.Declaration(
            peb_number=f"{self._random.randrange(10**6):06}", peb_date=date("2025-11-25"),
            customs_office="070100",
        )  # fmt: skip
        self._update(shipment, "declaration", declaration=declaration)
        self._pass(shipment, Code.CODE_LOADED, 1)
        expected.settle(Standing.STATE_REALISED)

    def _return(self, shipment: Any, realisation: Any, expected: Expected) -> None:
        self._load(shipment, realisation, expected)
        self._pass(shipment, Code.CODE_RETURNED, 2)
        expected.settle(Standing.STATE_FREED)

    def _cancel(self, shipment: Any, _: Any, expected: Expected) -> None:
        request = shipment_pb2.CancelShipmentRequest(name=shipment.name, reason="synthetic")
        answer = shipment_pb2.Shipment
        self._write("shipment", "ShipmentService/CancelShipment", request, answer)
        expected.settle(Standing.STATE_FREED)

    def _short(self, shipment: Any, _: Any, expected: Expected) -> None:
        self._pass(shipment, Code.CODE_SHORT_SHIPPED, 1)
        expected.settle(Standing.STATE_FREED)

    def _lower(self, shipment: Any, _: Any, expected: Expected) -> None:
        expected.amount = Decimal(self._random.randrange(1, int(expected.amount)))
        self._update(shipment, "lines", "synthetic", lines=[self._line(expected.amount)])
        expected.told.append("lowered")

    def _hide(self, _: Any, realisation: Any, expected: Expected) -> None:
        request = realisation_pb2.DeleteRealisationRequest(name=realisation.name)
        answer = realisation_pb2.Realisation
        self._write("deal", "RealisationService/DeleteRealisation", request, answer)
        expected.hidden = True
        expected.told.append("deleted")

    def _wait(self, *_: Any) -> None:
        """It stays where it is."""

    def _update(self, shipment: Any, path: str, reason: str = "", **fields: Any) -> None:
        request = shipment_pb2.UpdateShipmentRequest(
            shipment=shipment_pb2.Shipment(name=shipment.name, **fields),
            update_mask=field_mask_pb2.FieldMask(paths=[path]),
            reason=reason,
        )
        answer = shipment_pb2.Shipment
        self._write("shipment", "ShipmentService/UpdateShipment", request, answer)

    def _pass(self, shipment: Any, code: int, hour: int) -> None:
        milestone = milestone_pb2.Milestone(
            code=code,
            classifier=milestone_pb2.Milestone.CLASSIFIER_ACTUAL,
            event_time=instant(f"2025-11-26T0{hour}:00:00+07:00"),
        )
        request = milestone_pb2.RecordMilestoneRequest(parent=shipment.name, milestone=milestone)
        answer = milestone_pb2.Milestone
        self._write("shipment", "MilestoneService/RecordMilestone", request, answer)


class Sellers:
    """Several of them, while faults are injected; compared with the ledger at the end."""

    def __init__(self, addresses: dict[str, list[str]], count: int = 4) -> None:
        self.tally = report.Tally()
        self._deal = Peer(addresses["deal"][0], "auditor", waits=True)
        self._all = [Seller(f"s{index}", addresses) for index in range(count)]

    def __enter__(self) -> Sellers:
        for seller in self._all:
            seller.start()
        self.until_acknowledged(30)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for seller in self._all:
            seller.finish()
        for seller in self._all:
            seller.join(timeout=GIVE_UP + 10)
        if kind is None:
            self._settle()

    def fault(self, count: int = 1) -> None:
        """Counts faults that were injected."""
        self.tally.faults += count

    def until_acknowledged(self, more: int) -> None:
        """Waits until so many more writes are acknowledged: the services work again."""
        goal = more + sum(seller.acknowledged for seller in self._all)
        until = time.monotonic() + GIVE_UP
        while sum(seller.acknowledged for seller in self._all) < goal:
            failures = [seller.failure for seller in self._all if seller.failure]
            assert not failures, failures
            assert time.monotonic() < until, f"nothing is acknowledged for {GIVE_UP} s"
            time.sleep(0.01)

    def _settle(self) -> None:
        failures = [seller.failure for seller in self._all if seller.failure]
        assert not failures, failures
        self.tally.acknowledged = sum(seller.acknowledged for seller in self._all)
        self.tally.longest = max(seller.longest for seller in self._all)
        self.compare()

    def compare(self) -> None:
        """Every promise is drawn down as its seller wrote, once the deal service has followed."""
        for seller in self._all:
            assert seller.promise is not None
            until = time.monotonic() + FOLLOWED_WITHIN
            while (wrong := self._differences(seller.promise)) and time.monotonic() < until:
                time.sleep(0.1)
            self.tally.lost += len(wrong)
            self.tally.remarks += wrong
        self._compare_told()

    def _compare_told(self) -> None:
        """What became of shipments took effect, and was told, once."""
        told: dict[str, list[str]] = defaultdict(list)
        for event in audit.events(self._deal, "deal"):
            told[event.subject].append(event.type.rsplit(".")[-1])
        expected = {
            name: one.told
            for seller in self._all
            if seller.promise
            for name, one in seller.promise.realisations.items()
        }
        for name, kinds in expected.items():
            missing, extra = set(kinds) - set(told[name]), Counter(told[name]) - Counter(kinds)
            self.tally.skipped += len(missing)
            self.tally.doubled += extra.total()
            if missing or extra:
                self.tally.remarks.append(f"{name}: expected {kinds}, told {told[name]}")

    def fates(self) -> set[str]:
        """Which fates shipments have met."""
        return {fate for seller in self._all for fate in seller.fates}

    def _differences(self, promise: Promise) -> list[str]:
        found = {one.name: one for one in self._realisations(promise.name)}
        wrong = [f"{name} is missing" for name in promise.realisations.keys() - found.keys()]
        wrong += [f"{name} nobody made" for name in found.keys() - promise.realisations.keys()]
        for name, expected in promise.realisations.items():
            if name in found and not expected.hidden:
                is_found = (amount(found[name].amount)[1], found[name].state)
                if is_found != (expected.amount, expected.standing):
                    wrong.append(f"{name}: expected {expected}, found {is_found}")
        request = deal_pb2.GetDealRequest(name=promise.name)
        deal = self._deal.call("devisa.deal.v1.DealService/GetDeal", request, deal_pb2.Deal)
        realised, pending = promise.sum(Standing.STATE_REALISED), promise.sum(Standing.STATE_PENDING)
        expected_parts = (realised, pending, Decimal(0), AGREED - realised - pending)
        parts = tuple(
            amount(getattr(deal, part))[1] for part in ("realised", "pending", "closed", "balance")
        )
        if parts != expected_parts:
            wrong.append(f"{promise.name}: expected {expected_parts}, found {parts}")
        return wrong

    def _realisations(self, deal: str) -> list[Any]:
        request = realisation_pb2.ListRealisationsRequest(
            parent=deal, page_size=1_000, show_deleted=True
        )
        method = "devisa.deal.v1.RealisationService/ListRealisations"
        answer = realisation_pb2.ListRealisationsResponse
        return list(self._deal.call(method, request, answer, timeout=20).realisations)
