"""Questions: ``/ask``, mentions, direct messages, and channels where every message is one."""

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.answering.conversation import Turn
from bot.delivery import noting_undelivered, permissions, reply_to, respond
from bot.errors import QuestionError
from bot.rendering import Reply, render
from bot.texts import Words, words
from vectorstore import Period, read_period
from vectorstore.errors import EmptyPeriod, WrongDate

if TYPE_CHECKING:
    from bot.client import Newsdesk

_PLAIN = (discord.MessageType.default, discord.MessageType.reply)


class Ask(commands.Cog):
    """Takes questions and delivers answers."""

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot

    @app_commands.command(
        description=locale_str("Ask a question; the answer quotes the articles.", key="ask")
    )
    @app_commands.describe(
        question=locale_str("Your question, in any language", key="ask_question"),
        since=locale_str("Only articles from this day, month or year on", key="ask_since"),
        until=locale_str("Only articles up to this day, month or year", key="ask_until"),
    )
    async def ask(
        self,
        interaction: discord.Interaction["Newsdesk"],
        question: app_commands.Range[str, 1, 500],
        since: app_commands.Range[str, 1, 30] | None = None,
        until: app_commands.Range[str, 1, 30] | None = None,
    ) -> None:
        said = words(interaction.locale.value)
        # Before the acknowledgement: after it, the sentence would be there for all to see.
        period = _period(since, until, said)
        # Discord waits 3 seconds for this [interactions/receiving-and-responding].
        await interaction.response.defer()
        with self._bot.questions.place(self._bot.refusal(said)):
            answer = await self._bot.answer(question, interaction.guild_id, period=period)
            replies = render(
                answer,
                words(answer.language, interaction.locale.value),
                embeds=interaction.app_permissions.embed_links,
            )
            sent = await respond(interaction, replies)
            if interaction.channel_id is not None:
                turns = (Turn(question, answer),)
                self._bot.conversations.remember(interaction.channel_id, sent, turns)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that is a question; whatever fails is told there, or only logged."""
        question = self._question_in(message)
        if question is None:
            return
        said = words(_locale(message))
        with noting_undelivered(message.channel.id):
            try:
                await self._answer(message, question, said)
            except (discord.HTTPException, aiohttp.ClientError):
                raise
            except Exception as error:
                await reply_to(message, [Reply(self._bot.sentence(error, said))])

    async def _answer(self, message: discord.Message, question: str, said: Words) -> None:
        if not question:
            await reply_to(message, [Reply(said.ask_something)])
            return
        with self._bot.questions.place(self._bot.refusal(said)):
            # Only a courtesy; but where it is forbidden, so is the answer.
            with suppress(discord.DiscordServerError, aiohttp.ClientError):
                await message.channel.typing()
            before = self._bot.conversations.before(message.channel.id, _replied_to(message))
            guild = message.guild.id if message.guild else None
            answer = await self._bot.answer(question, guild, before)
            replies = render(
                answer,
                words(answer.language, _locale(message)),
                embeds=permissions(message).embed_links,
            )
            sent = await reply_to(message, replies)
            turns = (*before, Turn(question, answer))
            self._bot.conversations.remember(message.channel.id, sent, turns)

    def _question_in(self, message: discord.Message) -> str | None:
        """The question that a message is, empty where the bot was called without one."""
        if message.author.bot or message.webhook_id or message.type not in _PLAIN:
            return None
        me = self._bot.user
        assert me is not None
        # Not "no guild": a server that is not known yet has none either.
        called = isinstance(message.channel, discord.DMChannel) or me in message.mentions
        if not called and message.channel.id not in self._bot.settings.question_channels:
            return None
        text = " ".join(re.sub(rf"<@!?{me.id}>", " ", message.content).split())
        return text if text or called else None


def _replied_to(message: discord.Message) -> int | None:
    """The message of the same channel that this one replies to."""
    reference = message.reference
    if reference is None or reference.channel_id != message.channel.id:
        return None
    return reference.message_id


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


def _locale(message: discord.Message) -> str:
    return message.guild.preferred_locale.value if message.guild else ""
