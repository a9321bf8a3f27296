"""The catalog in a SQLite file, in WAL mode, with FTS5 for the full-text search."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from vectorstore.database import SCHEMA_VERSION, Database, Row, Terms, Values, statements
from vectorstore.errors import CatalogDamaged, CatalogError

_BUSY_SECONDS = 30.0
_MAGIC = b"SQLite format 3\0"
_HEADER = 100


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
                refuse_what_is_cut(path)
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


def refuse_what_is_cut(path: Path) -> None:
    """SQLite would take an empty file for a new catalog, and delete what its log still has.

    Raises:
        CatalogDamaged: it is one that lost its end, or all.
        OSError: it can't be read.
    """
    log = path.with_name(f"{path.name}-wal")
    logged = log.exists() and log.stat().st_size > 0
    size = path.stat().st_size if path.exists() else 0
    if size == 0:
        # The index is only made where there is a catalog.
        indexed = path.exists() and path.with_name("chroma").exists()
        if logged or indexed:
            problem = "is empty" if path.exists() else "is missing"
            raise CatalogDamaged(path, f"{problem}, although it had articles")
        return
    with path.open("rb") as file:
        header = file.read(_HEADER)
    # [sqlite.org/fileformat2.html, 1.3]; what the log has yet to add is not counted there.
    page = int.from_bytes(header[16:18])
    whole = int.from_bytes(header[28:32]) * (65536 if page == 1 else page)
    counted = header.startswith(_MAGIC) and header[24:28] == header[92:96] and not logged
    if counted and size < whole:
        raise CatalogDamaged(path, f"is cut off: {size} of {whole} bytes are there")


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    # Errors of Python's own module have no code. The low byte is the error, the rest its kind.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
