"""What a question costs: from a cold start, and in a process that is warm."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[1]
QUESTIONS = (
    "Who attended the Saudi talks?",
    "Qui a participé aux pourparlers en Arabie saoudite ?",
    "Wie lange dauerten die Gespräche?",
    "¿Quién estaba en la mesa de Riad?",
    "When will the Kestrel Bridge reopen?",
    "What is the capital of Mongolia?",
    "How many petrels were counted on Ormsay?",
    "Where were the talks held?",
)


@dataclass(frozen=True, slots=True)
class QuestionCost:
    """Measured on one store."""

    passages: int
    cold_seconds: float
    """Median, from the start of the process to its end with an answer."""
    cold_megabytes: float
    """The most memory that the process had, resident."""
    warm_median_ms: float
    warm_p95_ms: float


def measure(path: Path, passages: int, rounds: int) -> QuestionCost:
    """Ask a store questions through `python -m bot ask`."""
    cold = [_run(path, QUESTIONS[0]) for _ in range(rounds)]
    # The first line of a process pays for what the others find warm.
    lines = "\n".join(QUESTIONS * (rounds + 1))
    warm = _run(path, "-", lines)[2][len(QUESTIONS) :]
    return QuestionCost(
        passages,
        statistics.median(seconds for seconds, _, _ in cold),
        max(megabytes for _, megabytes, _ in cold),
        1000 * statistics.median(warm),
        1000 * statistics.quantiles(warm, n=20)[-1],
    )


def _run(path: Path, question: str, lines: str = "") -> tuple[float, float, list[float]]:
    """Seconds and megabytes of the process, and the seconds of each answer."""
    # A process of its own measures the child: RUSAGE_CHILDREN keeps the largest of all children.
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.questions", question],
        input=lines,
        capture_output=True,
        text=True,
        cwd=_ROOT,
        env={**os.environ, "VECTORSTORE_PATH": str(path)},
        check=True,
    )
    seconds = time.perf_counter() - began
    *answers, usage = done.stdout.splitlines()
    return seconds, float(usage), [json.loads(line)["seconds"] for line in answers]


def _child() -> None:
    """Answer a question, or those of standard input, then print the megabytes it took."""
    from bot.__main__ import main

    main(["ask", "--json", sys.argv[1]])
    # Linux counts kilobytes, macOS bytes.
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    sys.stdout.write(f"{used:.0f}\n")


if __name__ == "__main__":
    _child()
