"""``python -m evaluation``: measure Newsdesk. Figures on stdout, everything else on stderr."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict

from rich.console import Console

from evaluation import (
    answers,
    cache,
    candidates_command,
    golden_command,
    late,
    reader_command,
    xquad,
)
from evaluation.errors import EvaluationError
from evaluation.retrieval import DEFAULT_TASKS, Task, measure, table
from ingest.arguments import parse
from vectorstore import VectorstoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; 0 all well, 1 it can't be measured, 2 wrong usage."""
    given = sys.argv[1:] if arguments is None else arguments
    options = parse(_parser(), given or ["golden"])
    errors = Console(stderr=True, soft_wrap=True)
    try:
        options.run(options, errors)
    except (EvaluationError, VectorstoreError) as error:
        errors.print(str(error), markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _retrieval(options: argparse.Namespace, progress: Console) -> None:
    results = list(measure(options.xquad, options.tasks, options.cache, progress))
    if options.json:
        sys.stdout.writelines(json.dumps(asdict(result)) + "\n" for result in results)
    else:
        Console().print(table(results))


def _answers(options: argparse.Namespace, progress: Console) -> None:
    found = answers.measure(
        options.xquad, options.tasks, options.questions, options.cache, progress
    )
    results = list(found)
    if options.json:
        sys.stdout.writelines(json.dumps(asdict(result)) + "\n" for result in results)
    else:
        Console().print(answers.table(results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description="Measure Newsdesk.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    golden_command.add_parser(commands)
    retrieval = commands.add_parser(
        "retrieval",
        help="how often the right paragraph is found, beside the usual ways to search",
        description="How often the right paragraph of XQuAD is found, beside plain embeddings, "
        f"BM25 and their rank fusion. XQuAD's files are at {xquad.ORIGIN} (CC-BY-SA 4.0).",
    )
    _add_options(retrieval, _retrieval, DEFAULT_TASKS)
    candidates_command.add_parser(commands)
    late.add_parser(commands)
    reader_command.add_parser(commands)
    answering = commands.add_parser(
        "answers",
        help="how good extractive answers are, and how many near misses are refused",
        description="Whether the expected answer of XQuAD's questions stands in the quotes, and "
        "whether they are refused once their paragraph was removed.",
    )
    _add_options(answering, _answers, answers.DEFAULT_TASKS)
    answering.add_argument(
        "--questions", type=int, default=300, help="how many are drawn (default: %(default)s)"
    )
    return parser


def _add_options(
    command: argparse.ArgumentParser, run: Callable[..., None], tasks: Sequence[Task]
) -> None:
    command.set_defaults(run=run)
    xquad.add_option(command)
    command.add_argument(
        "--tasks",
        type=_tasks,
        default=tuple(tasks),
        metavar="TASKS",
        help="languages of the questions and of the articles, separated by commas "
        f"(default: {','.join(task.name for task in tasks)})",
    )
    cache.add_option(command)
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def _tasks(text: str) -> tuple[Task, ...]:
    try:
        return tuple(Task.parse(name) for name in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"“{error}” is no task; give for instance en>es,en>mixed"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
