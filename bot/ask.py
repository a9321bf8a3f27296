"""Questions: ``/ask``, mentions, direct messages, and channels where every message is one."""

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.delivery import noting_undelivered, permissions, reply_to, respond
from bot.rendering import Reply, render
from bot.texts import Words, words

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
        question=locale_str("Your question, in any language", key="ask_question")
    )
    async def ask(
        self,
        interaction: discord.Interaction["Newsdesk"],
        question: app_commands.Range[str, 1, 500],
    ) -> None:
        # Discord waits 3 seconds for this [interactions/receiving-and-responding].
        await interaction.response.defer()
        said = words(interaction.locale.value)
        with self._bot.questions.place(self._bot.refusal(said)):
            replies = await self._replies(
                question,
                interaction.guild_id,
                interaction.locale.value,
                embeds=interaction.app_permissions.embed_links,
            )
            await respond(interaction, replies)

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
            replies = await self._replies(
                question,
                message.guild.id if message.guild else None,
                _locale(message),
                embeds=permissions(message).embed_links,
            )
            await reply_to(message, replies)

    async def _replies(
        self, question: str, guild: int | None, locale: str, *, embeds: bool
    ) -> list[Reply]:
        answer = await self._bot.answer(question, guild)
        return render(answer, words(answer.language, locale), embeds=embeds)

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


def _locale(message: discord.Message) -> str:
    return message.guild.preferred_locale.value if message.guild else ""
