"""`python -m benchmarks`: what a question costs as a store grows; or what embedding costs, what an
ingest costs, how long the bot is silent meanwhile, how it lives through a day, what finding copies
costs, what adding the same articles again costs, or how soon another process sees an article."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.again import AgainCost, measure_again
from benchmarks.copies import CopyCost, measure_copies
from benchmarks.day import Day, growth, simulate
from benchmarks.embedding import ENGINES, EmbeddingCost
from benchmarks.embedding import measure as measure_engine
from benchmarks.filling import fill
from benchmarks.heartbeats import Heartbeats, measure_heartbeats
from benchmarks.ingesting import IngestCost, measure_ingest
from benchmarks.questions import QuestionCost, measure
from benchmarks.results import OWN_RESULTS, tables, write
from benchmarks.sharing import Shared, measure_sharing
from vectorstore import VectorstoreSettings, open_vectorstore


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        default="questions",
        choices=[
            "questions",
            "embedding",
            "ingest",
            "heartbeats",
            "day",
            "copies",
            "again",
            "sharing",
        ],
    )
    parser.add_argument(
        "--passages",
        type=int,
        nargs="+",
        default=[1_000, 10_000, 100_000],
        help="sizes of the store",
    )
    parser.add_argument(
        "--peers",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="what people would otherwise ask, too",
    )
    parser.add_argument(
        "--write",
        type=Path,
        nargs="?",
        const=OWN_RESULTS,
        metavar="FILE",
        help=f"write what questions cost as Markdown (default: {OWN_RESULTS.name} here)",
    )
    parser.add_argument("--embed", type=int, default=64, help="passages that are embedded")
    parser.add_argument("--hours", type=int, default=24, help="of the day that is simulated")
    parser.add_argument(
        "--quiet", type=int, default=8, help="hours more of that day, in which no article comes in"
    )
    parser.add_argument("--questions", type=int, default=40, help="asked in each of them")
    parser.add_argument(
        "--articles",
        type=int,
        help="that are ingested (100), added again unchanged (1,000), or seen elsewhere (8)",
    )
    parser.add_argument(
        "--paragraphs", type=int, default=2_000, help="of the article that the bot ingests"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often `bot ask` is run, or an ingest"
    )
    parser.add_argument("--store", type=Path, help="keep the store here; else a temporary folder")
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    if arguments.what == "embedding":
        engines = [measure_engine(engine, arguments.embed) for engine in ENGINES]
        Console().print(_embedding_table(engines))
        return 0
    if arguments.what == "ingest":
        Console().print(_ingest_table(measure_ingest(arguments.articles or 100, arguments.rounds)))
        return 0
    if arguments.what == "day":
        console = Console()
        hours = arguments.hours, arguments.quiet
        lived = asyncio.run(simulate(*hours, arguments.questions, console.print))
        console.print(_day_table(lived))
        return 1 if lived.wrong or lived.lost else 0
    if arguments.what == "heartbeats":
        heard = asyncio.run(measure_heartbeats(arguments.paragraphs))
        Console().print(_heartbeats_table(heard))
        return 0
    if arguments.what == "again":
        with tempfile.TemporaryDirectory() as temporary:
            measured = measure_again(Path(temporary), arguments.articles or 1_000)
        Console().print(_again_table(measured))
        return 0
    if arguments.what == "sharing":
        seen = asyncio.run(measure_sharing(arguments.articles or 8))
        Console().print(_sharing_table(seen))
        return 0
    if arguments.what == "copies":
        Console().print(_copies_table([_copies(size) for size in sorted(arguments.passages)]))
        return 0
    _questions(arguments)
    return 0


def _questions(arguments: argparse.Namespace) -> None:
    sizes = sorted(arguments.passages)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.store or Path(temporary)
        costs = [_measure(folder, size, arguments) for size in sizes]
    for title, (headings, rows) in tables(costs).items():
        table = Table(*headings, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        Console().print(table)
    if arguments.write:
        typed = " ".join(map(str, sizes))
        write(arguments.write, costs, f"python -m benchmarks --passages {typed} --write")


def _measure(folder: Path, passages: int, arguments: argparse.Namespace) -> QuestionCost:
    store = open_vectorstore(VectorstoreSettings(path=folder))
    try:
        fill(store, passages)
        size = store.catalog.count("shared")
    finally:
        store.close()
    return measure(folder, size, arguments.rounds, peers=arguments.peers)


def _copies(passages: int) -> CopyCost:
    with tempfile.TemporaryDirectory() as temporary:
        return measure_copies(Path(temporary), passages)


def _copies_table(costs: list[CopyCost]) -> Table:
    table = Table("passages", "index an old store", "a quote", "an article", "list")
    for cost in costs:
        table.add_row(
            f"{cost.passages:,}",
            f"{cost.indexing:.1f} s",
            f"{cost.quote_ms:.1f} ms",
            f"{cost.article_ms:.1f} ms",
            f"{cost.listing:.1f} s",
        )
    return table


def _ingest_table(costs: list[IngestCost]) -> Table:
    table = Table(
        "the same paragraphs", "passages/s", "of the model's", "CPU a passage", "CPU ÷ its"
    )
    for cost in costs:
        table.add_row(
            cost.way,
            f"{cost.passages_a_second:.1f}",
            f"{cost.speed:.0%}",
            f"{cost.cpu_ms:.1f} ms",
            f"{cost.cpu:.2f}",
        )
    return table


def _day_table(day: Day) -> Table:
    table = Table("questions", "wrong or unanswered", "articles lost", "restarts")
    table.add_column("memory an hour, an article and a change in each")
    table.add_column("memory an hour, without")
    table.add_row(
        f"{day.questions:,}",
        *(str(len(x)) for x in (day.wrong, day.lost)),
        str(day.restarts),
        *(f"{growth(megabytes):+.1f} MB" for megabytes in (day.busy, day.quiet)),
    )
    for what in (*day.wrong, *day.lost):
        table.add_row(what)
    return table


def _heartbeats_table(heard: Heartbeats) -> Table:
    table = Table("passages", "ingest", "heartbeats", "longest gap")
    table.add_row(
        f"{heard.passages:,}",
        f"{heard.ingest_seconds:.0f} s",
        str(heard.heard),
        f"{heard.longest_gap:.2f} s",
    )
    return table


def _again_table(costs: list[AgainCost]) -> Table:
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


def _sharing_table(costs: list[Shared]) -> Table:
    table = Table("shared", "quoted, median", "worst", "in the index, median", "worst")
    for cost in costs:
        table.add_row(cost.what, *cost.told())
    return table


def _embedding_table(costs: list[EmbeddingCost]) -> Table:
    table = Table("engine", "passages/s", "CPU a passage", "CPU a question", "load", "memory")
    for cost in costs:
        table.add_row(
            cost.engine,
            f"{cost.passages_a_second:.1f}",
            f"{cost.passage_ms:.0f} ms",
            f"{cost.question_ms:.0f} ms",
            f"{cost.load_seconds:.2f} s",
            f"{cost.megabytes:.0f} MB",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
