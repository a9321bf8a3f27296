"""Take the language out of embedding vectors.

Multilingual models place a text by its meaning *and* by its language: asked in English, an English
paragraph beats a French one that answers. The language part is nearly a constant offset a language
(compare Yang et al. 2021, "A Simple and Effective Method To Eliminate the Self Language Bias",
arXiv:2109.04727). So: for each language average a few parallel passages and questions; the
differences between these averages span the language directions; subtract the common mean and
project those directions away. No language has to be detected, and a language that is not among
ours loses what it shares with them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import numpy as np

from vectorstore.article import Matrix, unit
from vectorstore.embeddings import NamedEmbeddings

# How much of the common mean is taken away. It spreads the cosines, but the mean of a few texts
# also holds what these happen to be about: all of it costs recall in every measured task.
_MEAN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Centring:
    """The constants of one embedding model."""

    passage_mean: Matrix
    query_mean: Matrix
    basis: Matrix
    """Orthonormal rows, one fewer than languages: the directions to project away."""

    @property
    def fingerprint(self) -> str:
        """Names these constants: an index made with others must be made again."""
        parts = (self.passage_mean, self.query_mean, self.basis)
        return sha256(b"".join(p.astype("<f4").tobytes() for p in parts)).hexdigest()[:16]

    def passages(self, vectors: Matrix) -> Matrix:
        """Centred unit vectors of passages (or their sentences), one a row."""
        return self._project(vectors - self.passage_mean)

    def query(self, vector: Matrix) -> Matrix:
        """The centred unit vector of a question."""
        return self._project(vector - self.query_mean)

    def _project(self, vectors: Matrix) -> Matrix:
        rest = vectors - (vectors @ self.basis.T) @ self.basis
        return unit(rest.astype(np.float32, copy=False))

    def dumps(self) -> str:
        """As JSON, to be kept with the store."""
        parts = {
            "passage_mean": self.passage_mean,
            "query_mean": self.query_mean,
            "basis": self.basis,
        }
        return json.dumps(
            {key: part.astype(float).round(6).tolist() for key, part in parts.items()}
        )

    @staticmethod
    def loads(text: str) -> "Centring":
        parts = {key: np.asarray(value, np.float32) for key, value in json.loads(text).items()}
        return Centring(**parts)


def recipe() -> str:
    """Names how constants are measured: those of another recipe are measured again."""
    return sha256(f"{_parallel_json()}{_MEAN_SHARE}".encode()).hexdigest()[:8]


def compute_centring(embeddings: NamedEmbeddings) -> Centring:
    """Measure the constants of a model on our parallel texts (some 270 short embeddings)."""
    texts = parallel_texts()
    passages = _language_means([t["passages"] for t in texts.values()], embeddings.embed_documents)
    queries = _language_means(
        [t["questions"] for t in texts.values()],
        lambda group: [embeddings.embed_query(text) for text in group],
    )
    passage_mean, query_mean = passages.mean(axis=0), queries.mean(axis=0)
    # A language moves passages and questions the same way: both together measure it better.
    offsets = (passages - passage_mean + queries - query_mean) / 2
    _, _, directions = np.linalg.svd(offsets, full_matrices=False)
    basis = directions[: len(texts) - 1].astype(np.float32)
    return Centring(_MEAN_SHARE * passage_mean, _MEAN_SHARE * query_mean, basis)


def parallel_texts() -> dict[str, dict[str, list[str]]]:
    """By language the same ``passages`` and the same ``questions``."""
    texts: dict[str, dict[str, list[str]]] = json.loads(_parallel_json())
    return texts


def _parallel_json() -> str:
    return files(__package__).joinpath("parallel.json").read_text(encoding="utf-8")


def _language_means(
    groups: list[list[str]], embed: Callable[[list[str]], list[list[float]]]
) -> Matrix:
    return np.asarray([np.mean(embed(group), axis=0) for group in groups], np.float32)
