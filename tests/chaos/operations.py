"""What the writers do, in all three services: creations, changes with an etag, transitions."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import field_mask_pb2

from client import date, decimal, money
from devisa.deal.v1 import session_pb2
from devisa.registry.v1 import organisation_pb2, programme_pb2
from devisa.shipment.v1 import release_pb2, shipment_pb2


@dataclass
class Operation:
    """One write, to be sent until it is acknowledged."""

    service: str
    method: str
    request: Any
    answer: type
    event: str
    """The type of the one event that it causes."""
    token: str
    """What the resource carries of it, unlike any other's."""
    creates: bool
    first_sent: float = 0.0
    acknowledged: float = 0.0
    attempts: int = 0
    response: Any = None
    refused: str = field(default="")
    """A refusal that no writer expects."""

    @property
    def request_id(self) -> str:
        return self.request.request_id


class Operations:
    """Makes operations up for one writer. Resources are its own, so that it never meets another's
    etag; every second creation leaves the id to the server, which could then double it unseen."""

    def __init__(self, writer: str, seed: int) -> None:
        self._writer = writer
        self._random = random.Random(f"{seed}-{writer}")
        self._count = 0
        self._organisations: list[Any] = []
        self._releases: list[Any] = []
        self._shipments: list[Any] = []

    def next(self) -> Operation:
        """The next one."""
        self._count += 1
        choices = [self._programme, self._organisation, self._release, self._session]
        if self._organisations:
            choices += [self._change_organisation, self._shipment, self._shipment]
        if self._releases:
            choices.append(self._change_release)
        if self._shipments:
            choices.append(self._cancel_shipment)
        return self._random.choice(choices)()

    def learn(self, operation: Operation) -> None:
        """Takes up what an acknowledged operation made."""
        kept = {
            "organisation": self._organisations,
            "release": self._releases,
            "shipment": self._shipments,
        }.get(operation.event.split(".")[0])
        if kept is None or operation.event == "shipment.cancelled":
            return
        kept[:] = [one for one in kept if one.name != operation.response.name][-20:]
        kept.append(operation.response)

    @property
    def _token(self) -> str:
        return f"{self._writer}-{self._count}"

    def _ids(self, key: str, request: Any) -> Any:
        request.request_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        if key and self._random.random() < 0.5:
            setattr(request, key, self._token)
        return request

    def _programme(self) -> Operation:
        named = programme_pb2.Programme(display_name=self._token)
        request = programme_pb2.CreateProgrammeRequest(programme_id=self._token, programme=named)
        return self._made("registry", "Programme", request, "", programme_pb2.Programme)

    def _organisation(self) -> Operation:
        named = organisation_pb2.Organisation(
            display_name=self._token,
            region_code="ID",
            roles=[organisation_pb2.Organisation.ROLE_EXPORTER],
        )
        request = organisation_pb2.CreateOrganisationRequest(organisation=named)
        answer = organisation_pb2.Organisation
        return self._made("registry", "Organisation", request, "organisation_id", answer)

    def _release(self) -> Operation:
        named = release_pb2.Release(display_name=self._token, event_date=date("2025-11-26"))
        request = release_pb2.CreateReleaseRequest(release=named)
        return self._made("shipment", "Release", request, "release_id", release_pb2.Release)

    def _session(self) -> Operation:
        named = session_pb2.Session(display_name=self._token, session_date=date("2025-11-26"))
        request = session_pb2.CreateSessionRequest(session=named)
        return self._made("deal", "Session", request, "session_id", session_pb2.Session)

    def _shipment(self) -> Operation:
        line = shipment_pb2.ShipmentLine(
            description=self._token, net_kg=decimal("1000"), value=money("USD", "100.00")
        )
        named = shipment_pb2.Shipment(
            exporter=self._random.choice(self._organisations).name,
            destination_region_code="IN",
            lines=[line],
        )
        request = shipment_pb2.CreateShipmentRequest(shipment=named)
        return self._made("shipment", "Shipment", request, "shipment_id", shipment_pb2.Shipment)

    def _made(self, service: str, noun: str, request: Any, key: str, answer: type) -> Operation:
        method = f"devisa.{service}.v1.{noun}Service/Create{noun}"
        event = f"{noun.lower()}.created"
        request = self._ids(key, request)
        return Operation(service, method, request, answer, event, self._token, creates=True)

    def _change_organisation(self) -> Operation:
        changed = self._random.choice(self._organisations)
        named = organisation_pb2.Organisation(
            name=changed.name, etag=changed.etag, display_name=self._token
        )
        request = organisation_pb2.UpdateOrganisationRequest(
            organisation=named, update_mask=field_mask_pb2.FieldMask(paths=["display_name"])
        )
        return self._changed("registry", "Organisation", "Update", request, "updated", type(named))

    def _change_release(self) -> Operation:
        changed = self._random.choice(self._releases)
        named = release_pb2.Release(name=changed.name, etag=changed.etag, display_name=self._token)
        request = release_pb2.UpdateReleaseRequest(
            release=named, update_mask=field_mask_pb2.FieldMask(paths=["display_name"])
        )
        return self._changed("shipment", "Release", "Update", request, "updated", type(named))

    def _cancel_shipment(self) -> Operation:
        changed = self._shipments.pop(self._random.randrange(len(self._shipments)))
        request = shipment_pb2.CancelShipmentRequest(
            name=changed.name, etag=changed.etag, reason=self._token
        )
        return self._changed("shipment", "Shipment", "Cancel", request, "cancelled", type(changed))

    def _changed(
        self, service: str, noun: str, verb: str, request: Any, event: str, answer: type
    ) -> Operation:
        method = f"devisa.{service}.v1.{noun}Service/{verb}{noun}"
        event = f"{noun.lower()}.{event}"
        request = self._ids("", request)
        return Operation(service, method, request, answer, event, self._token, creates=False)
