"""Another embedding model for a whole store, while the vectors of the old one still serve.

The new vectors wait in a table of their own until every passage has one. Triggers (schema 3) take
out those of passages that change or go meanwhile, whoever changes them. The switch is one
transaction; it gives the vectors new sequence numbers, by which indexes learn of them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from filelock import FileLock, Timeout

from vectorstore import rows, writing
from vectorstore.article import Article, Passage, PassageVectors
from vectorstore.catalog import Catalog
from vectorstore.errors import Reindexing

_TARGET = "reindexed with"
# An index reads what one sequence number wrote at once.
_PASSAGES_A_NUMBER = 300


@dataclass(frozen=True, slots=True)
class Unembedded:
    """Passages of an article that the new model has not embedded yet."""

    article: Article
    passages: tuple[Passage, ...]


class Reindex:
    """The change of a catalog to another model; every method does blocking I/O and may raise
    ``CatalogError``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other processes from doing the same.

        Raises:
            Reindexing: one of them is at it.
        """
        at = self._catalog.at
        # Two machines at once, on PostgreSQL, would do the same work twice.
        folder = at.parent if isinstance(at, Path) else Path(gettempdir())
        name = "reindex.lock" if isinstance(at, Path) else f"newsdesk-{self._catalog.id}.lock"
        lock = FileLock(folder / name, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise Reindexing("Another reindex of this store is under way.") from error
        try:
            yield
        finally:
            lock.release()

    def begin(self, identity: str) -> None:
        """Go on with a change to this model, or begin one; one to another model is given up."""
        if self._catalog.meta(_TARGET) == identity:
            return
        with self._catalog.database.transaction() as db:
            db.execute("DELETE FROM reindexed")
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_TARGET, identity))

    def give_up(self) -> None:
        """Forget a change that was begun; nothing where there is none."""
        with self._catalog.database.transaction() as db:
            db.execute("DELETE FROM reindexed")
            db.execute("DELETE FROM meta WHERE key = ?", (_TARGET,))

    def counts(self) -> tuple[int, int]:
        """How many passages have new vectors, and how many there are."""
        [row] = self._catalog.query(
            "SELECT (SELECT COUNT(*) FROM reindexed) AS done, passages FROM totals"
        )
        return row["done"], row["passages"]

    def missing(self, most: int) -> Iterator[Unembedded]:
        """What is not embedded yet, up to ``most`` passages of one article at a time."""
        after = ""
        while found := self._catalog.query(
            "SELECT p.article_id, p.id, p.paragraph, p.start, p.text, p.sentences FROM passages p "
            "WHERE p.article_id = (SELECT article_id FROM passages WHERE article_id >= ? "
            "AND id NOT IN (SELECT passage_id FROM reindexed) ORDER BY article_id LIMIT 1) "
            "AND p.id NOT IN (SELECT passage_id FROM reindexed) "
            "ORDER BY p.paragraph, p.start LIMIT ?",
            (after, most),
        ):
            after = found[0]["article_id"]
            # Removed between the two reads, its passages are gone too.
            if article := self._catalog.article(after):
                yield Unembedded(article, tuple(rows.passage(row) for row in found))

    def keep(self, done: Unembedded, vectors: Sequence[PassageVectors]) -> None:
        """Note new vectors, except of passages that changed while they were embedded."""
        title = done.article.title, done.article.titled
        with self._catalog.database.transaction() as db:
            now = self._catalog.article(done.article.id)
            if now is None or (now.title, now.titled) != title:
                return
            present = self._catalog.passages([passage.id for passage in done.passages])
            for passage, own in zip(done.passages, vectors, strict=True):
                same = present.get(passage.id)
                if same is not None and same.sentences == passage.sentences:
                    db.execute(
                        "INSERT OR REPLACE INTO reindexed VALUES (?, ?, ?, ?)",
                        (passage.id, *rows.blobs(own)),
                    )

    def switch(self, identity: str) -> bool:
        """Make the new vectors the store's, all at once; False, with nothing done, where a passage
        has none."""
        with self._catalog.database.transaction() as db:
            ids = [row["id"] for row in db.execute("SELECT id FROM passages ORDER BY id")]
            new = {row["passage_id"] for row in db.execute("SELECT passage_id FROM reindexed")}
            if not new.issuperset(ids):
                return False
            sequence = 0
            for number, passage_id in enumerate(ids):
                if number % _PASSAGES_A_NUMBER == 0:
                    sequence = writing.next_sequence(db)
                vectors = db.execute(
                    "SELECT vector, sentence_vectors, tokens FROM reindexed WHERE passage_id = ?",
                    (passage_id,),
                ).fetchone()
                db.execute(
                    "UPDATE passages SET vector = ?, sentence_vectors = ?, tokens = ?, "
                    "sequence = ? WHERE id = ?",
                    (*vectors, sequence, passage_id),
                )
            db.execute("DELETE FROM reindexed")
            db.execute("DELETE FROM meta WHERE key = ?", (_TARGET,))
            db.execute("INSERT OR REPLACE INTO meta VALUES ('embeddings', ?)", (identity,))
        return True
