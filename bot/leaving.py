"""Forgetting: servers that removed the bot, after some days, and answers that are old."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from bot.errors import ConfigurationError
from bot.repeating import repeat
from bot.titles import audience_of
from vectorstore import Catalog, VectorstoreError
from vectorstore.database import stamp
from vectorstore.feeds import Feeds

if TYPE_CHECKING:
    from bot.client import Newsdesk

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 24 * 3600
_LOOKED = "forgotten at"
# The clock was set, or the bot was off, if more than this has passed between two daily looks.
_LEAP = timedelta(days=2)
_PATIENCE = timedelta(days=1)


class Leaving(commands.Cog):
    """Notes which servers the bot is in, and deletes once a day what is to be kept no longer."""

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot
        # What happened first is noted first: a return must not be undone by the leaving before it.
        self._turn = asyncio.Lock()
        self._daily: asyncio.Task[None] | None = None

    async def cog_unload(self) -> None:
        if self._daily:
            self._daily.cancel()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Discord lists all servers of the bot now; it may have been removed while it was off."""
        bot = self._bot
        present = {guild.id for guild in bot.guilds}
        shards = (0, 1) if bot.shard_id is None else (bot.shard_id, bot.shard_count or 1)
        await self._noted(partial(_present, bot, present, *shards))
        if self._daily is None:
            failure = "What is to be forgotten can't be deleted now."
            pause = partial(asyncio.sleep, _PAUSE_SECONDS)
            self._daily = asyncio.create_task(repeat(self._forget, pause, failure))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._noted(partial(self._bot.servers.returned, guild.id))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Not called while a server is only unavailable."""
        self._bot.cooldowns.forget(guild.id)
        await self._noted(partial(self._bot.servers.left, guild.id))

    async def _forget(self) -> None:
        # With the ingests, so that none is at work on what is deleted.
        if not self._bot.stopping:
            await self._logged(self._bot.ingests.run(partial(_purge, self._bot)))

    async def _noted(self, work: partial[None]) -> None:
        async with self._turn:
            if not self._bot.stopping:
                await self._logged(self._bot.lookups.run(work))

    async def _logged(self, working: Coroutine[Any, Any, None]) -> None:
        """At the next start or the next day it is tried again."""
        try:
            await working
        except VectorstoreError:
            log.exception("What is to be forgotten can't be noted or deleted now.")
        except ConfigurationError as error:
            # It was handed over while this bot ran.
            log.error("%s", error)


def _present(bot: "Newsdesk", guilds: set[int], shard: int, shards: int) -> None:
    bot.claim()
    bot.servers.present(guilds, shard, shards)


def _purge(bot: "Newsdesk") -> None:
    """Each step can be repeated, and the note that the bot left goes last: what a crash prevents is
    done the next time."""
    bot.claim()
    now = datetime.now(UTC)
    if not _trusted(bot.store.catalog, now):
        log.warning(
            "The clock has leapt since it was looked last what is to be forgotten: nothing is "
            "deleted for a day. Is it %s?",
            stamp(now),
        )
        return
    bot.records.forget_before(now - timedelta(days=bot.settings.answer_days))
    limit = now - timedelta(days=bot.settings.leave_days)
    # Read anew for each: a server may have taken the bot back meanwhile.
    while gone := bot.servers.left_before(limit):
        guild = gone[0]
        audience = audience_of(guild)
        Feeds(bot.store.catalog.database).forget_audience(audience)
        bot.store.catalog.versions.purge(audience)
        bot.store.index.drop(audience)
        bot.records.forget_server(guild)
        bot.servers.forget(guild)
        log.info("Deleted all that was kept of server %s, which the bot left.", guild)


def _trusted(catalog: Catalog, now: datetime) -> bool:
    """Whether the clock has gone on as clocks do for a day, or since the first look.

    What a clock that is a year ahead deletes is lost; a day later somebody has noticed.
    """
    noted = catalog.meta(_LOOKED)
    looked, trusted = map(datetime.fromisoformat, noted.split()) if noted else (now, now)
    if abs(now - looked) > _LEAP:
        trusted = now + _PATIENCE
    catalog.set_meta(_LOOKED, f"{stamp(now)} {stamp(trusted)}")
    return now >= trusted
