"""What the checks of `checks/pods.py` must refuse."""

from checks import pods
from samples.spoil import JOB, Sample, container, on, pod, without

SAMPLES = [
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
]
