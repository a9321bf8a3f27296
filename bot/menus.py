"""The entries in a message's menu: ask about it, and (for editors) add it to the articles."""

import json
import re
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.delivery import Response, acknowledge
from bot.errors import BotError
from bot.giving import Asked, give, question_in, refuse_elsewhere
from bot.ingesting import Ingesting, check_editor

if TYPE_CHECKING:
    from bot.client import Newsdesk

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_TITLE_LIMIT = 100


class Menus(commands.Cog):
    """discord.py has no decorator for a cog's own menu entries."""

    def __init__(self, bot: "Newsdesk", ingesting: Ingesting) -> None:
        self._bot = bot
        self._ingesting = ingesting
        ask = app_commands.ContextMenu(
            name=locale_str("Ask about this message", key="menu_ask"), callback=self.ask
        )
        add = app_commands.ContextMenu(
            name=locale_str("Add to articles", key="menu_add"), callback=self.add
        )
        add.guild_only = True
        add.default_permissions = discord.Permissions(manage_messages=True)
        self._entries = (ask, add)

    async def cog_load(self) -> None:
        for entry in self._entries:
            self._bot.tree.add_command(entry)

    async def ask(
        self, interaction: discord.Interaction["Newsdesk"], message: discord.Message
    ) -> None:
        """The message's text is the question; whoever asks sees the answer alone."""
        guild, locale = interaction.guild_id, interaction.locale.value
        said = self._bot.said(guild, locale)
        # With mentions as the names that people see.
        question = question_in(message.clean_content, said, said.no_text)
        refuse_elsewhere(self._bot, guild, interaction.channel, said)
        self._bot.admit(guild, interaction.user.id, said)
        await acknowledge(interaction, private=True)
        asked = Asked(question, guild, interaction.user.id, locale, private=True)
        await give(self._bot, asked, Response(interaction))

    async def add(
        self, interaction: discord.Interaction["Newsdesk"], message: discord.Message
    ) -> None:
        """The message's files are the articles, else the page that it names, else its text."""
        said = self._bot.said(interaction.guild_id, interaction.locale.value)
        check_editor(interaction, said)
        if message.attachments:
            await self._ingesting.add(interaction, said, files=message.attachments)
        elif address := _ADDRESS.search(message.content):
            await self._ingesting.add(interaction, said, url=address[0])
        elif message.content.strip():
            await self._ingesting.add(interaction, said, texts=[_article_of(message)])
        else:
            raise BotError(said.nothing_to_add)


def _article_of(message: discord.Message) -> tuple[str, bytes]:
    """A message as a file: its address tells it from others and opens it from an answer."""
    text = message.clean_content.strip()
    title = " ".join(text.splitlines()[0].split())
    if len(title) > _TITLE_LIMIT:
        title = title[: _TITLE_LIMIT - 1].rstrip() + "…"
    # JSON's strings are YAML's too.
    known = {
        "title": title,
        "published": message.created_at.date().isoformat(),
        "url": message.jump_url,
    }
    head = "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in known.items()
    )
    return f"message-{message.id}.md", f"---\n{head}---\n\n{text}\n".encode()
