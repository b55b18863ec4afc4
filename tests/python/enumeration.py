"""Breaks every field of a request in every way that its type knows.

Nothing here knows a method or a rule: what can be wrong follows from the descriptors. So a new
field is broken as soon as it is in the protos, and what the server says to it must be written down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.api import field_behavior_pb2, resource_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

Setter = Callable[[Message], None]

REQUIRED = field_behavior_pb2.REQUIRED
OUTPUT_ONLY = field_behavior_pb2.OUTPUT_ONLY
IDENTIFIER = field_behavior_pb2.IDENTIFIER

JUNK = "§"
TOO_LONG = "x" * 20_001
CONTROL = "a\x07b"
NO_ENUM_HAS = 99


@dataclass(frozen=True)
class Broken:
    """A request of which one field is wrong."""

    path: str
    how: str
    request: Message

    @property
    def title(self) -> str:
        return f"{self.path} {self.how}"


def behaviours(field: FieldDescriptor) -> set[int]:
    return set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])


def refers(field: FieldDescriptor) -> bool:
    reference = field.GetOptions().Extensions[resource_pb2.resource_reference]
    return bool(reference.type or reference.child_type)


def written(message: Message, creates: bool) -> Iterator[FieldDescriptor]:
    """The fields of a message that a caller may write."""
    for field in message.DESCRIPTOR.fields:
        behaviour = behaviours(field)
        if OUTPUT_ONLY not in behaviour and not (creates and IDENTIFIER in behaviour):
            yield field


def broken(request: Message, creates: bool) -> Iterator[Broken]:
    """Every request that differs from a good one in one field, which is wrong or may be."""

    def inside(path: str, reach: Callable[[Message], Any], message: Message) -> Iterator[Broken]:
        for field in written(message, creates):
            here = f"{path}.{field.name}" if path else field.name
            for how, change in changes(field, message):
                copy = type(request)()
                copy.CopyFrom(request)
                change(reach(copy))
                yield Broken(here, how, copy)
            yield from below(here, reach, message, field)

    def below(
        here: str, reach: Callable[[Message], Any], message: Message, field: FieldDescriptor
    ) -> Iterator[Broken]:
        if field.message_type is None or opaque(field):
            return
        if field.is_repeated:
            if items := getattr(message, field.name):
                yield from inside(f"{here}[0]", lambda m: getattr(reach(m), field.name)[0], items[0])
        elif message.HasField(field.name):
            inner = getattr(message, field.name)
            yield from inside(here, lambda m: getattr(reach(m), field.name), inner)

    yield from inside("", lambda message: message, request)


def unfilled(request: Message, creates: bool, path: str = "") -> Iterator[str]:
    """The messages that a good request leaves out, so that their fields would not be broken."""
    for field in written(request, creates):
        if field.message_type is None or opaque(field):
            continue
        here = f"{path}.{field.name}" if path else field.name
        if field.is_repeated:
            items = list(getattr(request, field.name))
        else:
            items = [getattr(request, field.name)] if request.HasField(field.name) else []
        if not items:
            yield here
        for item in items[:1]:
            yield from unfilled(item, creates, here)


def opaque(field: FieldDescriptor) -> bool:
    """Whether a message is one value to its callers."""
    return field.message_type.full_name.startswith(("google.type.", "google.protobuf."))


# What can be wrong with a field ------------------------------------------------------------------


def changes(field: FieldDescriptor, message: Message) -> Iterator[tuple[str, Setter]]:
    if REQUIRED in behaviours(field):
        yield "absent", lambda m: m.ClearField(field.name)
    if field.is_repeated:
        yield from of_many(field, message)
    elif field.message_type is None:
        for how, value in of_scalar(field, getattr(message, field.name)):
            yield how, lambda m, value=value: setattr(m, field.name, value)
    elif opaque(field):
        for how, values in OPAQUE[field.message_type.full_name]:
            yield how, lambda m, values=values: replace(getattr(m, field.name), values)


def of_scalar(field: FieldDescriptor, value: Any) -> Iterator[tuple[str, Any]]:
    if field.enum_type is not None:
        yield "no value of the enum", NO_ENUM_HAS
    elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        yield "junk", JUNK
        yield "too long", TOO_LONG
        yield "control character", CONTROL
        if value and (refers(field) or IDENTIFIER in behaviours(field)):
            yield "not on record", value.rpartition("/")[0] + "/no-such"
        if field.name == "etag":
            yield "stale", '"0"'
    elif field.cpp_type in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64):
        yield "negative", -1
        yield "zero", 0
        yield "largest", 2**31 - 1


def of_many(field: FieldDescriptor, message: Message) -> Iterator[tuple[str, Setter]]:
    items = list(getattr(message, field.name))

    def holding(values: list[Any]) -> Setter:
        def change(m: Message) -> None:
            m.ClearField(field.name)
            getattr(m, field.name).extend(values)

        return change

    if items:
        yield "twice the same", holding([items[0], items[0]])
        yield "1,001 of them", holding([items[0]] * 1_001)
    if field.message_type is None:
        first = items[0] if items else ""
        for how, value in of_scalar(field, first):
            yield f"with one {how}", holding([value])
        if field.enum_type is not None:
            yield "with one unspecified", holding([0])


def replace(message: Message, values: dict[str, Any]) -> None:
    """Sets some fields of a value, and keeps the others."""
    for name, value in values.items():
        if isinstance(value, list):
            message.ClearField(name)
            getattr(message, name).extend(value)
        else:
            setattr(message, name, value)
    message.SetInParent()


OPAQUE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "google.type.Date": [
        ("without a day", {"year": 2025, "month": 11, "day": 0}),
        ("30 February", {"year": 2025, "month": 2, "day": 30}),
        ("year 10000", {"year": 10_000, "month": 1, "day": 1}),
    ],
    "google.type.Money": [
        ("no currency", {"currency_code": "XXQ"}),
        ("negative", {"units": -1, "nanos": 0}),
        ("zero", {"units": 0, "nanos": 0}),
        ("too many decimals", {"nanos": 1}),
        ("two signs", {"units": 1, "nanos": -10_000_000}),
    ],
    "google.type.Decimal": [
        ("empty", {"value": ""}),
        ("junk", {"value": JUNK}),
        ("negative", {"value": "-1"}),
        ("zero", {"value": "0"}),
        ("too precise", {"value": "0." + "1" * 40}),
        ("too large", {"value": "9" * 40}),
    ],
    "google.protobuf.Timestamp": [
        ("year 10000", {"seconds": 253_402_300_800, "nanos": 0}),
        ("negative nanos", {"nanos": -1}),
        ("in 2200", {"seconds": 7_258_118_400, "nanos": 0}),
    ],
    "google.protobuf.FieldMask": [
        ("unknown path", {"paths": ["no_such_field"]}),
        ("no path", {"paths": [""]}),
        ("malformed path", {"paths": ["a..b"]}),
    ],
}
