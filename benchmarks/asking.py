"""What questions cost in a process that stays open, as the bot's does: one after another, by stage,
and of twenty people at once. Run as a process of its own, which prints JSON."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.stopwatch import Part, Seconds, Stopwatch
from benchmarks.timed import Timed, asked_together, megabytes, questions
from bot.answering.answerer import Answerer
from bot.answering.evidence import EvidenceReader
from vectorstore import HybridRetriever, Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.bundled import Engine
from vectorstore.lexical import Lexical

REST = "deciding and composing"


@dataclass(frozen=True, slots=True)
class Asked(Timed):
    """The same of Newsdesk, and more."""

    stages: dict[str, tuple[float, float]]
    """The mean wall and processor time of each stage of the questions."""


def main(path: Path, began: float) -> None:
    """``began``: when the process was started, by ``time.time``."""
    store = open_vectorstore(VectorstoreSettings(path=path))
    try:
        answerer = Answerer(store.catalog, store.retriever)
        asked = questions()
        answerer.answer(asked[0])
        first = time.time() - began
        laps = _alone(store, answerer, asked[1:])
        together = asked_together(answerer.answer, asked)
    finally:
        store.close()
    result = Asked(
        first,
        [1000 * sum(wall for wall, _ in lap.values()) for lap in laps],
        [1000 * sum(processor for _, processor in lap.values()) for lap in laps],
        together,
        megabytes(),
        _by_stage(laps),
    )
    sys.stdout.write(json.dumps(asdict(result)))


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
