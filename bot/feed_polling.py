"""Polling feeds while the bot runs, and announcing the articles that are new in them."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord.abc import Messageable

from bot.citing import linked
from bot.delivery import UNDELIVERABLE
from bot.escaping import escape
from bot.repeating import repeat
from bot.splitting import CONTENT_LIMIT, shorten
from bot.texts import Words
from bot.titles import audience_of
from ingest.feeds.polling import Polling
from ingest.report import IngestReport
from vectorstore import Article, VectorstoreError
from vectorstore.feeds import Feeds, FeedState

if TYPE_CHECKING:
    from bot.client import Newsdesk

log = logging.getLogger(__name__)

POLL_SECONDS = 60.0
_MOST_ANNOUNCED = 5


class FeedPolling:
    """One task: it polls what is due, an article at a time, so that an ingest that somebody waits
    for comes in between."""

    def __init__(self, bot: "Newsdesk", feeds: Feeds) -> None:
        self._bot = bot
        self._feeds = feeds
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_polling())

    def stop(self) -> None:
        if self._task:
            self._task.cancel()

    def wake(self) -> None:
        """A feed was added, which need not wait for the next round."""
        self._woken.set()

    async def _keep_polling(self) -> None:
        await self._bot.wait_until_ready()
        await repeat(self._poll_due, self._pause, "Feeds can't be polled; trying again.")

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        self._woken.clear()

    async def _poll_due(self) -> None:
        bot = self._bot
        if bot.stopping:
            return
        due = await bot.lookups.run(partial(self._feeds.due, datetime.now(UTC)))
        polling = Polling(bot.store.catalog, bot.ingestion, bot.ingestion.settings)
        here = {audience_of(guild.id): guild for guild in bot.guilds}
        for feed in due:
            guild = here.get(feed.audience)
            # A server that the bot left gets nothing more.
            if guild is None and feed.audience.startswith("guild-"):
                continue
            try:
                reports = await self._poll(polling, feed)
            except VectorstoreError as error:
                bot.metrics.feed_polls.labels("failed").inc()
                # The other feeds have their turn; this one is due again when its claim ends.
                log.warning("Feed %s can't be polled: %s", feed.id, error)
                continue
            if guild and feed.channel and reports:
                await self._announce(guild, feed, feed.channel, reports)

    async def _poll(self, polling: Polling, feed: FeedState) -> list[IngestReport]:
        """The reports of its new articles, as far as the bot isn't being stopped."""
        coming = polling.poll(feed)
        added = []
        outcome = "ok"
        while not self._bot.stopping:
            report = await self._bot.ingests.run(partial(next, coming, None))
            if report is None:
                break
            if report.outcome == "failed" and report.source == feed.url:
                outcome = "failed"
            else:
                self._bot.metrics.count_reports([report])
            if report.error:
                log.info("Feed %s: %s", feed.id, report.error)
            if report.outcome == "added":
                added.append(report)
        self._bot.metrics.feed_polls.labels(outcome).inc()
        return added

    async def _announce(
        self,
        guild: discord.Guild,
        feed: FeedState,
        channel_id: int,
        reports: Sequence[IngestReport],
    ) -> None:
        bot = self._bot
        # Only a channel of that very server, whatever is stored.
        channel = guild.get_channel_or_thread(channel_id)
        if not isinstance(channel, Messageable):
            return
        ids = [report.article_id for report in reports if report.article_id]
        found = await bot.lookups.run(partial(bot.store.catalog.articles_by_id, ids))
        said = bot.said(guild.id, guild.preferred_locale.value)
        articles = [found[one] for one in ids if one in found]
        text = announcement(feed.title, articles, said)
        try:
            await channel.send(text, suppress_embeds=True)
        except UNDELIVERABLE as error:
            log.warning("New articles can't be announced in channel %s: %s", channel_id, error)


def announcement(title: str, articles: Sequence[Article], said: Words) -> str:
    """A line an article, five at most; what was written by others shows as it is."""
    head = f"**{said.feed_news.format(title=escape(title))}**"
    lines = [f"• {linked(one.title, one.url, said)}" for one in articles[:_MOST_ANNOUNCED]]
    # Addresses can be long, and a link that is cut is none.
    while True:
        more = len(articles) - len(lines)
        rest = [said.more.format(count=more)] if more else []
        text = "\n".join([head, *lines, *rest])
        if not lines or len(text) <= CONTENT_LIMIT:
            return shorten(text, CONTENT_LIMIT)
        lines.pop()
