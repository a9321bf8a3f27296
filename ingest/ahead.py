"""Articles on their way into the store: read, and embedded, before it is their turn.

One thread reads; two prepare texts for the model and make vectors of what it tells; the model has
threads of its own. Only the caller's thread asks the catalog: it stores and indexes one article
after the other, in their order, while the next ones are embedded. What it finds to be stored then
is what counts; what is known before is only a guess at what has to be embedded for it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self

from ingest.embed import batches, embed_batch
from ingest.errors import IngestError
from ingest.plan import article_of, as_it_was, marks, unembedded
from ingest.reading import Read, ReaderThread, read
from ingest.settings import IngestSettings
from ingest.sources import FileSource, Source, StdinSource
from vectorstore import Article, Passage, PassageVectors, Vectorstore, VectorstoreError

# However many there are, no more is held: articles that are not read yet, each of which may have
# INGEST_MAX_BYTES; articles; passages, for which two processors need most of a second.
_UNREAD = 4
_ARTICLES = 32
_PASSAGES = 64

_Embedded = Future[list[PassageVectors]]


@dataclass(slots=True, eq=False)
class Upcoming:
    """An article that is to be stored for these audiences, and what is known of it by now."""

    source: Source
    audiences: Sequence[str]
    error: IngestError | None = None
    """Why its source can't be told from others in one file."""
    read_as: str | None = None
    """Of a file: the digest of what is read."""
    reading: Future[Read] | None = None
    """None where it is read when it is its turn."""
    guessed: bool = False
    marks: frozenset[str] = frozenset()
    """As soon as it is read."""
    passages: int = 0
    vectors: dict[str, tuple[_Embedded, int]] = field(default_factory=dict)
    """By passage text: what is being embedded, and which of the results it is."""


class Ahead:
    """What one call does ahead; for one thread, in a ``with``."""

    def __init__(self, store: Vectorstore, settings: IngestSettings, *, embeds: bool) -> None:
        """``embeds``: whether what is read will be embedded."""
        self._store = store
        self._settings = settings
        self._embeds = embeds
        self._reader = ReaderThread()
        # While one waits for the model, the other has texts for it.
        self._embedders = ThreadPoolExecutor(2 if store.late else 1, "passages")
        self._sources: Iterator[Upcoming] = iter(())
        self._present: list[Upcoming] = []
        self._waiting: deque[Upcoming] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._reader.close()
        self._embedders.shutdown(cancel_futures=True)

    def articles(self, sources: Iterator[Upcoming]) -> Iterator[Upcoming]:
        """One after the other, while those after it are read and embedded."""
        self._sources = sources
        # The first is read in this thread: with none after it there is nothing to gain.
        if (first := next(sources, None)) is None:
            return
        self._look_at(first)
        self._waiting.append(first)
        while self._waiting:
            self._present = [self._waiting.popleft()]
            self.go_on()
            yield self._present[0]
            self._present = []
            self.go_on()

    def read(self, article: Upcoming) -> Read:
        """What it says; raises ``IngestError``."""
        if article.reading is None:
            said = read(article.source, self._settings)
        else:
            said = article.reading.result()
        self._guess(article, said)
        return said

    def vectors(
        self,
        article: Article,
        passages: Sequence[Passage],
        done: Callable[[int], None],
        begun: Upcoming | None = None,
    ) -> dict[str, PassageVectors]:
        """Of passages with different texts, by text; ``begun`` may have some of them.

        ``done`` is told how many passages are complete.
        """
        vectors = begun.vectors if begun else {}
        self._embed(article, passages, vectors)
        found: dict[str, PassageVectors] = {}
        for batch in batches(passages):
            for passage in batch:
                embedded, place = vectors[passage.text]
                self.go_on()
                found[passage.text] = embedded.result()[place]
            done(len(found))
        return found

    def go_on(self) -> None:
        """Begin what there is room for; to be called now and then."""
        while self._has_room() and (article := next(self._sources, None)):
            if self._look_at(article):
                article.reading = self._reader.begin(article.source, self._settings)
            self._waiting.append(article)
        if not all(article.guessed for article in self._present):
            # It may bring what those after it need.
            return
        for article in self._waiting:
            if article.reading is None:
                continue
            if not article.reading.done():
                break
            if not article.reading.exception():
                self._guess(article, article.reading.result())

    def _has_room(self) -> bool:
        # How many passages one has that is read is known when it has been looked at.
        unread = sum(a.reading is not None and not self._is_known(a) for a in self._waiting)
        passages = sum(article.passages for article in self._waiting)
        return len(self._waiting) < _ARTICLES and unread < _UNREAD and passages < _PASSAGES

    def _is_known(self, article: Upcoming) -> bool:
        """Whether it is read ahead, and how many passages it has is known, or does not matter."""
        reading = article.reading
        if reading is None or not reading.done():
            return False
        return article.guessed or not self._embeds or reading.exception() is not None

    def _look_at(self, article: Upcoming) -> bool:
        """Whether it is to be read ahead."""
        if article.error is not None or isinstance(article.source, StdinSource):
            return False
        if isinstance(article.source, FileSource):
            article.read_as = article.source.digest(self._settings)
        catalog, label = self._store.catalog, article.source.label
        try:
            return not all(
                as_it_was(catalog, label, article.read_as, audience)
                for audience in article.audiences
            )
        except VectorstoreError:
            # If it is still so when it is its turn, it is told then.
            return False

    def _guess(self, article: Upcoming, said: Read) -> None:
        """Begin to embed what will have to be, once it is read."""
        if article.guessed or not self._embeds:
            return
        article.guessed = True
        article.passages = len(said.passages)
        article.marks = marks(said.identity, said.passages, article.audiences)
        # What the catalog has once the one before is stored is not known yet.
        if any(article.marks & o.marks for o in (*self._present, *self._waiting) if o != article):
            return
        catalog = self._store.catalog
        for audience in article.audiences:
            try:
                made = article_of(catalog, said.document, said.identity, audience, said.passages)
                new = unembedded(catalog, made, said.passages)
            except VectorstoreError:
                # As above.
                return
            self._embed(made, new, article.vectors)

    def _embed(
        self,
        article: Article,
        passages: Iterable[Passage],
        vectors: dict[str, tuple[_Embedded, int]],
    ) -> None:
        """Have those embedded that are not yet."""
        store = self._store
        for batch in batches([p for p in passages if p.text not in vectors]):
            embedded = self._embedders.submit(
                embed_batch, store.embeddings, store.late, article, batch
            )
            vectors |= {p.text: (embedded, place) for place, p in enumerate(batch)}
