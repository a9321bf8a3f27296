"""Showing a chat model's text while it writes: by edits, at a pace that Discord bears."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
import discord

log = logging.getLogger(__name__)

# Discord takes about five edits in five seconds in a channel, and says how many only in the
# headers of its answers [topics/rate-limits]; the answers themselves have to be sent there too.
SECONDS_BETWEEN_EDITS = 1.5
# For the last edit to arrive before the answer takes its place.
_LAST_EDIT_SECONDS = 5.0


class Streams:
    """The answers that are being written just now, by channel: they share its edits."""

    def __init__(self) -> None:
        self._writing: Counter[int] = Counter()

    @asynccontextmanager
    async def shown(
        self, channel: int, show: Callable[[str], Awaitable[None]]
    ) -> AsyncIterator[Callable[[str], None]]:
        """Gives a listener for all of the text so far; any thread may call it, and never waits.

        The newest text is shown, what came before it is left out. An edit that fails is only
        logged: the answer itself will follow.
        """
        stream = _Stream()
        editing = asyncio.create_task(self._edit(channel, stream, show))
        try:
            yield stream.put
        finally:
            stream.end()
            await asyncio.wait({editing}, timeout=_LAST_EDIT_SECONDS)
            editing.cancel()

    async def _edit(
        self, channel: int, stream: "_Stream", show: Callable[[str], Awaitable[None]]
    ) -> None:
        text = await stream.newest()
        if text is None:
            return
        self._writing[channel] += 1
        try:
            while text is not None:
                try:
                    await show(text)
                except (discord.HTTPException, aiohttp.ClientError) as error:
                    log.info("A part of an answer is not shown in channel %s: %s", channel, error)
                await stream.pause(SECONDS_BETWEEN_EDITS * self._writing[channel])
                text = await stream.newest()
        finally:
            # Unlike -= 1, this forgets the channels that have none.
            self._writing -= Counter((channel,))


class _Stream:
    """The newest text of one answer."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._text = ""
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()

    def put(self, text: str) -> None:
        """From any thread."""
        self._text = text
        self._loop.call_soon_threadsafe(self._changed.set)

    def end(self) -> None:
        self._ended.set()
        self._changed.set()

    async def newest(self) -> str | None:
        """The text, once it is another than the last time; None when the answer is written."""
        await self._changed.wait()
        self._changed.clear()
        return None if self._ended.is_set() else self._text

    async def pause(self, seconds: float) -> None:
        """Wait, but not for longer than the answer is written."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
