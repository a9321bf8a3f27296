"""Rows of the catalog's tables and the objects that they stand for."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np

from vectorstore import fingerprints
from vectorstore.article import Article, Changes, Matrix, Passage, PassageVectors, Span
from vectorstore.database import Connection, Row, stamp
from vectorstore.errors import PassageDamaged
from vectorstore.scope import Scope
from vectorstore.searchtext import grams, words

# Half precision: a quarter of a percent of a cosine, against half the disk and half the reading.
_STORED = np.dtype("<f2")


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


def next_sequence(db: Connection) -> int:
    """The number of the change that this transaction makes."""
    db.execute("INSERT OR IGNORE INTO meta VALUES ('sequence', '0')")
    row = db.execute(
        "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'sequence' RETURNING value"
    ).fetchone()
    return int(row["value"])


def by_text(db: Connection, article_id: str) -> dict[str, list[Row]]:
    """An article's passages in reading order, those with the same text together."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in db.execute(
        "SELECT * FROM passages WHERE article_id = ? ORDER BY paragraph, start", (article_id,)
    ):
        found[row["text"]].append(row)
    return found


def write_article(
    db: Connection,
    article: Article,
    text_digest: str,
    version: int,
    restores: int | None,
    since: str | None = None,
) -> None:
    """``since``: UTC, ISO 8601; None is now."""
    db.execute(
        "INSERT INTO articles (id, audience, source, title, titled, language, published, url, "
        "site, author, modified, digest, ingested, version, restores) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title, titled = excluded.titled, "
        "language = excluded.language, published = excluded.published, url = excluded.url, "
        "site = excluded.site, author = excluded.author, "
        "modified = coalesce(excluded.modified, articles.modified), "
        "read_as = NULL, digest = excluded.digest, "
        "ingested = excluded.ingested, version = excluded.version, restores = excluded.restores",
        (
            article.id,
            article.audience,
            article.source,
            article.title,
            article.titled,
            article.language,
            article.published,
            article.url,
            article.site,
            article.author,
            article.modified,
            text_digest,
            since or stamp(),
            version,
            restores,
        ),
    )


def write_passages(
    db: Connection,
    article: Article,
    passages: Sequence[tuple[Passage, PassageVectors]],
    sequence: int,
) -> Changes:
    """Make these the article's passages; those whose text is there already keep their id."""
    old = by_text(db, article.id)
    added = 0
    for passage, own in passages:
        matches = old.get(passage.text)
        if matches:
            keep(db, matches.pop(0), passage, own, sequence)
        else:
            insert(db, article, passage, own, sequence)
            added += 1
    gone = [row for same in old.values() for row in same]
    delete(db, gone, sequence)
    return Changes(added, len(gone), len(passages) - added)


def insert(
    db: Connection,
    article: Article,
    new: Passage,
    vectors: PassageVectors,
    sequence: int,
) -> None:
    terms = " ".join(words(new.text))
    cursor = db.execute(
        "INSERT INTO passages (article_id, audience, paragraph, start, text, terms, sentences, "
        "vector, sentence_vectors, sequence, tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "RETURNING id",
        (
            article.id,
            article.audience,
            new.paragraph,
            new.start,
            new.text,
            terms,
            json.dumps([(s.start, s.end) for s in new.sentences]),
            _bytes(vectors.passage),
            _bytes(vectors.sentences),
            sequence,
            vectors.tokens,
        ),
    )
    passage_id = int(cursor.fetchone()["id"])
    index_terms(db, passage_id, terms)
    fingerprints.enter(db, passage_id, article.audience, terms)


def keep(
    db: Connection,
    old: Row,
    new: Passage,
    vectors: PassageVectors,
    sequence: int,
) -> None:
    """The same text again: note its place, and its vector where the title changed it."""
    changed = _bytes(vectors.passage) != old["vector"]
    db.execute(
        "UPDATE passages SET paragraph = ?, start = ?, sentences = ?, vector = ?, "
        "sentence_vectors = ?, sequence = ?, tokens = ? WHERE id = ?",
        (
            new.paragraph,
            new.start,
            json.dumps([(s.start, s.end) for s in new.sentences]),
            _bytes(vectors.passage),
            _bytes(vectors.sentences),
            sequence if changed else old["sequence"],
            vectors.tokens or old["tokens"],
            old["id"],
        ),
    )


def forget_removed(db: Connection, audience: str) -> None:
    """Forget which passages went: no index has any of the audience."""
    db.execute("DELETE FROM removed WHERE audience = ?", (audience,))


def delete(db: Connection, gone: Sequence[Row], sequence: int) -> None:
    for row in gone:
        _forget_terms(db, row["id"], row["terms"])
        fingerprints.forget(db, row["id"], row["audience"], row["terms"])
        db.execute("DELETE FROM passages WHERE id = ?", (row["id"],))
        db.execute("INSERT INTO removed VALUES (?, ?, ?)", (row["id"], row["audience"], sequence))


def index_terms(db: Connection, passage_id: int, terms: str) -> None:
    """Enter a passage into the two full-text indexes and into the totals."""
    split = terms.split()
    pieces = grams(split)
    db.index_terms(passage_id, split, pieces)
    _count(db, 1, len(split), len(pieces))


def _forget_terms(db: Connection, passage_id: int, terms: str) -> None:
    split = terms.split()
    pieces = grams(split)
    db.forget_terms(passage_id, split, pieces)
    _count(db, -1, -len(split), -len(pieces))


def _count(db: Connection, passages: int, words: int, grams: int) -> None:
    db.execute(
        "UPDATE totals SET passages = passages + ?, words = words + ?, grams = grams + ?",
        (passages, words, grams),
    )


def _bytes(values: Matrix) -> bytes:
    return values.astype(_STORED).tobytes()


def _floats(blob: bytes) -> Matrix:
    return np.frombuffer(blob, _STORED).astype(np.float32)
