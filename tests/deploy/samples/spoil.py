"""What a bad sample is, and the ways to spoil good manifests."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import NamedTuple

from manifests import Manifests, Object

Spoil = Callable[[Manifests], None]


class Sample(NamedTuple):
    """A fault, the check that must see it, and a part of what that check must say."""

    check: Callable
    fault: str
    spoil: Spoil
    complaint: str


def spoiled(good: Manifests, spoil: Spoil) -> Manifests:
    bad = copy.deepcopy(good)
    spoil(bad)
    return bad


def on(kind: str, wanted: str, change: Callable[[Object], object]) -> Spoil:
    """Changes one object."""

    def spoil(manifests: Manifests) -> None:
        thing = manifests.find(kind, wanted)
        assert thing is not None, f"there is no {kind}/{wanted} to spoil"
        change(thing)

    return spoil


def pod(change: Callable[[Object], object], of: str = "deal") -> Spoil:
    return on("Deployment", of, lambda thing: change(thing["spec"]["template"]["spec"]))


def container(change: Callable[[Object], object], of: str = "deal") -> Spoil:
    return pod(lambda spec: change(spec["containers"][0]), of)


def policy(wanted: str, change: Callable[[Object], object]) -> Spoil:
    return on("NetworkPolicy", wanted, lambda thing: change(thing["spec"]))


def without(kind: str, wanted: str) -> Spoil:
    def spoil(manifests: Manifests) -> None:
        manifests.objects[:] = [
            thing
            for thing in manifests.objects
            if (thing["kind"], thing["metadata"]["name"]) != (kind, wanted)
        ]

    return spoil


def setting(key: str, value: str) -> Spoil:
    """Sets a key of the ConfigMap `process`, whose name ends with a hash."""

    def spoil(manifests: Manifests) -> None:
        for thing in manifests.of("ConfigMap"):
            if thing["metadata"]["name"].startswith("process-"):
                thing["data"][key] = value

    return spoil


def without_upstream(manifests: Manifests) -> None:
    for thing in manifests.of("ConfigMap"):
        thing["data"].pop("DEVISA_SHIPMENT_URL", None)


def upstream(url: str) -> Spoil:
    """Sends those who call the shipment service elsewhere."""

    def spoil(manifests: Manifests) -> None:
        for thing in manifests.of("ConfigMap"):
            if "DEVISA_SHIPMENT_URL" in thing["data"]:
                thing["data"]["DEVISA_SHIPMENT_URL"] = url

    return spoil


JOB = "migrate-deal-0-1-0"
