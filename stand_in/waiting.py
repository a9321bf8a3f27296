"""Waiting for the bot without polling."""

# A wait that fails says what there was instead, so the waits take their own time limit.
# ruff: noqa: ASYNC109

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Changes:
    """Wakes everyone who waits whenever something in the stand-in changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        #: Called at every change, for those who must miss none between two waits.
        self.observers: set[Callable[[], None]] = set()

    def happened(self) -> None:
        for observer in list(self.observers):
            observer()
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(
        self, look: Callable[[], Found | None], timeout: float, failure: Callable[[], str]
    ) -> Found:
        """What `look` finds, looked for again after every change; a TimeoutError says `failure`."""
        deadline = asyncio.get_running_loop().time() + timeout
        while (found := look()) is None:
            left = deadline - asyncio.get_running_loop().time()
            if not await self.next(left):
                raise TimeoutError(f"after {timeout} s: {failure()}")
        return found

    async def next(self, timeout: float) -> bool:
        """Whether anything changed within `timeout` seconds."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        done, _ = await asyncio.wait([future], timeout=max(timeout, 0))
        self._waiting.discard(future)
        return bool(done)
