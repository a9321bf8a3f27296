"""``python -m evaluation reader``: train the reader again."""

import argparse
from pathlib import Path
from time import monotonic

from rich.console import Console

from evaluation import cache, xquad
from evaluation.errors import EvaluationError
from evaluation.reader_examples import (
    LANGUAGES,
    NEAR_MISSES,
    XquadExamples,
    read_near_misses,
)
from evaluation.reader_sets import OWN_SETS, SetExamples, gathered
from vectorstore.bundled.adapters import SHIPPED

_REPORTED_SECONDS = 60.0
_REPORTED_STEPS = 100
"""The mean of so many losses is told."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "reader",
        help="train again what reads question and passage together",
        description="Trains additions to the bundled model, on XQuAD and on the sets of invented "
        "articles, and writes the file that is shipped with the store. Prints how questions "
        "about articles that were left out are read. XQuAD's files are at "
        f"{xquad.ORIGIN} (CC-BY-SA 4.0); it takes {', '.join(LANGUAGES)}.",
    )
    command.set_defaults(run=run)
    xquad.add_option(command)
    command.add_argument(
        "--minutes",
        type=_minutes,
        default=90.0,
        help="how long it is trained, after the passages were found (default: %(default)g)",
    )
    command.add_argument("--seed", type=int, default=0, help="(default: %(default)s)")
    command.add_argument("--output", type=Path, default=SHIPPED, metavar="FILE")
    cache.add_option(command)


def run(options: argparse.Namespace, progress: Console) -> None:
    """Train, write and measure; raises ``EvaluationError``."""
    # Only here: torch takes seconds to import, and the other commands don't need it.
    import torch

    from evaluation.reader_network import ReaderNetwork
    from evaluation.reader_training import Recipe, batches, fit, held_out, mixed, rates

    if not options.output.parent.is_dir():
        raise EvaluationError(f"There is no folder {options.output.parent} to write into.")
    translations = xquad.load(options.xquad, LANGUAGES)
    examples = XquadExamples(translations, read_near_misses(NEAR_MISSES))
    sets = SetExamples(list(gathered(OWN_SETS, options.cache, progress)))
    progress.print("Training on {} answers and {} near misses of the sets.".format(*sets.counts))
    torch.manual_seed(options.seed)
    recipe = Recipe(seed=options.seed)
    network = ReaderNetwork()
    drawn = batches(network, mixed(recipe, examples.draw, sets.draw), recipe)
    losses: list[float] = []
    reported = monotonic()
    for loss in fit(network, drawn, rates(options.minutes), recipe):
        losses.append(loss)
        if monotonic() - reported >= _REPORTED_SECONDS:
            reported = monotonic()
            recent = losses[-_REPORTED_STEPS:]
            progress.print(f"Step {len(losses)}: loss {sum(recent) / len(recent):.3f}.")
    network.write(options.output)
    progress.print(f"Wrote {options.output} after {len(losses)} steps; measuring …")
    figures = held_out(network, examples)
    out = Console()
    for task, share in figures.first.items():
        out.print(f"Right sentence first, {task}: {100 * share:.1f} %")
    out.print(f"AUC of answered questions against near misses: {figures.auc:.3f}")


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"“{text}” is no number of minutes above 0")
    return minutes
