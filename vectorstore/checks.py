"""Whether the catalog is whole: what SQLite can tell, and what only this program knows."""

import json
import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import numpy as np

from vectorstore import rows
from vectorstore.catalog import Catalog
from vectorstore.errors import CatalogError
from vectorstore.searchtext import grams, words
from vectorstore.sqlite import SqliteDatabase

Kind = Literal[
    "file",
    "full text",
    "totals",
    "sequence",
    "sentences",
    "vectors",
    "index",
    "text",
    "links",
    "versions",
]
_MENDABLE = ("file", "full text", "totals", "sequence", "sentences", "vectors", "index")
FULL_TEXT_TABLES = ("words", "grams")
HIGHEST_SEQUENCE = (
    "SELECT max(coalesce((SELECT max(sequence) FROM passages), 0), "
    "coalesce((SELECT max(sequence) FROM removed), 0), "
    "coalesce((SELECT max(sequence) FROM versions), 0))"
)
"""A query for the highest sequence number that was given to anything."""
_MOST_SAID = 100
# What should be a blob may be a text that is none.
_BLOBS = ", ".join(
    f"CAST({name} AS BLOB) AS {name}" for name in ("vector", "sentence_vectors", "tokens")
)
_MOST_NAMED = 3
# Half precision, and models that do not quite give unit vectors.
_LENGTHS = (0.9, 1.1)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be."""

    kind: Kind
    sentence: str
    passages: tuple[int, ...] = ()
    """Ids of those that it is found in, where it is found in passages."""

    @property
    def mendable(self) -> bool:
        """Whether ``repair`` can do something about it."""
        return self.kind in _MENDABLE


def check(catalog: Catalog, token_width: int | None) -> list[Finding]:
    """Everything that is found wrong, of one moment; reads all of the catalog.

    ``token_width``: bytes that each token of a passage takes, see ``Constants.token_bytes``;
    None where the model shows none.

    Raises:
        CatalogError: it can't be read so far.
    """
    database = catalog.database
    if not isinstance(database, SqliteDatabase):
        raise CatalogError(
            "The catalog is on PostgreSQL, whose own tools check it, run by its administrator: "
            "pg_amcheck --install-missing --heapallindexed DATABASE"
        )
    with database.snapshot(), database.wrapped():
        db = database.connection
        broken = list(_file(db))
        if broken:
            # What is read of a broken file tells nothing about the rest.
            return broken
        return [
            *_links(db),
            *_texts(db),
            *_passages(db, token_width),
            *_full_text(db),
            *_totals(db),
            *_sequence(db),
            *_versions(db),
        ]


def _file(db: sqlite3.Connection) -> Iterator[Finding]:
    for (line,) in db.execute(f"PRAGMA integrity_check({_MOST_SAID})"):
        if line != "ok":
            yield Finding("file", f"SQLite finds damage: {' '.join(line.split())}.")


def _links(db: sqlite3.Connection) -> Iterator[Finding]:
    counts = Counter((row[0], row[2]) for row in db.execute("PRAGMA foreign_key_check"))
    for (table, parent), count in counts.items():
        yield Finding("links", f"{count} rows of “{table}” belong to no row of “{parent}”.")
    lost = db.execute(
        "SELECT COUNT(*) FROM passages p JOIN articles a ON a.id = p.article_id "
        "WHERE a.audience <> p.audience"
    ).fetchone()[0]
    if lost:
        yield Finding("links", f"{lost} passages are of another audience than their article.")


def _texts(db: sqlite3.Connection) -> Iterator[Finding]:
    for title in altered(db):
        yield Finding(
            "text",
            f"The text of “{title}” is not what was ingested: ingest it again, or undo it.",
        )


def altered(db: sqlite3.Connection) -> list[str]:
    """Titles of the articles whose paragraphs are not those that their digest was made of."""
    texts: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in db.execute(
        "SELECT article_id, paragraph, text FROM passages ORDER BY paragraph, start"
    ):
        texts[row["article_id"]].append((row["paragraph"], row["text"]))
    return [
        row["title"]
        for row in db.execute("SELECT id, title, digest FROM articles ORDER BY title")
        if rows.digest_of(texts[row["id"]]) != row["digest"]
    ]


def _passages(db: sqlite3.Connection, token_width: int | None) -> Iterator[Finding]:
    lengths = Counter(
        dict(db.execute("SELECT length(vector), COUNT(*) FROM passages GROUP BY 1").fetchall())
    )
    usual = int(lengths.most_common(1)[0][0]) if lengths else 0
    cut, vectors, terms = [], [], []
    for row in db.execute(f"SELECT id, text, terms, sentences, {_BLOBS} FROM passages"):
        count = _sentences(row["text"], row["sentences"])
        if count == 0:
            cut.append(row["id"])
        elif not _vectors_are_right(row, usual, count, token_width):
            vectors.append(row["id"])
        if row["terms"] != " ".join(words(row["text"])):
            terms.append(row["id"])
    yield from _found("sentences", cut, "sentences that are no parts of their text")
    yield from _found("vectors", vectors, "vectors that are missing, cut off or no numbers")
    yield from _found("full text", terms, "other words noted than their text has")


def _found(kind: Kind, ids: Sequence[int], what: str) -> Iterator[Finding]:
    if ids:
        named = ", ".join(map(str, ids[:_MOST_NAMED])) + (", …" if len(ids) > _MOST_NAMED else "")
        yield Finding(kind, f"{len(ids)} passages have {what} ({named}).", tuple(ids))


def _sentences(text: str, stored: str) -> int:
    """How many sentences a passage has; 0 where they are not ranges of its text, in order."""
    try:
        spans = [(int(start), int(end)) for start, end in json.loads(stored)]
    except (ValueError, TypeError):
        return 0
    before = 0
    for start, end in spans:
        if not before <= start < end <= len(text):
            return 0
        before = end
    return len(spans)


def _vectors_are_right(
    row: sqlite3.Row, usual: int, sentences: int, token_width: int | None
) -> bool:
    own, parts, tokens = (row[name] for name in ("vector", "sentence_vectors", "tokens"))
    if not all(isinstance(blob, bytes) for blob in (own, parts, tokens)):
        return False
    expected = sentences * usual
    if len(own) != usual or not usual or usual % 2:
        return False
    # A single sentence has its passage's.
    if len(parts) != expected and not (sentences == 1 and not parts):
        return False
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(rows.matrix([own, *_split(parts, usual)]), axis=1)
    if not bool(((lengths > _LENGTHS[0]) & (lengths < _LENGTHS[1])).all()):
        return False
    if not tokens or token_width is None:
        return not tokens
    count, rest = divmod(len(tokens), token_width)
    return rest == 0 and int(np.frombuffer(tokens, "<u2", count).max()) < sentences


def _split(blob: bytes, size: int) -> Iterable[bytes]:
    return (blob[i : i + size] for i in range(0, len(blob), size))


def _full_text(db: sqlite3.Connection) -> Iterator[Finding]:
    """Compares with tables that are made anew, in memory."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        for table in FULL_TEXT_TABLES:
            (made,) = db.execute(
                "SELECT sql FROM sqlite_master WHERE name = ?", (table,)
            ).fetchone()
            fresh.execute(made)
            fresh.execute(f"CREATE VIRTUAL TABLE {table}_v USING fts5vocab ({table}, 'row')")
            for row in db.execute("SELECT id, text FROM passages"):
                terms = words(row["text"])
                text = " ".join(terms if table == "words" else grams(terms))
                fresh.execute(
                    f"INSERT INTO {table} (rowid, terms) VALUES (?, ?)", (row["id"], text)
                )
            if not _same_terms(db, fresh, table):
                yield Finding(
                    "full text", f"The full-text table “{table}” has other words than the passages."
                )


def _same_terms(db: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> bool:
    try:
        ids = (c.execute(f"SELECT rowid FROM {table} ORDER BY rowid") for c in (db, fresh))
        if any(one is None or a is None or a[0] != one[0] for a, one in zip_longest(*ids)):
            return False
        vocabularies = (
            connection.execute(f"SELECT term, doc, cnt FROM {name}")
            for connection, name in ((db, f"{table}_vocabulary"), (fresh, f"{table}_v"))
        )
        return all(
            a is not None and b is not None and tuple(a) == tuple(b)
            for a, b in zip_longest(*vocabularies)
        )
    except sqlite3.DatabaseError:
        # Its own pages are readable, what stands in them is not.
        return False


def _totals(db: sqlite3.Connection) -> Iterator[Finding]:
    counted = [0, 0, 0]
    for row in db.execute("SELECT terms FROM passages"):
        terms = row["terms"].split()
        for place, number in enumerate((1, len(terms), len(grams(terms)))):
            counted[place] += number
    noted = [tuple(row) for row in db.execute("SELECT passages, words, grams FROM totals")]
    if noted != [tuple(counted)]:
        yield Finding("totals", f"The totals say {noted}, and there are {tuple(counted)}.")


def _sequence(db: sqlite3.Connection) -> Iterator[Finding]:
    (highest,) = db.execute(HIGHEST_SEQUENCE).fetchone()
    row = db.execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone()
    noted = int(row[0]) if row and str(row[0]).isdigit() else 0
    if noted < highest:
        yield Finding(
            "sequence", f"The number of the last change is noted as {noted}, and was {highest}."
        )


def _versions(db: sqlite3.Connection) -> Iterator[Finding]:
    broken = 0
    for row in db.execute("SELECT passages FROM versions"):
        try:
            parts = json.loads(zlib.decompress(row["passages"]))
            broken += not all(text[s:e] for _, _, text, spans in parts for s, e in spans)
        except (ValueError, TypeError, zlib.error):
            broken += 1
    if broken:
        yield Finding("versions", f"{broken} earlier versions of articles can't be read.")
