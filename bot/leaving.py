"""Forgetting: servers that removed the bot, after some days, and answers that are old."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands, tasks

from bot.errors import ConfigurationError
from bot.titles import audience_of
from vectorstore import VectorstoreError
from vectorstore.feeds import Feeds

if TYPE_CHECKING:
    from bot.client import Newsdesk

log = logging.getLogger(__name__)


class Leaving(commands.Cog):
    """Notes which servers the bot is in, and deletes once a day what is to be kept no longer."""

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot
        # What happened first is noted first: a return must not be undone by the leaving before it.
        self._turn = asyncio.Lock()

    async def cog_unload(self) -> None:
        self._daily.cancel()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Discord lists all servers of the bot now; it may have been removed while it was off."""
        bot = self._bot
        present = {guild.id for guild in bot.guilds}
        shards = (0, 1) if bot.shard_id is None else (bot.shard_id, bot.shard_count or 1)
        await self._noted(partial(_present, bot, present, *shards))
        if not self._daily.is_running():
            self._daily.start()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._noted(partial(self._bot.servers.returned, guild.id))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Not called while a server is only unavailable."""
        self._bot.cooldowns.forget(guild.id)
        await self._noted(partial(self._bot.servers.left, guild.id))

    @tasks.loop(hours=24)
    async def _daily(self) -> None:
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
