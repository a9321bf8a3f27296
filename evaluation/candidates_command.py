"""``python -m evaluation candidates``: what people thought of answers, for the golden questions."""

import argparse
import json
import sys
from datetime import date
from typing import get_args

from rich.console import Console

from bot.records import Verdict
from evaluation.candidates import candidates
from vectorstore import VectorstoreSettings
from vectorstore.errors import WrongDate
from vectorstore.period import first_day

_VERDICTS: tuple[str, ...] = get_args(Verdict)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "candidates",
        help="stored feedback as candidates for golden questions",
        description="Prints the feedback in the catalog of VECTORSTORE_PATH as JSON Lines: golden "
        "questions as far as they are known, with the verdict, its reason and what was cited. "
        "A person fills in the rest, takes these three keys out, and adds the line to the golden "
        "questions. Nothing tells who asked or judged.",
    )
    command.set_defaults(run=execute)
    command.add_argument(
        "--verdict",
        action="append",
        choices=_VERDICTS,
        help="only these; may be given more than once",
    )
    command.add_argument(
        "--since",
        type=_day,
        metavar="DATE",
        help="only feedback from this day (2025-02-18), month (2025-02) or year on, in UTC",
    )


def execute(options: argparse.Namespace, progress: Console) -> None:
    """Raises ``EvaluationError`` and ``VectorstoreError``."""
    verdicts = options.verdict or _VERDICTS
    for candidate in candidates(VectorstoreSettings(), verdicts, options.since):
        sys.stdout.write(json.dumps(candidate, ensure_ascii=False) + "\n")


def _day(text: str) -> date:
    try:
        return first_day(text)
    except WrongDate as error:
        raise argparse.ArgumentTypeError(str(error)) from error
