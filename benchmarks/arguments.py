"""What the commands of `python -m benchmarks` share."""

import argparse
from collections.abc import Callable
from functools import partial

Commands = argparse._SubParsersAction
"""Where a measure adds its command."""


_SIZES = (1_000, 10_000, 100_000)


def add_command(
    commands: "Commands[argparse.ArgumentParser]",
    name: str,
    what: str,
    run: Callable[..., int],
) -> argparse.ArgumentParser:
    """``run`` takes the options and a console, and returns the
    program's exit code."""
    command = commands.add_parser(name, help=what, description=f"Measures {what}.")
    command.set_defaults(run=run)
    return command


def add_number(
    command: argparse.ArgumentParser, name: str, default: int, what: str, *, least: int = 1
) -> None:
    """An option that takes a whole number."""
    command.add_argument(
        name,
        type=partial(_number, least=least),
        default=default,
        metavar="N",
        help=f"{what} (default: %(default)s)",
    )


def add_sizes(command: argparse.ArgumentParser, what: str) -> None:
    """``--passages``, one size or several."""
    command.add_argument(
        "--passages",
        type=_number,
        nargs="+",
        default=_SIZES,
        metavar="N",
        help=f"{what} (default: {' '.join(map(str, _SIZES))})",
    )


def _number(text: str, least: int = 1) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < least:
        raise argparse.ArgumentTypeError(f"“{text}” is no number from {least} on")
    return number
