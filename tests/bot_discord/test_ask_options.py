"""``/ask`` about one article, and for one's own eyes."""

import threading
from typing import Any

import pytest

from bot.answering.answerer import Answerer
from bot.texts import words
from bot.titles import find_article
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild, User
from tests.bot_discord.conftest import Run, Told, noted
from tests.bot_discord.examples import answer, citation
from vectorstore import Article, Vectorstore

EN = words("en")


@pytest.fixture
def titled(store: Vectorstore, guild: Guild) -> Vectorstore:
    """Shared articles, one of this server and one of another."""
    ingestion = Ingestion(store, IngestSettings(_env_file=None))
    for name, audience, title in (
        ("a.md", "shared", "Élysée says no"),
        ("b.md", "shared", f"A {'very ' * 40}long title"),
        ("c.md", f"guild-{guild.id}", "Our own élysée"),
        ("d.md", "guild-1", "A secret of the Élysée"),
    ):
        text = f"---\ntitle: {title}\n---\n{title}. The bridge in {name} closed on Tuesday.\n"
        assert ingestion.add_bytes(name, text.encode(), audience).outcome == "added"
    return store


async def offered(server: DiscordServer, channel: Channel, user: User, typed: str) -> list[str]:
    options = {"question": "When?", "article": typed}
    asked = await server.user_autocompletes(channel, user, "ask", options, "article")
    return [choice["name"] for choice in await asked.wait_for_choices()]


async def test_the_titles_that_a_server_sees_are_offered(
    server: DiscordServer, channel: Channel, alice: User, run: Run, titled: Vectorstore
) -> None:
    async with run():
        found = await offered(server, channel, alice, "ELYSEE")
        assert set(found) == {"Élysée says no", "Our own élysée"}
        everything = await offered(server, channel, alice, "")
        assert len(everything) == 3
        assert all(len(name) <= 100 for name in everything)
        assert await offered(server, server.dm(alice), alice, "elysee") == ["Élysée says no"]


async def test_titles_are_offered_while_every_place_for_questions_is_taken(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    titled: Vectorstore,
) -> None:
    told.may_answer.clear()
    async with run():
        for number in range(22):
            asked = await server.user_command(
                channel, alice, "ask", {"question": f"When? {number}"}
            )
            await asked.wait_for_ack()
        assert await offered(server, channel, alice, "says") == ["Élysée says no"]
        told.may_answer.set()


async def test_the_article_that_was_chosen_or_typed_reaches_the_answerer(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    titled: Vectorstore,
) -> None:
    ids = {article.title: article.id for article in titled.catalog.articles(["shared"])}
    first = ids["Élysée says no"]
    async with run():
        for named in (first, "elysee SAYS no", "says"):
            options = {"question": "When?", "article": named}
            asked = await server.user_command(channel, alice, "ask", options)
            await asked.wait_for_response()
    assert told.articles == [first] * 3


@pytest.mark.parametrize("named", ["No such title", "A secret of the Élysée"])
async def test_an_article_that_is_not_there_gets_a_sentence(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    titled: Vectorstore,
    named: str,
) -> None:
    async with run():
        options = {"question": "When?", "article": named}
        asked = await server.user_command(channel, alice, "ask", options)
        response = await asked.wait_for_response()
        assert response.ephemeral
        secret = titled.catalog.articles(["guild-1"])[0].id
        stolen = await server.user_command(
            channel, alice, "ask", {"question": "When?", "article": secret}
        )
        refused = await stolen.wait_for_response()
    assert response.content == refused.content == EN.no_such_article
    assert refused.ephemeral
    assert not told.asked


async def test_an_article_that_takes_long_to_find_delays_no_acknowledgement(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    titled: Vectorstore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.ask._LOOKUP_SECONDS", 0.05)
    found = threading.Event()
    find = find_article

    def slow(*given: Any, **named: Any) -> Article:
        assert found.wait(30)
        return find(*given, **named)

    monkeypatch.setattr("bot.ask.find_article", slow)
    async with run():
        options = {"question": "When?", "article": "says"}
        asked = await server.user_command(channel, alice, "ask", options)
        await asked.wait_for_ack()
        found.set()
        response = await asked.wait_for_response()
    assert response.content == "On Tuesday [1]."
    assert len(told.asked) == 1


async def test_a_real_answer_is_of_the_article(
    server: DiscordServer, channel: Channel, alice: User, run: Run, titled: Vectorstore
) -> None:
    question = {"question": "When was the bridge closed?", "article": "Our own élysée"}
    async with run(Answerer(titled.catalog, titled.retriever)):
        asked = await server.user_command(channel, alice, "ask", question)
        response = await asked.wait_for_response()
    assert "The bridge in c.md closed on Tuesday" in response.text
    assert "a.md" not in response.text


async def test_a_private_answer_is_private_to_its_last_part(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.reply = answer(
        text="word " * 700, citations=tuple(citation(quote="q " * 500) for _ in range(9))
    )
    async with run() as client:
        options = {"question": "When?", "private": True}
        asked = await server.user_command(channel, alice, "ask", options)
        await asked.wait_for_followup(1)
        await noted(client, asked.followups[0])
    assert asked.ephemeral
    assert all(message.ephemeral for message in asked.followups)
    assert not server.messages(channel)
