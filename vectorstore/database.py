"""The database of the catalog: transactions, rows, full-text search.

All SQL of this project is SQLite's, kept to what PostgreSQL understands too but for what
``postgres_dialect`` translates; the few things that differ in kind are methods here.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

SCHEMA_VERSION = 3

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


def statements(script: str) -> Iterator[str]:
    """The single statements of a script."""
    # executescript() would commit the open transaction first.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
