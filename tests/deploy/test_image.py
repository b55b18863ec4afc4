"""The image, really built and run: a numeric user, no rights, nothing writable, no shell.

There is no container engine here. What one would do is done by hand: the image's tree becomes the
root, read-only, and its entry point is executed as its user.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import devisa
from manifests import ROOT

CONTAINER = ROOT / "deploy" / "container"
AS_ROOT = [] if os.geteuid() == 0 else ["sudo"]


@dataclass(frozen=True)
class Image:
    """A built image: its configuration, and its files below a folder."""

    config: dict
    tree: Path

    @property
    def user(self) -> str:
        return self.config["User"]


def is_exact(base: str) -> bool:
    """Whether a base image is named with a tag that says something, or a digest."""
    tag = re.search(r"(?::([\w][\w.-]*)|@sha256:[0-9a-f]{64})$", base)
    return tag is not None and tag[1] != "latest"


def test_its_bases_are_exact() -> None:
    text = (CONTAINER / "Containerfile").read_text()
    bases = re.findall(r"^ARG \w+_BASE=(.+)$", text, re.MULTILINE)
    assert len(bases) == 2 and all(map(is_exact, bases)), bases
    assert not any(map(is_exact, ["rust", "rust:latest", "registry.example:5000/rust"]))


Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command with images of its own, kept as plain folders: that works inside of a
    container as well."""
    folder = tmp_path_factory.mktemp("images")
    settings = folder / "storage.conf"
    settings.write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
    )

    def run(*command: str, **variables: str) -> str:
        given = [f"{k}={v}" for k, v in variables.items()]
        storage = f"CONTAINERS_STORAGE_CONF={settings}"
        whole = [*AS_ROOT, "env", storage, *given, *command]
        done = subprocess.run(whole, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture(scope="module")
def image(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    stripped = tmp_path_factory.mktemp("binary") / "devisa"
    subprocess.run(["strip", "-o", str(stripped), devisa.binary()], check=True)
    base = run(str(CONTAINER / "bases"), "runtime")
    build = [str(CONTAINER / "build"), "--binary", str(stripped), "localhost/devisa:tried"]
    run(*build, RUNTIME_BASE=base, BUILDER="buildah")
    config = json.loads(run("buildah", "inspect", "--type=image", "localhost/devisa:tried"))
    container = run("buildah", "from", "localhost/devisa:tried")
    yield Image(config["OCIv1"]["config"], Path(run("buildah", "mount", container)))
    run("buildah", "umount", container)
    run("buildah", "rm", container)


def test_its_context_is_a_whole_workspace(run: Run, tmp_path: Path) -> None:
    """What the build stage copies is all that cargo asks for, every member included."""
    (tmp_path / "Containerfile").write_text("FROM scratch\nCOPY . /src\n")
    file = ["--file", str(tmp_path / "Containerfile")]
    run("buildah", "bud", "--isolation", "chroot", *file, "--tag", "localhost/context", str(ROOT))
    container = run("buildah", "from", "localhost/context")
    source = Path(run("buildah", "mount", container)) / "src"
    manifest = ["--manifest-path", str(source / "Cargo.toml")]
    run("cargo", "metadata", "--no-deps", "--locked", "--offline", *manifest, PATH=os.environ["PATH"])
    assert not [path for path in (".git", "target") if (source / path).exists()]
    run("buildah", "umount", container)
    run("buildah", "rm", container)


def test_its_user_is_a_number_that_is_not_roots(image: Image) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image.user), image.user


def test_its_entry_point_is_the_binary(image: Image) -> None:
    assert image.config["Entrypoint"] == ["/usr/bin/devisa"]


def test_it_has_no_program_but_the_binary(image: Image) -> None:
    """What can be executed is the binary, and the libraries that it is linked to."""
    programs = [
        path.relative_to(image.tree)
        for path in image.tree.rglob("*")
        if path.is_file() and os.access(path, os.X_OK) and ".so" not in path.name
    ]
    assert programs == [Path("usr/bin/devisa")]


def test_nobody_but_root_may_write_to_it(image: Image) -> None:
    for path in [image.tree, *image.tree.rglob("*")]:
        if not path.is_symlink():
            assert path.stat().st_uid == 0 and not path.stat().st_mode & 0o022, path


# Root takes the image as its root folder, read-only but for one volume, and gives up being root.
ENTER = """
mount --make-rprivate /
mount --bind "$1" "$1"
mkdir -p "$1/volume"
mount --bind "$2" "$1/volume"
mount -o remount,bind,ro "$1"
tree=$1 user=$3
shift 3
exec setpriv --no-new-privs chroot --userspec="$user" "$tree" "$@"
"""


def inside(image: Image, volume: Path, *arguments: str, **variables: str) -> list[str]:
    """The command that runs the image's entry point as a restricted pod would."""
    given = [f"{k}={v}" for k, v in variables.items()]
    enter = ["unshare", "--mount", "bash", "-euc", ENTER, "enter"]
    places = [str(image.tree), str(volume), image.user]
    entry = image.config["Entrypoint"]
    return [*AS_ROOT, "env", *given, *enter, *places, *entry, *arguments]


@pytest.fixture
def volume(tmp_path: Path, image: Image) -> Path:
    found = tmp_path / "volume"
    found.mkdir()
    subprocess.run([*AS_ROOT, "chown", image.user, str(found)], check=True)
    return found


def test_it_serves_on_a_read_only_root(image: Image, volume: Path, tmp_path: Path) -> None:
    admin = devisa.free_address()
    command = inside(
        image,
        volume,
        "up",
        DEVISA_DATA_DIR="/volume",
        DEVISA_LISTEN=devisa.free_address(),
        DEVISA_ADMIN_LISTEN=admin,
    )
    with devisa.Process(tmp_path, command, admin, dict(os.environ)) as process:
        process.until("/readyz", 200)
        status = Path(f"/proc/{process.pid}/status").read_text()
        if not AS_ROOT:
            assert re.search(r"^CapEff:\s*0+$", status, re.MULTILINE), status
            assert re.search(rf"^Uid:\s*{image.user.split(':')[0]}\b", status, re.MULTILINE), status
        process.terminate()
        assert process.wait() == 0, process.output
    assert (volume / "registry.db").exists()


def test_it_writes_nowhere_else(image: Image, volume: Path) -> None:
    elsewhere = inside(
        image, volume, "up", DEVISA_DATA_DIR="/etc/devisa", DEVISA_LISTEN=devisa.free_address()
    )
    done = subprocess.run(elsewhere, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 70, done.stderr
    assert "Read-only file system" in done.stderr or "Permission denied" in done.stderr
