"""`python -m benchmarks questions`, or without a command: what a question costs in stores that
grow."""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.arguments import Commands, add_command, add_number, add_sizes
from benchmarks.errors import BenchmarkError
from benchmarks.filling import filled
from benchmarks.packages import require
from benchmarks.peers import PACKAGES
from benchmarks.questions import QuestionCost, measure
from benchmarks.results import OWN_RESULTS, tables, write


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """``python -m benchmarks questions``."""
    command = add_command(
        commands, "questions", "what a question costs as a store grows, which is the default", run
    )
    add_sizes(command, "sizes of the store")
    add_number(command, "--rounds", 3, "how often `bot ask` is run")
    command.add_argument(
        "--peers",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="what people would otherwise ask, too",
    )
    command.add_argument(
        "--store",
        type=Path,
        metavar="FOLDER",
        help="keep the store here, and use what is there; else a temporary folder",
    )
    command.add_argument(
        "--write",
        type=Path,
        nargs="?",
        const=OWN_RESULTS,
        metavar="FILE",
        help=f"write the tables as Markdown, here as {OWN_RESULTS.name} unless another is named",
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """The command."""
    if options.peers:
        require(PACKAGES, "The peers", "leave them out with --no-peers")
    if options.write:
        require(("matplotlib",), "The plots", "leave --write out")
        if not options.write.parent.is_dir():
            raise BenchmarkError(f"There is no folder {options.write.parent} to write to.")
    progress = Console(stderr=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.store or Path(temporary)).resolve()
        costs = [_measured(folder, n, options, progress) for n in sorted(set(options.passages))]
    for title, (headings, rows) in tables(costs).items():
        table = Table(*headings, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    if options.write:
        _write(options, costs)
    return 0


def _write(options: argparse.Namespace, costs: list[QuestionCost]) -> None:
    # matplotlib need not be there for anything else.
    from benchmarks.plots import draw

    sizes = " ".join(map(str, sorted(set(options.passages))))
    peers = "" if options.peers else " --no-peers"
    command = f"python -m benchmarks --passages {sizes}{peers} --write"
    pictures = draw(options.write.parent / "plots", costs)
    write(options.write, costs, command, {f"plots/{p}": shown for p, shown in pictures.items()})


def _measured(
    folder: Path, passages: int, options: argparse.Namespace, progress: Console
) -> QuestionCost:
    progress.print(f"Filling a store up to {passages:,} passages.")
    size = filled(folder, passages)
    progress.print(f"Asking {size:,} passages.")
    return measure(folder, size, options.rounds, peers=options.peers)
