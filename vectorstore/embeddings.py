"""Embedding models behind LangChain's ``Embeddings`` interface.

``bundled`` is multilingual-e5-small (Wang et al., 2024, arXiv:2402.05672) inside the install: no
download, no GPU. Anything else is a sentence-transformers model.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from langchain_core.embeddings import Embeddings

from vectorstore.bundled import Engine, Reader, TokenStates
from vectorstore.errors import EmbeddingsError, because
from vectorstore.searchtext import clean

BUNDLED = "bundled"
# Questions repeat within one answer (retrieval, then evidence), and users repeat themselves.
_REMEMBERED_QUESTIONS = 256


class NamedEmbeddings(Protocol):
    """LangChain embeddings that know which model they are."""

    identity: str
    """Equal for vectors that can be compared with each other."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...
    def embed_query(self, text: str) -> list[float]: ...


class BundledEmbeddings(Embeddings):
    """The embedder inside the install; safe to call from several threads at once.

    Over 510 tokens it averages windows silently: passages are split before they get here.
    """

    identity = "multilingual-e5-small-q4 (onnxruntime int8, late chunking)"

    def __init__(self, cache: Path | None = None, *, lazy: bool = False) -> None:
        """Load the model (0.4 s; 1 s where ``cache``, a folder, has not got it yet); ``lazy``: when
        it is used first, which an ingest of what has not changed never does.

        Raises:
            EmbeddingsError: its weights are missing or damaged, or can't be run.
        """
        self._cache = cache
        self._loading = Lock()
        self._loaded = None if lazy else Engine(cache)
        self._reader: Reader | None = None
        self._question = lru_cache(_REMEMBERED_QUESTIONS)(self._question_states)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        engine = self._engine
        with _embedding():
            vectors: list[list[float]] = engine.embed(texts, query=False).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._question(clean(text)).vector.tolist()
        return vector

    def states(self, texts: Sequence[str], *, query: bool) -> list[TokenStates]:
        """The vectors of texts, and those of their tokens."""
        if query:
            return [self._question(clean(text)) for text in texts]
        engine = self._engine
        with _embedding():
            return engine.states(texts, query=False)

    def reader(self) -> Reader:
        """The reader that goes with it (0.1 s more, 1 s where the cache has not got it yet).

        Raises:
            EmbeddingsError: it is missing or damaged, or can't be run.
        """
        engine = self._engine
        with self._loading:
            if self._reader is None:
                self._reader = Reader(engine, self._cache)
            return self._reader

    def _question_states(self, text: str) -> TokenStates:
        # Retrieval wants the vector, the answering the tokens: one pass makes both.
        engine = self._engine
        with _embedding():
            return engine.states([text], query=True)[0]

    @property
    def _engine(self) -> Engine:
        with self._loading:
            if self._loaded is None:
                self._loaded = Engine(self._cache)
            return self._loaded


class SentenceTransformerEmbeddings(Embeddings):
    """Any sentence-transformers model, with the prompts of its own configuration."""

    def __init__(self, model: str) -> None:
        """Load a model by hub name or folder (seconds, and a download at first).

        Raises:
            EmbeddingsError: no such model, or it can't be had.
        """
        self.identity = identity_of(model)
        try:
            # 4 s and 400 MB: only where such a model is chosen.
            from sentence_transformers import SentenceTransformer

            self._model: Any = SentenceTransformer(model)
        except Exception as error:
            raise EmbeddingsError(
                f"The embedding model “{model}” can't be loaded{because(error)}"
            ) from error
        self._query = lru_cache(_REMEMBERED_QUESTIONS)(self._embed_query)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        with _embedding():
            vectors: list[list[float]] = self._model.encode_document(
                [clean(t) for t in texts], normalize_embeddings=True, show_progress_bar=False
            ).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return list(self._query(clean(text)))

    def _embed_query(self, text: str) -> tuple[float, ...]:
        with _embedding():
            vector = self._model.encode_query(
                text, normalize_embeddings=True, show_progress_bar=False
            )
        return tuple(vector.tolist())


@contextmanager
def _embedding() -> Iterator[None]:
    """Whatever an engine raises (out of memory, a text it can't take) as ``EmbeddingsError``."""
    try:
        yield
    except Exception as error:
        raise EmbeddingsError(f"The embedding model failed on a text: {error}.") from error


def identity_of(name: str) -> str:
    """The identity that ``load_embeddings(name)`` will have, without loading anything."""
    if name == BUNDLED:
        return BundledEmbeddings.identity
    return Path(name).resolve().as_posix() if Path(name).is_dir() else name


def load_embeddings(name: str, cache: Path | None = None, *, lazy: bool = False) -> NamedEmbeddings:
    """The embeddings of a ``VECTORSTORE_EMBEDDINGS`` value; raises ``EmbeddingsError``.

    ``lazy``: the bundled model may be loaded when it is used first.
    """
    return (
        BundledEmbeddings(cache, lazy=lazy)
        if name == BUNDLED
        else SentenceTransformerEmbeddings(name)
    )
