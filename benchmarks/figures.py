"""What is told of Newsdesk and of each peer, in tables and plots."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.questions import QuestionCost
from benchmarks.timed import Timed

NEWSDESK = "Newsdesk"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one of them, in a store of some size; milliseconds, unless the name says otherwise."""

    first_seconds: float
    megabytes: float
    median: float
    p95: float
    processor: float
    """The mean, over all threads."""
    users_p95: float


def figures(cost: QuestionCost) -> dict[str, Figures]:
    """By name; Newsdesk's come first."""
    return {name: _of(timed) for name, timed in {NEWSDESK: cost.bot, **cost.peers}.items()}


def _of(timed: Timed) -> Figures:
    return Figures(
        timed.first_seconds,
        timed.megabytes,
        statistics.median(timed.wall),
        _p95(timed.wall),
        statistics.fmean(timed.processor),
        _p95(timed.together),
    )


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
