"""Passages to vectors, a few texts at a time."""

from collections.abc import Callable, Sequence

import numpy as np

from vectorstore import Article, Passage, PassageVectors
from vectorstore.article import Matrix, with_title
from vectorstore.embeddings import NamedEmbeddings

# Larger batches are no faster, and keep a waiting user without progress.
_BATCH = 8


def embed_passages(
    embeddings: NamedEmbeddings,
    article: Article,
    passages: Sequence[Passage],
    done: Callable[[int], None],
) -> list[PassageVectors]:
    """The vectors of passages, each with its article's title, and of their sentences without it.

    ``done`` is told how many passages are complete.
    """
    parts = [
        [with_title(p.text, article.title, titled=article.titled), *_sentence_texts(p)]
        for p in passages
    ]
    texts = [text for part in parts for text in part]
    ends = np.cumsum([len(part) for part in parts])
    batches: list[Matrix] = []
    for i in range(0, len(texts), _BATCH):
        batch = embeddings.embed_documents(texts[i : i + _BATCH])
        batches.append(np.asarray(batch, np.float32))
        done(int(np.searchsorted(ends, i + len(batch), side="right")))
    if not batches:
        return []
    rows = np.split(np.concatenate(batches), ends[:-1])
    return [PassageVectors(own[0], own[1:]) for own in rows]


def _sentence_texts(passage: Passage) -> list[str]:
    if len(passage.sentences) == 1:
        return []
    return [passage.text[s.start : s.end] for s in passage.sentences]
