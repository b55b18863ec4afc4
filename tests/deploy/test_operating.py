"""docs/operating.md says what is so: variables, exit codes, symptoms and paths are tried."""

from __future__ import annotations

import os
import re
import socket
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import devisa
from checks import CHECKS
from checks.binary import seconds
from manifests import KUBERNETES, ROOT, Manifests, render, secrets

PAGE = ROOT / "docs" / "operating.md"
COMMANDS = ["serve", "up", "migrate"]
# Of the whole command line, not of one command.
EVERYWHERE = {"DEVISA_SERVER"}


def rows(section: str) -> list[list[str]]:
    """The cells of the first table of a section, without its head."""
    text = PAGE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def table() -> dict[str, list[str]]:
    return {cells[0].strip("`"): cells[1:] for cells in rows("Configure")}


def test_every_variable_is_in_the_table_and_no_other() -> None:
    known = set().union(*(devisa.variables(command) for command in COMMANDS))
    assert set(table()) == known


def test_the_table_says_which_commands_know_a_variable() -> None:
    for variable, (commands, *_) in table().items():
        if variable not in EVERYWHERE:
            known = [command for command in COMMANDS if variable in devisa.variables(command)]
            assert sorted(commands.split(", ")) == sorted(known), variable


def test_the_table_has_the_defaults_of_the_help() -> None:
    for command in ("serve", "up"):
        for variable, value in devisa.defaults(command).items():
            if re.fullmatch(r"\S*\d\S*", value):
                found = table()[variable][1]
                own = re.search(rf"`{command}` `([^`]+)`", found) or re.fullmatch(
                    r"`([^`]+)`", found
                )
                assert own is not None and own[1] == value, f"{command} {variable}: {found}"


def test_every_metric_is_in_the_table(tmp_path: Path) -> None:
    given = free(DEVISA_DATA_DIR=str(tmp_path))
    assert devisa.run("migrate", "registry", **given).returncode == 0
    with devisa.start(tmp_path, "serve", "registry", **given) as process:
        process.until("/readyz", 200)
        found = dict(re.findall(r"^# TYPE (\w+) (\w+)$", process.text("/metrics"), re.MULTILINE))
    assert {cells[0].strip("`") for cells in rows("Metrics")} == found.keys()


def test_every_exit_code_is_told() -> None:
    help_text = devisa.run("--help").stdout
    codes = re.search(r"Exit codes: (.*?)\.\n", help_text, re.DOTALL)
    assert codes, help_text
    known = set(re.findall(r"\b\d+\b", codes[1]))
    assert {cells[0] for cells in rows("Exit codes")} == known


def test_the_sums_are_those_of_the_manifests(manifests: Callable[[str], Manifests]) -> None:
    rendered = manifests("production")
    (pod,) = (pod for pod in rendered.pods() if pod.name == "Deployment/registry")
    settings = rendered.environment(pod)
    drain = seconds(settings["DEVISA_DRAIN_DELAY"]) + seconds(settings["DEVISA_DRAIN_GRACE"])
    grace = pod.spec["terminationGracePeriodSeconds"]
    said = f"`terminationGracePeriodSeconds` ({grace}) has to stay above the sum of the two"
    assert f"{said} ({drain:g})" in PAGE.read_text()


def test_what_it_points_at_is_there() -> None:
    text = PAGE.read_text()
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (PAGE.parent / link).exists(), link
    for anchor in re.findall(r"\]\(#([^)]+)\)", text):
        heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
    for path in re.findall(r"\bdeploy/[\w./-]+\w", text):
        assert (ROOT / path).exists(), path


def test_an_overlay_of_ones_own_is_as_it_says(tmp_path: Path) -> None:
    """The page's own kustomization, whole, still passes every check."""
    blocks = re.findall(r"^ *```yaml\n(.*?)^ *```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    own: dict = {}
    for block in blocks:
        own |= yaml.safe_load(textwrap.dedent(block))
    production = KUBERNETES / "overlays" / "production"
    assert own["resources"] == ["../devisa/deploy/kubernetes/overlays/production"]
    own["resources"] = [os.path.relpath(production, tmp_path.resolve())]
    own["images"][0] |= {"newName": "registry.example/devisa", "digest": "sha256:" + "0" * 64}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(own))
    rendered = Manifests(render(tmp_path), secrets("production"))
    assert [complaint for check in CHECKS for complaint in check(rendered)] == []
    for pod in rendered.pods():
        assert pod.container["image"] == "registry.example/devisa@sha256:" + "0" * 64
        assert not pod.serves or rendered.environment(pod)["DEVISA_LOG"] == "debug"


def free(**more: str) -> dict[str, str]:
    addresses = {
        "DEVISA_LISTEN": devisa.free_address(),
        "DEVISA_ADMIN_LISTEN": devisa.free_address(),
    }
    return addresses | more


SYMPTOMS = [
    ("configuration: what is given does not do", 64, ["serve", "deal"], {}),
    ("is not migrated", 64, ["serve", "registry"], {"DEVISA_DATA_DIR": "{folder}"}),
    (
        "a file that can be read",
        64,
        ["serve", "registry"],
        {"DEVISA_REGISTRY_DATABASE_URL_FILE": "{folder}/absent"},
    ),
    (
        "and this, found both",
        64,
        ["migrate", "registry"],
        {
            "DEVISA_REGISTRY_DATABASE_URL": "sqlite:{folder}/x.db",
            "DEVISA_REGISTRY_DATABASE_URL_FILE": "{folder}/url",
        },
    ),
    (
        "pool timed out while waiting for an open connection",
        69,
        ["serve", "registry"],
        {"DEVISA_REGISTRY_DATABASE_URL": "postgres://devisa@{nobody}/registry"},
    ),
    (
        "failed to lookup address information",
        69,
        ["serve", "registry"],
        {"DEVISA_REGISTRY_DATABASE_URL": "postgres://devisa@absent.invalid/registry"},
    ),
    (
        "Address already in use",
        64,
        ["serve", "registry"],
        {"DEVISA_DATA_DIR": "{folder}", "DEVISA_LISTEN": "{taken}"},
    ),
    ("no server answers at", 69, ["list", "programmes"], {"DEVISA_SERVER": "http://{nobody}"}),
]


@pytest.mark.parametrize(
    ("symptom", "code", "command", "given"), SYMPTOMS, ids=[symptom[0] for symptom in SYMPTOMS]
)
def test_a_symptom_is_what_one_sees(
    tmp_path: Path, symptom: str, code: int, command: list[str], given: dict[str, str]
) -> None:
    assert f"`{symptom}`" in PAGE.read_text()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        places = {
            "folder": str(tmp_path),
            "nobody": devisa.free_address(),
            "taken": f"127.0.0.1:{taken.getsockname()[1]}",
        }
        filled = {key: value.format(**places) for key, value in given.items()}
        done = devisa.run(*command, **(free() | filled))
    assert (done.returncode, symptom in done.stderr) == (code, True), done.stderr
