"""Where the time of a question goes, measured from outside: the product has no clock in it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Part = tuple[type, str, str]
"""A class, the name of one of its methods, and what it is called here."""

Seconds = tuple[float, float]
"""By the wall, and of the processor over all threads of the process."""


class Stopwatch:
    """Seconds by stage, each without the stages that it calls; for one thread at a time."""

    def __init__(self) -> None:
        self.laps: list[dict[str, Seconds]] = []
        self._running: list[str] = []
        self._lap: dict[str, Seconds] = {}
        self._since = (0.0, 0.0)

    @contextmanager
    def watching(self, parts: list[Part]) -> Iterator[None]:
        """Times these methods while it lasts."""
        originals = [(cls, name, getattr(cls, name)) for cls, name, _ in parts]
        for (cls, name, original), (_, _, stage) in zip(originals, parts, strict=True):
            setattr(cls, name, self._timed(original, stage))
        try:
            yield
        finally:
            for cls, name, original in originals:
                setattr(cls, name, original)

    @contextmanager
    def lap(self, rest: str) -> Iterator[None]:
        """One question; ``rest`` is what it spends outside of all stages."""
        self._lap = {}
        with self._stage(rest):
            yield
        self.laps.append(self._lap)

    def _timed(self, original: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            with self._stage(stage):
                return original(*args, **options)

        return timed

    @contextmanager
    def _stage(self, stage: str) -> Iterator[None]:
        self._charge()
        self._running.append(stage)
        try:
            yield
        finally:
            self._charge()
            self._running.pop()

    def _charge(self) -> None:
        now = (time.perf_counter(), time.process_time())
        if self._running:
            wall, processor = self._lap.get(self._running[-1], (0.0, 0.0))
            self._lap[self._running[-1]] = (
                wall + now[0] - self._since[0],
                processor + now[1] - self._since[1],
            )
        self._since = now
