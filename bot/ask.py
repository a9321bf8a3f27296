"""Questions: ``/ask``, mentions, replies, direct messages, and channels that are for them."""

import asyncio
import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.delivery import Channel, Response, acknowledge
from bot.errors import QuestionError
from bot.giving import Asked, give, place_ids, question_in, refuse_elsewhere, telling
from bot.records import Delivered
from bot.texts import Words
from bot.titles import choices, find_article, visible_audiences
from vectorstore import Period, read_period
from vectorstore.errors import EmptyPeriod, WrongDate

if TYPE_CHECKING:
    from bot.client import Newsdesk

# Of the 3 that Discord waits.
_LOOKUP_SECONDS = 1.0
_PLAIN = (discord.MessageType.default, discord.MessageType.reply)


class Ask(commands.Cog):
    """Takes questions; ``giving`` answers them."""

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot

    @app_commands.command(
        description=locale_str("Ask a question; the answer quotes the articles.", key="ask")
    )
    @app_commands.describe(
        question=locale_str("Your question, in any language", key="ask_question"),
        article=locale_str("Only this article", key="ask_article"),
        since=locale_str("Only articles from this day, month or year on", key="ask_since"),
        until=locale_str("Only articles up to this day, month or year", key="ask_until"),
        private=locale_str("Show the answer to you alone", key="ask_private"),
    )
    async def ask(
        self,
        interaction: discord.Interaction["Newsdesk"],
        question: app_commands.Range[str, 1, 500],
        article: app_commands.Range[str, 1, 200] | None = None,
        since: app_commands.Range[str, 1, 30] | None = None,
        until: app_commands.Range[str, 1, 30] | None = None,
        private: bool = False,
    ) -> None:
        said = self._bot.said(interaction.guild_id, interaction.locale.value)
        # Before the acknowledgement: after it, the sentence would be there for all to see.
        text = question_in(question, said, said.ask_something)
        period = _period(since, until, said)
        refuse_elsewhere(self._bot, interaction.guild_id, interaction.channel, said)
        only = await self._in_time(interaction.guild_id, article, said)
        self._bot.admit(interaction.guild_id, interaction.user.id, said)
        await acknowledge(interaction, private=private)
        if article and only is None:
            only = await self._article(interaction.guild_id, article, said)
        asked = Asked(
            text,
            interaction.guild_id,
            interaction.user.id,
            interaction.locale.value,
            private=private,
            threaded=not private and self._threaded(interaction.guild_id),
            period=period,
            article=only,
            leans_on=await self._before(interaction.guild_id, interaction.channel),
        )
        await give(self._bot, asked, Response(interaction))

    @ask.autocomplete("article")
    async def _titles(
        self, interaction: discord.Interaction["Newsdesk"], typed: str
    ) -> list[app_commands.Choice[str]]:
        return await choices(self._bot, interaction.guild_id, typed)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is a question; whatever fails is told there, or only logged."""
        question = self._question_in(message)
        if question is None:
            return
        locale = message.guild.preferred_locale.value if message.guild else ""
        guild = message.guild.id if message.guild else None
        said = self._bot.said(guild, locale)
        outlet = Channel(message.channel, message)
        async with telling(self._bot, outlet, said):
            refuse_elsewhere(self._bot, guild, message.channel, said)
            text = question_in(question, said, said.ask_something)
            self._bot.admit(guild, message.author.id, said)
            asked = Asked(
                text,
                guild,
                message.author.id,
                locale,
                threaded=self._threaded(guild),
                leans_on=await self._before(guild, message.channel, message.reference),
            )
            await give(self._bot, asked, outlet)

    def _threaded(self, guild: int | None) -> bool:
        return self._bot.server_settings(guild).threads

    async def _in_time(self, guild: int | None, named: str | None, said: Words) -> str | None:
        """The article's id, if it is found while Discord still waits for an acknowledgement."""
        with suppress(TimeoutError):
            if named:
                return await asyncio.wait_for(self._article(guild, named, said), _LOOKUP_SECONDS)
        return None

    async def _article(self, guild: int | None, named: str, said: Words) -> str:
        """The id of the article that was chosen, or whose title was typed."""
        catalog, audiences = self._bot.store.catalog, visible_audiences(guild)
        find = partial(find_article, catalog, audiences, named, said)
        return (await self._bot.lookups.run(find)).id

    async def _before(
        self,
        guild: int | None,
        channel: object,
        reference: discord.MessageReference | None = None,
    ) -> Delivered | None:
        """The answer that was replied to; in a thread without one, the last answer there."""
        records = self._bot.records
        found = None
        here = getattr(channel, "id", None)
        if reference and reference.message_id and reference.channel_id == here:
            by_message = partial(records.by_message, here, reference.message_id)
            found = await self._bot.lookups.run(by_message)
        if found is None and isinstance(channel, discord.Thread):
            found = await self._bot.lookups.run(partial(records.latest_in, channel.id))
        return found if found and found.guild == guild else None

    def _question_in(self, message: discord.Message) -> str | None:
        """The question that a message is, empty where the bot was called without one."""
        if message.author.bot or message.webhook_id or message.type not in _PLAIN:
            return None
        me = self._bot.user
        assert me is not None
        # Not "no guild": a server that is not known yet has none either.
        called = isinstance(message.channel, discord.DMChannel) or me in message.mentions
        if not called and not self._all_are_questions(message):
            return None
        text = re.sub(rf"<@!?{me.id}>", " ", message.content).strip()
        return text if text or called else None

    def _all_are_questions(self, message: discord.Message) -> bool:
        """Whether the channel is for questions, or the thread of a question that was asked there.

        Without the message content intent such a message is empty.
        """
        channel = message.channel
        guild = message.guild.id if message.guild else None
        places = {
            *self._bot.settings.question_channels,
            *self._bot.server_settings(guild).question_channels,
        }
        me = self._bot.user
        if isinstance(channel, discord.Thread) and me and channel.owner_id == me.id:
            return bool(places & place_ids(channel))
        return channel.id in places


def _period(since: str | None, until: str | None, said: Words) -> Period | None:
    """Raises ``QuestionError`` in the user's language."""
    try:
        return read_period(since, until)
    except WrongDate as error:
        # Shown to nobody else, but it may still hold Markdown.
        written = discord.utils.escape_markdown(error.written)
        raise QuestionError(said.wrong_date.format(date=written)) from error
    except EmptyPeriod as error:
        raise QuestionError(
            said.empty_period.format(since=error.since, until=error.until)
        ) from error
