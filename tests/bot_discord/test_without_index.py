"""A Chroma server that goes and comes back while the bot answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answering.answerer import Answerer
from bot.answering.phrases import phrases
from bot.texts import words
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild, Permission
from tests.bot_discord.conftest import Run, until
from tests.chroma_server import ChromaProcess
from vectorstore import SHARED, Vectorstore, VectorstoreSettings, open_vectorstore

ARTICLE = b"The ferry strike ended on Monday.\n\nThe harbour master Ann Lee said so."
QUESTION = {"question": "When did the ferry strike end?"}
SAID = phrases("en").index_scan
TROUBLE = words("en").newsdesk.index_trouble


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaProcess]:
    chroma = ChromaProcess(tmp_path / "server")
    chroma.start()
    yield chroma
    chroma.stop()


@pytest.fixture
def store(folder: Path, chroma: ChromaProcess) -> Iterator[Vectorstore]:
    store = open_vectorstore(
        VectorstoreSettings(_env_file=None, path=folder, chroma_url=chroma.url)
    )
    yield store
    store.catalog.close()


async def test_answers_say_that_the_index_is_down_and_the_bot_catches_up(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    run: Run,
    store: Vectorstore,
    chroma: ChromaProcess,
) -> None:
    boss = server.add_member(guild, "Boss", permissions=Permission.MANAGE_GUILD)
    reading = Ingestion(store, IngestSettings(_env_file=None))

    async def told(command: str, options: dict[str, str] | None = None) -> str:
        asked = await server.user_command(channel, boss, command, options)
        message = await asked.wait_for_response()
        return str(message.content) + "".join(str(e.get("description")) for e in message.embeds)

    async with run(Answerer(store.catalog, store.retriever)):
        reading.add_bytes("ferry.txt", ARTICLE, SHARED)
        before = await told("ask", QUESTION)
        assert "Monday" in before
        assert SAID not in before
        assert TROUBLE not in await told("newsdesk diag")

        chroma.stop()
        # Stored all the same, and answered from.
        reading.add_bytes("bridge.txt", b"The bridge was opened by Eve Mor on Friday.", SHARED)
        during = await told("ask", {"question": "Who opened the bridge?"})
        assert "Eve Mor" in during
        assert SAID in during
        assert TROUBLE in await told("newsdesk diag")

        chroma.start()
        await until(lambda: store.index.trouble is None)
        after = await told("ask", {"question": "Who opened the bridge?"})
        assert "Eve Mor" in after
        assert SAID not in after
        assert TROUBLE not in await told("newsdesk diag")
        assert store.index.apply() == 0
