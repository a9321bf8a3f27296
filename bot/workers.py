"""Threads for blocking work, with a limit on how much of it may wait."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter
from typing import Any, TypeVar

from bot.errors import BotError

Result = TypeVar("Result")


class Busy(BotError):
    """Nothing more is accepted now; the message is for whoever asked."""


class Workers:
    """A few threads for one kind of work, and the tasks that wait for it."""

    def __init__(self, kind: str, threads: int, waiting: int) -> None:
        """At most ``threads`` run at once, and ``waiting`` more are accepted."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=kind)
        self._places = threads + waiting
        self._accepted: set[asyncio.Task[Any]] = set()
        self._ending = False

    @property
    def accepted(self) -> int:
        """What runs and what waits."""
        return len(self._accepted)

    @contextmanager
    def place(self, refusal: str) -> Iterator[None]:
        """A place for the current task, from accepting the work until its result was delivered.

        Raises:
            Busy: all places are taken, or the end has begun; ``refusal`` is its sentence.
        """
        task = asyncio.current_task()
        assert task is not None
        if self._ending or len(self._accepted) >= self._places:
            raise Busy(refusal)
        self._accepted.add(task)
        try:
            yield
        finally:
            self._accepted.discard(task)

    async def run(
        self, work: Callable[[], Result], waited: Callable[[float], None] = lambda seconds: None
    ) -> Result:
        """The work's result, from one of the threads; ``waited`` is told how long none was free."""
        accepted = perf_counter()

        def begun() -> Result:
            waited(perf_counter() - accepted)
            return work()

        # With the context of whoever asks, so that what is logged there names the request.
        work_here = contextvars.copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._threads, work_here, begun)

    async def finished(self, seconds: float) -> bool:
        """Accept nothing more; whether everything accepted is delivered within that time."""
        self._ending = True
        if not self._accepted:
            return True
        _, late = await asyncio.wait(self._accepted, timeout=seconds)
        return not late

    async def close(self) -> None:
        """End the threads; what runs is waited for, what waits is dropped."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
