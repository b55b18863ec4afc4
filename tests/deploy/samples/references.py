"""What the checks of `checks/references.py` must refuse."""

from checks import references
from samples.spoil import JOB, Sample, container, on, pod, policy, upstream, without, without_upstream

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
        references.upstreams_are_one_address,
        "a service that does not balance calls the headless name",
        upstream("http://shipment-headless:50051"),
        "Deployment/deal: DEVISA_SHIPMENT_URL is http://shipment-headless:50051",
    ),
    Sample(
        references.upstreams_are_one_address,
        "a service calls a port that the Service does not have",
        upstream("http://shipment:9090"),
        "expected one of ['http://shipment:50051']",
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
]
