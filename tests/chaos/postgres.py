"""PostgreSQL servers of the tests' own: durable, and made to be hurt."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from ports import free_port
from services import SERVICES

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def _as_owner(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; then it runs as the user postgres."""
    return ["runuser", "-u", "postgres", "--", *command] if os.getuid() == 0 else command


class Postgres:
    """A server with its data in a folder. It keeps its port through restarts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()

    def create(self) -> None:
        """An empty server."""
        self._make_folder()
        self._run(
            "initdb", f"--pgdata={self.data}", "--username=devisa", "--auth=trust",
            "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip

    def follow(self, primary: Postgres) -> None:
        """A standby: a copy of the primary that goes on streaming from it."""
        self.copy(primary, "--write-recovery-conf")

    def copy(self, primary: Postgres, *options: str) -> None:
        """A base backup."""
        self._make_folder()
        self._run(
            "pg_basebackup", f"--pgdata={self.data}", "--checkpoint=fast", *options,
            f"--dbname=host=127.0.0.1 port={primary.port} user=devisa",
        )  # fmt: skip

    def recover(self, archive: Path, moment: str) -> None:
        """Starts a base backup, and goes on by the archived WAL to a moment."""
        signal_file = self.data / "recovery.signal"
        signal_file.touch()
        shutil.copystat(self.data / "PG_VERSION", signal_file)
        if os.getuid() == 0:
            shutil.chown(signal_file, "postgres")
        self.start(
            restore_command=f"cp {archive}/%f %p",
            recovery_target_time=moment,
            recovery_target_action="promote",
        )
        until = time.monotonic() + 60
        while self.sql("SELECT pg_is_in_recovery()") != "f":
            assert time.monotonic() < until, "it does not end its recovery"
            time.sleep(0.05)

    def _make_folder(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")

    def start(self, **settings: str) -> None:
        """Starts it, with settings beside those of every server here."""
        chosen = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on",
            "synchronous_commit": "on",
        } | settings
        self._options = " ".join(f"-c {key}='{value}'" for key, value in chosen.items())
        self._ctl("start", f"--options={self._options}", f"--log={self.folder / 'postgres.log'}")

    def restart(self, mode: str) -> None:
        """Stops it, `fast` or `immediate`, and starts it again."""
        self._ctl("stop", f"--mode={mode}")
        self._ctl("start", f"--options={self._options}", f"--log={self.folder / 'postgres.log'}")

    def kill(self) -> None:
        """kill -9 of the server and of each of its processes, as when the machine goes."""
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
            children = _children(postmaster)
            for pid in [postmaster, *children]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            while any(_runs(pid) for pid in [postmaster, *children]):
                time.sleep(0.01)

    def promote(self) -> None:
        """Makes a standby the primary."""
        self._ctl("promote")

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Runs a statement; its rows, one a line."""
        return self._run(
            "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--quiet",
            "--set=ON_ERROR_STOP=1", self.url(database), f"--command={statement}",
        ).strip()  # fmt: skip

    def url(self, database: str, address: str | None = None) -> str:
        """The URL of a database, through another address if there is one."""
        return f"postgres://devisa@{address or f'127.0.0.1:{self.port}'}/{database}"

    def databases(self, address: str | None = None) -> dict[str, str]:
        """An empty database for each service; their URLs, through another address if given."""
        for service in SERVICES:
            self.sql(f"CREATE DATABASE {service}")
        return {service: self.url(service, address) for service in SERVICES}

    def _ctl(self, command: str, *arguments: str) -> None:
        self._run("pg_ctl", command, f"--pgdata={self.data}", "--wait", *arguments)

    def _run(self, program: str, *arguments: str) -> str:
        command = _as_owner([str(BIN / program), *arguments])
        # Not a pipe: a server that is started keeps it open for ever.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False)
            output.seek(0)
            said = output.read()
        assert done.returncode == 0, f"{command}:\n{said}"
        return said


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in tasks.read_text().split()] if tasks.exists() else []


def _runs(pid: int) -> bool:
    """Whether a process is there; one that is dead and not yet fetched by its parent is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
