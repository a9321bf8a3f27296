"""Starting, registering commands, and ending."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import discord
import pytest

from bot import running
from bot.client import Newsdesk
from bot.errors import ConfigurationError
from bot.running import run_bot
from bot.settings import BotSettings
from bot.texts import words
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import DiscordServer
from stand_in.redirect import redirected
from tests.bot_discord.conftest import Run, Told, reopened
from vectorstore import Vectorstore

EN = words("en")


@pytest.fixture
def client(told: Told, store: Vectorstore) -> Newsdesk:
    return newsdesk(told, store)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_FIRST_PAUSE", 0.05)


def newsdesk(told: Told, store: Vectorstore, question_channels: tuple[int, ...] = ()) -> Newsdesk:
    return Newsdesk(
        told,
        Ingestion(store, IngestSettings(_env_file=None)),
        store,
        BotSettings(_env_file=None, question_channels=question_channels),
        max_bytes=1000,
    )


@asynccontextmanager
async def until_sigterm(
    client: Newsdesk, server: DiscordServer
) -> AsyncIterator[asyncio.Task[None]]:
    """``run_bot`` in a task, told to stop at the block's end."""
    task = asyncio.create_task(run_bot(client, server.token))
    try:
        yield task
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 10)
    finally:
        task.cancel()
        await asyncio.wait([task])


def puts(server: DiscordServer) -> int:
    return len([r for r in server.requests if r.method == "PUT" and r.path.endswith("/commands")])


async def test_the_first_connection_may_fail(server: DiscordServer, client: Newsdesk) -> None:
    server.gateway.available = False
    with server.redirect():
        async with until_sigterm(client, server) as task:
            await asyncio.sleep(0.5)
            assert not task.done()
            server.gateway.available = True
            await server.wait_until_connected()
    assert puts(server) == 1


async def test_discord_may_be_out_of_reach_at_first(
    server: DiscordServer, client: Newsdesk, unused_tcp_port: int
) -> None:
    async with until_sigterm_elsewhere(client, server, unused_tcp_port):
        with server.redirect():
            await server.wait_until_connected()


@asynccontextmanager
async def until_sigterm_elsewhere(
    client: Newsdesk, server: DiscordServer, port: int
) -> AsyncIterator[None]:
    with redirected(port):
        async with until_sigterm(client, server) as task:
            await asyncio.sleep(0.3)
            assert not task.done()
            yield


async def test_a_wrong_token(server: DiscordServer, client: Newsdesk) -> None:
    with server.redirect(), pytest.raises(ConfigurationError, match="DISCORD_TOKEN"):
        await run_bot(client, "wrong")
    assert [error.status for error in server.errors] == [401]
    server.requests.clear()


async def test_question_channels_without_the_intent(
    server: DiscordServer, told: Told, store: Vectorstore
) -> None:
    client = newsdesk(told, store, question_channels=(1,))
    with server.redirect(), pytest.raises(ConfigurationError, match="Message Content Intent"):
        await run_bot(client, server.token)


async def test_commands_are_registered_only_where_they_differ(
    server: DiscordServer, run: Run, told: Told, folder: Path
) -> None:
    async with run():
        pass
    assert puts(server) == 1
    assert {c["name"] for c in server.commands()} == {
        *("ask", "ingest", "articles", "newsdesk", "feeds"),
        *("Ask about this message", "Add to articles"),
    }
    (ask,) = [c for c in server.commands() if c["name"] == "ask"]
    assert ask["description_localizations"]["fr"] == words("fr").commands["ask"]
    with server.redirect():
        async with until_sigterm(newsdesk(told, reopened(folder)), server):
            await server.wait_until_connected()
        assert puts(server) == 1
        ask["description"] = "Another one."
        async with until_sigterm(newsdesk(told, reopened(folder)), server):
            await server.wait_until_connected()
    assert puts(server) == 2


async def test_without_commands_it_still_answers_mentions(
    server: DiscordServer, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail_next("PUT", "/applications/*/commands", status=400)
    guild = server.add_guild()
    channel = server.add_channel(guild)
    alice = server.add_member(guild, "Alice")
    async with run():
        question = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        await server.wait_for_reply(question)
    assert "could not be registered" in caplog.text


async def test_sigterm_delivers_what_was_accepted(
    server: DiscordServer, client: Newsdesk, told: Told
) -> None:
    guild = server.add_guild()
    channel = server.add_channel(guild)
    alice = server.add_member(guild, "Alice")
    told.may_answer.clear()
    with server.redirect():
        task = asyncio.create_task(run_bot(client, server.token))
        await server.wait_until_connected()
        accepted = await server.user_command(channel, alice, "ask", {"question": "When?"})
        await accepted.wait_for_ack()
        mention = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        await asyncio.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.2)
        late = await server.user_command(channel, alice, "ask", {"question": "Really?"})
        refused = await late.wait_for_response()
        told.may_answer.set()
        await asyncio.wait_for(task, 10)
    assert accepted.response is not None
    assert accepted.response.content == "On Tuesday [1]."
    (reply,) = [m for m in server.messages(channel) if m.reply_to is mention]
    assert reply.content == "On Tuesday [1]."
    assert refused.content == EN.closing
    assert len(told.asked) == 2


async def test_it_gives_no_advice_about_voice(
    run: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for warning in ("warn_nacl", "warn_dave"):
        monkeypatch.setattr(discord.VoiceClient, warning, True)
    async with run():
        pass
    assert "voice" not in caplog.text
