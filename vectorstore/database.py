"""The SQLite file of the catalog: opening it, its schema version, its transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from vectorstore.errors import CatalogError

SCHEMA_VERSION = 3
_BUSY_SECONDS = 30.0


def stamp(time: datetime | None = None) -> str:
    """A time, or now, as the catalog notes it: UTC, ISO 8601, to the second."""
    return (time or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")


class Database:
    """A connection a thread to one SQLite file in WAL mode, safe across processes."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            CatalogError: it can't be opened, isn't a database, or is of another schema.
        """
        self.path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with self.wrapped():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._create_or_check()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit mode."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Other threads touch it only in close(), when nothing else runs any more.
            connection = sqlite3.connect(
                self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            with self._lock:
                self._opened.append(connection)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block or nothing; other writers wait, readers see the state before."""
        with self.wrapped():
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def wrapped(self) -> Iterator[None]:
        """Turn SQLite's and the file system's errors into ``CatalogError``."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise CatalogError(f"The catalog {self.path} can't be used: {error}.") from error

    def rows(self, query: str, values: Any = ()) -> list[sqlite3.Row]:
        """All rows of a SELECT."""
        with self.wrapped():
            return self.connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Close every thread's connection; nothing may use the database afterwards."""
        with self._lock:
            while self._opened:
                self._opened.pop().close()

    def _create_or_check(self) -> None:
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version > SCHEMA_VERSION:
            raise CatalogError(
                f"The catalog {self.path} was made by a newer Newsdesk (schema {version}; this one "
                f"knows {SCHEMA_VERSION}). Upgrade Newsdesk, or point VECTORSTORE_PATH elsewhere."
            )
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have brought it up to date while this one waited for the lock.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for step in range(version + 1, SCHEMA_VERSION + 1):
            script = files(__package__).joinpath("schema", f"{step}.sql")
            for statement in _statements(script.read_text(encoding="utf-8")):
                connection.execute(statement)
        if version < SCHEMA_VERSION:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    # executescript() would commit the open transaction first.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
