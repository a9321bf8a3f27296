"""Several connections to Discord, each with some of the servers."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.errors import ConfigurationError
from bot.running import run_bot
from bot.settings import BotSettings
from bot.sharded import ShardedNewsdesk
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer
from tests.bot_discord.conftest import Told, know_all_servers_at_once, until
from vectorstore import Vectorstore


def sharded(
    told: Told, store: Vectorstore, shards: int, question_channels: tuple[int, ...] = ()
) -> ShardedNewsdesk:
    settings = BotSettings(
        _env_file=None, shards=shards, health_address="", question_channels=question_channels
    )
    reading = Ingestion(store, IngestSettings(_env_file=None))
    client = ShardedNewsdesk(told, reading, store, settings, max_bytes=10)
    know_all_servers_at_once(client)
    return client


@asynccontextmanager
async def running(client: ShardedNewsdesk, server: DiscordServer) -> AsyncIterator[None]:
    with server.redirect():
        task = asyncio.create_task(run_bot(client, server.token))
        try:
            await until(lambda: client.gateway.state == "ready" or task.done())
            yield
        finally:
            if not task.done():
                os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(task, 20)


def in_each_of_two(server: DiscordServer) -> list[Channel]:
    """A channel in a server of either shard."""
    found: dict[int, Channel] = {}
    while len(found) < 2:
        guild = server.add_guild()
        found.setdefault((guild.id >> 22) % 2, server.add_channel(guild))
    return [found[0], found[1]]


@pytest.mark.parametrize("shards", [2, 0], ids=["two", "as recommended"])
async def test_every_server_is_answered_once(
    server: DiscordServer, told: Told, store: Vectorstore, shards: int
) -> None:
    server.gateway.shards = 2
    channels = in_each_of_two(server)
    client = sharded(told, store, shards)
    async with running(client, server):
        assert [p["shard"] for p in server.identify_payloads] == [[0, 2], [1, 2]]
        assert client.shard_count == 2
        for channel in channels:
            assert channel.guild
            alice = server.add_member(channel.guild, "Alice")
            asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
            answer = await asked.wait_for_response()
            mention = await server.user_says(channel, alice, "when?", mentions=[server.bot])
            reply = await server.wait_for_reply(mention)
            assert answer.content == reply.content == "On Tuesday [1]."
        assert client.gateway.silent_seconds < 60
    assert len(told.asked) == 4


async def test_a_shard_that_is_lost_comes_back(
    server: DiscordServer, told: Told, store: Vectorstore
) -> None:
    in_each_of_two(server)
    client = sharded(told, store, 2)
    async with running(client, server):
        [second] = [c for c in server.gateway.connections if c.session and c.session.shard[0]]
        server.gateway.available = False
        second.cut()
        await until(lambda: client.gateway.state == "disconnected")
        server.gateway.available = True
        await until(lambda: client.gateway.state == "ready")


async def test_an_intent_that_is_switched_off(
    server: DiscordServer, told: Told, store: Vectorstore
) -> None:
    client = sharded(told, store, 2, question_channels=(1,))
    with server.redirect(), pytest.raises(ConfigurationError, match="Message Content Intent"):
        await asyncio.wait_for(run_bot(client, server.token), 30)
