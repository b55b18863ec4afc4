"""What the checks of `checks/network.py` must refuse."""

from checks import network
from samples.spoil import Sample, on, policy, without

SAMPLES = [
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
]
