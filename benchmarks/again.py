"""What `ingest add` costs when nothing, or one paragraph, of many articles has changed.

The articles are files with words of the samples. They are stored with random vectors, since what
reading them again costs does not depend on these; the changed paragraph is really embedded.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.arguments import Commands, add_command, add_number
from ingest.canonical import canonical_path
from ingest.extract import read_document
from ingest.plan import article_of
from ingest.split import split
from vectorstore import SHARED, PassageVectors, Vectorstore, VectorstoreSettings, open_vectorstore

_ROOT = Path(__file__).parents[1]
_PARAGRAPHS = 8
_SENTENCES = 3
_WORDS = 18


@dataclass(frozen=True, slots=True)
class AgainCost:
    """One run of `ingest add` over all articles."""

    changed: int
    """Paragraphs that are others than before."""
    articles: int
    passages: int
    embedded: int
    cpu_seconds: float
    """User and system, of the process and its children."""
    seconds: float


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """``python -m benchmarks again``."""
    command = add_command(
        commands, "again", "what adding the same articles again costs, unchanged or nearly", run
    )
    add_number(command, "--articles", 1_000, "that are added again")


def run(options: argparse.Namespace, console: Console) -> int:
    """The command."""
    with tempfile.TemporaryDirectory() as temporary:
        console.print(_table(measure_again(Path(temporary), options.articles)))
    return 0


def measure_again(folder: Path, articles: int) -> list[AgainCost]:
    """Add everything again with nothing changed, then with one paragraph changed."""
    news = folder / "news"
    news.mkdir()
    _write(news, articles)
    store = open_vectorstore(VectorstoreSettings(path=folder / "data"))
    try:
        _store(store, news)
        passages = store.catalog.count(SHARED)
    finally:
        store.close()
    # The first run finds the bytecode and the files' pages cold.
    _run(folder)
    costs = [_measured(folder, 0, articles, passages)]
    file = sorted(news.iterdir())[articles // 2]
    first, *rest = file.read_text(encoding="utf-8").split("\n\n")
    file.write_text("\n\n".join([first, "One paragraph is another.", *rest[1:]]), encoding="utf-8")
    return [*costs, _measured(folder, 1, articles, passages)]


def _table(costs: list[AgainCost]) -> Table:
    table = Table("articles", "passages", "paragraphs changed", "passages embedded", "CPU", "time")
    for cost in costs:
        table.add_row(
            f"{cost.articles:,}",
            f"{cost.passages:,}",
            str(cost.changed),
            str(cost.embedded),
            f"{cost.cpu_seconds:.2f} s",
            f"{cost.seconds:.2f} s",
        )
    return table


def _write(news: Path, articles: int) -> None:
    texts = [file.read_text(encoding="utf-8") for file in sorted((_ROOT / "articles").glob("*en*"))]
    words = " ".join(texts).split()
    choose = random.Random(1)
    for number in range(articles):
        paragraphs = [
            " ".join(" ".join(choose.choices(words, k=_WORDS)) + "." for _ in range(_SENTENCES))
            for _ in range(_PARAGRAPHS)
        ]
        front = f"---\ntitle: Made-up {number}\npublished: 2025-03-04\nlanguage: en\n---\n"
        text = front + "\n\n".join(["The story goes on.", *paragraphs])
        (news / f"{number:05}.md").write_text(text, encoding="utf-8")


def _store(store: Vectorstore, news: Path) -> None:
    drawn = np.random.default_rng(1)
    dimensions = len(store.embeddings.embed_query("dimensions"))
    for file in sorted(news.iterdir()):
        document = read_document(file.name, file.read_bytes(), "markdown")
        texts = split(document.paragraphs, document.language)
        article = article_of(store.catalog, document, canonical_path(file), SHARED, texts)
        pairs = []
        for passage in texts:
            count = len(passage.sentences) + 1
            rows = drawn.normal(size=(count, dimensions)).astype(np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            sentences = rows[1:] if count > 2 else rows[:0]
            pairs.append((passage, PassageVectors(rows[0], sentences)))
        store.catalog.replace(article, pairs)
    store.index.apply()


def _measured(folder: Path, changed: int, articles: int, passages: int) -> AgainCost:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    reports = _run(folder)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    embedded = sum(report["passages"]["added"] for report in reports)
    return AgainCost(changed, articles, passages, embedded, cpu, seconds)


def _run(folder: Path) -> list[dict[str, dict[str, int]]]:
    done = subprocess.run(
        [sys.executable, "-m", "ingest", "add", "--json", str(folder / "news")],
        cwd=_ROOT,
        env={**os.environ, "VECTORSTORE_PATH": str(folder / "data")},
        stdout=subprocess.PIPE,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
