"""What one object says of another: labels, ports, and the things a pod counts on."""

from __future__ import annotations

from collections.abc import Iterator

from manifests import Manifests, Pod, matches, name


def selectors_meet_labels(manifests: Manifests) -> Iterator[str]:
    """Every selector takes a pod of its kind, and a workload's takes no pod but its own."""
    pods = manifests.pods()
    serving = [pod for pod in pods if pod.serves]
    for service in manifests.of("Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        if not any(matches(selector, pod.labels) for pod in serving):
            yield f"{name(service)}: its selector takes no pod"
    for budget in manifests.of("PodDisruptionBudget"):
        taken = [pod for pod in pods if matches(budget["spec"]["selector"], pod.labels)]
        if len(taken) != 1 or not taken[0].serves:
            yield f"{name(budget)}: its selector takes {[pod.name for pod in taken]}, not one"
    for policy in manifests.of("NetworkPolicy"):
        if not any(matches(policy["spec"]["podSelector"], pod.labels) for pod in pods):
            yield f"{name(policy)}: its selector takes no pod"
    for pod in pods:
        if pod.workload["kind"] == "Job":
            continue
        taken = [p.name for p in pods if matches(pod.workload["spec"]["selector"], p.labels)]
        if taken != [pod.name]:
            yield f"{pod.name}: its selector takes {taken}"


def spread_is_by_labels_that_are_there(manifests: Manifests) -> Iterator[str]:
    """A spread over labels that the pod does not have spreads nothing."""
    for pod in manifests.pods():
        for spread in pod.spec.get("topologySpreadConstraints", []):
            if not matches(spread["labelSelector"], pod.labels):
                yield f"{pod.name}: topologySpreadConstraints do not take the pod itself"
            given = {*pod.labels, "pod-template-hash"}
            for key in set(spread.get("matchLabelKeys", [])) - given:
                yield f"{pod.name}: topologySpreadConstraints ask for the label {key}"


def ports_meet_names(manifests: Manifests) -> Iterator[str]:
    """A Service's target and a probe's port are names of the container's ports."""
    for service in manifests.of("Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        for pod in (p for p in manifests.pods() if matches(selector, p.labels)):
            for port in service["spec"]["ports"]:
                if port["targetPort"] not in pod.ports():
                    yield f"{name(service)}: {pod.name} has no port {port['targetPort']}"
                elif pod.ports()[port["targetPort"]] != port["port"]:
                    # A client of the headless Service dials the pod's port.
                    yield f"{name(service)}: port {port['port']} is another at {pod.name}"
    for pod in manifests.pods():
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            probe = pod.container.get(kind)
            if probe and probe["httpGet"]["port"] not in pod.ports():
                yield f"{pod.name}: {kind} asks port {probe['httpGet']['port']}"


def every_service_has_two_names(manifests: Manifests) -> Iterator[str]:
    """One address for those who do not balance, all pods for those who do."""
    services = {thing["metadata"]["name"]: thing["spec"] for thing in manifests.of("Service")}
    for wanted in ("registry", "shipment", "deal"):
        one, all_of_them = services.get(wanted), services.get(f"{wanted}-headless")
        if one is None or all_of_them is None:
            yield f"{wanted}: has not both Services"
            continue
        if one.get("type") != "ClusterIP" or one.get("clusterIP") == "None":
            yield f"Service/{wanted}: not of type ClusterIP"
        if all_of_them.get("clusterIP") != "None":
            yield f"Service/{wanted}-headless: not headless"
        if one["selector"] != all_of_them["selector"]:
            yield f"{wanted}: its two Services select different pods"


def upstreams_are_one_address(manifests: Manifests) -> Iterator[str]:
    """The services keep one connection to each other and do not balance, so they call the address
    that the cluster balances. Behind the headless name a pod that is gone would still be tried."""
    for pod in (pod for pod in manifests.pods() if pod.serves):
        environment = manifests.environment(pod)
        for called in ("registry", "shipment"):
            key = f"DEVISA_{called.upper()}_URL"
            service = manifests.find("Service", called)
            ports = service["spec"]["ports"] if service else []
            among = [f"http://{called}:{port['port']}" for port in ports]
            if key in environment and environment[key] not in among:
                yield f"{pod.name}: {key} is {environment[key]}, expected one of {among}"


def references_exist(manifests: Manifests) -> Iterator[str]:
    """ConfigMaps and their keys, Secrets, ServiceAccounts, volumes."""
    for pod in manifests.pods():
        yield from _accounts(manifests, pod)
        yield from _variables(manifests, pod)
        yield from _volumes(manifests, pod)


def _accounts(manifests: Manifests, pod: Pod) -> Iterator[str]:
    account = pod.spec.get("serviceAccountName", "default")
    if manifests.find("ServiceAccount", account) is None:
        yield f"{pod.name}: no ServiceAccount {account}"


def _variables(manifests: Manifests, pod: Pod) -> Iterator[str]:
    for source in pod.container.get("envFrom", []):
        wanted = source["configMapRef"]["name"]
        if manifests.find("ConfigMap", wanted) is None:
            yield f"{pod.name}: no ConfigMap {wanted}"
    for variable in pod.container.get("env", []):
        reference = variable.get("valueFrom", {}).get("configMapKeyRef")
        if reference is None:
            continue
        settings = manifests.find("ConfigMap", reference["name"])
        if settings is None or reference["key"] not in settings["data"]:
            yield f"{pod.name}: no ConfigMap {reference['name']} with the key {reference['key']}"


def _volumes(manifests: Manifests, pod: Pod) -> Iterator[str]:
    volumes = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
    claims = {c["metadata"]["name"] for c in pod.workload["spec"].get("volumeClaimTemplates", [])}
    mounts = {mount["name"] for mount in pod.container.get("volumeMounts", [])}
    for unknown in mounts - set(volumes) - claims:
        yield f"{pod.name}: mounts the volume {unknown}, which it does not have"
    for unused in (set(volumes) | claims) - mounts:
        yield f"{pod.name}: does not mount its volume {unused}"
    for volume in volumes.values():
        wanted = volume.get("secret", {}).get("secretName")
        if wanted and manifests.find("Secret", wanted) is None:
            yield f"{pod.name}: secrets.example.yaml has no Secret {wanted}"


def every_secret_is_used(manifests: Manifests) -> Iterator[str]:
    """An operator is not asked for a Secret that nothing reads."""
    used = {
        volume["secret"]["secretName"]
        for pod in manifests.pods()
        for volume in pod.spec.get("volumes", [])
        if "secret" in volume
    }
    for secret in manifests.secrets:
        if secret["metadata"]["name"] not in used:
            yield f"{name(secret)}: nothing uses it"


def migrations_stand_alone(manifests: Manifests) -> Iterator[str]:
    """An upgrade applies what is labelled `migrate` and waits; what it needs has that label too."""
    label = {"matchLabels": {"app.kubernetes.io/component": "migrate"}}
    labelled = [t for t in manifests.objects if matches(label, t["metadata"].get("labels", {}))]
    alone = Manifests(labelled, manifests.secrets)
    for job in (pod for pod in manifests.pods() if not pod.serves):
        if job.workload not in labelled:
            yield f"{job.name}: is not labelled as a migration"
    for missing in references_exist(alone):
        yield f"without the rest: {missing}"


CHECKS = [
    selectors_meet_labels,
    spread_is_by_labels_that_are_there,
    ports_meet_names,
    every_service_has_two_names,
    upstreams_are_one_address,
    references_exist,
    every_secret_is_used,
    migrations_stand_alone,
]
