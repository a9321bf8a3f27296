"""What questions cost in a process that stays open, as the bot's does: one after another, by stage,
and of twenty people at once. Run as a process of its own, which prints JSON."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.stopwatch import Part, Seconds, Stopwatch
from bot.answering.answerer import Answerer
from bot.answering.evidence import EvidenceReader
from bot.workers import Workers
from evaluation import golden
from vectorstore import HybridRetriever, Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.bundled import Engine
from vectorstore.lexical import Lexical

USERS = 20
_QUESTIONS_A_USER = 4
_EVERY = 5
REST = "deciding and composing"
# What the bot runs questions with (bot/client.py).
_THREADS, _WAITING = 2, 20


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds, seconds where it says so."""

    first_seconds: float
    """From the start of the process to its first answer, everything loaded."""
    wall: list[float]
    """Of each question, asked alone."""
    processor: list[float]
    megabytes: float
    """The most memory of the process, resident."""


@dataclass(frozen=True, slots=True)
class Asked(Timed):
    """The same of Newsdesk, and more."""

    stages: dict[str, tuple[float, float]]
    """The mean wall and processor time of each stage of the questions."""
    together: list[float]
    """Of each question where as many ask at once as ``USERS``, waiting included."""


def questions() -> list[str]:
    """Different ones, in several languages: an embedder remembers what it was asked."""
    found = [q.question for q in golden.load(golden.OWN_QUESTIONS) if q.after is None]
    return list(dict.fromkeys(found))[::_EVERY]


def main(path: Path, began: float) -> None:
    """``began``: when the process was started, by ``time.time``."""
    store = open_vectorstore(VectorstoreSettings(path=path))
    try:
        answerer = Answerer(store.catalog, store.retriever)
        asked = questions()
        answerer.answer(asked[0])
        first = time.time() - began
        laps = _alone(store, answerer, asked[1:])
        together = asyncio.run(_together(answerer, asked))
    finally:
        store.close()
    result = Asked(
        first,
        [1000 * sum(wall for wall, _ in lap.values()) for lap in laps],
        [1000 * sum(processor for _, processor in lap.values()) for lap in laps],
        megabytes(),
        _by_stage(laps),
        together,
    )
    sys.stdout.write(json.dumps(asdict(result)))


def megabytes() -> float:
    """The most memory that this process has had, resident."""
    if sys.platform == "linux":
        # Its ru_maxrss begins with what the parent had.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return float(status.split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _alone(
    store: Vectorstore, answerer: Answerer, asked: Sequence[str]
) -> list[dict[str, Seconds]]:
    parts: list[Part] = [
        (Engine, "states", "embedding the question"),
        (type(store.index), "search", "dense search"),
        (Lexical, "candidates", "lexical search"),
        (HybridRetriever, "search", "scoring and reading passages"),
        (HybridRetriever, "neighbours", "scoring and reading passages"),
        (EvidenceReader, "read", "scoring sentences"),
    ]
    watch = Stopwatch()
    with watch.watching(parts):
        for question in asked:
            with watch.lap(REST):
                answerer.answer(question)
    return watch.laps


async def _together(answerer: Answerer, asked: Sequence[str]) -> list[float]:
    """Everybody asks the next question when the last is answered."""
    workers = Workers("question", _THREADS, _WAITING)
    waited: list[float] = []

    async def user(number: int) -> None:
        for turn in range(_QUESTIONS_A_USER):
            # In other words than before, so that nothing is remembered.
            question = f"{asked[(number * _QUESTIONS_A_USER + turn) % len(asked)]} {number}"
            began = time.perf_counter()
            with workers.place("full"):
                await workers.run(partial(answerer.answer, question))
            waited.append(1000 * (time.perf_counter() - began))

    await asyncio.gather(*map(user, range(USERS)))
    await workers.close()
    return waited


def _by_stage(laps: Sequence[dict[str, Seconds]]) -> dict[str, tuple[float, float]]:
    """The mean over all laps, those without the stage included; in milliseconds."""
    stages = dict.fromkeys(stage for lap in laps for stage in lap)
    found = {}
    for stage in stages:
        spent = [lap.get(stage, (0.0, 0.0)) for lap in laps]
        wall, processor = (1000 * sum(times) / len(laps) for times in zip(*spent, strict=True))
        found[stage] = (wall, processor)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
