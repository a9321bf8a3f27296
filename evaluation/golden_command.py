"""``python -m evaluation golden``: the golden questions, and what is measured with them."""

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from evaluation import cache, golden, results
from evaluation.errors import EvaluationError
from evaluation.golden import GoldenQuestion
from evaluation.peers import PlainE5, TutorialPipeline
from evaluation.scoreboard import Column, breakdown, failures, run, table
from evaluation.systems import Corpus, Newsdesk, System, ingested


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "golden",
        help="golden questions to the bot and to what people would otherwise build (the default)",
        description="Ingests the articles into a temporary store, asks every golden question, and "
        "measures what is found and answered.",
    )
    command.set_defaults(run=execute)
    command.add_argument("--questions", type=Path, default=golden.OWN_QUESTIONS, metavar="FILE")
    command.add_argument("--articles", type=Path, default=golden.OWN_ARTICLES, metavar="FOLDER")
    command.add_argument("--split", choices=("tune", "report", "all"), default="report")
    command.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    command.add_argument("--failures", action="store_true", help="what went wrong, with quotes")
    cache.add_option(command)
    command.add_argument(
        "--write",
        type=Path,
        nargs="?",
        const=results.OWN_RESULTS,
        metavar="FILE",
        help=f"write both splits' tables as Markdown (default: {results.OWN_RESULTS.name} here)",
    )
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def execute(options: argparse.Namespace, progress: Console) -> None:
    """Raises ``EvaluationError`` and ``VectorstoreError``."""
    split = "all" if options.write else options.split
    questions = _chosen(golden.load(options.questions), split)
    with (
        TemporaryDirectory() as temporary,
        ingested(options.articles, Path(temporary), options.cache) as corpus,
    ):
        golden.check(questions, corpus.paragraphs)
        columns = _columns(corpus, questions, options.peers, progress)
    if options.write:
        results.write(options.write, columns, _command(options))
    if options.json:
        sys.stdout.writelines(json.dumps(row) + "\n" for row in _rows(columns, split))
        return
    shown = Console()
    if options.failures:
        for text in failures(columns[0].trials):
            shown.print(text + "\n", markup=False, highlight=False, soft_wrap=True)
    shown.print(table(columns, f"{len(questions)} golden questions ({split})"))
    for attribute in ("kind", "language"):
        shown.print(breakdown(columns[0], attribute))


def _columns(
    corpus: Corpus, questions: Sequence[GoldenQuestion], peers: bool, progress: Console
) -> list[Column]:
    languages = {name: article.language for name, article in corpus.articles.items()}
    made: list[Callable[[Corpus], System]] = [Newsdesk]
    if peers:
        # The one that may lack its packages first: nobody waits in vain.
        made = [TutorialPipeline, PlainE5, Newsdesk]
    columns = []
    for make in made:
        with progress.status(f"Building {make.__name__}"):
            system = make(corpus)
        columns.append(run(system, questions, languages, progress))
    return columns[::-1]


def _chosen(questions: Sequence[GoldenQuestion], split: str) -> list[GoldenQuestion]:
    chosen = [question for question in questions if split in ("all", question.split)]
    if not chosen:
        raise EvaluationError(f"No golden question is in the split “{split}”.")
    return chosen


def _rows(columns: Sequence[Column], split: str) -> Iterator[dict[str, Any]]:
    """Each system's figures: of all questions, of each kind, of each language."""
    for column in columns:
        parts: list[dict[str, str]] = [{}]
        parts += [{name: value} for name in ("kind", "language") for value in column.values(name)]
        for part in parts:
            head: dict[str, Any] = {"system": column.system, "split": split}
            head |= {"kind": None, "language": None} | part
            yield head | column.only(**part).scores().to_json()


def _command(options: argparse.Namespace) -> str:
    """What was asked for, as it would be typed again."""
    typed = ["python -m evaluation golden --write"]
    own = {"questions": golden.OWN_QUESTIONS, "articles": golden.OWN_ARTICLES}
    for name, default in own.items():
        if (path := getattr(options, name)) != default:
            typed.append(f"--{name} {shlex.quote(str(path))}")
    return " ".join(typed if options.peers else [*typed, "--no-peers"])
