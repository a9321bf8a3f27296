"""What a question costs in a store of some size: `bot ask`, the bot's process, and peers."""

import json
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.asking import Asked
from benchmarks.children import printed
from benchmarks.peers import PEERS
from benchmarks.timed import Timed, megabytes

_QUESTION = "Who attended the Saudi talks?"


@dataclass(frozen=True, slots=True)
class QuestionCost:
    """Measured on one store."""

    passages: int
    ask_seconds: float
    """Of `python -m bot ask`, from the start of the process to its end with an answer; median."""
    ask_megabytes: float
    """The most memory that it had, resident."""
    bot: Asked
    peers: Mapping[str, Timed]


def measure(path: Path, passages: int, rounds: int, *, peers: bool) -> QuestionCost:
    """Ask a filled store that no process has open."""
    asked = [_ask(path) for _ in range(rounds)]
    return QuestionCost(
        passages,
        statistics.median(seconds for seconds, _ in asked),
        max(megabytes for _, megabytes in asked),
        Asked(**_child(path, "benchmarks.asking", str(path))),
        {
            name: Timed(**_child(path, "benchmarks.peers", name, str(path)))
            for name in (PEERS if peers else ())
        },
    )


def _ask(path: Path) -> tuple[float, float]:
    # A process of its own measures the child: RUSAGE_CHILDREN keeps the largest of all children.
    began = time.perf_counter()
    done = printed(path, "benchmarks.questions")
    return time.perf_counter() - began, float(done.splitlines()[-1])


def _child(path: Path, *command: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(printed(path, *command, str(time.time())))
    return result


def _answer_one() -> None:
    """`python -m bot ask`, then the megabytes that it took."""
    from bot.__main__ import main

    main(["ask", "--json", _QUESTION])
    sys.stdout.write(f"{megabytes():.0f}\n")


if __name__ == "__main__":
    _answer_one()
