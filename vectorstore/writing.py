"""What a write changes in the catalog's tables, within the transaction of whoever writes.

A passage goes in and out together with its full-text entries, its fingerprints and its share of
the totals; one that goes is noted, so that an index hears of it.
"""

import json
from collections import defaultdict
from collections.abc import Sequence

from vectorstore import fingerprints, rows, searchtext
from vectorstore.article import Article, Changes, Passage, PassageVectors
from vectorstore.database import Connection, Row, stamp
from vectorstore.searchtext import grams


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
    """Enter a passage under a new id."""
    terms = searchtext.terms(new.text)
    own, of_sentences, tokens = rows.blobs(vectors)
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
            own,
            of_sentences,
            sequence,
            tokens,
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
    own, of_sentences, tokens = rows.blobs(vectors)
    changed = own != old["vector"]
    db.execute(
        "UPDATE passages SET paragraph = ?, start = ?, sentences = ?, vector = ?, "
        "sentence_vectors = ?, sequence = ?, tokens = ? WHERE id = ?",
        (
            new.paragraph,
            new.start,
            json.dumps([(s.start, s.end) for s in new.sentences]),
            own,
            of_sentences,
            sequence if changed else old["sequence"],
            tokens or old["tokens"],
            old["id"],
        ),
    )


def forget_removed(db: Connection, audience: str) -> None:
    """Forget which passages went: no index has any of the audience."""
    db.execute("DELETE FROM removed WHERE audience = ?", (audience,))


def delete(db: Connection, gone: Sequence[Row], sequence: int) -> None:
    """``gone``: whole rows of ``passages``."""
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
