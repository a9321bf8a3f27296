"""Bots that do what a test wants, and the places where they do it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.http import Route

from stand_in import (
    Channel,
    DiscordServer,
    Guild,
    User,
)

Script = Callable[[Any], Awaitable[Any]]
Json = dict[str, Any]


class Feedback(discord.ui.Modal, title="Feedback"):
    words: discord.ui.TextInput[Any] = discord.ui.TextInput(label="What is wrong?", max_length=20)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"Thanks for {self.words.value}", ephemeral=True)


class Buttons(discord.ui.View):
    @discord.ui.button(label="More", custom_id="more")
    async def more(self, interaction: discord.Interaction[Any], _: Any) -> None:
        await interaction.response.edit_message(content="more", view=None)

    @discord.ui.button(label="Report", custom_id="report")
    async def report(self, interaction: discord.Interaction[Any], _: Any) -> None:
        await interaction.response.send_modal(Feedback())


class EchoBot(commands.Bot):
    """`/run` runs the test's own `script`."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__("!", intents=intents, guild_ready_timeout=0.1)
        self.script: Script | None = None
        self.outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.seen: list[discord.Message] = []
        self.resumes = 0
        self.up = asyncio.Event()
        self.declare()

    def declare(self) -> None:
        @self.tree.command(description="says it again")
        async def echo(interaction: discord.Interaction[Any], text: str) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content=text, view=Buttons())

        @self.tree.command(description="whatever the test wants")
        async def run(interaction: discord.Interaction[Any]) -> None:
            await self.perform(interaction)

        @self.tree.command(description="reads a file")
        async def read(interaction: discord.Interaction[Any], file: discord.Attachment) -> None:
            text = (await file.read()).decode()
            await interaction.response.send_message(f"{file.filename}: {text}")

        @self.tree.context_menu(name="Quote")
        async def quote(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            await interaction.response.send_message(f"> {message.content}")

        articles = app_commands.Group(
            name="articles",
            description="articles",
            guild_only=True,
            default_permissions=discord.Permissions(manage_messages=True),
        )

        @articles.command(name="find", description="one of them")
        async def find(interaction: discord.Interaction[Any], title: str, pages: int = 1) -> None:
            await interaction.response.send_message(f"{title} {pages} {interaction.locale}")

        @find.autocomplete("title")
        async def titles(
            interaction: discord.Interaction[Any], typed: str
        ) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=typed.upper(), value=typed)]

        self.tree.add_command(articles)

    async def perform(self, with_what: Any) -> None:
        assert self.script
        try:
            self.outcome.set_result(await self.script(with_what))
        except discord.DiscordException as error:
            self.outcome.set_exception(error)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py would wait 5 s before it identifies again."""

    async def on_ready(self) -> None:
        self.up.set()

    async def on_resumed(self) -> None:
        self.resumes += 1

    async def on_message(self, message: discord.Message) -> None:
        assert self.user
        self.seen.append(message)
        if message.author != self.user and self.user.mentioned_in(message):
            await message.reply("pong", mention_author=False)


@asynccontextmanager
async def running(bot: EchoBot, server: DiscordServer) -> AsyncIterator[None]:
    started = asyncio.create_task(bot.start(server.token))
    ready = asyncio.create_task(bot.up.wait())
    try:
        await asyncio.wait([started, ready], return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            await started
        yield
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.wait([started, ready])


@dataclass
class Scene:
    server: DiscordServer
    guild: Guild
    channel: Channel
    alice: User
    bot: EchoBot

    async def run(self, script: Script) -> Any:
        """What `script` makes of a `/run`."""
        self.bot.script = script
        await self.server.user_command(self.channel, self.alice, "run")
        return await asyncio.wait_for(self.bot.outcome, 5)

    async def post(self, body: Json, channel: Channel | None = None) -> Any:
        """A message exactly as written here, without discord.py's own checks."""
        place = (channel or self.channel).id
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=place)
        return await self.bot.http.request(route, json=body)

    def discord_channel(self) -> discord.TextChannel:
        channel = self.bot.get_channel(self.channel.id)
        assert isinstance(channel, discord.TextChannel)
        return channel


@asynccontextmanager
async def stage(server: DiscordServer, intents: discord.Intents) -> AsyncIterator[Scene]:
    guild = server.add_guild(locale="fr")
    channel = server.add_channel(guild)
    alice = server.add_member(guild, "Alice")
    bot = EchoBot(intents)
    async with running(bot, server):
        yield Scene(server, guild, channel, alice, bot)
