"""Being removed from a server: what is kept for a while, and what is deleted then."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import chromadb
import pytest

from bot.records import Records
from bot.servers import Servers, ServerSettings
from bot.titles import audience_of
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild, User
from tests.bot_discord.conftest import Run
from tests.bot_discord.examples import answer
from tests.clock import Clock, clock
from vectorstore import SHARED, Vectorstore
from vectorstore.database import stamp

__all__ = ["clock"]

CATALOGS = ("sqlite", "postgres")
ARTICLE = b"The ferry strike ended on Monday.\n\nThe harbour master said so."
SETTLED = ServerSettings(threads=True)


@pytest.fixture
def furnished(store: Vectorstore, guild: Guild) -> Vectorstore:
    """A server with an article in two versions, an answer and settings, and shared ones."""
    reading = Ingestion(store, IngestSettings(_env_file=None))
    audience = audience_of(guild.id)
    reading.add_bytes("ferry.txt", b"An older text.", audience)
    reading.add_bytes("ferry.txt", ARTICLE, audience)
    reading.add_bytes("shared.txt", ARTICLE, SHARED)
    store.index.apply()
    Records(store.catalog.database).remember(answer(), guild=guild.id, channel=1, asker=2)
    Records(store.catalog.database).remember(answer(), guild=None, channel=3, asker=2)
    Servers(store.catalog.database).save(guild.id, SETTLED)
    return store


def left(store: Vectorstore) -> list[int]:
    return Servers(store.catalog.database).left_before(datetime.now(UTC) + timedelta(days=1))


def kept(store: Vectorstore, guild: Guild) -> dict[str, int]:
    """How much of a server there is, by table."""
    rows = store.catalog.database.rows
    audience = audience_of(guild.id)
    queries: dict[str, tuple[str, Any]] = {
        "articles": ("SELECT COUNT(*) AS n FROM articles WHERE audience = ?", audience),
        "versions": ("SELECT COUNT(*) AS n FROM versions WHERE audience = ?", audience),
        "passages": ("SELECT COUNT(*) AS n FROM passages WHERE audience = ?", audience),
        "answers": ("SELECT COUNT(*) AS n FROM answers WHERE guild = ?", guild.id),
        "settings": ("SELECT COUNT(*) AS n FROM servers WHERE guild = ?", guild.id),
    }
    return {name: rows(query, (value,))[0]["n"] for name, (query, value) in queries.items()}


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_all_of_a_server_is_deleted_after_the_grace_period_and_nothing_else(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    run: Run,
    folder: Path,
    furnished: Vectorstore,
) -> None:
    async with run(leave_days=0):
        await until(lambda: kept(furnished, guild)["settings"] == 1)
        server.remove_guild(guild)
        await until(lambda: left(furnished) == [guild.id])
    # The grace period counts whole seconds.
    await asyncio.sleep(1.1)
    async with run(leave_days=0) as client:
        store = client.store
        await until(lambda: not any(kept(store, guild).values()))
        await until(lambda: audience_of(guild.id) not in store.catalog.audiences())
        await client.ingests.run(lambda: None)
        assert len(store.catalog.articles([SHARED])) == 1
        assert len(client.records.of_asker(2)) == 1
        assert client.server_settings(guild.id) == ServerSettings()
    chroma: Any = chromadb.PersistentClient(folder / "chroma")
    names = {collection.name for collection in chroma.list_collections()}
    chroma.close()
    assert names == {SHARED}


async def test_within_the_grace_period_all_is_kept_and_a_return_ends_it(
    server: DiscordServer, guild: Guild, channel: Channel, run: Run, furnished: Vectorstore
) -> None:
    before = kept(furnished, guild)
    async with run():
        await until(lambda: left(furnished) == [])
        server.remove_guild(guild)
        await until(lambda: left(furnished) == [guild.id])
        assert kept(furnished, guild) == before
        server.backend.world.guilds[guild.id] = guild
        server.backend.events.guild_joined(guild)
        await until(lambda: left(furnished) == [])
        assert kept(furnished, guild) == before


async def test_a_removal_while_the_bot_was_off_is_noticed_at_the_start(
    server: DiscordServer, guild: Guild, channel: Channel, run: Run, store: Vectorstore
) -> None:
    other = server.add_guild("Other")
    async with run():
        await until(lambda: kept(store, other)["settings"] == 1)
    server.remove_guild(guild)
    async with run() as client:
        await until(lambda: left(client.store) == [guild.id])
    server.backend.world.guilds[guild.id] = guild
    async with run() as client:
        await until(lambda: left(client.store) == [])


async def test_articles_of_a_server_that_the_bot_never_joined_are_no_leavings(
    server: DiscordServer, guild: Guild, channel: Channel, run: Run, store: Vectorstore
) -> None:
    reading = Ingestion(store, IngestSettings(_env_file=None))
    reading.add_bytes("ferry.txt", ARTICLE, "guild-4711")
    async with run(leave_days=0) as client:
        await until(lambda: kept(client.store, guild)["settings"] == 1)
        await client.ingests.run(lambda: None)
        assert left(client.store) == []
        assert len(client.store.catalog.articles(["guild-4711"])) == 1


async def test_old_answers_are_forgotten_at_the_start(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    records = Records(store.catalog.database)
    old = records.remember(answer(), guild=guild.id, channel=1, asker=alice.id)
    new = records.remember(answer(), guild=guild.id, channel=1, asker=alice.id)
    given = (datetime.now(UTC) - timedelta(days=8)).isoformat(timespec="seconds")
    with store.catalog.database.transaction() as db:
        db.execute("UPDATE answers SET given_at = ? WHERE id = ?", (given, old))
    async with run(answer_days=7) as client:
        await until(lambda: client.records.by_id(old) is None)
        assert client.records.by_id(new)


@pytest.mark.parametrize("right", [True, False], ids=["as it is", "and is set back"])
async def test_a_clock_that_leaps_a_year_ahead_deletes_nothing_for_a_day(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    run: Run,
    furnished: Vectorstore,
    clock: Clock,
    right: bool,
) -> None:
    before = kept(furnished, guild)

    def looked(store: Vectorstore) -> str:
        return (store.catalog.meta("forgotten at") or "")[:10]

    async with run() as client:
        await until(lambda: looked(client.store) == stamp(clock.now())[:10])
        server.remove_guild(guild)
        await until(lambda: left(client.store) == [guild.id])
    clock.leap(timedelta(days=365))
    async with run() as client:
        await until(lambda: looked(client.store) == stamp(clock.now())[:10])
        assert kept(client.store, guild) == before
    clock.leap(timedelta(days=1, minutes=1) if right else -timedelta(days=364))
    async with run() as client:
        await until(lambda: looked(client.store) == stamp(clock.now())[:10])
        if right:
            await until(lambda: not any(kept(client.store, guild).values()))
        else:
            await client.ingests.run(lambda: None)
            assert kept(client.store, guild) == before
