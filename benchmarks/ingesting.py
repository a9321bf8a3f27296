"""How fast articles come in, beside the embedding model alone and LangChain's tutorial pipeline.

All three embed with the bundled model, in one run, the same articles: files with a title and ten
paragraphs of some 180 tokens each. They take turns, several rounds, since a machine's speed
changes while others use it; what one way costs beside another is told by the rounds' medians.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.arguments import Commands, add_command, add_number
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from vectorstore import VectorstoreSettings, open_vectorstore
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.searchtext import clean

_ARTICLES = Path(__file__).parents[1] / "articles"
_PARAGRAPHS = 10
_WORDS, _SENTENCES = 21, 5
"""Words of a sentence and sentences of a paragraph: about 180 tokens."""
# As LangChain's tutorial on retrieval cuts.
_CHUNK_CHARACTERS, _CHUNK_OVERLAP = 1000, 200


@dataclass(frozen=True, slots=True)
class IngestCost:
    """What one way of taking in the same paragraphs costs."""

    way: str
    passages_a_second: float
    cpu_ms: float
    """Milliseconds of the processor a passage, over all threads."""
    speed: float = 1.0
    """Of the model alone, which is 1: the median of the rounds."""
    cpu: float = 1.0
    """The processor's time as a share of the model's alone."""


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """``python -m benchmarks ingest``."""
    command = add_command(
        commands,
        "ingest",
        "how fast articles come in, beside the model alone and LangChain's tutorial",
        run,
    )
    add_number(command, "--articles", 100, "in a round")
    add_number(command, "--rounds", 3, "turns that each way takes")


def run(options: argparse.Namespace, console: Console) -> int:
    """The command."""
    table = Table(
        "the same paragraphs", "passages/s", "of the model's", "CPU a passage", "CPU ÷ its"
    )
    for cost in measure_ingest(options.articles, options.rounds):
        table.add_row(
            cost.way,
            f"{cost.passages_a_second:.1f}",
            f"{cost.speed:.0%}",
            f"{cost.cpu_ms:.1f} ms",
            f"{cost.cpu:.2f}",
        )
    console.print(table)
    return 0


def measure_ingest(articles: int, rounds: int) -> list[IngestCost]:
    """The model alone first, then us, then the tutorial where its packages are installed; medians
    of the rounds. What a store takes to be opened and closed is ours."""
    texts = _made_up(articles)
    passages = articles * _PARAGRAPHS
    model = BundledEmbeddings()
    model.embed_documents(["It loads what it needs at the first text."])
    ways: dict[str, Callable[[], object]] = {
        "the model alone": lambda: model.embed_documents(
            [f"{title}. {p}" for title, paragraphs in texts for p in paragraphs]
        ),
        "Newsdesk": lambda: _newsdesk(texts),
        "LangChain's tutorial": lambda: _tutorial(texts, model),
    }
    # What is imported at first is no part of a round.
    _newsdesk(texts[:1])
    measured = [
        [cost for way, run in ways.items() if (cost := _cost(way, run, passages))]
        for _ in range(rounds)
    ]
    return [
        _medians(costs, [alone for alone, *_ in measured]) for costs in zip(*measured, strict=True)
    ]


def _medians(costs: Sequence[IngestCost], alone: Sequence[IngestCost]) -> IngestCost:
    pairs = list(zip(costs, alone, strict=True))
    return IngestCost(
        costs[0].way,
        median(cost.passages_a_second for cost in costs),
        median(cost.cpu_ms for cost in costs),
        median(one.passages_a_second / other.passages_a_second for one, other in pairs),
        median(one.cpu_ms / other.cpu_ms for one, other in pairs),
    )


def _cost(way: str, run: Callable[[], object], passages: int) -> IngestCost | None:
    began, spent = time.perf_counter(), time.process_time()
    try:
        run()
    except ModuleNotFoundError:
        # The extra "evaluation" is not installed.
        return None
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    return IngestCost(way, passages / wall, 1000 * cpu / passages)


Text = tuple[str, Sequence[str]]


def _made_up(articles: int) -> list[Text]:
    samples = [path.read_text(encoding="utf-8") for path in sorted(_ARTICLES.glob("*.md"))]
    words = clean(" ".join(samples)).split()
    choose = random.Random(1)

    def paragraph() -> str:
        made = [" ".join(choose.choices(words, k=_WORDS)).capitalize() for _ in range(_SENTENCES)]
        return ". ".join(made) + "."

    return [(f"Made-up {n}", [paragraph() for _ in range(_PARAGRAPHS)]) for n in range(articles)]


def _newsdesk(texts: Sequence[Text]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = _written(texts, Path(temporary) / "articles")
        store = open_vectorstore(VectorstoreSettings(path=Path(temporary) / "data"))
        try:
            reports = list(Ingestion(store, IngestSettings()).add([str(folder)], operator=True))
            assert all(report.outcome == "added" for report in reports), reports[0].error
        finally:
            store.close()


def _tutorial(texts: Sequence[Text], model: BundledEmbeddings) -> None:
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=_CHUNK_CHARACTERS, chunk_overlap=_CHUNK_OVERLAP
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = _written(texts, Path(temporary) / "articles")
        read = [Document(page_content=path.read_text("utf-8")) for path in folder.iterdir()]
        chunks = splitter.split_documents(read)
        Chroma.from_documents(chunks, model, persist_directory=f"{temporary}/chroma")


def _written(texts: Sequence[Text], folder: Path) -> Path:
    folder.mkdir()
    for title, paragraphs in texts:
        body = "\n\n".join([f"# {title}", *paragraphs])
        (folder / f"{title}.md").write_text(body, encoding="utf-8")
    return folder
