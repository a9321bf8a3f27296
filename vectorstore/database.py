"""The database of the catalog: transactions, rows, full-text search; and SQLite's, in a file.

All SQL of this project is SQLite's, kept to what PostgreSQL understands too but for what
``postgres_dialect`` translates; the few things that differ in kind are methods here.
"""

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Protocol

from vectorstore.errors import CatalogDamaged, CatalogError

SCHEMA_VERSION = 3
_BUSY_SECONDS = 30.0
_MAGIC = b"SQLite format 3\0"
_HEADER = 100

Terms = Literal["words", "grams"]
"""The two full-text indexes of passages: folded words, and their pieces of 4 characters."""
Values = Sequence[Any] | Mapping[str, Any]


def stamp(time: datetime | None = None) -> str:
    """A time, or now, as the catalog notes it: UTC, ISO 8601, to the second."""
    return (time or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")


class Row(Protocol):
    """A row of a result; its values also by the names of their columns."""

    def __getitem__(self, key: int | str, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...


class Cursor(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """Within a transaction."""

    def execute(self, query: str, values: Values = (), /) -> Cursor: ...

    def executemany(self, query: str, values: Iterable[Sequence[Any]], /) -> object: ...

    def index_terms(self, passage_id: int, words: Sequence[str], grams: Sequence[str]) -> None:
        """Enter a passage into the full-text indexes."""

    def forget_terms(self, passage_id: int, words: Sequence[str], grams: Sequence[str]) -> None:
        """Take a passage out of them; with the terms that it was entered with."""


class Database(ABC):
    """Safe to use from several threads and processes at once; every method may raise
    ``CatalogError``."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Connection]:
        """All of the block or nothing; other writers wait, readers see the state before."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """What is read in the block is of one moment, whatever others write meanwhile."""

    @abstractmethod
    def rows(self, query: str, values: Values = ()) -> list[Row]:
        """All rows of a SELECT."""

    @abstractmethod
    def parts(self, query: str, values: Values, size: int) -> Iterator[list[Row]]:
        """The rows of a SELECT, never more than so many at once."""

    @abstractmethod
    def matching(
        self, table: Terms, terms: Sequence[str], limit: int, condition: str, values: Sequence[Any]
    ) -> list[int]:
        """Ids of the passages with the best BM25 of these terms, best first.

        Of all passages, or of those for which a condition on ``passages`` holds.
        """

    @abstractmethod
    def close(self) -> None:
        """Close every thread's connection; nothing may use the database afterwards."""


class SqliteConnection(sqlite3.Connection):
    """SQLite's, with its full-text tables."""

    def index_terms(self, passage_id: int, words: Sequence[str], grams: Sequence[str]) -> None:
        for table, terms in (("words", words), ("grams", grams)):
            entry = (passage_id, " ".join(terms))
            self.execute(f"INSERT INTO {table} (rowid, terms) VALUES (?, ?)", entry)

    def forget_terms(self, passage_id: int, words: Sequence[str], grams: Sequence[str]) -> None:
        for table, terms in (("words", words), ("grams", grams)):
            self.execute(
                f"INSERT INTO {table} ({table}, rowid, terms) VALUES ('delete', ?, ?)",
                (passage_id, " ".join(terms)),
            )


class SqliteDatabase(Database):
    """A connection a thread to one SQLite file in WAL mode, safe across processes."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            CatalogDamaged: it is broken, or isn't a database.
            CatalogError: it can't be opened, or is of another schema.
        """
        self.path = path
        self._local = threading.local()
        self._opened: list[SqliteConnection] = []
        self._lock = threading.Lock()
        try:
            with self.wrapped():
                path.parent.mkdir(parents=True, exist_ok=True)
                self._refuse_what_is_cut()
                self._create_or_check()
        except BaseException:
            # A migration that failed must not keep its lock.
            self.close()
            raise

    @property
    def connection(self) -> SqliteConnection:
        """This thread's connection, in autocommit mode."""
        connection: SqliteConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Other threads touch it only in close(), when nothing else runs any more.
            connection = sqlite3.connect(
                self.path,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                factory=SqliteConnection,
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
    def transaction(self) -> Iterator[SqliteConnection]:
        with self.wrapped():
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                # After some errors, such as a full disk, SQLite has done so by itself.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self.wrapped():
            self.connection.execute("BEGIN")
        try:
            yield
        finally:
            with self.wrapped():
                self.connection.execute("ROLLBACK")

    @contextmanager
    def wrapped(self) -> Iterator[None]:
        """Turn SQLite's and the file system's errors into ``CatalogError``."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                raise CatalogDamaged(self.path, f"is damaged: {error}") from error
            raise CatalogError(f"The catalog {self.path} can't be used: {error}.") from error
        except UnicodeDecodeError as error:
            # Of SQLite's own message, which quotes what it could not read.
            raise CatalogDamaged(self.path, "is damaged: its tables can't be read") from error
        except (sqlite3.Error, OSError) as error:
            raise CatalogError(f"The catalog {self.path} can't be used: {error}.") from error

    def rows(self, query: str, values: Values = ()) -> list[Row]:
        with self.wrapped():
            found: list[Row] = self.connection.execute(query, values).fetchall()
            return found

    def parts(self, query: str, values: Values, size: int) -> Iterator[list[Row]]:
        with self.wrapped():
            cursor = self.connection.execute(query, values)
            while found := cursor.fetchmany(size):
                yield found

    def matching(
        self, table: Terms, terms: Sequence[str], limit: int, condition: str, values: Sequence[Any]
    ) -> list[int]:
        # Terms are folded words of letters and digits: quoting them is enough for FTS5.
        any_of = " OR ".join(f'"{term}"' for term in terms)
        join, limits = "", ""
        if condition:
            join, limits = f"JOIN passages ON passages.id = {table}.rowid ", f"AND {condition} "
        found = self.rows(
            f"SELECT {table}.rowid AS id FROM {table} {join}WHERE {table} MATCH ? {limits}"
            f"ORDER BY bm25({table}) LIMIT ?",
            (any_of, *values, limit),
        )
        return [row["id"] for row in found]

    def close(self) -> None:
        with self._lock:
            while self._opened:
                self._opened.pop().close()

    def _refuse_what_is_cut(self) -> None:
        """SQLite would take an empty file for a new catalog, and delete what its log still has."""
        log = self.path.with_name(f"{self.path.name}-wal")
        logged = log.exists() and log.stat().st_size > 0
        size = self.path.stat().st_size if self.path.exists() else 0
        if size == 0:
            # The index is only made where there is a catalog.
            indexed = self.path.exists() and self.path.with_name("chroma").exists()
            if logged or indexed:
                problem = "is empty" if self.path.exists() else "is missing"
                raise CatalogDamaged(self.path, f"{problem}, although it had articles")
            return
        with self.path.open("rb") as file:
            header = file.read(_HEADER)
        # [sqlite.org/fileformat2.html, 1.3]; what the log has yet to add is not counted there.
        page = int.from_bytes(header[16:18])
        whole = int.from_bytes(header[28:32]) * (65536 if page == 1 else page)
        counted = header.startswith(_MAGIC) and header[24:28] == header[92:96] and not logged
        if counted and size < whole:
            raise CatalogDamaged(self.path, f"is cut off: {size} of {whole} bytes are there")

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
            for statement in statements(script.read_text(encoding="utf-8")):
                connection.execute(statement)
        if version < SCHEMA_VERSION:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    # Errors of Python's own module have no code. The low byte is the error, the rest its kind.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def statements(script: str) -> Iterator[str]:
    """The single statements of a script."""
    # executescript() would commit the open transaction first.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
