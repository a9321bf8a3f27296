"""Articles with all their versions, as they move from one store to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vectorstore import rows, writing
from vectorstore.article import Article, Passage, PassageVectors
from vectorstore.catalog import Catalog
from vectorstore.database import Connection
from vectorstore.versions import Version, pack

_IDS_A_PART = 1000

Merge = Literal["added", "updated", "unchanged", "kept"]


@dataclass(frozen=True, slots=True)
class Edition:
    """A version with its text."""

    version: Version
    passages: tuple[Passage, ...]
    """Without ids."""

    def same_text(self, other: "Edition") -> bool:
        """Whether neither the text nor what is known of the article differs."""
        return (self.version.article, self.passages) == (other.version.article, other.passages)


@dataclass(frozen=True, slots=True)
class History:
    """An article with all its versions."""

    editions: tuple[Edition, ...]
    """The oldest first; never empty."""
    vectors: tuple[PassageVectors, ...] = ()
    """Of the last one's passages; empty where they were not asked for, or it was removed."""

    @property
    def last(self) -> Edition:
        return self.editions[-1]

    @property
    def article(self) -> Article:
        return self.last.version.article

    @property
    def changed(self) -> str:
        """When it changed last: UTC, ISO 8601."""
        return self.last.version.until or self.last.version.since


def merged(mine: History | None, other: History) -> tuple[Merge, History]:
    """What a store has after it was given an article that it may have already.

    The one that changed last wins. A history that goes on where the store's ends is taken as it
    is; of any other its last version becomes a new one, so that nothing is lost. ``kept``: the
    store's changed later, or at the same time.
    """
    if mine is None:
        return "added", other
    newer = other.changed > mine.changed
    if newer and len(other.editions) > len(mine.editions) and _begins_with(other, mine):
        return "updated", other
    ended = mine.last.version.removed, other.last.version.removed
    if mine.last.same_text(other.last) and ended[0] == ended[1]:
        return "unchanged", mine
    if not newer:
        return "kept", mine
    return "updated", _appended(mine, other)


def _begins_with(whole: History, part: History) -> bool:
    return all(
        one.same_text(same)
        and (one.version.number, one.version.since) == (same.version.number, same.version.since)
        for one, same in zip(part.editions, whole.editions, strict=False)
    )


def _appended(mine: History, other: History) -> History:
    """The store's history and the last version of the other one."""
    last, new = mine.last.version, other.last.version
    if mine.last.same_text(other.last):  # only removed since, or brought back
        if new.removed:
            ended = replace(last, until=new.until, removed=True)
            return History((*mine.editions[:-1], replace(mine.last, version=ended)))
        restored = replace(new, number=last.number + 1, restores=last.original)
        return History((*mine.editions, replace(other.last, version=restored)), other.vectors)
    ended = last if last.removed else replace(last, until=new.since)
    numbered = replace(new, number=last.number + 1, restores=None)
    return History(
        (
            *mine.editions[:-1],
            replace(mine.last, version=ended),
            replace(other.last, version=numbered),
        ),
        other.vectors,
    )


class Histories:
    """The histories in a catalog; every method does blocking I/O and may raise
    ``CatalogError``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def ids(self, audience: str | None = None) -> Iterator[str]:
        """The ids of all articles (or an audience's), removed ones too, in the order of ids."""
        last = ""
        while found := self._catalog.query(
            "SELECT id FROM (SELECT id, audience FROM articles "
            "UNION SELECT article_id, audience FROM versions) "
            "WHERE id > ? AND ? IN (audience, '') ORDER BY id LIMIT ?",
            (last, audience or "", _IDS_A_PART),
        ):
            yield from (row["id"] for row in found)
            last = found[-1]["id"]

    def of(self, article_id: str, *, vectors: bool = False) -> History | None:
        """An article's history as it is now; None where there never was one."""
        versions = self._catalog.versions
        editions = tuple(
            Edition(version, tuple(versions.passages(article_id, version.number)))
            for version in versions.of(article_id)
        )
        if not editions:
            return None
        found = self._catalog.query(
            "SELECT vector, sentence_vectors, tokens FROM passages WHERE article_id = ? "
            "ORDER BY paragraph, start",
            (article_id if vectors else "",),
        )
        return History(editions, tuple(map(rows.all_vectors, found)))

    def write(
        self, history: History, vectors: Sequence[PassageVectors], before: History | None
    ) -> bool:
        """Make this the article's history, in one transaction; False, with nothing done, where it
        is not ``before`` any more.

        ``vectors`` are those of the last version's passages, none where it was removed.
        """
        with self._catalog.database.transaction() as db:
            self._catalog.check_model()
            now = self._catalog.versions.of(history.article.id)
            if now != [edition.version for edition in (before.editions if before else ())]:
                return False
            sequence = writing.next_sequence(db)
            _write_ended(db, history, sequence)
            _write_last(db, history, vectors, sequence)
        return True


def _write_ended(db: Connection, history: History, sequence: int) -> None:
    """All versions that ended; those that had ended before keep the number of that change."""
    article_id = history.article.id
    known = dict(
        db.execute("SELECT version, sequence FROM versions WHERE article_id = ?", (article_id,))
    )
    db.execute("DELETE FROM versions WHERE article_id = ?", (article_id,))
    for edition in history.editions:
        if edition.version.until is not None:
            number = edition.version.number
            pack(db, edition.version, edition.passages, known.get(number, sequence))


def _write_last(
    db: Connection, history: History, vectors: Sequence[PassageVectors], sequence: int
) -> None:
    """The version that is the present one, or nothing in its place."""
    article, last = history.article, history.last
    version = last.version
    if version.removed:
        writing.write_passages(db, article, (), sequence)
        db.execute("DELETE FROM articles WHERE id = ?", (article.id,))
        return
    digest = rows.digest(last.passages)
    writing.write_article(db, article, digest, version.number, version.restores, version.since)
    db.execute("UPDATE articles SET gone = ? WHERE id = ?", (article.gone, article.id))
    pairs = list(zip(last.passages, vectors, strict=True))
    writing.write_passages(db, article, pairs, sequence)
