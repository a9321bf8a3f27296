"""`python -m benchmarks`: how fast Newsdesk is; what a question costs, unless another measure is
named."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from benchmarks import (
    again,
    copies,
    day,
    embedding,
    heartbeats,
    ingesting,
    questions_command,
    sharing,
)
from benchmarks.errors import BenchmarkError
from ingest.arguments import parse
from vectorstore import VectorstoreError

_MEASURES = (questions_command, embedding, ingesting, heartbeats, day, copies, again, sharing)
_WIDTH = 160


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one measure; 0 all well, 1 it can't be done or found a fault, 2 wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given.insert(0, "questions")
    options = parse(parser(), given)
    try:
        # In a file no heading is cut off.
        width = None if sys.stdout.isatty() else _WIDTH
        code: int = options.run(options, Console(width=width))
    except (BenchmarkError, VectorstoreError) as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def parser() -> argparse.ArgumentParser:
    """Each measure adds its own command."""
    whole = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures how fast Newsdesk is. Without a command: questions.",
    )
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    for measure in _MEASURES:
        measure.add_parser(commands)
    return whole


if __name__ == "__main__":
    sys.exit(main())
