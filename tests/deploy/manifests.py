"""The manifests as Kubernetes will see them: rendered, parsed, and asked by kind, label and use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = ["dev", "production"]

Object = dict[str, Any]

WORKLOADS = {"Deployment", "StatefulSet", "Job"}


def render(overlay: Path) -> list[Object]:
    """What `kubectl kustomize` makes of a folder. Needs no cluster."""
    kubectl = Path(sys.executable).with_name("kubectl")
    done = subprocess.run(
        [str(kubectl), "kustomize", str(overlay)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ValueError(f"{overlay}: {done.stderr.strip()}")
    return list(yaml.safe_load_all(done.stdout))


def secrets(overlay: str) -> list[Object]:
    """The Secrets that an overlay says have to be there; never applied by it."""
    example = KUBERNETES / "overlays" / overlay / "secrets.example.yaml"
    return list(yaml.safe_load_all(example.read_text())) if example.exists() else []


def name(thing: Object) -> str:
    """How a complaint calls it: `Deployment/registry`."""
    return f"{thing['kind']}/{thing['metadata']['name']}"


@dataclass(frozen=True)
class Pod:
    """The pod that a workload makes, with its one container."""

    workload: Object

    @property
    def name(self) -> str:
        return name(self.workload)

    @property
    def labels(self) -> dict[str, str]:
        return self.workload["spec"]["template"]["metadata"].get("labels", {})

    @property
    def spec(self) -> Object:
        return self.workload["spec"]["template"]["spec"]

    @property
    def container(self) -> Object:
        """There is one; `checks.pods.one_container` refuses another number."""
        return self.spec["containers"][0]

    @property
    def args(self) -> list[str]:
        return self.container["args"]

    @property
    def serves(self) -> bool:
        """Whether it runs on; a Job ends."""
        return self.workload["kind"] != "Job"

    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container.get("ports", [])}


@dataclass(frozen=True)
class Manifests:
    """One overlay's objects, and the Secrets that it counts on."""

    objects: list[Object]
    secrets: list[Object]

    def of(self, kind: str) -> Iterator[Object]:
        return (thing for thing in self.objects if thing["kind"] == kind)

    def pods(self) -> list[Pod]:
        return [Pod(thing) for thing in self.objects if thing["kind"] in WORKLOADS]

    def find(self, kind: str, wanted: str) -> Object | None:
        among = [*self.objects, *self.secrets]
        found = (t for t in among if t["kind"] == kind and t["metadata"]["name"] == wanted)
        return next(found, None)

    def environment(self, pod: Pod) -> dict[str, str]:
        """The variables of a pod's process. A reference that leads nowhere is left out; the check
        of references names it."""
        found: dict[str, str] = {}
        for source in pod.container.get("envFrom", []):
            settings = self.find("ConfigMap", source["configMapRef"]["name"])
            found.update(settings["data"] if settings else {})
        for variable in pod.container.get("env", []):
            if "value" in variable:
                found[variable["name"]] = variable["value"]
                continue
            reference = variable["valueFrom"].get("configMapKeyRef", {})
            settings = self.find("ConfigMap", reference.get("name", ""))
            if settings and reference["key"] in settings["data"]:
                found[variable["name"]] = settings["data"][reference["key"]]
        return found


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a label selector (`matchLabels`, `matchExpressions`) takes these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for rule in selector.get("matchExpressions", []):
        if rule["operator"] != "In":
            raise NotImplementedError(f"the selector's operator {rule['operator']}")
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True
