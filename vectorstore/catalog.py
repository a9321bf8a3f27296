"""The catalog of articles: the truth that the vector index is a copy of.

Every write gets the next *sequence* number, by which an index follows it (``change_log``).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from vectorstore import fingerprints, rows, versions, writing
from vectorstore.article import (
    Article,
    Changes,
    Matrix,
    Passage,
    PassageVectors,
    Totals,
)
from vectorstore.database import Database, Row, Values
from vectorstore.errors import CatalogError, ModelChanged, PassageDamaged
from vectorstore.scope import EVERYTHING, Scope
from vectorstore.sqlite import SqliteDatabase

_VECTORS_A_PART = 10_000


class Catalog:
    """Articles, passages and vectors in one SQLite file, or in a PostgreSQL database."""

    def __init__(self, at: Path | str) -> None:
        """Open or make the catalog in a file, or at a URL; raises ``CatalogError``."""
        self.at = at
        self.database = open_database(at)
        fingerprints.complete(self.database)
        self.versions = versions.Versions(self.database)
        self.id = self._identify()
        """Made with the file: an index of another catalog is not ours."""
        self.model: str | None = None
        """The embedding model that the vectors are taken to be of; None: nobody looks at them."""

    def close(self) -> None:
        self.database.close()

    # Writing

    def replace(
        self,
        article: Article,
        passages: Sequence[tuple[Passage, PassageVectors]],
        restores: int | None = None,
    ) -> Changes:
        """Make this the article's text, in one transaction; the version before it is kept.

        Passages whose text is already there keep their id; only their place is updated.
        ``restores``: this is the text of that version again.
        """
        with self.database.transaction() as db:
            self.check_model()
            sequence = writing.next_sequence(db)
            texts = [passage for passage, _ in passages]
            number = versions.follow(db, article, texts, sequence)
            if number:
                writing.write_article(db, article, rows.digest(texts), number, restores)
            return writing.write_passages(db, article, passages, sequence)

    def remove(self, article_id: str) -> bool:
        """Remove an article and its passages, its versions are kept; False when there is none."""
        with self.database.transaction() as db:
            sequence = writing.next_sequence(db)
            versions.end(db, article_id, sequence)
            gone = [row for same in writing.by_text(db, article_id).values() for row in same]
            writing.delete(db, gone, sequence)
            return db.execute("DELETE FROM articles WHERE id = ?", (article_id,)).rowcount > 0

    def note(
        self, article_id: str, modified: str | None, gone: str | None, read_as: str | None = None
    ) -> None:
        """Note what its page says of an article whose text stays: when it was modified, and since
        when it is gone; neither makes a version. ``read_as``: what ``article_read_as`` finds it by
        until its text is another."""
        with self.database.transaction() as db:
            db.execute(
                "UPDATE articles SET modified = ?, gone = ?, read_as = ? WHERE id = ?",
                (modified, gone, read_as, article_id),
            )

    def set_meta(self, key: str, value: str) -> None:
        with self.database.transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def check_model(self) -> None:
        """Called with vectors that were just read, or are about to be written.

        Raises:
            ModelChanged: meanwhile another process gave all passages those of another model.
        """
        stored = self.meta("embeddings")
        if self.model is not None and stored != self.model:
            raise ModelChanged(stored or "")

    # Reading

    def meta(self, key: str) -> str | None:
        row = self._one("SELECT value FROM meta WHERE key = ?", (key,))
        return row["value"] if row else None

    def article(self, article_id: str) -> Article | None:
        row = self._one("SELECT * FROM articles WHERE id = ?", (article_id,))
        return rows.article(row) if row else None

    def article_read_as(self, audience: str, read_as: str) -> tuple[Article, int] | None:
        """The article that was read from such a file, and how many passages it has."""
        row = self._one(
            "SELECT *, (SELECT COUNT(*) FROM passages WHERE article_id = articles.id) AS passages "
            "FROM articles WHERE read_as = ? AND audience = ?",
            (read_as, audience),
        )
        return (rows.article(row), row["passages"]) if row else None

    def articles(self, audiences: Sequence[str]) -> list[Article]:
        """The articles of these audiences, newest first, undated ones last."""
        found = self.query(
            f"SELECT * FROM articles WHERE audience IN ({rows.marks(audiences)}) "
            "ORDER BY published IS NULL, published DESC, title",
            audiences,
        )
        return [rows.article(row) for row in found]

    def articles_by_id(self, ids: Iterable[str]) -> dict[str, Article]:
        """The articles that exist among these."""
        wanted = list(ids)
        found = self.query(f"SELECT * FROM articles WHERE id IN ({rows.marks(wanted)})", wanted)
        return {row["id"]: rows.article(row) for row in found}

    def same_text(self, audience: str, passages: Sequence[Passage]) -> list[Article]:
        """The articles of the audience whose paragraphs are exactly these, the oldest first."""
        found = self.query(
            "SELECT * FROM articles WHERE audience = ? AND digest = ? ORDER BY ingested",
            (audience, rows.digest(passages)),
        )
        return [rows.article(row) for row in found]

    def passages(self, ids: Iterable[int]) -> dict[int, Passage]:
        """The passages that (still) exist among these."""
        wanted = list(ids)
        found = self.query(
            f"SELECT {rows.PASSAGE} FROM passages p WHERE p.id IN ({rows.marks(wanted)})", wanted
        )
        return {row["id"]: rows.passage(row) for row in found}

    def passages_of(self, article_id: str) -> list[Passage]:
        """All passages of an article in reading order."""
        found = self.query(
            f"SELECT {rows.PASSAGE} FROM passages p WHERE p.article_id = ? "
            "ORDER BY p.paragraph, p.start",
            (article_id,),
        )
        return [rows.passage(row) for row in found]

    def leads(self, article_ids: Iterable[str]) -> dict[str, Passage]:
        """The first passage of each of these articles that has any."""
        wanted = list(article_ids)
        found = self.query(
            f"SELECT {rows.PASSAGE} FROM passages p "
            f"WHERE p.article_id IN ({rows.marks(wanted)}) AND p.id = (SELECT q.id FROM passages q "
            "WHERE q.article_id = p.article_id ORDER BY q.paragraph, q.start LIMIT 1)",
            wanted,
        )
        return {row["article_id"]: rows.passage(row) for row in found}

    def readable_passages(self, ids: Iterable[int]) -> list[Passage]:
        """The passages that exist among these, also where their sentences are noted wrongly: those
        then have none."""
        wanted = list(ids)
        found = self.query(
            f"SELECT {rows.PASSAGE} FROM passages p WHERE p.id IN ({rows.marks(wanted)})", wanted
        )
        return [rows.passage(row, strict=False) for row in found]

    def verified(self, article_id: str) -> list[Passage]:
        """As ``passages_of``; raises ``PassageDamaged`` where they are not what was ingested."""
        article = self._one("SELECT title, digest FROM articles WHERE id = ?", (article_id,))
        passages = self.passages_of(article_id)
        # Changed or removed between the two reads: then there is nothing to compare with.
        again = self._one("SELECT digest FROM articles WHERE id = ?", (article_id,))
        unchanged = article and again and article["digest"] == again["digest"]
        if article and unchanged and rows.digest(passages) != article["digest"]:
            raise PassageDamaged(f"the text of “{article['title']}”")
        return passages

    def vectors(self, ids: Iterable[int]) -> dict[int, PassageVectors]:
        """The raw vectors of the passages that exist among these."""
        wanted = list(ids)
        found = self.query(
            f"SELECT id, vector, sentence_vectors FROM passages WHERE id IN ({rows.marks(wanted)})",
            wanted,
        )
        self.check_model()
        return {row["id"]: rows.vectors(row) for row in found}

    def tokens(self, ids: Iterable[int]) -> dict[int, bytes]:
        """What ``LateInteraction`` keeps of the passages that exist among these."""
        wanted = list(ids)
        found = self.query(
            f"SELECT id, tokens FROM passages WHERE id IN ({rows.marks(wanted)})", wanted
        )
        self.check_model()
        return {row["id"]: row["tokens"] for row in found}

    def vectors_by_text(self, article_id: str) -> dict[str, PassageVectors]:
        """What is embedded of an article already, by passage text."""
        found = self.query(
            "SELECT text, vector, sentence_vectors FROM passages WHERE article_id = ?",
            (article_id,),
        )
        self.check_model()
        return {row["text"]: rows.vectors(row) for row in found}

    def vector_batches(
        self, audience: str, after: int = 0, scope: Scope = EVERYTHING
    ) -> Iterator[tuple[list[int], Matrix]]:
        """Ids and raw vectors of the passages written after a sequence number, in parts."""
        condition, values = rows.within(scope)
        found = self.database.parts(
            f"SELECT id, vector FROM passages WHERE audience = ? AND sequence > ?{condition}",
            (audience, after, *values),
            _VECTORS_A_PART,
        )
        for part in found:
            self.check_model()
            yield [row["id"] for row in part], rows.matrix(row["vector"] for row in part)

    def terms(self, ids: Iterable[int]) -> dict[int, str]:
        """The folded words of the passages that exist among these."""
        wanted = list(ids)
        found = self.query(
            f"SELECT id, terms FROM passages WHERE id IN ({rows.marks(wanted)})", wanted
        )
        return {row["id"]: row["terms"] for row in found}

    def totals(self) -> Totals:
        return Totals(*self.query("SELECT passages, words, grams FROM totals")[0])

    def sequence(self) -> int:
        """The number of the last change."""
        return int(self.meta("sequence") or 0)

    def audiences(self) -> list[str]:
        """Every audience that has, or had, passages."""
        found = self.query("SELECT audience FROM articles UNION SELECT audience FROM removed")
        return [row["audience"] for row in found]

    def count(self, audience: str, after: int = 0) -> int:
        """How many passages an audience has that were written after a sequence number."""
        row = self._one(
            "SELECT COUNT(*) AS n FROM passages WHERE audience = ? AND sequence > ?",
            (audience, after),
        )
        return int(row["n"]) if row else 0

    def pending(self, applied: Callable[[str], int]) -> int:
        """How many passages an index lacks that has applied, of an audience, all up to a number."""
        return sum(self.count(audience, applied(audience)) for audience in self.audiences())

    def _identify(self) -> str:
        known = self.meta("id")
        if known is not None:
            # Nothing to write: a full disk keeps nobody from reading.
            return known
        with self.database.transaction() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('id', ?)", (uuid4().hex,))
        return str(self.meta("id"))

    def query(self, query: str, values: Values = ()) -> list[Row]:
        """Rows of a SELECT; for this package's own modules."""
        return self.database.rows(query, values)

    def _one(self, query: str, values: Values = ()) -> Row | None:
        return next(iter(self.query(query, values)), None)


def open_database(at: Path | str) -> Database:
    """A SQLite file by its path, PostgreSQL by its URL; raises ``CatalogError``."""
    if isinstance(at, Path):
        return SqliteDatabase(at)
    with driver_wanted():
        from vectorstore.postgres import PostgresDatabase
    return PostgresDatabase(at)


@contextmanager
def driver_wanted() -> Iterator[None]:
    """For the import of what only those have who use it; raises ``CatalogError``."""
    try:
        yield
    except ImportError as error:
        raise CatalogError(
            "VECTORSTORE_CATALOG_URL needs the package psycopg, which is not installed: pip "
            "install 'newsdesk[postgres]', or in a checkout pip install -e '.[postgres]'."
        ) from error
