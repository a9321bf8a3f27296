"""Rows of the catalog's tables as the objects that they stand for; and how to ask for them.

What can't be read of a row raises ``PassageDamaged``.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np

from vectorstore.article import Article, Matrix, Passage, PassageVectors, Span
from vectorstore.database import Row
from vectorstore.errors import PassageDamaged
from vectorstore.scope import Scope

# Half precision: a quarter of a percent of a cosine, against half the disk and half the reading.
_STORED = np.dtype("<f2")
PASSAGE = "p.id, p.article_id, p.paragraph, p.start, p.text, p.sentences"
"""What ``passage`` reads, of ``passages p``."""


def article(row: Row) -> Article:
    try:
        return Article(
            source=row["source"],
            title=row["title"],
            audience=row["audience"],
            titled=bool(row["titled"]),
            language=row["language"],
            published=row["published"],
            url=row["url"],
            site=row["site"],
            author=row["author"],
            modified=row["modified"],
            gone=row["gone"],
        )
    except IndexError as error:
        # The very names of the columns may be garbled.
        raise PassageDamaged("an article") from error


def passage(row: Row, *, strict: bool = True) -> Passage:
    """``strict``: sentences that can't be read are an error, else they are none."""
    try:
        spans = tuple(Span(start, end) for start, end in json.loads(row["sentences"]))
    except (ValueError, TypeError) as error:
        if strict:
            raise PassageDamaged(f"a passage of article {row['article_id']}") from error
        spans = ()
    return Passage(row["paragraph"], row["start"], row["text"], spans, row["id"], row["article_id"])


def vectors(row: Row) -> PassageVectors:
    """Without what is kept of the tokens."""
    try:
        own = _floats(row["vector"])
        sentences = _floats(row["sentence_vectors"]).reshape(-1, len(own))
    except (ValueError, ZeroDivisionError) as error:
        raise PassageDamaged("a passage's vector") from error
    if not (np.isfinite(own).all() and np.isfinite(sentences).all()):
        raise PassageDamaged("a passage's vector")
    return PassageVectors(own, sentences)


def all_vectors(row: Row) -> PassageVectors:
    """With what is kept of the tokens."""
    return replace(vectors(row), tokens=row["tokens"])


def matrix(blobs: Iterable[bytes]) -> Matrix:
    """One row a blob; shape (0, 0) for none."""
    parts = list(blobs)
    try:
        return _floats(b"".join(parts)).reshape(len(parts), -1) if parts else np.empty((0, 0), "f4")
    except ValueError as error:
        raise PassageDamaged("a passage's vector") from error


def blobs(vectors: PassageVectors) -> tuple[bytes, bytes, bytes]:
    """The columns that they are kept in."""
    return _bytes(vectors.passage), _bytes(vectors.sentences), vectors.tokens


def marks(values: Sequence[object]) -> str:
    """As many ``?`` as there are values, for ``IN (…)``; NULL, which nothing equals, for none."""
    return ",".join("?" * len(values)) or "NULL"


def within(scope: Scope) -> tuple[str, tuple[str, ...]]:
    """A condition on ``passages`` to add to a WHERE, with its values; empty for all articles."""
    condition = ""
    values: tuple[str, ...] = ()
    if scope.article is not None:
        condition, values = " AND passages.article_id = ?", (scope.article,)
    if scope.period is None:
        return condition, values
    # Dates, and dates with a time: the day is what both begin with. No date is in no period.
    return (
        f"{condition} AND passages.article_id IN "
        "(SELECT id FROM articles WHERE substr(published, 1, 10) BETWEEN ? AND ?)",
        (*values, *scope.period.days),
    )


def digest(passages: Iterable[Passage]) -> str:
    """Equal for equal paragraphs in the same order."""
    return digest_of((p.paragraph, p.text) for p in passages)


def digest_of(paragraphs: Iterable[tuple[int, str]]) -> str:
    """``digest`` of the numbers and texts of passages."""
    return sha256(json.dumps(list(paragraphs)).encode()).hexdigest()


def _bytes(values: Matrix) -> bytes:
    return values.astype(_STORED).tobytes()


def _floats(blob: bytes) -> Matrix:
    return np.frombuffer(blob, _STORED).astype(np.float32)
