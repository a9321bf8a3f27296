"""An article that another process ingested is answered from, whatever the two share; how soon is
told by `python -m benchmarks sharing`."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answering.answerer import Answerer
from stand_in import Channel, DiscordServer, User
from tests.bot_discord.conftest import (  # noqa: F401
    Run,
    alice,
    channel,
    guild,
    run,
    server,
    told,
)
from tests.chroma_server import ChromaProcess
from tests.conftest import ROOT, CatalogAt, settings_at
from tests.vectorstore.texts import FERRY
from vectorstore import Vectorstore, open_vectorstore

CATALOGS = ("sqlite", "postgres")
QUESTION = "When will the ferry to Ormsay stop running?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(params=["folder", "server"])
def chroma(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """The URL of a Chroma server; None for an index in the folder."""
    if request.param == "folder":
        yield None
        return
    process = ChromaProcess(tmp_path / "server")
    process.start()
    yield process.url
    process.stop()


@pytest.fixture
def store(folder: Path, catalog_at: CatalogAt, chroma: str | None) -> Iterator[Vectorstore]:
    store = open_vectorstore(settings_at(folder, catalog_at(folder), chroma_url=chroma))
    yield store
    store.catalog.close()


async def ingest(path: Path, at: Path | str, elsewhere: Path, chroma: str | None) -> None:
    """By a process with a folder of its own where only the database is shared."""
    shared = {"VECTORSTORE_PATH": str(elsewhere if isinstance(at, str) else at.parent)}
    if isinstance(at, str):
        shared["VECTORSTORE_CATALOG_URL"] = at
    if chroma:
        shared["VECTORSTORE_CHROMA_URL"] = chroma
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ingest", "add", str(path)),
        cwd=ROOT,
        env={**os.environ, **shared},
        stdout=DEVNULL,
    )
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_what_another_process_ingested_is_answered_and_indexed(
    server: DiscordServer,  # noqa: F811
    channel: Channel,  # noqa: F811
    alice: User,  # noqa: F811
    run: Run,  # noqa: F811
    store: Vectorstore,
    folder: Path,
    catalog_at: CatalogAt,
    chroma: str | None,
    tmp_path: Path,
) -> None:
    ferry = tmp_path / "ferry.txt"
    ferry.write_text(f"{FERRY[0]}\n")
    at, elsewhere = catalog_at(folder), tmp_path / "elsewhere"
    async with run(Answerer(store.catalog, store.retriever)):
        await ingest(ferry, at, elsewhere, chroma)
        question = await server.user_says(channel, alice, QUESTION, mentions=[server.bot])
        reply = await server.wait_for_reply(question, 30)
        assert "October" in reply.content
        await until_indexed(store, 1)
        # Nor is the old text quoted, once there is another.
        ferry.write_text(f"{FERRY[0].replace('October', 'November')}\n")
        await ingest(ferry, at, elsewhere, chroma)
        question = await server.user_says(channel, alice, QUESTION, mentions=[server.bot])
        reply = await server.wait_for_reply(question, 30)
        assert "November" in reply.content
        assert "October" not in reply.content
        await until_indexed(store, 1)


async def until_indexed(store: Vectorstore, passages: int) -> None:
    """The bot's own task brings the index up to date."""
    async with asyncio.timeout(60):
        while True:
            state = await asyncio.to_thread(lambda: store.index.state)
            if (state.phase, state.indexed, state.passages) == ("ready", passages, passages):
                return
            await asyncio.sleep(0.05)
