"""What SQLite's tables, statements and values are on PostgreSQL."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import psycopg

from vectorstore.database import Cursor, Row, Values, statements

_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
)
_KEYS = (
    "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) "
    "WHERE i.indisprimary AND c.relnamespace = to_regnamespace(current_schema())"
)
# A lexeme may have 2046 bytes.
LONGEST_TERM = 500
# PostgreSQL's texts have no NUL; articles may. This is no character (Unicode, section 23.7).
_ESCAPE = "\ufffe"


class Dialect:
    """Translates statements for the tables that a database has."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._columns = _by_table(connection.execute(_COLUMNS))
        self._keys = _by_table(connection.execute(_KEYS))
        # Few are asked again and again; the scores of a search are made for it.
        self.translated = lru_cache(512)(self._translated)
        """A statement of SQLite's as PostgreSQL understands it."""

    def _translated(self, query: str) -> str:
        query = re.sub(r"(?<![:\w]):(\w+)", r"%(\1)s", query.replace("%", "%%").replace("?", "%s"))
        found = re.match(r"INSERT OR (IGNORE|REPLACE) INTO (\w+)", query)
        if not found:
            return query
        what, table = found.groups()
        query = f"INSERT INTO {table}{query[found.end() :]} ON CONFLICT "
        keys = self._keys[table]
        others = [column for column in self._columns[table] if column not in keys]
        if what == "IGNORE" or not others:
            return f"{query}DO NOTHING"
        replaced = ", ".join(f"{column} = excluded.{column}" for column in others)
        return f"{query}({', '.join(keys)}) DO UPDATE SET {replaced}"


class Within:
    """A connection within a transaction."""

    def __init__(self, connection: psycopg.Connection[Row], dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def execute(self, query: str, values: Values = (), /) -> Cursor:
        return run(self._connection, self._dialect.translated(query), values)

    def executemany(self, query: str, values: Iterable[Sequence[Any]], /) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(self._dialect.translated(query), [plain(one) for one in values])

    def index_terms(self, passage_id: int, words: Sequence[str], grams: Sequence[str]) -> None:
        for table, terms in (("words", words), ("grams", grams)):
            counts = Counter(term[:LONGEST_TERM] for term in terms)
            again = [f"{term}#2" for term, count in counts.items() if count > 1]
            self._connection.execute(
                f"INSERT INTO {table} VALUES (%s, array_to_tsvector(%s::text[]), %s)",
                (passage_id, [*counts, *again], len(terms)),
            )
            self._connection.execute(
                f"INSERT INTO {table}_vocabulary AS v SELECT term, 1 FROM unnest(%s::text[]) term "
                "ON CONFLICT (term) DO UPDATE SET doc = v.doc + 1",
                (sorted(counts),),
            )

    def forget_terms(self, passage_id: int, words: Sequence[str], grams: Sequence[str]) -> None:
        for table, terms in (("words", words), ("grams", grams)):
            known = sorted({term[:LONGEST_TERM] for term in terms})
            for statement in (
                f"UPDATE {table}_vocabulary SET doc = doc - 1 WHERE term = ANY (%s::text[])",
                f"DELETE FROM {table}_vocabulary WHERE term = ANY (%s::text[]) AND doc <= 0",
            ):
                self._connection.execute(statement, (known,))
            self._connection.execute(f"DELETE FROM {table} WHERE passage_id = %s", (passage_id,))


class _NamedRow(tuple[Any, ...]):
    """As ``sqlite3.Row``."""

    places: dict[str, int]

    def __getitem__(self, key: Any, /) -> Any:
        return _original(super().__getitem__(self.places[key] if isinstance(key, str) else key))

    def __iter__(self) -> Iterator[Any]:
        return map(_original, super().__iter__())


def run(connection: psycopg.Connection[Row], query: str, values: Values) -> psycopg.Cursor[Row]:
    """Run a translated statement."""
    return connection.cursor(binary=True).execute(query, plain(values))


def plain(values: Values) -> Values:
    """Values as they are stored: SQLite has no truth values, they are 0 and 1."""
    if isinstance(values, Mapping):
        return {name: _storable(value) for name, value in values.items()}
    return [_storable(value) for value in values]


def _storable(value: Any) -> Any:
    if isinstance(value, str) and not value.isprintable():
        return value.replace(_ESCAPE, f"{_ESCAPE}1").replace("\0", f"{_ESCAPE}0")
    return int(value) if isinstance(value, bool) else value


def _original(value: Any) -> Any:
    if isinstance(value, str) and _ESCAPE in value:
        return value.replace(f"{_ESCAPE}0", "\0").replace(f"{_ESCAPE}1", _ESCAPE)
    return value


def named_rows(cursor: psycopg.Cursor[Any]) -> Any:
    """Makes the rows of a cursor."""
    return _kind(tuple(column.name for column in cursor.description or ()))


@lru_cache(256)
def _kind(names: tuple[str, ...]) -> type[_NamedRow]:
    return type("_NamedRow", (_NamedRow,), {"places": {name: i for i, name in enumerate(names)}})


def schema(step: int) -> Iterator[str]:
    """What a step of SQLite's schema is here: its tables, and what a file of our own adds."""
    folder = files(__package__).joinpath("schema")
    for statement in statements(folder.joinpath(f"{step}.sql").read_text(encoding="utf-8")):
        bare = re.sub(r"--.*", "", statement)
        # What these do is in the file of our own.
        if not re.search(r"CREATE (VIRTUAL TABLE|TRIGGER)", bare):
            yield _table(bare)
    own = folder.joinpath("postgres", f"{step}.sql")
    if own.is_file():
        yield own.read_text(encoding="utf-8")


def _table(statement: str) -> str:
    for theirs, ours in (
        (
            r"\bINTEGER PRIMARY KEY AUTOINCREMENT",
            "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        ),
        (r"\bINTEGER\b", "BIGINT"),
        # In the order of their characters, as SQLite's.
        (r"\bTEXT\b", 'TEXT COLLATE "C"'),
        (r"\bBLOB\b", "BYTEA"),
        (r"\bx''", "''"),
        (r"\bWITHOUT ROWID", ""),
    ):
        statement = re.sub(theirs, ours, statement)
    return statement


def _by_table(found: Iterable[Row]) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    for table, column in found:
        tables.setdefault(table, []).append(column)
    return tables
