"""Every version of every article: written with each change, read for history, undo and corrections.

The present version is the article as the catalog has it; one that ends is packed into one row.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vectorstore import rows, writing
from vectorstore.article import Article, Passage, Span
from vectorstore.database import Connection, Database, Row, stamp


@dataclass(frozen=True, slots=True)
class Version:
    """An article as it was for a time."""

    number: int
    """Counted from 1; never given twice, also when the article was removed in between."""
    article: Article
    since: str
    """When it was ingested: UTC, ISO 8601."""
    until: str | None
    """When another one came or the article was removed; None: it is the present one."""
    removed: bool
    """Whether the article was removed then."""
    restores: int | None
    """Of an undo: the number of the version that it gave back."""

    @property
    def original(self) -> int:
        """The version whose text this is."""
        return self.restores or self.number


@dataclass(frozen=True, slots=True)
class Ending:
    """A version of an article ended: another one came, or the article was removed."""

    article_id: str
    sequence: int
    at: datetime


class Versions:
    """The versions in a catalog's file; every method does blocking I/O and may raise
    ``CatalogError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, article_id: str) -> list[Version]:
        """All of an article, also a removed one, the oldest first; empty: it was never there."""
        # One statement, so that no other process writes between its halves.
        return [_version(row) for row in self._database.rows(_ALL, (article_id, article_id))]

    def before(self, article_id: str) -> Version | None:
        """What an undo gives back: of a removed article its last version, else the one before;
        after an undo, the one before that."""
        found = self.of(article_id)
        if found and found[-1].removed:
            return found[-1]
        older = [version for version in found if version.number < found[-1].original]
        return older[-1] if older else None

    def passages(self, article_id: str, number: int) -> list[Passage]:
        """The passages of a version in reading order, as they were; without ids."""
        packed = self._database.rows(
            "SELECT passages FROM versions WHERE article_id = ? AND version = ?",
            (article_id, number),
        )
        if packed:
            return _unpacked(packed[0]["passages"], article_id)
        present = self._database.rows(
            "SELECT p.paragraph, p.start, p.text, p.sentences FROM passages p "
            "JOIN articles a ON a.id = p.article_id WHERE a.id = ? AND a.version = ? "
            "ORDER BY p.paragraph, p.start",
            (article_id, number),
        )
        return [
            _passage(row["paragraph"], row["start"], row["text"], row["sentences"], article_id)
            for row in present
        ]

    def removed_articles(self, audiences: Sequence[str]) -> list[Article]:
        """The articles of these audiences that were removed, as they were, the last one first."""
        found = self._database.rows(
            "SELECT v.*, NULL AS gone FROM versions v "
            f"WHERE v.audience IN ({rows.marks(audiences)}) "
            "AND v.removed = 1 AND v.article_id NOT IN (SELECT id FROM articles) "
            "AND v.version = (SELECT max(version) FROM versions WHERE article_id = v.article_id) "
            "ORDER BY v.sequence DESC",
            tuple(audiences),
        )
        return [rows.article(row) for row in found]

    def ended_after(self, sequence: int) -> list[Ending]:
        """What ended by later changes than this one, in their order."""
        found = self._database.rows(
            "SELECT article_id, sequence, ended FROM versions WHERE sequence > ? ORDER BY sequence",
            (sequence,),
        )
        return [
            Ending(row["article_id"], row["sequence"], datetime.fromisoformat(row["ended"]))
            for row in found
        ]

    def purge(self, audience: str) -> None:
        """Delete all articles of an audience with all their versions: nothing brings them back."""
        with self._database.transaction() as db:
            gone = db.execute("SELECT * FROM passages WHERE audience = ?", (audience,)).fetchall()
            writing.delete(db, gone, writing.next_sequence(db))
            db.execute("DELETE FROM articles WHERE audience = ?", (audience,))
            db.execute("DELETE FROM versions WHERE audience = ?", (audience,))


def follow(
    db: Connection, article: Article, passages: Sequence[Passage], sequence: int
) -> int | None:
    """Keep the version that an article's new text ends; the number of the new one.

    None where nothing differs from the present one.
    """
    row = db.execute("SELECT * FROM articles WHERE id = ?", (article.id,)).fetchone()
    if row is None:
        last = db.execute(
            "SELECT max(version) AS number FROM versions WHERE article_id = ?", (article.id,)
        ).fetchone()
        return (last["number"] or 0) + 1
    stored = _stored(db, article.id)
    if rows.article(row) == article and stored == _listed(passages):
        return None
    _keep(db, row, stored, sequence, removed=False)
    return int(row["version"]) + 1


def pack(db: Connection, version: Version, passages: Sequence[Passage], sequence: int) -> None:
    """Keep a version that ended, as it was in another store."""
    article = version.article
    db.execute(
        f"INSERT INTO versions (article_id, version, restores, {_METADATA}, passages, ingested, "
        "ended, removed, sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(article.id, version.number, version.restores, article.audience, article.source),
            *(article.title, article.titled, article.language, article.published, article.url),
            *(article.site, article.author, article.modified, _packed(_listed(passages))),
            *(version.since, version.until, version.removed, sequence),
        ),
    )


def end(db: Connection, article_id: str, sequence: int) -> None:
    """Keep the last version of an article that is about to be removed."""
    row = db.execute("SELECT * FROM articles WHERE id = ?", (article_id,)).fetchone()
    if row is not None:
        _keep(db, row, _stored(db, article_id), sequence, removed=True)


_METADATA = "audience, source, title, titled, language, published, url, site, author, modified"
_ALL = (
    f"SELECT version, restores, {_METADATA}, NULL AS gone, ingested, ended, removed "
    "FROM versions WHERE article_id = ? "
    f"UNION ALL SELECT version, restores, {_METADATA}, gone, ingested, NULL, 0 "
    "FROM articles WHERE id = ? ORDER BY version"
)

_Listed = list[tuple[int, int, str, list[list[int]]]]


def _keep(db: Connection, row: Row, passages: _Listed, sequence: int, *, removed: bool) -> None:
    db.execute(
        f"INSERT INTO versions (article_id, version, restores, {_METADATA}, passages, ingested, "
        f"ended, removed, sequence) SELECT id, version, restores, {_METADATA}, ?, ingested, ?, ?, "
        "? FROM articles WHERE id = ?",
        (_packed(passages), stamp(), removed, sequence, row["id"]),
    )


def _packed(passages: _Listed) -> bytes:
    return zlib.compress(json.dumps(passages, ensure_ascii=False).encode("utf-8"), 9)


def _stored(db: Connection, article_id: str) -> _Listed:
    found = db.execute(
        "SELECT paragraph, start, text, sentences FROM passages WHERE article_id = ? "
        "ORDER BY paragraph, start",
        (article_id,),
    )
    return [(r["paragraph"], r["start"], r["text"], json.loads(r["sentences"])) for r in found]


def _listed(passages: Sequence[Passage]) -> _Listed:
    return [
        (p.paragraph, p.start, p.text, [[s.start, s.end] for s in p.sentences]) for p in passages
    ]


def _version(row: Row) -> Version:
    return Version(
        number=row["version"],
        article=rows.article(row),
        since=row["ingested"],
        until=row["ended"],
        removed=bool(row["removed"]),
        restores=row["restores"],
    )


def _unpacked(packed: bytes, article_id: str) -> list[Passage]:
    return [
        Passage(paragraph, start, text, tuple(Span(*span) for span in spans), article_id=article_id)
        for paragraph, start, text, spans in json.loads(zlib.decompress(packed))
    ]


def _passage(paragraph: int, start: int, text: str, sentences: str, article_id: str) -> Passage:
    spans = tuple(Span(*span) for span in json.loads(sentences))
    return Passage(paragraph, start, text, spans, article_id=article_id)
