"""A store of any size in seconds: the sample articles, and made-up ones around them.

Embedding ten thousand passages takes half an hour on two cores and would tell nothing about what a
question costs: that depends on how many vectors and words there are, not on what they say. So the
made-up articles have words drawn from the samples' own, and random vectors. The samples are
ingested as they are, so that the answers are real.
"""

import random
from pathlib import Path

import numpy as np

from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from vectorstore import Article, Passage, PassageVectors, Span, Vectorstore

_PARAGRAPHS = 20
_SENTENCES = 3
_WORDS = 18
_ROOT = Path(__file__).parents[1]


def fill(store: Vectorstore, passages: int) -> None:
    """Bring a store to at least this many passages, and the index with it."""
    reports = Ingestion(store, IngestSettings()).add([str(_ROOT / "articles")], operator=True)
    failed = [report.error for report in reports if report.outcome == "failed"]
    if failed:
        raise RuntimeError(f"The sample articles can't be ingested: {failed[0]}")
    words = _words(store)
    choose = random.Random(1)
    drawn = np.random.default_rng(1)
    dimensions = len(store.embeddings.embed_query("dimensions"))
    number = 0
    while store.catalog.count("shared") < passages:
        number += 1
        made = [_passage(n + 1, words, choose, drawn, dimensions) for n in range(_PARAGRAPHS)]
        store.catalog.replace(Article(f"made-up:{number}", f"Made-up {number}"), made)
    store.index.apply()


def _words(store: Vectorstore) -> list[str]:
    articles = store.catalog.articles(["shared"])
    texts = [p.text for a in articles for p in store.catalog.passages_of(a.id)]
    return " ".join(texts).split()


def _passage(
    paragraph: int,
    words: list[str],
    choose: random.Random,
    drawn: np.random.Generator,
    dimensions: int,
) -> tuple[Passage, PassageVectors]:
    text, spans = "", []
    for _ in range(_SENTENCES):
        sentence = " ".join(choose.choices(words, k=_WORDS)) + "."
        start = len(text) + 1 if text else 0
        text = f"{text} {sentence}".strip()
        spans.append(Span(start, start + len(sentence)))
    vectors = drawn.normal(size=(_SENTENCES + 1, dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Passage(paragraph, 0, text, tuple(spans)), PassageVectors(vectors[0], vectors[1:])
