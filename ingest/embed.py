"""Passages to vectors, a few texts at a time."""

from collections.abc import Callable, Iterator, Sequence

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
    """The vectors of passages, each with its article's title, and of their sentences.

    ``done`` is told how many passages are complete.
    """
    found: list[PassageVectors] = []
    for batch in batches(passages):
        found += embed_batch(embeddings, late, article, batch)
        done(len(found))
    return found


def batches(passages: Sequence[Passage]) -> Iterator[Sequence[Passage]]:
    """The passages in parts, each of which is embedded at once."""
    for first in range(0, len(passages), _BATCH):
        yield passages[first : first + _BATCH]


def embed_batch(
    embeddings: NamedEmbeddings,
    late: LateInteraction | None,
    article: Article,
    passages: Sequence[Passage],
) -> list[PassageVectors]:
    """As ``embed_passages``, all at once.

    ``late`` reads a passage once for all of its vectors; without it, each sentence is embedded by
    itself.
    """
    head = with_title("", article.title, titled=article.titled)
    return late.embed(head, passages) if late else _separately(embeddings, head, passages)


def _separately(
    embeddings: NamedEmbeddings, head: str, passages: Sequence[Passage]
) -> list[PassageVectors]:
    own = _vectors(embeddings, [head + passage.text for passage in passages])
    # A single sentence has the vector of its passage.
    texts = [p.sentence_texts if len(p.sentences) > 1 else [] for p in passages]
    rows = _vectors(embeddings, [text for each in texts for text in each])
    sentences = np.split(rows, np.cumsum([len(each) for each in texts])[:-1])
    return [PassageVectors(v, s) for v, s in zip(own, sentences, strict=True)]


def _vectors(embeddings: NamedEmbeddings, texts: list[str]) -> Matrix:
    """One a row; shape (0, 0) for no texts."""
    if not texts:
        return np.empty((0, 0), np.float32)
    return np.array(embeddings.embed_documents(texts), np.float32)
