"""What the manifests say of the binary: its commands, its variables, its time to go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from devisa import defaults, variables
from manifests import Manifests, Object, Pod, name

# Between the end of the drain and SIGKILL.
SLACK = 5.0


def variables_are_known(manifests: Manifests) -> Iterator[str]:
    """Every variable is one that `devisa COMMAND --help` lists: the binary ignores others."""
    for pod in manifests.pods():
        for variable in manifests.environment(pod).keys() - variables(pod.args[0]):
            yield f"{pod.name}: `devisa {pod.args[0]}` knows no {variable}"


def secrets_come_as_files(manifests: Manifests) -> Iterator[str]:
    """No database URL in a variable: those are read by `kubectl describe` and by child processes.
    Each `_FILE` variable names a key of a Secret that is mounted there."""
    for pod in manifests.pods():
        files = _mounted(manifests, pod)
        for variable, value in manifests.environment(pod).items():
            if variable.endswith("_DATABASE_URL"):
                yield f"{pod.name}: {variable} is in the open"
            if variable.endswith("_FILE") and value not in files:
                yield f"{pod.name}: {variable} is {value}, where no key of a Secret is mounted"


def databases_are_verified(manifests: Manifests) -> Iterator[str]:
    """The URLs of the Secrets ask for a server whose certificate is checked, against a file that
    the pod has."""
    for pod in manifests.pods():
        files = _mounted(manifests, pod)
        for secret in _secrets(manifests, pod):
            query = parse_qs(urlsplit(secret["stringData"]["url"]).query)
            if query.get("sslmode") != ["verify-full"]:
                yield f"{name(secret)}: sslmode is {query.get('sslmode')}"
            for authority in query.get("sslrootcert", ["nothing"]):
                if authority not in files:
                    yield f"{pod.name}: sslrootcert is {authority}, which is not mounted"


def _secrets(manifests: Manifests, pod: Pod) -> Iterator[Object]:
    for volume in pod.spec.get("volumes", []):
        secret = manifests.find("Secret", volume.get("secret", {}).get("secretName", ""))
        if secret is not None:
            yield secret


def _mounted(manifests: Manifests, pod: Pod) -> set[str]:
    mounts = {m["name"]: m["mountPath"] for m in pod.container.get("volumeMounts", [])}
    files = set()
    for volume in pod.spec.get("volumes", []):
        secret = manifests.find("Secret", volume.get("secret", {}).get("secretName", ""))
        for key in (secret or {}).get("stringData", {}):
            files.add(f"{mounts.get(volume['name'])}/{key}")
    return files


def ports_are_those_it_listens_on(manifests: Manifests) -> Iterator[str]:
    for pod in (pod for pod in manifests.pods() if pod.serves):
        environment = manifests.environment(pod)
        for port, variable in (("grpc", "DEVISA_LISTEN"), ("admin", "DEVISA_ADMIN_LISTEN")):
            address = environment.get(variable, defaults(pod.args[0]).get(variable, ""))
            number = pod.ports().get(port)
            if address != f"0.0.0.0:{number}":
                yield f"{pod.name}: {variable} is {address}, the port {port} {number}"


def probes_mean_three_things(manifests: Manifests) -> Iterator[str]:
    """Started, alive and ready are different questions, and each is asked in time."""
    paths = {"startupProbe": "/startupz", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    for pod in manifests.pods():
        for kind, path in paths.items():
            asked = pod.container.get(kind, {}).get("httpGet", {}).get("path")
            if asked != (path if pod.serves else None):
                yield f"{pod.name}: {kind} asks {asked}"


def grace_covers_the_drain(manifests: Manifests) -> Iterator[str]:
    """SIGKILL comes after the process has had all the time that it was promised."""
    for pod in (pod for pod in manifests.pods() if pod.serves):
        settings = defaults(pod.args[0]) | manifests.environment(pod)
        drain = seconds(settings["DEVISA_DRAIN_DELAY"]) + seconds(settings["DEVISA_DRAIN_GRACE"])
        grace = pod.spec.get("terminationGracePeriodSeconds", 30)
        if grace < drain + SLACK:
            yield f"{pod.name}: {grace} s of grace for a drain of {drain:g} s"


def the_delay_covers_the_readiness_probe(manifests: Manifests) -> Iterator[str]:
    """It goes on answering until those who route by the probe have seen that it is going."""
    for pod in (pod for pod in manifests.pods() if pod.serves):
        settings = defaults(pod.args[0]) | manifests.environment(pod)
        probe = pod.container.get("readinessProbe", {})
        noticed = probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
        if seconds(settings["DEVISA_DRAIN_DELAY"]) < noticed:
            yield f"{pod.name}: noticed after {noticed} s, gone before"


def seconds(duration: str) -> float:
    """A duration as the binary writes them: `500ms`, `10s`, `2m`, `1h`."""
    found = re.fullmatch(r"(\d+)(ms|s|m|h)", duration)
    assert found, f"not a duration: {duration}"
    return int(found[1]) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[found[2]]


CHECKS = [
    variables_are_known,
    secrets_come_as_files,
    databases_are_verified,
    ports_are_those_it_listens_on,
    probes_mean_three_things,
    grace_covers_the_drain,
    the_delay_covers_the_readiness_probe,
]
