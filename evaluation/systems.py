"""What is asked golden questions, and the articles that it answers from."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bot.answering.answerer import Answerer
from bot.answering.conversation import Turn
from evaluation.cache import CachedEmbeddings
from evaluation.errors import EvaluationError
from evaluation.golden import Place
from ingest.errors import IngestError
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from vectorstore import SHARED, Article, Vectorstore, VectorstoreSettings, open_vectorstore

Unit = frozenset[Place]
"""What a system finds and shows at once: a paragraph, or the several that a chunk touches."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the articles that a system shows."""

    text: str
    places: Unit
    certainty: str = "reported"
    """A system that knows no certainty says of everything that it is so."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a system answers; no quotes: it says that the articles do not tell."""

    quotes: tuple[Quote, ...]
    seconds: float
    certainty: str = "reported"
    """What the answer says of itself as a whole."""


class System(Protocol):
    """Finds and answers; built over one corpus."""

    name: str
    units: Sequence[Unit]

    def rank(self, question: str, k: int) -> list[Unit]:
        """The best ``k``, the best first."""
        ...

    def ask(self, question: str, after: str | None) -> Response:
        """The answer to a question, asked after another one if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """Ingested articles."""

    store: Vectorstore
    files: dict[str, str]
    """Of each article id, the file relative to the folder."""
    articles: dict[str, Article]
    """By file."""
    paragraphs: dict[Place, str]

    @staticmethod
    def of(store: Vectorstore, folder: Path) -> "Corpus":
        """What a store has from the files of a folder."""
        root = folder.resolve()
        files: dict[str, str] = {}
        articles: dict[str, Article] = {}
        parts: dict[Place, list[str]] = {}
        for article in store.catalog.articles([SHARED]):
            name = Path(article.source).relative_to(root).as_posix()
            files[article.id], articles[name] = name, article
            for passage in store.catalog.passages_of(article.id):
                parts.setdefault((name, passage.paragraph), []).append(passage.text)
        paragraphs = {place: " ".join(texts) for place, texts in parts.items()}
        return Corpus(store, files, articles, paragraphs)


@contextmanager
def ingested(folder: Path, place: Path, cache: Path) -> Iterator[Corpus]:
    """The articles of ``folder``, ingested into a new store in ``place``; embeddings are cached.

    Raises:
        EvaluationError: there are none, or one can't be ingested.
        VectorstoreError: the store or the model can't be used.
    """
    # Never on the server that people's articles are on.
    store = open_vectorstore(VectorstoreSettings(path=place, chroma_url=None))
    try:
        cached = CachedEmbeddings(store.embeddings, cache)
        try:
            _ingest(replace(store, embeddings=cached), folder)
        finally:
            cached.close()
        yield Corpus.of(store, folder)
    finally:
        store.close()


class Newsdesk:
    """The product, as its users meet it."""

    name = "Newsdesk"

    def __init__(self, corpus: Corpus) -> None:
        self._files = corpus.files
        self._retriever = corpus.store.retriever
        self._answerer = Answerer(corpus.store.catalog, corpus.store.retriever)
        self.units: Sequence[Unit] = [frozenset([place]) for place in corpus.paragraphs]

    def rank(self, question: str, k: int) -> list[Unit]:
        # Twice as many passages: a long paragraph is several.
        found = [document.metadata for document in self._retriever.search(question, 2 * k)]
        units = (self._unit(m["article_id"], m["paragraph"]) for m in found)
        return list(dict.fromkeys(units))[:k]

    def ask(self, question: str, after: str | None) -> Response:
        turns = [Turn(after, self._answerer.answer(after))] if after else []
        answer = self._answerer.answer(question, conversation=turns)
        quotes = [
            Quote(c.quote, self._unit(c.article_id, c.paragraph), c.certainty)
            for c in answer.citations
        ]
        return Response(tuple(quotes), answer.seconds, answer.certainty)

    def _unit(self, article_id: str, paragraph: int) -> Unit:
        return frozenset([(self._files[article_id], paragraph)])


def _ingest(store: Vectorstore, folder: Path) -> None:
    try:
        for report in Ingestion(store, IngestSettings()).add([str(folder)], operator=True):
            if report.error:
                raise EvaluationError(f"{report.source}: {report.error}")
    except IngestError as error:
        raise EvaluationError(str(error)) from error
