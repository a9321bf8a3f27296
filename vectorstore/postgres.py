"""The catalog on PostgreSQL, which processes on several machines share.

One writer at a time, as with SQLite: so the sequence numbers of changes are in the order in which
others come to see them. Full-text search is PostgreSQL's inverted index under the formula of
SQLite's bm25(), so that both put passages in the same order.
"""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from vectorstore.database import (
    SCHEMA_VERSION,
    Connection,
    Database,
    Row,
    Terms,
    Values,
)
from vectorstore.errors import CatalogError, because
from vectorstore.postgres_dialect import (
    LONGEST_TERM,
    Dialect,
    Within,
    named_rows,
    plain,
    run,
    schema,
)

# A server that is gone is noticed in seconds, and a writer waits for another as long as SQLite's.
_DEFAULTS = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "tcp_user_timeout": "15000",
    "application_name": "newsdesk",
}
_LOCK_TIMEOUT = "SET lock_timeout = '30s'"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('newsdesk'), hashtext(current_schema()))"
_K1 = 1.2
_B = 0.75
# How often a word stands in a passage, with each word between spaces of its own.
_OCCURRENCES = (
    "(SELECT (length(padded) - length(replace(padded, ?, ''))) / ? FROM (SELECT ' ' || "
    "replace(p.terms, ' ', '  ') || ' ' AS padded FROM passages p WHERE p.id = words.passage_id) t)"
)


class PostgresDatabase(Database):
    """A connection a thread to one schema of a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        """Connect, and make what is missing.

        Raises:
            CatalogError: it can't be reached, or is of another schema.
        """
        self._local = threading.local()
        self._opened: list[psycopg.Connection[Row]] = []
        self._lock = threading.Lock()
        settings = {**_DEFAULTS, **_read(url)}
        self.name = _name(settings)
        self._conninfo = make_conninfo("", **settings)
        try:
            with self.wrapped():
                self._create_or_check()
                self._dialect = Dialect(self.connection)
        except BaseException:
            self.close()
            raise

    @property
    def connection(self) -> psycopg.Connection[Row]:
        """This thread's connection, in autocommit mode; a new one where the last one broke."""
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = psycopg.connect(self._conninfo, autocommit=True, row_factory=named_rows)
            connection.execute(_LOCK_TIMEOUT)
            self._local.connection = connection
            with self._lock:
                self._opened = [one for one in self._opened if not one.closed] + [connection]
        return connection

    def wrapped(self) -> AbstractContextManager[None]:
        """Turns the driver's errors into ``CatalogError``."""
        return _wrapped(self.name)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self.wrapped():
            # A server that was started anew has dropped the connection.
            self._run("SELECT 1", ())
            connection = self.connection
            with connection.transaction():
                connection.execute(_LOCK)
                yield Within(connection, self._dialect)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self.wrapped():
            self._run("SELECT 1", ())
            connection = self.connection
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield

    def rows(self, query: str, values: Values = ()) -> list[Row]:
        with self.wrapped():
            return self._run(query, values).fetchall()

    def parts(self, query: str, values: Values, size: int) -> Iterator[list[Row]]:
        with self.wrapped():
            self._run("SELECT 1", ())
            connection = self.connection
            # A cursor of the server: a client's would take all rows at once.
            with connection.transaction(), connection.cursor("parts", binary=True) as cursor:
                cursor.execute(self._dialect.translated(query), plain(values))
                while found := cursor.fetchmany(size):
                    yield found

    def matching(
        self, table: Terms, terms: Sequence[str], limit: int, condition: str, values: Sequence[Any]
    ) -> list[int]:
        terms = list(dict.fromkeys(term[:LONGEST_TERM] for term in terms))
        score, counted = self._bm25(table, terms)
        join, limits = "", ""
        if condition:
            join = f"JOIN passages ON passages.id = {table}.passage_id "
            limits = f"AND {condition} "
        found = self.rows(
            f"SELECT {table}.passage_id AS id FROM {table} {join}"
            f"WHERE {table}.terms @@ CAST(? AS TSQUERY) {limits}"
            f"ORDER BY {score} DESC, {table}.passage_id LIMIT ?",
            (" | ".join(map(_quoted, terms)), *values, *counted, limit),
        )
        return [row["id"] for row in found]

    def close(self) -> None:
        with self._lock:
            while self._opened:
                self._opened.pop().close()

    def _run(self, query: str, values: Values) -> psycopg.Cursor[Row]:
        """A statement outside of a transaction: tried again where only the connection was lost."""
        connection = self.connection
        try:
            return run(connection, self._dialect.translated(query), values)
        except psycopg.OperationalError:
            if not connection.closed:
                raise
            return run(self.connection, self._dialect.translated(query), values)

    def _bm25(self, table: Terms, terms: Sequence[str]) -> tuple[str, list[Any]]:
        """The score of a row, and the values in it."""
        marks = ",".join("?" * len(terms))
        found = self.rows(
            f"SELECT term, doc FROM {table}_vocabulary WHERE term IN ({marks})", terms
        )
        documents = {row["term"]: row["doc"] for row in found}
        [totals] = self.rows("SELECT * FROM totals")
        total, average = totals["passages"], totals[table] / max(1, totals["passages"]) or 1.0
        damping = f"({_double(_K1 * (1 - _B))} + {_double(_K1 * _B / average)} * {table}.length)"
        parts: list[str] = []
        values: list[Any] = []
        for term in terms:
            n = documents.get(term, 0)
            idf = max(1e-6, math.log((total - n + 0.5) / (n + 0.5)))
            has = f"{table}.terms @@ CAST(? AS TSQUERY)"
            if table == "words":
                count = f"CASE WHEN {has} THEN {_OCCURRENCES} WHEN {has} THEN 1 ELSE 0 END"
                values += [_quoted(f"{term}#2"), f" {term} ", len(term) + 2, _quoted(term)]
            else:
                # SQLite's index of the pieces does not count either.
                count = f"CASE WHEN {has} THEN 1 ELSE 0 END"
                values += [_quoted(term)]
            parts.append(f"{_double(idf)} * (1 - {damping} / ({count} + {damping}))")
        return " + ".join(parts), values

    def _create_or_check(self) -> None:
        connection = self.connection
        [encoding] = connection.execute("SHOW server_encoding").fetchone() or [""]
        if encoding != "UTF8":
            raise CatalogError(f"{self.name} keeps its texts in {encoding}; it has to be UTF8.")
        with connection.transaction():
            connection.execute(_LOCK)
            [known] = connection.execute("SELECT to_regclass('schema_version')").fetchone() or [0]
            if known is None:
                connection.execute("CREATE TABLE schema_version AS SELECT 0 AS version")
            [version] = connection.execute("SELECT version FROM schema_version").fetchone() or [0]
            if version > SCHEMA_VERSION:
                raise CatalogError(
                    f"The catalog on {self.name} was made by a newer Newsdesk (schema {version}; "
                    f"this one knows {SCHEMA_VERSION}). Upgrade Newsdesk, or name another database."
                )
            for step in range(version + 1, SCHEMA_VERSION + 1):
                for statement in schema(step):
                    connection.execute(statement)
            connection.execute(f"UPDATE schema_version SET version = {SCHEMA_VERSION}")


@contextmanager
def looked_at(url: str) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """The database's name without its password, and what gives the first value of a query's first
    row; nothing can be changed.

    Raises:
        CatalogError: it can't be reached or read.
    """
    settings = {**_DEFAULTS, **_read(url)}
    name = _name(settings)
    with _wrapped(name), psycopg.connect(make_conninfo("", **settings)) as connection:
        connection.read_only = True

        def ask(query: str) -> Any:
            row = connection.execute(query).fetchone()
            return row[0] if row else None

        yield name, ask


def _name(settings: dict[str, Any]) -> str:
    """Without the password."""
    return f"PostgreSQL ({settings.get('host', '')}/{settings.get('dbname', '')})"


@contextmanager
def _wrapped(name: str) -> Iterator[None]:
    """Turn the driver's errors into ``CatalogError``."""
    try:
        yield
    except psycopg.Error as error:
        raise CatalogError(f"The catalog on {name} can't be used{because(error)}") from error


def _read(url: str) -> dict[str, Any]:
    """What the parts of a URL say."""
    if url.startswith(("postgresql://", "postgres://")):
        with suppress(psycopg.Error):
            return conninfo_to_dict(url)
    # It isn't shown: it may have a password in it.
    raise CatalogError(
        "VECTORSTORE_CATALOG_URL must be an address like postgresql://user:password@host/database."
    )


def _double(number: float) -> str:
    """As a literal; without a cast PostgreSQL would calculate with decimals, slowly."""
    return f"CAST({number!r} AS FLOAT8)"


def _quoted(term: str) -> str:
    # Terms are folded words of letters and digits: quoting them is enough.
    return f"'{term}'"
