"""Real articles, real answers, through Discord."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.answering.answerer import Answerer
from stand_in import Channel, DiscordServer, Guild, Permission, User
from tests.bot_discord.conftest import Run
from vectorstore import Vectorstore

ARTICLE = """---
title: Ferry strike on Ormsay ends
published: 2025-03-04
---
The ferry strike on Ormsay ended on Monday after nine days, and @everyone may board again.

Harbour master Ines Calder expects long queues.
"""
QUESTION = "When did the ferry strike on Ormsay end?"


@pytest.fixture
def alice(server: DiscordServer, guild: Guild) -> User:
    return server.add_member(guild, "Alice", permissions=Permission.MANAGE_MESSAGES)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "ferry.md"
    path.write_text(ARTICLE, encoding="utf-8")
    return path


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {"VECTORSTORE_PATH": str(folder), "PATH": os.environ["PATH"], **more}


async def ingest(article: Path, folder: Path) -> None:
    """By a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ingest", "add", str(article)),
        env=environment(folder),
        stdout=DEVNULL,
    )
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_an_article_is_answered_from_in_its_server_only(
    server: DiscordServer, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    away = server.add_channel(server.add_guild("Elsewhere"))
    assert away.guild
    stranger = server.add_member(away.guild, "Stranger")
    async with run(Answerer(store.catalog, store.retriever)):
        file = ("ferry.md", ARTICLE.encode())
        added = await server.user_command(channel, alice, "ingest", {"attachment": file})
        await added.wait_for_response(20, lambda m: "added: 1" in m.text)
        asked = await server.user_command(channel, alice, "ask", {"question": QUESTION})
        answer = await asked.wait_for_response(10)
        mention = await server.user_says(channel, alice, QUESTION, mentions=[server.bot])
        reply = await server.wait_for_reply(mention, 10)
        asked = await server.user_command(away, stranger, "ask", {"question": QUESTION})
        nothing = await asked.wait_for_response(10)
    assert "ended on Monday after nine days" in answer.content
    assert "Ferry strike on Ormsay ends · 2025-03-04 · paragraph 1" in answer.text
    assert reply.text == answer.text
    assert "may board again" in reply.text
    assert not reply.pings
    assert not answer.pings
    assert "Monday" not in nothing.text


@asynccontextmanager
async def bot_process(server: DiscordServer, folder: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stand_in.launch", str(server.port), "--", "run"),
        env=environment(folder, DISCORD_TOKEN=server.token),
    )
    try:
        await server.wait_until_connected(30)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_program_answers_and_ends_on_sigterm(
    server: DiscordServer, channel: Channel, alice: User, folder: Path, article: Path
) -> None:
    await ingest(article, folder)
    async with bot_process(server, folder) as process:
        asked = await server.user_command(channel, alice, "ask", {"question": QUESTION})
        assert await asked.wait_for_ack() < 3
        process.send_signal(signal.SIGTERM)
        answer = await asked.wait_for_response(10)
        assert await asyncio.wait_for(process.wait(), 20) == 0
    assert "ended on Monday after nine days" in answer.content
