"""A SQLite file with broken pages: its tables are read row by row, around what can't be."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# A highest number that can't be read may be anything up to here.
_LARGEST = 1 << 40
# So many attempts to read between what can't be read: there may be nothing.
_ATTEMPTS = 20_000
# What a garbled header says may be anything.
_LARGEST_FILE = 1 << 40


def pad(path: Path) -> None:
    """Give a file the length that it says: of a shorter one SQLite reads nothing."""
    if not path.exists():
        return
    with path.open("rb") as file:
        header = file.read(32)
    # [sqlite.org/fileformat2.html, 1.3]
    whole = int.from_bytes(header[28:32]) * int.from_bytes(header[16:18])
    if header.startswith(b"SQLite format 3") and path.stat().st_size < whole <= _LARGEST_FILE:
        os.truncate(path, whole)


def opened(path: Path) -> sqlite3.Connection:
    """For reading only."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cell_size_check = ON")
    # Garbled text is read as it is; a row with it breaks no other.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    return connection


class TableReader:
    """Reads all rows of a table that can be read; ``complete`` tells whether these are all."""

    def __init__(self, source: sqlite3.Connection, table: str, columns: Sequence[str]) -> None:
        self._source = source
        self._table = table
        self._columns = ", ".join(columns)
        self.complete = True
        self._attempts = _ATTEMPTS

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """In the table's order, until it can't be read on; then from its end; then between."""
        yield from self._scanned("ASC")
        if not self.complete:
            yield from self._scanned("DESC")
            if not self._keys():
                yield from self._between(0, self._highest())

    def _scanned(self, order: str) -> Iterator[tuple[Any, ...]]:
        by = ", ".join(f"{key} {order}" for key in self._keys() or ["rowid"])
        query = f"SELECT {self._columns} FROM {self._table} NOT INDEXED ORDER BY {by}"
        try:
            for row in self._source.execute(query):
                yield tuple(row)
        except sqlite3.DatabaseError:
            self.complete = False

    def _keys(self) -> list[str]:
        """The columns that order a table without row numbers; none of one that has them."""
        try:
            self._source.execute(f"SELECT rowid FROM {self._table} LIMIT 0")
        except sqlite3.OperationalError:
            columns = self._source.execute(f"PRAGMA table_info({self._table})").fetchall()
            return [row["name"] for row in sorted(columns, key=lambda r: r["pk"]) if row["pk"]]
        return []

    def _highest(self) -> int:
        try:
            (highest,) = self._source.execute(f"SELECT max(rowid) FROM {self._table}").fetchone()
        except sqlite3.DatabaseError:
            return _LARGEST
        return int(highest or 0)

    def _between(self, low: int, high: int) -> Iterator[tuple[Any, ...]]:
        """Rows by number, in halves around what can't be read."""
        query = f"SELECT {self._columns} FROM {self._table} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
        self._attempts -= 1
        try:
            found = self._source.execute(query, (low, high)).fetchall()
        except sqlite3.DatabaseError:
            if low < high and self._attempts > 0:
                middle = (low + high) // 2
                yield from self._between(low, middle)
                yield from self._between(middle + 1, high)
            return
        yield from map(tuple, found)
