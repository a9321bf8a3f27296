"""How questions are timed, the same way for Newsdesk and for what people would otherwise ask."""

import asyncio
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.workers import Workers
from evaluation import golden

USERS = 20
_QUESTIONS_A_USER = 4
_EVERY = 5
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
    together: list[float]
    """Of each question where as many ask at once as ``USERS``, waiting included."""
    megabytes: float
    """The most memory of the process, resident."""


def questions() -> list[str]:
    """Different ones, in several languages: an embedder remembers what it was asked."""
    found = [q.question for q in golden.load(golden.OWN_QUESTIONS) if q.after is None]
    return list(dict.fromkeys(found))[::_EVERY]


def asked_together(ask: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    """Everybody asks the next question when the last is answered; through as many threads as the
    bot has for questions."""
    return asyncio.run(_together(ask, asked))


def megabytes() -> float:
    """The most memory that this process has had, resident."""
    if sys.platform == "linux":
        # Its ru_maxrss begins with what the parent had.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return float(status.split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


async def _together(ask: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    workers = Workers("question", _THREADS, _WAITING)
    waited: list[float] = []

    async def user(number: int) -> None:
        for turn in range(_QUESTIONS_A_USER):
            # In other words than before, so that nothing is remembered.
            question = f"{asked[(number * _QUESTIONS_A_USER + turn) % len(asked)]} {number}"
            began = time.perf_counter()
            with workers.place("full"):
                await workers.run(partial(ask, question))
            waited.append(1000 * (time.perf_counter() - began))

    await asyncio.gather(*map(user, range(USERS)))
    await workers.close()
    return waited
