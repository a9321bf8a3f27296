"""A bot whose store was embedded with another model while it runs says that it has to restart."""

import pytest

from bot.answering.answerer import Answerer
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, User
from tests.bot_discord.conftest import Run, until
from vectorstore import SHARED, Vectorstore
from vectorstore.reindex import Reindex


async def test_the_bot_notices_a_reindex(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    store: Vectorstore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = "The ferry to Ormsay will stop running in October, the harbour office said."
    Ingestion(store, IngestSettings(_env_file=None)).add_text("Ferry", text, SHARED)
    question = {"question": "When will the ferry to Ormsay stop running?"}
    async with run(Answerer(store.catalog, store.retriever)):
        before = await (
            await server.user_command(channel, alice, "ask", question)
        ).wait_for_response(30, lambda m: "October" in m.text)
        # As the command does, with vectors that happen to be the same ones.
        reindex = Reindex(store.catalog)
        reindex.begin("another model")
        for part in reindex.missing(10):
            known = store.catalog.vectors([passage.id for passage in part.passages])
            reindex.keep(part, list(known.values()))
        assert reindex.switch("another model")
        asked = await server.user_command(channel, alice, "ask", question)
        after = await asked.wait_for_response(30, lambda m: "reindex" in m.text)
        await until(lambda: "can't be brought up to date" in caplog.text)
    assert before.text
    assert "embedded with “another model” now" in after.text
    assert "start this program again" in after.text
    assert "start this program again" in caplog.text
