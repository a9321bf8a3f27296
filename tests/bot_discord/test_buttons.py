"""The buttons of an answer, as people in Discord use them."""

import asyncio
import threading
from pathlib import Path

import pytest

from bot.answering.answerer import Answerer
from bot.errors import QuestionError
from bot.servers import ServerSettings
from bot.texts import words
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import (
    Channel,
    DiscordServer,
    Guild,
    Interaction,
    Message,
    NotOffered,
    Permission,
    User,
)
from tests.bot_discord.conftest import Run, Told, noted
from tests.bot_discord.examples import answer, citation
from tests.bot_discord.test_end_to_end import bot_process, ingest
from vectorstore import Vectorstore

EN = words("en")
FERRY = """---
title: Ferry strike on Ormsay ends
published: 2025-03-04
---
Islanders had waited on the quay since dawn.

The mood was festive. The ferry strike on Ormsay ended on Monday after nine days. Bells rang.

Harbour master Ines Calder expects long queues.
"""
MORE = """---
title: What the ferry strike cost Ormsay
published: 2025-03-05
---
The ferry strike on Ormsay cost shops two million crowns.

Unions and owners of the ferries on Ormsay have agreed on higher wages.
"""
QUESTION = "When did the ferry strike on Ormsay end?"


def add(store: Vectorstore, guild: Guild, name: str, text: str) -> None:
    reading = IngestSettings(_env_file=None)
    report = Ingestion(store, reading).add_bytes(name, text.encode(), f"guild-{guild.id}")
    assert report.outcome in {"added", "updated"}


@pytest.fixture
def answerer(store: Vectorstore, guild: Guild) -> Answerer:
    """Answers from one article of the server's own."""
    add(store, guild, "ferry.md", FERRY)
    return Answerer(store.catalog, store.retriever)


async def asked(
    server: DiscordServer, channel: Channel, user: User, *, private: bool = False
) -> Message:
    options = {"question": QUESTION, "private": private}
    command = await server.user_command(channel, user, "ask", options)
    return await command.wait_for_response(20, lambda m: bool(m.buttons))


async def shown(click: Interaction) -> Message:
    """What the clicker alone sees."""
    message = await click.wait_for_response(20)
    assert message.ephemeral
    return message


def labels(message: Message) -> list[list[str]]:
    return [[button["label"] for button in row["components"]] for row in message.components]


async def test_an_answer_has_its_buttons(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run():
        message = await asked(server, channel, alice)
    assert labels(message) == [
        ["Sources", "Show more", "Ask a follow-up"],
        ["Helpful", "Not helpful", "Wrong source"],
    ]


async def test_only_the_last_message_of_a_long_answer_has_buttons(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.reply = answer(text="word " * 700)
    async with run():
        command = await server.user_command(channel, alice, "ask", {"question": "When?"})
        last = await command.wait_for_followup()
        assert command.response
        assert not command.response.buttons
        assert last.buttons


async def test_labels_are_in_the_language_of_the_question(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.reply = answer(language="fr")
    async with run():
        message = await asked(server, channel, alice)
        click = await server.user_clicks(message, "Utile", locale="fr")
        assert (await shown(click)).content == words("fr").thanks


async def test_sources_show_the_quote_between_its_neighbours(
    server: DiscordServer, channel: Channel, alice: User, run: Run, answerer: Answerer
) -> None:
    bob = server.add_member(channel.guild, "Bob")  # type: ignore[arg-type]
    async with run(answerer):
        message = await asked(server, channel, alice)
        sources = await shown(await server.user_clicks(message, "Sources", user=bob))
    assert "Ferry strike on Ormsay ends · 2025-03-04 · paragraph 2" in sources.text
    assert "> ¶ 1 · Islanders had waited on the quay since dawn." in sources.text
    marked = "The mood was festive. **The ferry strike on Ormsay ended on Monday after nine days.**"
    assert f"> ¶ 2 · {marked} Bells rang." in sources.text
    assert "> ¶ 3 · Harbour master Ines Calder expects long queues." in sources.text
    assert not sources.buttons


async def test_sources_are_those_of_the_time_of_the_click(
    server: DiscordServer,
    channel: Channel,
    guild: Guild,
    alice: User,
    run: Run,
    answerer: Answerer,
    store: Vectorstore,
) -> None:
    async with run(answerer):
        message = await asked(server, channel, alice)
        add(store, guild, "ferry.md", FERRY.replace("nine days", "ten days"))
        changed = await shown(await server.user_clicks(message, "Sources"))
        (article,) = store.catalog.articles([f"guild-{guild.id}"])
        store.catalog.remove(article.id)
        gone = await shown(await server.user_clicks(message, "Sources"))
    assert EN.quote_gone in changed.text
    assert "Bells" not in changed.text
    assert EN.article_gone in gone.text
    assert "Ferry" not in gone.text


async def test_long_sources_have_pages(
    server: DiscordServer,
    channel: Channel,
    guild: Guild,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
) -> None:
    texts = [f"Sentence {n} of the story tells more. " * 12 for n in range(8)]
    add(store, guild, "long.md", "# A long story\n\n" + "\n\n".join(texts))
    (article,) = store.catalog.articles([f"guild-{guild.id}"])
    passages = store.catalog.passages_of(article.id)
    told.reply = answer(
        citations=tuple(
            citation(
                marker=n, article_id=article.id, quote=passage.text[:35], passage_id=passage.id
            )
            for n, passage in enumerate(passages, start=1)
        )
    )
    async with run():
        message = await asked(server, channel, alice)
        first = await shown(await server.user_clicks(message, "Sources"))
        assert first.text.endswith("Page 1 of 3")
        assert labels(first) == [["Next"]]
        assert "**[1]**" in first.text
        turned = await server.user_clicks(first, "Next")
        second = await turned.wait_for_response(10, lambda m: "Page 2 of 3" in m.text)
        assert second is first
        assert labels(second) == [["Previous", "Next"]]
        assert "**[1]**" not in second.text
        back = await server.user_clicks(second, "Previous")
        await back.wait_for_response(10, lambda m: "Page 1 of 3" in m.text)


async def test_show_more_gives_passages_that_were_not_quoted(
    server: DiscordServer,
    channel: Channel,
    guild: Guild,
    alice: User,
    run: Run,
    answerer: Answerer,
    store: Vectorstore,
) -> None:
    elsewhere = server.add_guild("Elsewhere")
    add(store, guild, "more.md", MORE)
    add(store, elsewhere, "secret.md", "The ferry strike on Ormsay ended with a secret deal.")
    async with run(answerer):
        message = await asked(server, channel, alice)
        more = await shown(await server.user_clicks(message, "Show more"))
    assert "cost shops two million crowns" in more.text
    assert "What the ferry strike cost Ormsay · 2025-03-05 · paragraph 1" in more.text
    assert "after nine days" not in more.text
    assert "secret" not in more.text


async def test_show_more_keeps_to_the_period_that_was_asked_for(
    server: DiscordServer,
    channel: Channel,
    guild: Guild,
    alice: User,
    run: Run,
    answerer: Answerer,
    store: Vectorstore,
) -> None:
    add(store, guild, "more.md", MORE)
    async with run(answerer):
        options = {"question": QUESTION, "until": "2025-03-04"}
        command = await server.user_command(channel, alice, "ask", options)
        message = await command.wait_for_response(20, lambda m: bool(m.buttons))
        more = await shown(await server.user_clicks(message, "Show more"))
    assert "Ferry strike on Ormsay ends" in more.text
    assert "What the ferry strike cost" not in more.text


async def test_nothing_more(
    server: DiscordServer, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    async with run():
        message = await asked(server, channel, alice)
        more = await shown(await server.user_clicks(message, "Show more"))
    assert more.content == EN.nothing_more


async def test_a_follow_up_knows_what_was_asked_before(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    bob = server.add_member(channel.guild, "Bob")  # type: ignore[arg-type]
    async with run():
        message = await asked(server, channel, alice)
        click = await server.user_clicks(message, "Ask a follow-up", user=bob)
        assert (await click.wait_for_modal())["title"] == "Ask a follow-up"
        sent = await server.user_submits_modal(click, {"Your question": "And *why*? @everyone"})
        reply = await sent.wait_for_response()
    assert not reply.ephemeral
    assert reply.content.startswith("> And \\*why\\*?")
    assert reply.content.endswith("On Tuesday [1].")
    assert not reply.pings
    assert labels(reply)[0] == ["Sources", "Show more", "Ask a follow-up"]
    assert told.conversations == [[], [QUESTION]]


async def test_a_follow_up_is_a_question_like_any_other(
    server: DiscordServer, channel: Channel, guild: Guild, alice: User, run: Run, told: Told
) -> None:
    other = server.add_channel(guild, "news")
    refusals = []
    async with run() as client:
        message = await asked(server, channel, alice)
        limited = ServerSettings(member_seconds=3600)
        client.servers.save(guild.id, limited)
        client.admit(guild.id, alice.id, EN)
        for settings in (limited, ServerSettings(answer_channels=(other.id,))):
            client.servers.save(guild.id, settings)
            click = await server.user_clicks(message, "Ask a follow-up")
            await click.wait_for_modal()
            sent = await server.user_submits_modal(click, {"question": "Why?"})
            refusals.append((await shown(sent)).content)
    waiting, elsewhere = refusals
    assert waiting.startswith(EN.member_cooldown.partition("{")[0])
    assert other.mention in elsewhere
    assert len(told.asked) == 1


async def test_sources_where_the_bot_may_not_embed(
    server: DiscordServer, guild: Guild, alice: User, run: Run, answerer: Answerer
) -> None:
    channel = server.add_channel(guild, "plain", deny={server.bot: Permission.EMBED_LINKS})
    async with run(answerer):
        message = await asked(server, channel, alice)
        sources = await shown(await server.user_clicks(message, "Sources"))
    assert not message.embeds
    assert message.content.endswith("*As of 2025-03-04*")
    assert not sources.embeds
    assert "**The ferry strike on Ormsay ended on Monday after nine days.**" in sources.content


async def test_a_slow_disk_delays_no_modal(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run() as client:
        message = await noted(client, await asked(server, channel, alice))
        go_on = threading.Event()
        busy = [asyncio.ensure_future(client.lookups.run(go_on.wait)) for _ in range(2)]
        click = await server.user_clicks(message, "Wrong source")
        modal = await click.wait_for_modal()
        go_on.set()
        await asyncio.gather(*busy)
        assert [row["label"] for row in modal["components"]] == [EN.what_is_wrong]
        sent = await server.user_submits_modal(click, {"reason": "It is another bridge."})
        assert (await shown(sent)).content == EN.thanks
        (verdict,) = client.records.feedback()
    assert verdict.reason == "It is another bridge."


async def test_a_private_answer_stays_private(
    server: DiscordServer, channel: Channel, alice: User, run: Run, answerer: Answerer
) -> None:
    bob = server.add_member(channel.guild, "Bob")  # type: ignore[arg-type]
    async with run(answerer):
        message = await asked(server, channel, alice, private=True)
        assert message.ephemeral
        with pytest.raises(NotOffered):
            await server.user_clicks(message, "Sources", user=bob)
        sources = await shown(await server.user_clicks(message, "Sources"))
        click = await server.user_clicks(message, "Ask a follow-up")
        await click.wait_for_modal()
        sent = await server.user_submits_modal(click, {"question": "Who expects queues on Ormsay?"})
        reply = await sent.wait_for_response(20)
    assert "nine days" in sources.text
    assert reply.ephemeral
    assert "Ines Calder" in reply.text


async def test_buttons_survive_a_restart(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    answerer: Answerer,
    told: Told,
) -> None:
    async with run(answerer):
        message = await asked(server, channel, alice)
        private = await asked(server, channel, alice, private=True)
        opened = await server.user_clicks(message, "Ask a follow-up")
        await opened.wait_for_modal()
    async with run():
        for each in (message, private):
            sources = await shown(await server.user_clicks(each, "Sources"))
            assert "**The ferry strike on Ormsay ended on Monday" in sources.text
        sent = await server.user_submits_modal(opened, {"question": "And who?"})
        assert "On Tuesday [1]." in (await sent.wait_for_response()).text
    assert told.conversations == [[QUESTION]]


async def test_an_answer_that_is_forgotten(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run() as client:
        message = await asked(server, channel, alice)
        client.records.forget_member(alice.id)
        for button in ("Sources", "Show more", "Helpful"):
            gone = await shown(await server.user_clicks(message, button))
            assert gone.content == EN.answer_gone
        wrong = await shown(await server.user_clicks(message, "Wrong source"))
        assert wrong.content == EN.answer_gone
        assert not client.records.feedback()


async def test_a_forged_id_shows_nothing(
    server: DiscordServer, channel: Channel, guild: Guild, alice: User, run: Run, answerer: Answerer
) -> None:
    away = server.add_channel(server.add_guild("Elsewhere"))
    quiet = server.add_channel(guild, "quiet")
    assert away.guild
    mallory = server.add_member(away.guild, "Mallory")
    bob = server.add_member(guild, "Bob")
    async with run(answerer):
        seen = await asked(server, channel, alice)
        private = await asked(server, channel, alice, private=True)
        there = await asked(server, away, mallory)
        beside = await asked(server, quiet, bob)
        here = await asked(server, channel, bob)
        for own, clicker, other in (
            (there, mallory, seen),
            (beside, bob, seen),
            (here, bob, private),
        ):
            forged = dict(other.buttons[0])
            own.components[0]["components"].append(forged | {"label": "Forged"})
            click = await server.user_clicks(own, "Forged", user=clicker)
            assert (await shown(click)).content == EN.answer_gone


async def test_what_fails_is_told_to_the_clicker_alone(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        message = await asked(server, channel, alice)
        before = message.text
        told.reply = QuestionError("Ask less.")
        click = await server.user_clicks(message, "Ask a follow-up")
        await click.wait_for_modal()
        sent = await server.user_submits_modal(click, {"question": "Why?"})
        assert (await sent.wait_for_response()).text.endswith("Ask less.")
        assert message.text == before


async def test_a_direct_message_has_buttons_too(
    server: DiscordServer, run: Run, told: Told
) -> None:
    bob = server.add_user("Bob")
    async with run():
        question = await server.user_says(server.dm(bob), bob, "When?")
        reply = await server.wait_for_reply(question)
        thanks = await shown(await server.user_clicks(reply, "Helpful"))
    assert thanks.content == EN.thanks


async def test_a_click_after_the_process_was_killed(
    server: DiscordServer, channel: Channel, alice: User, folder: Path, tmp_path: Path
) -> None:
    article = tmp_path / "ferry.md"
    article.write_text(FERRY, encoding="utf-8")
    await ingest(article, folder)
    async with bot_process(server, folder) as process:
        message = await asked(server, channel, alice)
        process.kill()
        await process.wait()
    async with bot_process(server, folder):
        sources = await shown(await server.user_clicks(message, "Sources"))
        thanks = await shown(await server.user_clicks(message, "Helpful"))
    assert "**The ferry strike on Ormsay ended on Monday after nine days.**" in sources.text
    assert thanks.content == EN.thanks
