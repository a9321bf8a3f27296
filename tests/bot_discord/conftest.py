"""A Newsdesk that talks to the stand-in Discord."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from bot.answering.conversation import Turn
from bot.client import Newsdesk
from bot.settings import BotSettings
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild, Message, User
from tests.bot_discord.examples import answer
from tests.conftest import CatalogAt, settings_at
from vectorstore import SHARED, Period, Vectorstore, open_vectorstore

MAX_BYTES = 100_000


class Told(Answerer):
    """Answers as it is told: with one answer, or with an error, and not before it may."""

    def __init__(self, reply: Answer | Exception) -> None:
        self.reply = reply
        self.asked: list[tuple[str, str]] = []
        self.conversations: list[list[str]] = []
        self.periods: list[Period | None] = []
        self.articles: list[str | None] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def answer(
        self,
        question: str,
        audience: str = SHARED,
        *,
        conversation: Sequence[Turn] = (),
        period: Period | None = None,
        article: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Answer:
        self.asked.append((question, audience))
        self.conversations.append([turn.question for turn in conversation])
        self.periods.append(period)
        self.articles.append(article)
        assert self.may_answer.wait(30)
        if isinstance(self.reply, Exception):
            raise self.reply
        return replace(self.reply, question=question)


class Run(Protocol):
    """Runs a Newsdesk until the block's end."""

    def __call__(
        self,
        answerer: Answerer | None = None,
        *,
        question_channels: tuple[int, ...] = (),
        sources: tuple[str, ...] = (),
        private_hosts: tuple[str, ...] = (),
        **settings: Any,
    ) -> AbstractAsyncContextManager[Newsdesk]: ...


async def noted(client: Newsdesk, message: Message) -> Message:
    """The same message, once the bot has noted which answer it is: no person is that quick."""
    await until(lambda: client.records.by_message(message.channel.id, message.id) is not None)
    return message


async def until(happened: Callable[[], bool]) -> None:
    """Wait for what tells nobody that it happens."""
    async with asyncio.timeout(60):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def one_model(loaded_once: None) -> None:
    """In every test here."""


def know_all_servers_at_once(client: Newsdesk) -> None:
    """Discord tells of the servers one by one after READY; the stand-in does so at once, and
    discord.py need not wait 2 seconds for more."""
    client._connection.guild_ready_timeout = 0.05


@pytest_asyncio.fixture
async def server() -> AsyncIterator[DiscordServer]:
    """Refuses what Discord refuses; a test that ends well left nothing refused."""
    async with DiscordServer() as server:
        yield server
        assert not server.errors


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.add_guild()


@pytest.fixture
def channel(server: DiscordServer, guild: Guild) -> Channel:
    return server.add_channel(guild)


@pytest.fixture
def alice(server: DiscordServer, guild: Guild) -> User:
    return server.add_member(guild, "Alice")


@pytest.fixture
def told() -> Told:
    return Told(answer())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path, catalog_at: CatalogAt) -> Iterator[Vectorstore]:
    """The bot closes it; tests that start no bot have it closed here."""
    store = open_vectorstore(settings_at(folder, catalog_at(folder)))
    yield store
    store.catalog.close()


def reopened(folder: Path, at: Path | str | None = None) -> Vectorstore:
    return open_vectorstore(settings_at(folder, at or folder / "catalog.sqlite3"))


@pytest.fixture
def run(
    server: DiscordServer, told: Told, store: Vectorstore, folder: Path, catalog_at: CatalogAt
) -> Run:
    """Each run closes its store; the next one opens it again, as after a restart."""
    stores = [store]

    @asynccontextmanager
    async def running(
        answerer: Answerer | None = None,
        *,
        question_channels: tuple[int, ...] = (),
        sources: tuple[str, ...] = (),
        private_hosts: tuple[str, ...] = (),
        **settings: Any,
    ) -> AsyncIterator[Newsdesk]:
        reading = IngestSettings(
            _env_file=None,
            sources=sources,
            max_bytes=MAX_BYTES,
            allow_private_hosts=private_hosts,
        )
        used = stores.pop() if stores else reopened(folder, catalog_at(folder))
        client = Newsdesk(
            answerer or told,
            Ingestion(used, reading),
            used,
            BotSettings(_env_file=None, question_channels=question_channels, **settings),
            max_bytes=MAX_BYTES,
        )
        know_all_servers_at_once(client)
        with server.redirect():
            connected = asyncio.create_task(client.start(server.token))
            try:
                await server.wait_until_connected()
                yield client
            finally:
                await client.drain(1)
                await client.close()
                connected.cancel()
                with suppress(asyncio.CancelledError):
                    await connected

    return running
