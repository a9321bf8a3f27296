"""A stand-in Discord, with an unmodified discord.py client or without one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest_asyncio

from stand_in import (
    DiscordServer,
)
from tests.stand_in.bots import EchoBot, Scene, stage


@pytest_asyncio.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        with server.redirect():
            yield server


@pytest_asyncio.fixture
async def scene(server: DiscordServer) -> AsyncIterator[Scene]:
    async with stage(server, discord.Intents.default()) as scene:
        yield scene


@pytest_asyncio.fixture
async def quiet(server: DiscordServer) -> AsyncIterator[Scene]:
    """Logged in, without a gateway."""
    guild = server.add_guild()
    bot = EchoBot(discord.Intents.none())
    async with bot:
        await bot.login(server.token)
        yield Scene(
            server, guild, server.add_channel(guild), server.add_member(guild, "Alice"), bot
        )
