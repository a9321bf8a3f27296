"""An index of runs of words, to find the passages that have many of them in common.

Of all runs of four words some are kept, by *winnowing* (Schleimer, Wilkerson & Aiken 2003, "Local
Algorithms for Document Fingerprinting"): of any four neighbouring runs the one with the least hash.
So two passages that share seven words in a row share a fingerprint, wherever these stand. What is
kept depends on a passage's own words alone, not on what else there is.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar
from zlib import crc32

from vectorstore.database import Connection, Database

_RUN = 4
_WINDOW = 4
# Runs that more passages have are phrases ("in a statement on") or boilerplate: they tell nothing.
COMMON = 256
_PASSAGES_A_PART = 2000
_HASHES_A_QUERY = 500
_REMEMBERED = 1024
_ENTERED = "fingerprints"
_WHOLE = "whole"
_log = logging.getLogger(__name__)
Item = TypeVar("Item")


@lru_cache(_REMEMBERED)
def fingerprints(terms: str) -> frozenset[int]:
    """Of a passage's folded words, parted by spaces; 32 bits each."""
    words = terms.split()
    if not words:
        return frozenset()
    runs = [*map(" ".join, _neighbours(words, _RUN))] or [" ".join(words)]
    hashes = [crc32(run.encode()) for run in runs]
    return frozenset(map(min, _neighbours(hashes, _WINDOW))) or frozenset((min(hashes),))


def _neighbours(items: Sequence[Item], count: int) -> Iterator[tuple[Item, ...]]:
    """Every so many that stand beside each other; none of fewer."""
    return zip(*(items[first:] for first in range(count)), strict=False)


def enter(db: Connection, passage_id: int, audience: str, terms: str) -> None:
    """Index a passage; doing it twice changes nothing."""
    db.executemany(
        "INSERT OR IGNORE INTO fingerprints VALUES (?, ?)",
        [(one, passage_id) for one in _of_audience(fingerprints(terms), audience)],
    )


def forget(db: Connection, passage_id: int, audience: str, terms: str) -> None:
    db.executemany(
        "DELETE FROM fingerprints WHERE hash = ? AND passage_id = ?",
        [(one, passage_id) for one in _of_audience(fingerprints(terms), audience)],
    )


def complete(database: Database) -> None:
    """Index the passages of a catalog that was made before there were fingerprints.

    In parts, each of which is kept if the process ends; other processes may do the same.
    """
    # Looked up first: a transaction waits for other writers.
    if (noted := _entered(database)) != _WHOLE:
        _tell(database, int(noted))
    while (noted := _entered(database)) != _WHOLE:
        with database.transaction() as db:
            found = db.execute(
                "SELECT id, audience, terms FROM passages WHERE id > ? ORDER BY id LIMIT ?",
                (int(noted), _PASSAGES_A_PART),
            ).fetchall()
            for row in found:
                enter(db, row["id"], row["audience"], row["terms"])
            # Passages that are stored from now on are indexed as they are.
            upto = str(found[-1]["id"]) if found else _WHOLE
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_ENTERED, upto))


def _tell(database: Database, after: int) -> None:
    """Who opens a large catalog waits most of a minute for every 100,000 passages."""
    [row] = database.rows("SELECT COUNT(*) AS n FROM passages WHERE id > ?", (after,))
    if row["n"] > _PASSAGES_A_PART:
        _log.warning(
            "The index of copies is made of %s passages, once; questions wait for it.",
            f"{row['n']:,}",
        )


def renew(database: Database) -> None:
    """Index all passages again, where what there is can't be trusted."""
    with database.transaction() as db:
        db.execute("DELETE FROM fingerprints")
        db.execute("DELETE FROM meta WHERE key = ?", (_ENTERED,))
    complete(database)


def _entered(database: Database) -> str:
    """Up to which passage the index is made."""
    noted = database.rows("SELECT value FROM meta WHERE key = ?", (_ENTERED,))
    return str(noted[0]["value"]) if noted else "0"


def sharing(
    database: Database, wanted: Collection[int], audiences: Sequence[str]
) -> dict[int, set[int]]:
    """The passages of these audiences that have some of the fingerprints, each with those that it
    has; common ones are left out."""
    found: dict[int, set[int]] = defaultdict(set)
    for audience in audiences:
        stored = dict(zip(_of_audience(wanted, audience), wanted, strict=True))
        for one, holders in _holders(database, list(stored)):
            for passage_id in holders:
                found[passage_id].add(stored[one])
    return found


def shared(database: Database) -> Iterator[list[int]]:
    """The passages that have a fingerprint in common, for each that two or more have."""
    found = database.rows(
        "SELECT json_group_array(passage_id) AS ids FROM fingerprints "
        "GROUP BY hash HAVING COUNT(*) BETWEEN 2 AND ?",
        (COMMON,),
    )
    for row in found:
        yield _listed(row["ids"])


def _holders(database: Database, stored: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """The passages that have each; of those with none, or too many, nothing."""
    for first in range(0, len(stored), _HASHES_A_QUERY):
        part = stored[first : first + _HASHES_A_QUERY]
        # No more is read of a common one than tells that it is.
        rows = database.rows(
            "SELECT asked.column1 AS hash, (SELECT json_group_array(passage_id) FROM "
            "(SELECT passage_id FROM fingerprints WHERE hash = asked.column1 LIMIT ?) AS few"
            f") AS ids FROM (VALUES {', '.join(['(?)'] * len(part))}) AS asked",
            (COMMON + 1, *part),
        )
        for row in rows:
            ids = _listed(row["ids"])
            if 0 < len(ids) <= COMMON:
                yield row["hash"], ids


def _listed(array: str | None) -> list[int]:
    """The numbers of an array of JSON; PostgreSQL has NULL for an empty one."""
    inside = (array or "[]")[1:-1]
    return [int(one) for one in inside.split(",")] if inside else []


def _of_audience(found: Iterable[int], audience: str) -> list[int]:
    # What other servers have must not make a run common in this one.
    salt = crc32(audience.encode())
    return [one ^ salt for one in found]
