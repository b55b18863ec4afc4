"""For each check, manifests that it must refuse: those of production with one fault each."""

from samples import binary, network, pods, references

SAMPLES = [*references.SAMPLES, *pods.SAMPLES, *network.SAMPLES, *binary.SAMPLES]
