"""A store of any size in minutes: the sample articles, and made-up ones around them.

Embedding a hundred thousand passages takes hours on two cores and would tell nothing about what a
question costs: that depends on how many vectors and words there are, not on what they say. So the
made-up articles have random tokens, vectors that are mixtures of the samples' own (vectors that are
random in all directions are unlike any texts', and no graph of neighbours finds its way among
them), and words of which half are the samples', and half of a vocabulary that is as large and as
skewed as that of so much news (Zipf's law). The samples are ingested as they are.
"""

import random
import sys
from collections.abc import Sequence
from itertools import accumulate, count, product
from pathlib import Path

import numpy as np

from benchmarks.children import printed
from benchmarks.errors import BenchmarkError
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from vectorstore import (
    SHARED,
    Article,
    Passage,
    PassageVectors,
    Span,
    Vectorstore,
    VectorstoreError,
    VectorstoreSettings,
    open_vectorstore,
)
from vectorstore.article import Matrix, unit
from vectorstore.sqlite import SqliteDatabase

_PARAGRAPHS = 20
_SENTENCES = 3
_WORDS = 18
_RARE_WORDS = 100_000
_TOKENS = 60
"""That late interaction keeps of a passage. Of the samples', half as long, it keeps 28."""
_KEPT_DIMENSIONS = 96
"""Of a token's vector (see ``vectorstore/late.py``)."""
_MIXED = 8
_MADE_UP = "made-up:"
_ROOT = Path(__file__).parents[1]


def filled(folder: Path, passages: int) -> int:
    """``fill`` the store in a folder, in a process of its own: the largest graph takes as much
    memory as what is measured next. Returns how many passages it has."""
    return int(printed(folder, "benchmarks.filling", str(folder), str(passages)))


def fill(store: Vectorstore, passages: int) -> None:
    """Bring a store to at least this many passages, and the index with it."""
    reports = Ingestion(store, IngestSettings()).add([str(_ROOT / "articles")], operator=True)
    failed = [report.error for report in reports if report.outcome == "failed"]
    if failed:
        raise BenchmarkError(f"The sample articles can't be ingested: {failed[0]}")
    # A store that a power failure breaks is made again.
    database = store.catalog.database
    assert isinstance(database, SqliteDatabase)
    database.connection.execute("PRAGMA synchronous = OFF")
    begin = store.catalog.count(SHARED)
    samples = _samples(store)
    words = [word for passage in samples for word in passage.text.split()]
    making = _Making(words, _vectors(store, samples), seed=begin)
    for number in count(begin):
        if begin + (number - begin) * _PARAGRAPHS >= passages:
            break
        store.catalog.replace(
            Article(f"{_MADE_UP}{number}", f"Made-up {number}", language="en"),
            [making.passage(n + 1) for n in range(_PARAGRAPHS)],
        )
    store.index.apply()


class _Making:
    def __init__(self, words: Sequence[str], vectors: Matrix, seed: int) -> None:
        self._choose = random.Random(seed)
        self._drawn = np.random.default_rng(seed)
        self._mean = vectors.mean(axis=0)
        self._vectors = vectors - self._mean
        self._words = words
        self._rare = _rare_words()
        self._weights = list(accumulate(1 / rank for rank in range(1, _RARE_WORDS + 1)))

    def passage(self, paragraph: int) -> tuple[Passage, PassageVectors]:
        text, spans = self.text()
        mixed = self._drawn.integers(0, len(self._vectors), (_SENTENCES + 1, _MIXED))
        weights = self._drawn.standard_normal((_SENTENCES + 1, _MIXED, 1), np.float32)
        own = unit(self._mean + (self._vectors[mixed] * weights).sum(axis=1) / _MIXED**0.5)
        passage = Passage(paragraph, 0, text, spans)
        return passage, PassageVectors(own[0], own[1:], self._tokens())

    def text(self) -> tuple[str, tuple[Span, ...]]:
        text, spans = "", []
        for _ in range(_SENTENCES):
            start = len(text) + 1 if text else 0
            half = _WORDS // 2
            words = self._choose.choices(self._words, k=half)
            words += self._choose.choices(self._rare, cum_weights=self._weights, k=_WORDS - half)
            self._choose.shuffle(words)
            text = f"{text} {' '.join(words)}.".strip()
            spans.append(Span(start, len(text)))
        return text, tuple(spans)

    def _tokens(self) -> bytes:
        """As ``LateInteraction`` keeps them: the sentence of each, then vectors in 8 bits."""
        sentence_of = np.sort(self._drawn.integers(0, _SENTENCES, _TOKENS)).astype("<u2")
        rows = self._drawn.integers(-127, 128, (_TOKENS, _KEPT_DIMENSIONS), np.int8)
        return bytes(sentence_of.tobytes() + rows.tobytes())


def _samples(store: Vectorstore) -> list[Passage]:
    articles = store.catalog.articles([SHARED])
    own = [a for a in articles if not a.source.startswith(_MADE_UP)]
    return [passage for a in own for passage in store.catalog.passages_of(a.id)]


def _vectors(store: Vectorstore, samples: Sequence[Passage]) -> Matrix:
    stored = store.catalog.vectors(p.id for p in samples if p.id is not None)
    return np.stack([own.passage for own in stored.values()])


def _rare_words() -> list[str]:
    syllables = [a + b for a, b in product("bdfgklmnprstvz", "aeiou")]
    made = ["".join(parts) for parts in product(syllables, repeat=3)]
    return random.Random(1).sample(made, _RARE_WORDS)


def _main(folder: Path, passages: int) -> None:
    try:
        store = open_vectorstore(VectorstoreSettings(path=folder))
        try:
            fill(store, passages)
            sys.stdout.write(f"{store.catalog.count(SHARED)}\n")
        finally:
            store.close()
    except (BenchmarkError, VectorstoreError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
