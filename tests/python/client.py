"""A small Python client of Devisa, to read, to copy and to build on.

It is `grpcio` and stubs generated from `proto/`, nothing else:

    python -m grpc_tools.protoc -I proto -I SITE_PACKAGES \\
        --python_out OUT --pyi_out OUT --grpc_python_out OUT $(find proto -name '*.proto')

where SITE_PACKAGES is the folder in which `googleapis-common-protos` is installed: it holds the
`google/api`, `google/rpc` and `google/type` protos. Put OUT on `sys.path`.

What a client of Devisa should do, and where it is done here:

* know where the services are, together or each for itself: `Addresses`;
* name who calls and give every call a deadline: `Devisa`;
* keep money exact, never as a float: `money`, `amount`;
* read why a call was refused from its details, not from its message: `Refusal`;
* read lists to the empty page token: `every`;
* give every write a `request_id`, so that repeating it is safe: `new_request_id`, `repeating`;
* send back the `etag` it read, and start again when somebody else was faster: `read_and_change`;
* remember the revision of the last event it handled, and resume after it: `follow`, `follow_on`.
"""

from __future__ import annotations

import collections
import datetime
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import grpc
from google.protobuf import timestamp_pb2
from google.rpc import error_details_pb2
from google.type import date_pb2, decimal_pb2, money_pb2
from grpc_status import rpc_status

from devisa.deal.v1 import deal_pb2_grpc, session_pb2_grpc
from devisa.deal.v1 import event_service_pb2_grpc as deal_events_grpc
from devisa.deal.v1 import summary_pb2_grpc as deal_summary_grpc
from devisa.event.v1 import event_pb2
from devisa.registry.v1 import (
    decree_pb2_grpc,
    enrolment_pb2_grpc,
    exchange_rate_pb2_grpc,
    organisation_pb2_grpc,
    product_pb2_grpc,
    programme_pb2_grpc,
    village_pb2_grpc,
)
from devisa.registry.v1 import event_service_pb2_grpc as registry_events_grpc
from devisa.registry.v1 import summary_pb2_grpc as registry_summary_grpc
from devisa.shipment.v1 import (
    milestone_pb2_grpc,
    release_pb2_grpc,
    shipment_pb2_grpc,
    sponsorship_pb2_grpc,
)
from devisa.shipment.v1 import event_service_pb2_grpc as shipment_events_grpc
from devisa.shipment.v1 import summary_pb2_grpc as shipment_summary_grpc

T = TypeVar("T")

DEADLINE = 20.0
"""How many seconds a call may take unless it says otherwise. A call without a deadline can hang
for ever when a network swallows its answer."""


@dataclass(frozen=True)
class Addresses:
    """Where each service answers. `devisa serve` runs one service, so that each has its own."""

    registry: str
    shipment: str
    deal: str

    @classmethod
    def together(cls, address: str) -> Addresses:
        """One for all, as `devisa up` has it."""
        return cls(registry=address, shipment=address, deal=address)


class Devisa:
    """Devisa's services, called as one principal.

    Everything that is written carries the principal. Where the server authenticates its callers,
    the principal follows from the credentials instead and this header is ignored.
    """

    def __init__(
        self,
        address: str | Addresses,
        principal: str,
        deadline: float = DEADLINE,
        options: Sequence[tuple[str, Any]] = (),
    ) -> None:
        """`options` are those of grpcio, such as `grpc.service_config`."""
        at = Addresses.together(address) if isinstance(address, str) else address
        self._channels = {
            each: grpc.insecure_channel(each, options) for each in {at.registry, at.shipment, at.deal}
        }
        self.channel = self._channels[at.registry]
        """The connection to the registry; where the services are together, to all of them."""
        defaults = _Defaults(principal, deadline)

        channel = grpc.intercept_channel(self._channels[at.registry], defaults)
        self.villages = village_pb2_grpc.VillageServiceStub(channel)
        self.programmes = programme_pb2_grpc.ProgrammeServiceStub(channel)
        self.decrees = decree_pb2_grpc.DecreeServiceStub(channel)
        self.enrolments = enrolment_pb2_grpc.EnrolmentServiceStub(channel)
        self.organisations = organisation_pb2_grpc.OrganisationServiceStub(channel)
        self.products = product_pb2_grpc.ProductServiceStub(channel)
        self.rates = exchange_rate_pb2_grpc.ExchangeRateServiceStub(channel)
        self.registry_figures = registry_summary_grpc.SummaryServiceStub(channel)
        self.registry_events = registry_events_grpc.EventServiceStub(channel)

        channel = grpc.intercept_channel(self._channels[at.shipment], defaults)
        self.releases = release_pb2_grpc.ReleaseServiceStub(channel)
        self.shipments = shipment_pb2_grpc.ShipmentServiceStub(channel)
        self.milestones = milestone_pb2_grpc.MilestoneServiceStub(channel)
        self.sponsorships = sponsorship_pb2_grpc.SponsorshipServiceStub(channel)
        self.shipment_summary = shipment_summary_grpc.SummaryServiceStub(channel)
        self.shipment_events = shipment_events_grpc.EventServiceStub(channel)

        channel = grpc.intercept_channel(self._channels[at.deal], defaults)
        self.sessions = session_pb2_grpc.SessionServiceStub(channel)
        self.deals = deal_pb2_grpc.DealServiceStub(channel)
        self.deal_summary = deal_summary_grpc.SummaryServiceStub(channel)
        self.deal_events = deal_events_grpc.EventServiceStub(channel)

    def close(self) -> None:
        """Gives the connections back."""
        for channel in self._channels.values():
            channel.close()

    def __enter__(self) -> Devisa:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _CallDetails(
    collections.namedtuple(
        "_CallDetails", ["method", "timeout", "metadata", "credentials", "wait_for_ready"]
    ),
    grpc.ClientCallDetails,
):
    """What a call is made with; grpc's own class has no constructor."""


class _Defaults(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Names the principal on every call, and gives those a deadline that have none."""

    def __init__(self, principal: str, deadline: float) -> None:
        self._principal = principal
        self._deadline = deadline

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(self._with_defaults(details), request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(self._with_defaults(details), request)

    def _with_defaults(self, details: Any) -> _CallDetails:
        timeout = self._deadline if details.timeout is None else details.timeout
        metadata = [*(details.metadata or ()), ("devisa-principal", self._principal)]
        wait_for_ready = getattr(details, "wait_for_ready", None)
        return _CallDetails(details.method, timeout, metadata, details.credentials, wait_for_ready)


# Values --------------------------------------------------------------------------------------


def money(currency: str, value: str) -> money_pb2.Money:
    """An exact amount: `money("USD", "6686.40")`.

    `google.type.Money` has whole units and billionths of a unit, both with the amount's sign.
    """
    scaled = Decimal(value) * 10**9
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more than nine decimals")
    sign = -1 if scaled < 0 else 1
    units, nanos = divmod(abs(int(scaled)), 10**9)
    return money_pb2.Money(currency_code=currency, units=sign * units, nanos=sign * nanos)


def amount(value: money_pb2.Money) -> tuple[str, Decimal]:
    """The same the other way round: the currency, and the amount as an exact number."""
    return value.currency_code, Decimal(value.units) + Decimal(value.nanos) / 10**9


def amounts(values: Any) -> dict[str, Decimal]:
    """Totals by currency. There is no total of several currencies."""
    return dict(amount(value) for value in values)


def date(text: str) -> date_pb2.Date:
    """A business date, which in Devisa is a date in Jakarta: `date("2025-11-26")`."""
    day = datetime.date.fromisoformat(text)
    return date_pb2.Date(year=day.year, month=day.month, day=day.day)


def instant(text: str) -> timestamp_pb2.Timestamp:
    """An instant with its offset: `instant("2025-11-26T09:30:00+07:00")`."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset, so it is no instant")
    stamp = timestamp_pb2.Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def decimal(text: str) -> decimal_pb2.Decimal:
    """An exact number other than money: a weight, a share, a rate. Its digits are kept."""
    return decimal_pb2.Decimal(value=text)


# Refusals ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Violation:
    """A field of the request and the rule that it broke."""

    field: str
    """Its path: `shipment.lines[2].value`."""
    reason: str
    """The rule, for programs: `CONTAINER_NUMBER_CHECK_DIGIT`."""
    description: str
    """The rule, for people: `container_number.check_digit: expected 3, found 4`."""


@dataclass(frozen=True)
class Refusal:
    """Why a call failed. Decide by `reason`; `message` is for people and may change."""

    code: grpc.StatusCode
    message: str
    reason: str
    """A value of `devisa.error.v1.ErrorReason` without its prefix; empty when it is not Devisa that
    answered, but the network or something in between."""
    metadata: dict[str, str]
    """The parts of the message by name, such as `resource` or `expected`."""
    violations: tuple[Violation, ...]
    """Every rule that the request broke, all at once. When they are more than an answer can carry,
    `metadata` has `truncated` and the `violation_count`."""
    resource: str
    """The resource that is absent or in the way; empty where there is none."""
    retry_after: float | None
    """How many seconds to wait before the same call may succeed; None when waiting is no help."""

    @classmethod
    def of(cls, error: grpc.RpcError) -> Refusal:
        """Reads the details of a failed call, which travel in `grpc-status-details-bin`."""
        info = error_details_pb2.ErrorInfo()
        bad_request = error_details_pb2.BadRequest()
        resource = error_details_pb2.ResourceInfo()
        retry = error_details_pb2.RetryInfo()
        waits = False
        status = rpc_status.from_call(error)
        for detail in status.details if status else ():
            detail.Unpack(info)
            detail.Unpack(bad_request)
            detail.Unpack(resource)
            waits = detail.Unpack(retry) or waits
        return cls(
            code=error.code(),
            message=error.details() or "",
            reason=info.reason if info.domain == "devisa" else "",
            metadata=dict(info.metadata),
            violations=tuple(
                Violation(broken.field, broken.reason, broken.description)
                for broken in bad_request.field_violations
            ),
            resource=resource.resource_name,
            retry_after=retry.retry_delay.ToTimedelta().total_seconds() if waits else None,
        )

    @property
    def broken(self) -> list[tuple[str, str]]:
        """Field and rule of every violation, sorted."""
        return sorted((violation.field, violation.reason) for violation in self.violations)


# Reading -------------------------------------------------------------------------------------


def every(method: Callable[..., Any], request: Any, field: str) -> Iterator[Any]:
    """Everything that a list method has, page by page: `field` is where a page keeps its items.

    A page may be shorter than asked for, or empty. Only an empty token says that there is nothing
    more.
    """
    page_request = type(request)()
    page_request.CopyFrom(request)
    while True:
        page = method(page_request)
        yield from getattr(page, field)
        if not page.next_page_token:
            return
        page_request.page_token = page.next_page_token


def follow(
    events: Any, request: event_pb2.WatchRequest | None = None, deadline: float = DEADLINE
) -> Generator[event_pb2.Event, None, None]:
    """The events of a service after a revision, and then those that come.

    Keep the revision of the last event that you have dealt with and give it as `after_revision`
    when you connect again: nothing is skipped and nothing comes twice. Checkpoints, which say that
    nothing happened up to a revision, are passed over here.
    """
    call = events.Watch(request or event_pb2.WatchRequest(), timeout=deadline)
    try:
        for message in call:
            if message.WhichOneof("update") == "event":
                yield message.event
    finally:
        call.cancel()


RESUMABLE = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
)
"""What ends a stream that may be resumed: a server or network gone, time up, a slow reader."""


def follow_on(
    events: Any, request: event_pb2.WatchRequest | None = None, deadline: float = 600.0
) -> Generator[event_pb2.Event, None, None]:
    """As `follow`, but opened again after the last event whenever the stream ends.

    Store the revision of the last event that you have dealt with, and start from it after your own
    restart.
    """
    resume = event_pb2.WatchRequest()
    resume.CopyFrom(request or resume)
    while True:
        try:
            for event in follow(events, resume, deadline):
                yield event
                resume.after_revision = event.revision
        except grpc.RpcError as error:
            refusal = Refusal.of(error)
            if refusal.code not in RESUMABLE:
                raise
            time.sleep(0.1 if refusal.retry_after is None else refusal.retry_after)


# Writing -------------------------------------------------------------------------------------


def new_request_id() -> str:
    """A request id for a new write. Keep it until the write is answered."""
    return str(uuid.uuid4())


def repeating(method: Callable[..., T], request: Any, attempts: int = 4) -> T:
    """Sends a write until it is answered. Its `request_id` makes that safe.

    A write whose answer is lost may have happened: with the same id Devisa answers what it answered
    the first time and changes nothing. Only calls that may yet succeed are sent again.
    """
    if not request.request_id:
        raise ValueError("a write without a request_id must not be repeated")
    for attempt in range(attempts):
        try:
            return method(request)
        except grpc.RpcError as error:
            refusal = Refusal.of(error)
            lost = refusal.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
            if attempt == attempts - 1 or not (lost or refusal.retry_after is not None):
                raise
            time.sleep(refusal.retry_after if refusal.retry_after is not None else 0.1 * 2**attempt)
    raise ValueError("attempts must be at least 1")


def read_and_change(read: Callable[[], Any], change: Callable[[Any], T], attempts: int = 4) -> T:
    """Reads a resource and lets `change` write it with the `etag` it has.

    When somebody changed it in between, Devisa refuses with `ETAG_MISMATCH`. The new state may call
    for another change, so both steps are done again; the old change is not forced onto it.
    """
    for attempt in range(attempts):
        try:
            return change(read())
        except grpc.RpcError as error:
            if attempt == attempts - 1 or Refusal.of(error).reason != "ETAG_MISMATCH":
                raise
    raise ValueError("attempts must be at least 1")
