"""For each check, manifests that it must refuse: those of production with one fault each."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import NamedTuple

from checks import binary, network, pods, references
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


JOB = "migrate-deal-0-1-0"

SAMPLES = [
    Sample(
        references.selectors_meet_labels,
        "a Service selects a label that no pod has",
        on("Service", "deal", lambda s: s["spec"].update(selector={"app": "deal"})),
        "Service/deal: its selector takes no pod",
    ),
    Sample(
        references.selectors_meet_labels,
        "a Deployment takes the pods of another",
        on("Deployment", "deal", lambda d: d["spec"].update(selector={"matchLabels": {}})),
        "Deployment/deal: its selector takes",
    ),
    Sample(
        references.selectors_meet_labels,
        "a budget counts the pods of nobody",
        on(
            "PodDisruptionBudget",
            "deal",
            lambda b: b["spec"].update(
                selector={"matchLabels": {"app.kubernetes.io/component": "deals"}}
            ),
        ),
        "PodDisruptionBudget/deal: its selector takes []",
    ),
    Sample(
        references.selectors_meet_labels,
        "a policy is for a pod that is not there",
        policy("deal", lambda p: p["podSelector"]["matchLabels"].update(tier="x")),
        "NetworkPolicy/deal: its selector takes no pod",
    ),
    Sample(
        references.spread_is_by_labels_that_are_there,
        "the spread counts another application",
        pod(
            lambda s: s["topologySpreadConstraints"][0].update(
                labelSelector={"matchLabels": {"app": "x"}}
            )
        ),
        "do not take the pod itself",
    ),
    Sample(
        references.spread_is_by_labels_that_are_there,
        "the spread is by a label that no pod has",
        pod(lambda s: s["topologySpreadConstraints"][0].update(matchLabelKeys=["component"])),
        "ask for the label component",
    ),
    Sample(
        references.ports_meet_names,
        "a Service sends to a port that the pod does not name",
        on("Service", "deal", lambda s: s["spec"]["ports"][0].update(targetPort="http")),
        "Service/deal: Deployment/deal has no port http",
    ),
    Sample(
        references.ports_meet_names,
        "a Service and its pods have different numbers",
        on("Service", "deal", lambda s: s["spec"]["ports"][0].update(port=80)),
        "port 80 is another at Deployment/deal",
    ),
    Sample(
        references.ports_meet_names,
        "a probe asks a port that is not there",
        container(lambda c: c["livenessProbe"]["httpGet"].update(port="health")),
        "livenessProbe asks port health",
    ),
    Sample(
        references.every_service_has_two_names,
        "no headless Service",
        without("Service", "deal-headless"),
        "deal: has not both Services",
    ),
    Sample(
        references.every_service_has_two_names,
        "the headless Service has an address",
        on("Service", "deal-headless", lambda s: s["spec"].pop("clusterIP")),
        "not headless",
    ),
    Sample(
        references.references_exist,
        "a ConfigMap that is not there",
        container(lambda c: c["envFrom"][0]["configMapRef"].update(name="proces")),
        "Deployment/deal: no ConfigMap proces",
    ),
    Sample(
        references.references_exist,
        "a key that the ConfigMap does not have",
        without_upstream,
        "with the key DEVISA_SHIPMENT_URL",
    ),
    Sample(
        references.references_exist,
        "a Secret that nobody is told of",
        pod(lambda s: s["volumes"][0]["secret"].update(secretName="deals")),
        "no Secret deals",
    ),
    Sample(
        references.references_exist,
        "a ServiceAccount that is not there",
        without("ServiceAccount", "migrate"),
        f"Job/{JOB}: no ServiceAccount migrate",
    ),
    Sample(
        references.references_exist,
        "a mount without a volume",
        pod(lambda s: s.pop("volumes")),
        "mounts the volume database",
    ),
    Sample(
        references.every_secret_is_used,
        "a Secret that nothing reads",
        lambda m: m.secrets.append({"kind": "Secret", "metadata": {"name": "token"}}),
        "Secret/token: nothing uses it",
    ),
    Sample(
        references.migrations_stand_alone,
        "a migration that waits for the rest",
        on("ServiceAccount", "migrate", lambda a: a["metadata"].pop("labels")),
        f"without the rest: Job/{JOB}: no ServiceAccount migrate",
    ),
    Sample(
        references.migrations_stand_alone,
        "a migration that an upgrade forgets",
        on("Job", JOB, lambda j: j["metadata"].pop("labels")),
        f"Job/{JOB}: is not labelled as a migration",
    ),
    Sample(
        pods.one_container,
        "a second container",
        pod(lambda s: s["containers"].append({"name": "beside"})),
        "Deployment/deal: has not exactly one",
    ),
    Sample(
        pods.pods_are_restricted,
        "the namespace enforces less",
        on(
            "Namespace",
            "devisa",
            lambda n: n["metadata"]["labels"].update(
                {"pod-security.kubernetes.io/enforce": "baseline"}
            ),
        ),
        "pod security is baseline",
    ),
    Sample(
        pods.pods_are_restricted,
        "a pod that may be root",
        pod(lambda s: s["securityContext"].pop("runAsNonRoot")),
        "may run as root",
    ),
    Sample(
        pods.pods_are_restricted,
        "a pod with a capability",
        container(lambda c: c["securityContext"]["capabilities"].update(add=["NET_BIND_SERVICE"])),
        "keeps capabilities",
    ),
    Sample(
        pods.pods_are_restricted,
        "a pod that may gain privileges",
        container(lambda c: c["securityContext"].pop("allowPrivilegeEscalation")),
        "may gain privileges",
    ),
    Sample(
        pods.users_are_numbers,
        "a user with a name",
        pod(lambda s: s["securityContext"].update(runAsUser="nonroot")),
        "runAsUser is nonroot",
    ),
    Sample(
        pods.users_are_numbers,
        "no user at all",
        pod(lambda s: s["securityContext"].pop("runAsUser")),
        "runAsUser is None",
    ),
    Sample(
        pods.users_are_numbers,
        "a container that is root all the same",
        container(lambda c: c["securityContext"].update(runAsUser=0)),
        "runAsUser is 0",
    ),
    Sample(
        pods.the_root_is_read_only,
        "an image that can be written to",
        container(lambda c: c["securityContext"].update(readOnlyRootFilesystem=False)),
        "may write to its image",
    ),
    Sample(
        pods.no_tokens_are_mounted,
        "a pod with a token",
        pod(lambda s: s.pop("automountServiceAccountToken")),
        "Deployment/deal: mounts a token",
    ),
    Sample(
        pods.no_tokens_are_mounted,
        "an account that mounts its token",
        on("ServiceAccount", "deal", lambda a: a.pop("automountServiceAccountToken")),
        "ServiceAccount/deal: mounts its token",
    ),
    Sample(
        pods.migrations_have_their_own_account,
        "a service that runs as the migration",
        pod(lambda s: s.update(serviceAccountName="migrate")),
        f"Job/{JOB}: shares the ServiceAccount of Deployment/deal",
    ),
    Sample(
        pods.migrations_have_their_own_account,
        "a service that owns its tables",
        pod(lambda s: s["volumes"][0]["secret"].update(secretName="deal-database-owner")),
        "shares ['deal-database-owner']",
    ),
    Sample(
        pods.every_database_is_migrated,
        "no migration for deal",
        without("Job", JOB),
        "Deployment/deal: nothing migrates",
    ),
    Sample(
        pods.every_database_is_migrated,
        "the migration of another version",
        on("Job", JOB, lambda j: j["metadata"].update(name="migrate-deal-0-0-9")),
        "does not carry the version",
    ),
    Sample(
        pods.resources_are_stated,
        "no requests",
        container(lambda c: c["resources"].pop("requests")),
        "requests [], not cpu and memory",
    ),
    Sample(
        pods.resources_are_stated,
        "no bound to memory",
        container(lambda c: c["resources"].pop("limits")),
        "its memory limit is None",
    ),
    Sample(
        pods.images_are_exact,
        "the latest image",
        container(lambda c: c.update(image="devisa:latest")),
        "the image devisa:latest does not say which",
    ),
    Sample(
        pods.images_are_exact,
        "an image without a tag, of a registry with a port",
        container(lambda c: c.update(image="registry.example:5000/devisa")),
        "does not say which",
    ),
    Sample(
        pods.images_are_exact,
        "services of different versions",
        container(lambda c: c.update(image="devisa:0.0.9")),
        "different images",
    ),
    Sample(
        pods.the_binary_is_the_process,
        "a shell around the binary",
        container(lambda c: c.update(command=["sh", "-c", "devisa serve deal"])),
        "replaces the entry point",
    ),
    Sample(
        pods.replicas_survive_a_node,
        "a single replica",
        on("Deployment", "deal", lambda d: d["spec"].update(replicas=1)),
        "fewer than two replicas",
    ),
    Sample(
        pods.replicas_survive_a_node,
        "no budget",
        without("PodDisruptionBudget", "deal"),
        "not one budget",
    ),
    Sample(
        pods.replicas_survive_a_node,
        "a rollout that takes first",
        on("Deployment", "deal", lambda d: d["spec"].pop("strategy")),
        "takes a pod away",
    ),
    Sample(
        network.everything_is_denied_first,
        "nothing is denied",
        without("NetworkPolicy", "default-deny"),
        "denies everything",
    ),
    Sample(
        network.everything_is_denied_first,
        "only what comes in is denied",
        policy("default-deny", lambda p: p.update(policyTypes=["Ingress"])),
        "denies everything",
    ),
    Sample(
        network.doors_are_those_of_the_design,
        "deal cannot reach shipment",
        policy(
            "deal",
            lambda p: p["egress"][0]["to"][0]["podSelector"]["matchExpressions"][0].update(
                values=["registry"]
            ),
        ),
        "closed, and should be open: deal to shipment, TCP 50051",
    ),
    Sample(
        network.doors_are_those_of_the_design,
        "deal reads the registry's database",
        on(
            "Deployment",
            "deal",
            lambda d: d["spec"]["template"]["metadata"]["labels"].update(
                {"devisa/database": "registry"}
            ),
        ),
        "open, and should be closed: deal to the database of registry, TCP 5432",
    ),
    Sample(
        network.doors_are_those_of_the_design,
        "the registry may call anywhere",
        policy("names", lambda p: p["egress"].append({"ports": [{"port": 443}]})),
        "open, and should be closed: registry to everybody, TCP 443",
    ),
    Sample(
        network.doors_are_those_of_the_design,
        "any port of the database",
        policy("deal-database", lambda p: p["egress"][0].pop("ports")),
        "open, and should be closed: deal to the database of deal, any port",
    ),
    Sample(
        network.doors_are_those_of_the_design,
        "every namespace may call",
        policy("callers", lambda p: p["ingress"][0]["from"][0].update(namespaceSelector={})),
        "open, and should be closed: {'namespaceSelector': {}} to deal, TCP 50051",
    ),
    Sample(
        network.doors_are_those_of_the_design,
        "the pods call one another as they like",
        lambda m: m.objects.append(
            {
                "kind": "NetworkPolicy",
                "metadata": {"name": "open"},
                "spec": {
                    "podSelector": {},
                    "policyTypes": ["Ingress", "Egress"],
                    "ingress": [{"from": [{"podSelector": {}}]}],
                    "egress": [{"to": [{"podSelector": {}}]}],
                },
            }
        ),
        "open, and should be closed: registry to deal, any port",
    ),
    Sample(
        network.both_sides_of_a_door_agree,
        "shipment does not let deal in",
        without("NetworkPolicy", "shipment"),
        "deal may go out to shipment (TCP 50051), which does not let it in",
    ),
    Sample(
        network.rules_are_listed_as_types,
        "rules that do not count",
        policy("deal", lambda p: p.update(policyTypes=["Ingress"])),
        "NetworkPolicy/deal: policyTypes are ['Ingress'], its rules ['Egress']",
    ),
    Sample(
        binary.variables_are_known,
        "a variable with a slip",
        setting("DEVISA_LOGFORMAT", "json"),
        "`devisa serve` knows no DEVISA_LOGFORMAT",
    ),
    Sample(
        binary.secrets_come_as_files,
        "a database URL in the open",
        container(
            lambda c: c["env"].append(
                {"name": "DEVISA_DEAL_DATABASE_URL", "value": "postgres://deal:x@db/deal"}
            )
        ),
        "DEVISA_DEAL_DATABASE_URL is in the open",
    ),
    Sample(
        binary.secrets_come_as_files,
        "a file that is not mounted",
        container(lambda c: c["volumeMounts"][0].update(mountPath="/run/secrets")),
        "where no key of a Secret is mounted",
    ),
    Sample(
        binary.databases_are_verified,
        "a database that may be anybody's",
        on(
            "Secret",
            "deal-database",
            lambda s: s["stringData"].update(
                url="postgres://deal:x@deal-rw.devisa-database/deal?sslmode=require"
            ),
        ),
        "Secret/deal-database: sslmode is ['require']",
    ),
    Sample(
        binary.databases_are_verified,
        "an authority that is not there",
        on("Secret", "deal-database", lambda s: s["stringData"].pop("ca.crt")),
        "sslrootcert is /run/secrets/database/ca.crt, which is not mounted",
    ),
    Sample(
        binary.ports_are_those_it_listens_on,
        "the process listens elsewhere",
        setting("DEVISA_LISTEN", "0.0.0.0:8080"),
        "DEVISA_LISTEN is 0.0.0.0:8080, the port grpc 50051",
    ),
    Sample(
        binary.probes_mean_three_things,
        "liveness asks the database",
        container(lambda c: c["livenessProbe"]["httpGet"].update(path="/readyz")),
        "livenessProbe asks /readyz",
    ),
    Sample(
        binary.probes_mean_three_things,
        "nobody asks whether it is ready",
        container(lambda c: c.pop("readinessProbe")),
        "readinessProbe asks None",
    ),
    Sample(
        binary.grace_covers_the_drain,
        "a longer drain",
        setting("DEVISA_DRAIN_GRACE", "2m"),
        "35 s of grace for a drain of 125 s",
    ),
    Sample(
        binary.the_delay_covers_the_readiness_probe,
        "gone before it is noticed",
        setting("DEVISA_DRAIN_DELAY", "500ms"),
        "noticed after 4 s, gone before",
    ),
]
