"""Checks across the objects of one overlay.

A check takes the manifests and yields a complaint for each fault; `samples/` holds, for each
check, manifests that it must refuse.
"""

from checks import binary, network, pods, references

CHECKS = [*references.CHECKS, *pods.CHECKS, *network.CHECKS, *binary.CHECKS]
