"""What a pod may do, what it is given, and how it goes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from manifests import ROOT, Manifests, name

# The most, in MiB, that a pod may take of a node without an answer to "why so much?".
MEMORY_LIMIT = 1024


def one_container(manifests: Manifests) -> Iterator[str]:
    """One process per pod: the other checks look at one, and there is no need for more."""
    for pod in manifests.pods():
        if len(pod.spec["containers"]) != 1 or pod.spec.get("initContainers"):
            yield f"{pod.name}: has not exactly one container"


def pods_are_restricted(manifests: Manifests) -> Iterator[str]:
    """The `restricted` profile of the Pod Security Standards, and the namespace enforces it."""
    for namespace in manifests.of("Namespace"):
        level = namespace["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
        if level != "restricted":
            yield f"{name(namespace)}: pod security is {level}, not restricted"
    for pod in manifests.pods():
        security = pod.spec.get("securityContext", {})
        if security.get("runAsNonRoot") is not True:
            yield f"{pod.name}: may run as root"
        if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{pod.name}: has no seccomp profile"
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.spec.get(key):
                yield f"{pod.name}: {key}"
        for volume in pod.spec.get("volumes", []):
            if "hostPath" in volume:
                yield f"{pod.name}: mounts a folder of the node"
        own = pod.container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"{pod.name}: may gain privileges"
        if own.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{pod.name}: keeps capabilities"


def users_are_numbers(manifests: Manifests) -> Iterator[str]:
    """A number that is not 0: the kubelet cannot tell whether a name is root."""
    for pod in manifests.pods():
        effective = pod.spec.get("securityContext", {}) | pod.container.get("securityContext", {})
        for key in ("runAsUser", "runAsGroup"):
            value = effective.get(key)
            if not isinstance(value, int) or value == 0:
                yield f"{pod.name}: {key} is {value}"


def the_root_is_read_only(manifests: Manifests) -> Iterator[str]:
    for pod in manifests.pods():
        if pod.container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{pod.name}: may write to its image"


def no_tokens_are_mounted(manifests: Manifests) -> Iterator[str]:
    """Nothing of Devisa calls the cluster's API."""
    for account in manifests.of("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{name(account)}: mounts its token"
    for pod in manifests.pods():
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.name}: mounts a token"
        if pod.spec.get("enableServiceLinks") is not False:
            yield f"{pod.name}: gets a variable for every Service"


def migrations_have_their_own_account(manifests: Manifests) -> Iterator[str]:
    """And their own Secrets: only there does a role own the tables."""
    pods = manifests.pods()
    serving = [pod for pod in pods if pod.serves]
    for job in (pod for pod in pods if not pod.serves):
        for pod in serving:
            if job.spec.get("serviceAccountName") == pod.spec.get("serviceAccountName"):
                yield f"{job.name}: shares the ServiceAccount of {pod.name}"
            shared = _secrets(job.spec) & _secrets(pod.spec)
            if shared:
                yield f"{job.name}: shares {sorted(shared)} with {pod.name}"


def _secrets(spec: dict) -> set[str]:
    return {v["secret"]["secretName"] for v in spec.get("volumes", []) if "secret" in v}


def every_database_is_migrated(manifests: Manifests) -> Iterator[str]:
    """A service that does not migrate by itself has a Job of this version that does."""
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    jobs = {pod.args[1]: pod for pod in manifests.pods() if pod.args[0] == "migrate"}
    for pod in manifests.pods():
        if pod.args[0] == "serve" and pod.args[1] not in jobs:
            yield f"{pod.name}: nothing migrates its database"
    for job in jobs.values():
        if not job.name.endswith(version.replace(".", "-")):
            yield f"{job.name}: its name does not carry the version {version}"


def resources_are_stated(manifests: Manifests) -> Iterator[str]:
    """Requests for the scheduler, and a bound to what a fault can eat."""
    for pod in manifests.pods():
        resources = pod.container.get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        if not {"cpu", "memory"} <= requests.keys():
            yield f"{pod.name}: requests {sorted(requests)}, not cpu and memory"
        bound = re.fullmatch(r"(\d+)Mi", limits.get("memory", ""))
        if bound is None or int(bound[1]) > MEMORY_LIMIT:
            yield f"{pod.name}: its memory limit is {limits.get('memory')}"


def images_are_exact(manifests: Manifests) -> Iterator[str]:
    """A tag or a digest that says what runs, the same for all: the one of this version."""
    images = set()
    for pod in manifests.pods():
        image = pod.container["image"]
        images.add(image)
        tag = re.search(r"(?::([\w][\w.-]*)|@sha256:[0-9a-f]{64})$", image)
        if tag is None or tag[1] == "latest":
            yield f"{pod.name}: the image {image} does not say which"
    if len(images) > 1:
        yield f"different images: {sorted(images)}"


def the_binary_is_the_process(manifests: Manifests) -> Iterator[str]:
    """No `command`: the image's entry point is the process that SIGTERM reaches."""
    for pod in manifests.pods():
        if "command" in pod.container:
            yield f"{pod.name}: replaces the entry point"
        if "lifecycle" in pod.container:
            yield f"{pod.name}: has a hook; the drain is the process's own"


def replicas_survive_a_node(manifests: Manifests) -> Iterator[str]:
    """More than one replica, and then a disruption budget that lets one go at a time."""
    budgets = list(manifests.of("PodDisruptionBudget"))
    for deployment in manifests.of("Deployment"):
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        own = [b for b in budgets if b["spec"]["selector"]["matchLabels"].items() <= labels.items()]
        if deployment["spec"].get("replicas", 1) < 2:
            yield f"{name(deployment)}: fewer than two replicas"
        if [budget["spec"].get("maxUnavailable") for budget in own] != [1]:
            yield f"{name(deployment)}: not one budget with maxUnavailable 1"
        rolling = deployment["spec"].get("strategy", {}).get("rollingUpdate", {})
        if rolling.get("maxUnavailable") != 0:
            yield f"{name(deployment)}: a rollout takes a pod away before the new one is ready"
    for stateful in manifests.of("StatefulSet"):
        if stateful["spec"].get("replicas", 1) != 1:
            yield f"{name(stateful)}: an SQLite file has one writer"


CHECKS = [
    one_container,
    pods_are_restricted,
    users_are_numbers,
    the_root_is_read_only,
    no_tokens_are_mounted,
    migrations_have_their_own_account,
    every_database_is_migrated,
    resources_are_stated,
    images_are_exact,
    the_binary_is_the_process,
    replicas_survive_a_node,
]
