"""What a retriever is usually made of: embeddings, BM25, and the fusion of their ranks.

The baselines get all that ours gets: the same embedder, the title, folded words and, for scripts
without spaces, pairs of characters.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from vectorstore.article import Matrix
from vectorstore.embeddings import NamedEmbeddings
from vectorstore.searchtext import words

# The constant of Cormack et al., and of LangChain's EnsembleRetriever.
RRF_CONSTANT = 60
# Candidates taken from each of the fused lists.
_FUSED = 50


class Ranker(Protocol):
    """Ranks a corpus; a paragraph is named by its place in it, from 0."""

    def rank(self, question: str, k: int) -> list[int]: ...


class Dense:
    """The cosine of the embedder's own vectors."""

    def __init__(self, texts: Sequence[str], embeddings: NamedEmbeddings) -> None:
        self._embeddings = embeddings
        self._vectors = _unit(np.asarray(embeddings.embed_documents(list(texts)), np.float32))

    def rank(self, question: str, k: int) -> list[int]:
        return [place for place, _ in self.best(question, k)]

    def best(self, question: str, k: int) -> list[tuple[int, float]]:
        """The best ``k`` with their cosines."""
        vector = np.asarray(self._embeddings.embed_query(question), np.float32)
        cosines = self._vectors @ vector
        best: list[int] = np.argsort(-cosines, kind="stable")[:k].tolist()
        return [(place, float(cosines[place])) for place in best]


class Bm25:
    """SQLite FTS5's ``bm25()`` over any of the question's words (k1 = 1.2, b = 0.75)."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE VIRTUAL TABLE corpus USING fts5 (terms)")
        self._database.executemany(
            "INSERT INTO corpus (rowid, terms) VALUES (?, ?)",
            ((place, " ".join(words(text))) for place, text in enumerate(texts)),
        )

    def rank(self, question: str, k: int) -> list[int]:
        terms = dict.fromkeys(words(question))
        if not terms:
            return []
        found = self._database.execute(
            "SELECT rowid FROM corpus WHERE terms MATCH ? ORDER BY bm25(corpus), rowid LIMIT ?",
            (" OR ".join(f'"{term}"' for term in terms), k),
        )
        return [place for (place,) in found]

    def close(self) -> None:
        self._database.close()


class ReciprocalRankFusion:
    """The sum of 1 ÷ (60 + rank) over several rankers.

    Cormack, Clarke & Büttcher 2009, "Reciprocal Rank Fusion outperforms Condorcet and individual
    Rank Learning Methods" (SIGIR).
    """

    def __init__(self, *rankers: Ranker) -> None:
        self._rankers = rankers

    def rank(self, question: str, k: int) -> list[int]:
        scores: defaultdict[int, float] = defaultdict(float)
        for ranker in self._rankers:
            for rank, place in enumerate(ranker.rank(question, _FUSED), 1):
                scores[place] += 1 / (RRF_CONSTANT + rank)
        # Ties go to the first ranker, as in LangChain: sorted() keeps the order of appearance.
        return sorted(scores, key=lambda place: -scores[place])[:k]


def _unit(vectors: Matrix) -> Matrix:
    unit: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
