"""Sending messages and edits, also where Discord is unavailable for a moment.

discord.py tries again after 500, 502, 504 and 524, for interactions after any 5xx, but not after a
503 on a message.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import discord

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_UNAVAILABLE = 503
_PAUSES = (1.0, 3.0)


async def send(channel: discord.abc.Messageable, **parts: Any) -> discord.Message:
    """A message. One nonce for all attempts: where the first one arrived after all, Discord gives
    that message back, and makes no other (``enforce_nonce``, which discord.py sets)
    [resources/message, Create Message]."""
    nonce = secrets.randbits(63)
    return await _persistently(lambda: channel.send(**parts, nonce=nonce))


async def edit(message: discord.Message, **parts: Any) -> discord.Message:
    return await _persistently(lambda: message.edit(**parts))


async def _persistently(request: Callable[[], Awaitable[Result]]) -> Result:
    for pause in _PAUSES:
        try:
            return await request()
        except discord.DiscordServerError as error:
            if error.status != _UNAVAILABLE:
                raise
            log.info("Discord is unavailable; trying again in %.0f s.", pause)
            await asyncio.sleep(pause)
    return await request()
