"""Which doors are open: all of them closed, then exactly those of the design."""

from __future__ import annotations

from collections.abc import Iterator

from manifests import Manifests, Object, Pod, matches, name

SERVICES = ("registry", "shipment", "deal")
OUTSIDE = "namespaces labelled devisa/caller=true"
NAMES = "the cluster's DNS"

# DESIGN, section 2: deal calls registry and shipment, shipment calls registry, no other.
CALLS = {("shipment", "registry"), ("deal", "registry"), ("deal", "shipment")}

Door = tuple[str, str, str]


def doors_are_those_of_the_design(manifests: Manifests) -> Iterator[str]:
    """A connection is possible when the caller may go out and the called lets it in. Those that
    the policies make possible are those that the design wants: no more, no fewer."""
    wanted, found = _wanted(manifests), _found(manifests)
    for door in sorted(wanted - found):
        yield "closed, and should be open: {} to {}, {}".format(*door)
    for door in sorted(found - wanted):
        yield "open, and should be closed: {} to {}, {}".format(*door)


def everything_is_denied_first(manifests: Manifests) -> Iterator[str]:
    for policy in manifests.of("NetworkPolicy"):
        spec = policy["spec"]
        both = set(spec["policyTypes"]) == {"Ingress", "Egress"}
        if (
            spec["podSelector"] == {}
            and both
            and not spec.get("ingress")
            and not spec.get("egress")
        ):
            return
    yield "no NetworkPolicy denies everything to every pod"


def both_sides_of_a_door_agree(manifests: Manifests) -> Iterator[str]:
    """A rule for which the other side has no rule opens nothing, and misleads who reads it."""
    out, into = _inside(manifests, "egress"), _inside(manifests, "ingress")
    for door in sorted(out - into):
        yield "{} may go out to {} ({}), which does not let it in".format(*door)
    for door in sorted(into - out):
        yield "{1} lets {0} in ({2}), which may not go out".format(*door)


def rules_are_listed_as_types(manifests: Manifests) -> Iterator[str]:
    """A direction that has rules and is not in `policyTypes`, or the other way round, is not what
    it looks like."""
    for policy in manifests.of("NetworkPolicy"):
        spec = policy["spec"]
        rules = {kind.capitalize() for kind in ("ingress", "egress") if spec.get(kind)}
        if rules and rules != set(spec["policyTypes"]):
            types = spec["policyTypes"]
            yield f"{name(policy)}: policyTypes are {types}, its rules {sorted(rules)}"


def _wanted(manifests: Manifests) -> set[Door]:
    wanted = set()
    for pod in manifests.pods():
        role = _role(pod)
        if pod.serves:
            wanted.add((OUTSIDE, role, "TCP 50051"))
        if pod.args[0] != "up":
            wanted.add((role, f"the database of {pod.args[1]}", "TCP 5432"))
            wanted |= {(role, NAMES, "UDP 53"), (role, NAMES, "TCP 53")}
    roles = {_role(pod) for pod in manifests.pods()}
    wanted |= {(a, b, "TCP 50051") for a, b in CALLS if {a, b} <= roles}
    return wanted


def _found(manifests: Manifests) -> set[Door]:
    inside = _inside(manifests, "egress") & _inside(manifests, "ingress")
    return inside | _outside(manifests, "egress") | _outside(manifests, "ingress")


def _role(pod: Pod) -> str:
    """`deal` for the service, `migrate deal` for its migration, `up` for all in one."""
    return pod.args[1] if pod.args[0] == "serve" else " ".join(pod.args)


def _inside(manifests: Manifests, direction: str) -> set[Door]:
    """Doors between pods of this installation, as the policies of one direction have them."""
    doors = set()
    for pod, peer, ports in _rules(manifests, direction):
        if peer is not None and "namespaceSelector" in peer:
            continue
        others = manifests.pods() if peer is None or "podSelector" in peer else []
        for other in others:
            if peer is None or matches(peer["podSelector"], other.labels):
                pair = (_role(pod), _role(other))
                doors |= {(*(pair if direction == "egress" else pair[::-1]), p) for p in ports}
    return doors


def _outside(manifests: Manifests, direction: str) -> set[Door]:
    doors = set()
    for pod, peer, ports in _rules(manifests, direction):
        if peer is None or "namespaceSelector" in peer or "ipBlock" in peer:
            pair = (_role(pod), _called(peer))
            doors |= {(*(pair if direction == "egress" else pair[::-1]), port) for port in ports}
    return doors


def _rules(manifests: Manifests, direction: str) -> Iterator[tuple[Pod, Object | None, list[str]]]:
    """Each pod, each peer (`None`: everybody) and the ports, for every rule of a direction."""
    for policy in manifests.of("NetworkPolicy"):
        spec = policy["spec"]
        for pod in (p for p in manifests.pods() if matches(spec["podSelector"], p.labels)):
            for rule in spec.get(direction) or []:
                ports = [
                    f"{port.get('protocol', 'TCP')} {port['port']}"
                    for port in rule.get("ports", [])
                ]
                for peer in rule.get("from" if direction == "ingress" else "to") or [None]:
                    yield pod, peer, ports or ["any port"]


def _called(peer: Object | None) -> str:
    """What a peer outside of the installation is called."""
    if peer is None:
        return "everybody"
    spaces = peer.get("namespaceSelector", {}).get("matchLabels", {})
    pods = peer.get("podSelector", {}).get("matchLabels", {})
    space = spaces.get("kubernetes.io/metadata.name")
    if spaces == {"devisa/caller": "true"} and not pods:
        return OUTSIDE
    if space == "kube-system" and pods == {"k8s-app": "kube-dns"}:
        return NAMES
    if space == "devisa-database" and pods.keys() == {"cnpg.io/cluster"}:
        return f"the database of {pods['cnpg.io/cluster']}"
    return str(peer)


CHECKS = [
    everything_is_denied_first,
    doors_are_those_of_the_design,
    both_sides_of_a_door_agree,
    rules_are_listed_as_types,
]
