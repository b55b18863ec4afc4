"""What the checks of `checks/binary.py` must refuse."""

from checks import binary
from samples.spoil import Sample, container, on, setting

SAMPLES = [
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
