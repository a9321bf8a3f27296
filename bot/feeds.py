"""``/feeds``: feeds whose new articles a server gets by themselves."""

from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.citing import linked
from bot.delivery import acknowledge, permissions, respond
from bot.errors import BotError, NotAllowed
from bot.escaping import escape
from bot.feed_polling import FeedPolling
from bot.ingesting import check_editor
from bot.permissions import may_edit
from bot.rendering import Reply, listing
from bot.texts import Words
from bot.titles import audience_of
from ingest.canonical import is_http_url
from ingest.feeds.polling import add_feed
from vectorstore.feeds import Feeds, FeedState
from vectorstore.searchtext import fold

if TYPE_CHECKING:
    from bot.client import Newsdesk

Interaction = discord.Interaction["Newsdesk"]
Named = app_commands.Range[str, 1, 300]
# [interactions/application-commands, Application Command Option Choice]
_MOST_CHOICES, _NAME_LIMIT = 25, 100


class FeedCommands(commands.Cog):
    """Adding, listing and removing a server's feeds, and where their news is announced."""

    feeds = app_commands.Group(
        name="feeds",
        description=locale_str("Feeds whose new articles are added by themselves", key="feeds"),
        guild_only=True,
        default_permissions=discord.Permissions(manage_messages=True),
    )

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot
        self._feeds = Feeds(bot.store.catalog.database)
        self._polling = FeedPolling(bot, self._feeds)

    async def cog_load(self) -> None:
        self._polling.start()

    async def cog_unload(self) -> None:
        self._polling.stop()

    @feeds.command(
        name="add",
        description=locale_str("Add the new articles of a feed, from now on.", key="feeds_add"),
    )
    @app_commands.describe(
        url=locale_str("Address of the feed, or of a page that names it", key="feeds_url")
    )
    async def add_feed(self, interaction: Interaction, url: Named) -> None:
        said = self._said(interaction)
        check_editor(interaction, said)
        if not is_http_url(url):
            raise BotError(said.not_a_url)
        add = partial(self._added, interaction.guild_id or 0, interaction.user.id, url, said)
        with self._bot.ingests.place(self._bot.refusal(said)):
            await acknowledge(interaction)
            feed, new = await self._bot.ingests.run(add)
        minutes = self._bot.ingestion.settings.feed_minutes
        text = said.feed_added if new else said.feed_known
        told = text.format(title=escape(feed.title), minutes=minutes)
        await respond(interaction, [Reply(told)])
        self._polling.wake()

    @feeds.command(
        name="list",
        description=locale_str("List the feeds of this server.", key="feeds_list"),
    )
    async def list_feeds(self, interaction: Interaction) -> None:
        said = self._said(interaction)
        check_editor(interaction, said)
        await acknowledge(interaction, private=True)
        found = await self._own(interaction, said)
        blocks = [_block(feed, said) for feed in found]
        add = self._bot.mention_command("feeds add")
        blocks = blocks or [said.no_feeds.format(add=add)]
        embeds = interaction.app_permissions.embed_links
        pages = listing(blocks, said, embeds=embeds)[1]
        replies = [listing(blocks, said, embeds=embeds, page=page)[0] for page in range(pages)]
        await respond(interaction, replies)

    @feeds.command(
        name="remove",
        description=locale_str("Read a feed no more; its articles stay.", key="feeds_remove"),
    )
    @app_commands.describe(feed=locale_str("Its title", key="feeds_feed"))
    async def remove_feed(self, interaction: Interaction, feed: Named) -> None:
        said = self._said(interaction)
        check_editor(interaction, said)
        await acknowledge(interaction)
        found = await self._find(interaction, feed, said)
        await self._bot.look_up(partial(self._feeds.remove, found.id), said)
        told = said.feed_removed.format(title=escape(found.title))
        await respond(interaction, [Reply(told)])

    @feeds.command(
        name="announce",
        description=locale_str(
            "Announce a feed's new articles in a channel; without one, no more.",
            key="feeds_announce",
        ),
    )
    @app_commands.describe(
        feed=locale_str("Its title", key="feeds_feed"),
        channel=locale_str("Where they are announced", key="feeds_channel"),
    )
    async def announce(
        self,
        interaction: Interaction,
        feed: Named,
        channel: discord.TextChannel | None = None,
    ) -> None:
        said = self._said(interaction)
        check_editor(interaction, said)
        await acknowledge(interaction)
        if channel is not None:
            _check_channel(interaction, channel, said)
        found = await self._find(interaction, feed, said)
        place = channel.id if channel else None
        await self._bot.look_up(partial(self._feeds.announce, found.id, place), said)
        text = said.feed_announced if channel else said.feed_silent
        shown = channel.mention if channel else ""
        told = text.format(title=escape(found.title), channel=shown)
        await respond(interaction, [Reply(told)])

    @remove_feed.autocomplete("feed")
    @announce.autocomplete("feed")
    async def _offered(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        said = self._said(interaction)
        settings = self._bot.server_settings(interaction.guild_id)
        if self._bot.stopping or not may_edit(interaction, settings):
            return []
        wanted = fold(typed)
        return [
            app_commands.Choice(name=feed.title[:_NAME_LIMIT], value=str(feed.id))
            for feed in await self._own(interaction, said)
            if wanted in fold(f"{feed.title} {feed.url}")
        ][:_MOST_CHOICES]

    def _added(self, guild: int, member: int, url: str, said: Words) -> tuple[FeedState, bool]:
        """Runs in a worker's thread, which adds one feed at a time: so the limit holds."""
        audience, most = audience_of(guild), self._bot.settings.feeds_per_server
        if len(self._feeds.of(audience)) >= most:
            raise NotAllowed(said.feed_limit.format(most=most))
        settings = self._bot.ingestion.settings
        return add_feed(self._bot.store.catalog, url, audience, settings, str(member))

    def _said(self, interaction: Interaction) -> Words:
        return self._bot.said(interaction.guild_id, interaction.locale.value)

    async def _own(self, interaction: Interaction, said: Words) -> list[FeedState]:
        """Only this server's: a feed's number of another one finds nothing."""
        audience = audience_of(interaction.guild_id or 0)
        return await self._bot.look_up(partial(self._feeds.of, audience), said)

    async def _find(self, interaction: Interaction, named: str, said: Words) -> FeedState:
        """Raises ``BotError`` where this server has no such feed."""
        feeds = await self._own(interaction, said)
        wanted = fold(named.strip())
        exact = [feed for feed in feeds if named.strip() in (str(feed.id), feed.url)]
        found = exact or [feed for feed in feeds if fold(feed.title) == wanted]
        if len(found) != 1:
            raise BotError(said.no_such_feed)
        return found[0]


def _check_channel(interaction: Interaction, channel: discord.TextChannel, said: Words) -> None:
    """Raises ``NotAllowed`` where the bot, or the member themselves, may not write."""
    member = interaction.user
    theirs = isinstance(member, discord.Member) and channel.permissions_for(member).send_messages
    ours = permissions(channel)
    if not (theirs and ours.view_channel and ours.send_messages):
        raise NotAllowed(said.cannot_announce.format(channel=channel.mention))


def _block(feed: FeedState, said: Words) -> str:
    polled = feed.polled_at
    details = [said.feed_polled.format(time=discord.utils.format_dt(polled, "R")) if polled else ""]
    details = details if polled else [said.feed_waiting]
    if feed.channel:
        details.append(f"<#{feed.channel}>")
    lines = [f"• **{linked(feed.title, feed.url, said)}**", " · ".join(details)]
    return "\n".join([*lines, f"⚠️ {escape(feed.error)}"] if feed.error else lines)
