"""Passages to vectors, a few texts at a time."""

from collections.abc import Callable, Sequence

import numpy as np

from vectorstore import Article, LateInteraction, Passage, PassageVectors
from vectorstore.article import Matrix, with_title
from vectorstore.embeddings import NamedEmbeddings

# Larger batches are no faster, and keep a waiting user without progress.
_BATCH = 8


def embed_passages(
    embeddings: NamedEmbeddings,
    late: LateInteraction | None,
    article: Article,
    passages: Sequence[Passage],
    done: Callable[[int], None],
) -> list[PassageVectors]:
    """The vectors of passages, each with its article's title, and of their sentences without it.

    With ``late`` also what it keeps of their tokens. ``done`` is told how many are complete.
    """
    found: list[PassageVectors] = []
    head = with_title("", article.title, titled=article.titled)
    for i in range(0, len(passages), _BATCH):
        batch = passages[i : i + _BATCH]
        if late:
            own = late.embed(head, batch)
        else:
            texts = [head + passage.text for passage in batch]
            own = [(vector, b"") for vector in _vectors(embeddings, texts)]
        sentences = _sentence_vectors(embeddings, batch)
        found += [
            PassageVectors(vector, rows, tokens)
            for (vector, tokens), rows in zip(own, sentences, strict=True)
        ]
        done(len(found))
    return found


def _sentence_vectors(embeddings: NamedEmbeddings, passages: Sequence[Passage]) -> list[Matrix]:
    # A single sentence has the vector of its passage.
    texts = [p.sentence_texts if len(p.sentences) > 1 else [] for p in passages]
    rows = _vectors(embeddings, [text for own in texts for text in own])
    return np.split(rows, np.cumsum([len(own) for own in texts])[:-1])


def _vectors(embeddings: NamedEmbeddings, texts: list[str]) -> Matrix:
    """One a row; shape (0, 0) for no texts."""
    if not texts:
        return np.empty((0, 0), np.float32)
    return np.array(embeddings.embed_documents(texts), np.float32)
