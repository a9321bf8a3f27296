"""A real PostgreSQL server of the tests' own, where it is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.chroma_server import free_port


def binaries() -> Path | None:
    """The folder of the server's programs; None where it is not installed."""
    found = shutil.which("postgres")
    if found and Path(found).resolve().with_name("initdb").exists():
        return Path(found).resolve().parent
    # Debian keeps them apart, one version beside the other.
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return installed[-1].parent if installed else None


class PostgresProcess:
    """A server in a temporary folder, which can be stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._port = free_port()
        # It refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        self.url = f"postgresql://newsdesk@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        options = ["--username=newsdesk", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        self._run("initdb", "--pgdata", str(self._data), "--locale=C", *options)

    def start(self) -> None:
        options = (
            f"-c port={self._port} -c listen_addresses=127.0.0.1 -c fsync=off "
            "-c unix_socket_directories= -c max_connections=60"
        )
        log = self._data / "log"
        self._run("pg_ctl", "start", "--wait", "-D", str(self._data), "-l", str(log), "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-m", "immediate", "--wait", "-D", str(self._data))

    def new_schema(self) -> str:
        """The URL of an empty schema."""
        import psycopg

        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self.url}?options=-csearch_path%3D{name}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=120,
        )


@contextmanager
def running_or_skipped() -> Iterator[PostgresProcess]:
    """A server until the end of the block; the test is skipped where there is none."""
    pytest.importorskip("psycopg")
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with running(programs) as server:
        yield server


@contextmanager
def running(programs: Path) -> Iterator[PostgresProcess]:
    """A server until the end of the block."""
    # Not in pytest's folder, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory(prefix="newsdesk-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        server = PostgresProcess(programs, Path(folder))
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
