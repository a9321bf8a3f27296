"""What finding copies costs in a catalog of so many passages: no model, no index, only words."""

import argparse
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.arguments import Commands, add_command, add_sizes
from vectorstore import SHARED, Article, Catalog, Passage, PassageVectors, Span
from vectorstore.copies import Copies
from vectorstore.fingerprints import complete
from vectorstore.stories import Stories

_A_STORY = 20
_WORDS = 70
_VOCABULARY = 30_000
# Every so many articles one is a copy of the one before it.
_COPIED = 10
_SAMPLES = 200
_BOILERPLATE = "Our standards: the principles of trust that all of us who report here go by."


@dataclass(frozen=True, slots=True)
class CopyCost:
    """Seconds, unless their name says otherwise."""

    passages: int
    indexing: float
    """Of a catalog that has no fingerprints yet, once."""
    quote_ms: float
    """Median: who else has a quote."""
    article_ms: float
    """Median: which articles tell the story of one."""
    listing: float
    """Which do, for all articles."""


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """``python -m benchmarks copies``."""
    command = add_command(
        commands, "copies", "what it costs to find who else has a sentence or a story", run
    )
    add_sizes(command, "sizes of the catalog")


def run(options: argparse.Namespace, console: Console) -> int:
    """The command."""
    table = Table("passages", "index an old store", "a quote", "an article", "list")
    for size in sorted(options.passages):
        with tempfile.TemporaryDirectory() as temporary:
            cost = measure_copies(Path(temporary), size)
        table.add_row(
            f"{cost.passages:,}",
            f"{cost.indexing:.1f} s",
            f"{cost.quote_ms:.1f} ms",
            f"{cost.article_ms:.1f} ms",
            f"{cost.listing:.1f} s",
        )
    console.print(table)
    return 0


def measure_copies(folder: Path, passages: int) -> CopyCost:
    """Fills an empty folder."""
    catalog = Catalog(folder / "catalog.sqlite3")
    try:
        articles = _fill(catalog, passages)
        with catalog.database.transaction() as db:
            db.execute("DELETE FROM fingerprints")
            db.execute("DELETE FROM meta WHERE key = 'fingerprints'")
        indexing = _seconds(lambda: complete(catalog.database))
        sample = random.Random(1).sample(articles, min(_SAMPLES, len(articles)))
        first = [catalog.passages_of(article)[0] for article in sample]
        copies, stories = Copies(catalog), Stories(catalog)
        return CopyCost(
            catalog.count(SHARED),
            indexing,
            1000 * median(_seconds(partial(copies.saying, p.text, p.id, [SHARED])) for p in first),
            1000 * median(_seconds(partial(stories.of, a, SHARED)) for a in sample),
            _seconds(lambda: stories.all_of(SHARED)),
        )
    finally:
        catalog.close()


def _fill(catalog: Catalog, passages: int) -> list[str]:
    source = random.Random(0)
    # Some words are common, most are rare, as in a language.
    vocabulary = [f"word{n}" for n in range(_VOCABULARY)]
    weights = [1 / (n + 3) for n in range(_VOCABULARY)]
    vectors = PassageVectors(np.ones(4, np.float32), np.empty((0, 4), np.float32))
    ids: list[str] = []
    texts: list[str] = []
    for number in range(passages // _A_STORY):
        if number % _COPIED or not texts:
            drawn = source.choices(vocabulary, weights, k=_WORDS * (_A_STORY - 1))
            texts = [" ".join(drawn[n : n + _WORDS]) for n in range(0, len(drawn), _WORDS)]
        article = Article(source=f"s{number}", title=f"Story {number}", language="en")
        told = [
            Passage(n, 0, text, (Span(0, len(text)),))
            for n, text in enumerate([*texts, _BOILERPLATE], 1)
        ]
        catalog.replace(article, [(passage, vectors) for passage in told])
        ids.append(article.id)
    return ids


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
