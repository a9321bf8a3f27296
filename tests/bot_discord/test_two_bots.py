"""Two bots, each an application of its own in servers of its own, on one store."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.servers import Servers
from bot.titles import audience_of
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild
from tests.bot_discord.conftest import Run
from tests.conftest import ROOT, CatalogAt
from vectorstore import Catalog, Vectorstore

CATALOGS = ("sqlite", "postgres")
ARTICLE = b"The ferry strike ended on Monday.\n\nThe harbour master said so."


@pytest_asyncio.fixture
async def elsewhere() -> AsyncIterator[DiscordServer]:
    """Discord as the second bot sees it: another application, in another server."""
    async with DiscordServer() as server:
        server.add_guild("Elsewhere")
        yield server


def environment(folder: Path, at: Path | str) -> dict[str, str]:
    url = {"VECTORSTORE_CATALOG_URL": at} if isinstance(at, str) else {}
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(Path.home()),
        "PYTHONPATH": str(ROOT),
        "VECTORSTORE_PATH": str(folder),
        "BOT_HEALTH_ADDRESS": "",
        **url,
    }


async def started(server: DiscordServer, folder: Path, at: Path | str, command: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stand_in.launch", str(server.port), "--", command),
        env=environment(folder, at) | {"DISCORD_TOKEN": server.token},
        cwd=folder,
        stdout=PIPE,
        stderr=PIPE,
    )


async def ended(server: DiscordServer, folder: Path, at: Path | str, command: str = "run") -> str:
    """What it said, once it has ended by itself; a bot that runs is an error."""
    process = await started(server, folder, at, command)
    stdout, stderr = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == (command == "run"), stderr.decode()
    assert b"Traceback" not in stderr
    return (stdout + stderr).decode()


@asynccontextmanager
async def running(server: DiscordServer, folder: Path, at: Path | str) -> AsyncIterator[None]:
    process = await started(server, folder, at, "run")
    try:
        await asyncio.wait_for(server.wait_until_connected(), 60)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        _, stderr = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, stderr.decode()


def left(at: Path | str) -> list[int]:
    with closing(Catalog(at)) as catalog:
        return Servers(catalog.database).left_before(datetime.now(UTC) + timedelta(days=1))


async def noted(catalog: Catalog, guild: Guild) -> None:
    """The bot knows that it is in a server."""
    async with asyncio.timeout(20):
        while not catalog.query("SELECT 1 FROM servers WHERE guild = ?", (guild.id,)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_second_bot_takes_no_server_of_the_first_for_left(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    run: Run,
    store: Vectorstore,
    folder: Path,
    catalog_at: CatalogAt,
    elsewhere: DiscordServer,
) -> None:
    at = catalog_at(folder)
    audience = audience_of(guild.id)
    Ingestion(store, IngestSettings(_env_file=None)).add_bytes("ferry.txt", ARTICLE, audience)
    async with run() as first:
        await noted(first.store.catalog, guild)
        said = await ended(elsewhere, folder, at)
        assert f"belong to the bot of application {server.bot.id}" in said
        assert f"DISCORD_TOKEN is of application {elsewhere.bot.id}" in said
        assert "python -m bot handover" in said
        assert elsewhere.token not in said
        assert len(first.store.catalog.articles([audience])) == 1
    # Nor while the first one is off.
    await ended(elsewhere, folder, at)
    assert left(at) == []
    # Its own bot is none the worse.
    async with run() as first:
        assert len(first.store.catalog.articles([audience])) == 1


async def test_a_store_is_handed_over(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    run: Run,
    folder: Path,
    catalog_at: CatalogAt,
    elsewhere: DiscordServer,
) -> None:
    at = catalog_at(folder)
    assert "No bot has this store" in await ended(elsewhere, folder, at, "handover")
    async with run() as first:
        await noted(first.store.catalog, guild)
    said = await ended(elsewhere, folder, at, "handover")
    assert f"The bot of application {server.bot.id} had this store" in said
    async with running(elsewhere, folder, at):
        async with asyncio.timeout(60):
            while left(at) != [guild.id]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert f"belong to the bot of application {elsewhere.bot.id}" in await ended(server, folder, at)


async def test_a_bot_whose_store_was_handed_over_meanwhile_notes_no_leaving(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    run: Run,
    folder: Path,
    catalog_at: CatalogAt,
    elsewhere: DiscordServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    at = catalog_at(folder)
    async with run() as first:
        await noted(first.store.catalog, guild)
        await ended(elsewhere, folder, at, "handover")
        # The other one starts, which leaves this one a stranger to its servers.
        with closing(Catalog(at)) as catalog:
            theirs = Servers(catalog.database)
            theirs.claim(elsewhere.bot.id)
            theirs.present([4711])
        assert left(at) == [guild.id]
        # Without its session: it is told of all its servers once more.
        await server.drop_gateway(4009)
        async with asyncio.timeout(20):
            while "belong to the bot of application" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert left(at) == [guild.id]
