"""The manifests: rendered, of the schemas of Kubernetes, and of one mind with each other."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path

import kubernetes_validate
import pytest

from checks import CHECKS
from manifests import KUBERNETES, OVERLAYS, Manifests, name, render
from samples import SAMPLES
from samples.spoil import Sample, spoiled

# The oldest that the manifests work on (podFailurePolicy), and the newest known.
VERSIONS = ["1.31", "1.37"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_of_its_schema(
    manifests: Callable[[str], Manifests], overlay: str, version: str
) -> None:
    rendered = manifests(overlay)
    for thing in [*rendered.objects, *rendered.secrets]:
        kubernetes_validate.validate(thing, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda d: d["spec"].update(replica=2), id="an unknown field"),
        pytest.param(lambda d: d["spec"].update(replicas="two"), id="a wrong type"),
        pytest.param(lambda d: d["spec"].pop("selector"), id="a missing field"),
        pytest.param(
            lambda d: d["spec"]["template"]["spec"]["containers"][0]["livenessProbe"].update(
                httpget={"path": "/livez"}
            ),
            id="an unknown field deep inside",
        ),
    ],
)
def test_the_schemas_refuse(
    manifests: Callable[[str], Manifests], spoil: Callable, version: str
) -> None:
    deployment = copy.deepcopy(manifests("production").find("Deployment", "deal"))
    spoil(deployment)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, version, strict=True)


def test_a_broken_overlay_does_not_render(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [absent.yaml]\n")
    with pytest.raises(ValueError, match="absent.yaml"):
        render(tmp_path)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_wrong(
    manifests: Callable[[str], Manifests], overlay: str, check: Callable
) -> None:
    assert list(check(manifests(overlay))) == []


@pytest.mark.parametrize(
    "sample", SAMPLES, ids=lambda sample: f"{sample.check.__name__}: {sample.fault}"
)
def test_a_bad_sample_is_refused(manifests: Callable[[str], Manifests], sample: Sample) -> None:
    complaints = list(sample.check(spoiled(manifests("production"), sample.spoil)))
    assert any(sample.complaint in complaint for complaint in complaints), complaints


def test_every_check_refuses_something() -> None:
    assert {sample.check for sample in SAMPLES} == set(CHECKS)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_in_the_overlays_namespace(
    manifests: Callable[[str], Manifests], overlay: str
) -> None:
    rendered = manifests(overlay)
    (namespace,) = (thing["metadata"]["name"] for thing in rendered.of("Namespace"))
    for thing in [*rendered.objects, *rendered.secrets]:
        if thing["kind"] != "Namespace":
            assert thing["metadata"].get("namespace") == namespace, name(thing)


def test_no_name_is_said_twice(manifests: Callable[[str], Manifests]) -> None:
    for overlay in OVERLAYS:
        names = [name(thing) for thing in manifests(overlay).objects]
        assert sorted(names) == sorted(set(names))


def test_no_password_is_in_the_folder() -> None:
    """What stands where a password belongs is the word PASSWORD."""
    for path in KUBERNETES.rglob("*.yaml"):
        for password in re.findall(r"://[^:@/\s]*:([^@\s]+)@", path.read_text()):
            assert password == "PASSWORD", path
