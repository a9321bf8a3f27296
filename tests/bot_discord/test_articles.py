"""Articles in Discord: adding them, reading them again, listing them."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.articles import audience_of
from bot.texts import words
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
from tests.bot_discord.conftest import MAX_BYTES, Run, Told
from vectorstore import Vectorstore

EN = words("en")
ARTICLE = b"""---
title: Ferry strike ends
published: 2025-03-04
---
The ferry strike on Ormsay ended on Monday.

@everyone may board again, the harbour master said.
"""


@pytest.fixture
def mod(server: DiscordServer, guild: Guild) -> User:
    return server.add_member(guild, "Mod", permissions=Permission.MANAGE_MESSAGES)


async def report_of(asked: Interaction) -> Message:
    """The response once it is more than progress."""
    return await asked.wait_for_response(
        20, lambda m: not m.content.startswith(("Article ", EN.waiting))
    )


async def test_an_attachment_becomes_an_article_of_the_server(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    async with run():
        file = ("ferry.md", ARTICLE)
        first = await server.user_command(channel, mod, "ingest", {"attachment": file})
        added = await report_of(first)
        second = await server.user_command(channel, mod, "ingest", {"attachment": file})
        unchanged = await report_of(second)
        (article,) = store.catalog.articles([audience_of(guild.id)])
    assert added.text == "**added: 1**\n• Ferry strike ends — added, passages +2 −0"
    assert unchanged.text == "**unchanged: 1**\n• Ferry strike ends — unchanged"
    assert article.published == "2025-03-04"
    assert not first.ephemeral


async def test_others_are_not_offered_it_and_refused_if_they_are(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run():
        with pytest.raises(NotOffered):
            await server.user_command(channel, alice, "ingest")
        # As if the server's owner had opened the command to everyone.
        (command,) = [c for c in server.commands() if c["name"] == "ingest"]
        command["default_member_permissions"] = None
        asked = await server.user_command(channel, alice, "ingest")
        refused = await asked.wait_for_response()
    assert refused.content == EN.not_moderator
    assert refused.ephemeral


@pytest.mark.parametrize("permission", [Permission.ADMINISTRATOR, Permission.MANAGE_GUILD])
async def test_those_who_manage_the_server_may(
    server: DiscordServer, guild: Guild, channel: Channel, permission: Permission, run: Run
) -> None:
    boss = server.add_member(guild, "Boss", permissions=permission)
    async with run():
        (command,) = [c for c in server.commands() if c["name"] == "ingest"]
        command["default_member_permissions"] = None
        asked = await server.user_command(channel, boss, "ingest")
        answered = await report_of(asked)
    assert answered.content.startswith("There is nothing to refresh")


async def test_it_is_not_for_direct_messages(server: DiscordServer, mod: User, run: Run) -> None:
    async with run():
        for command in ("ingest", "articles list"):
            with pytest.raises(NotOffered):
                await server.user_command(server.dm(mod), mod, command)


async def test_a_private_address_is_refused(
    server: DiscordServer, channel: Channel, mod: User, run: Run
) -> None:
    url = f"http://127.0.0.1:{server.port}/ferry.md"
    async with run():
        asked = await server.user_command(channel, mod, "ingest", {"url": url})
        report = await report_of(asked)
    assert report.text.startswith("**failed: 1**")
    assert "private" in report.text


async def test_an_address_that_may_be_fetched_is_added(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    file = server.backend.store(channel, "ferry.md", ARTICLE)
    async with run(private_hosts=("127.0.0.1",)):
        asked = await server.user_command(channel, mod, "ingest", {"url": file.url})
        report = await report_of(asked)
        again = await server.user_command(channel, mod, "ingest")
        refreshed = await report_of(again)
        (article,) = store.catalog.articles([audience_of(guild.id)])
    assert report.text.startswith("**added: 1**")
    assert refreshed.text.startswith("**unchanged: 1**")
    assert article.url == file.url


@pytest.mark.parametrize("url", ["/etc/passwd", "-", "file:///etc/passwd", "articles", "http://"])
async def test_only_web_addresses_are_taken(
    server: DiscordServer, channel: Channel, mod: User, run: Run, url: str
) -> None:
    async with run():
        asked = await server.user_command(channel, mod, "ingest", {"url": url})
        refused = await asked.wait_for_response()
    assert refused.content == EN.not_a_url
    assert refused.ephemeral


async def test_a_file_that_is_too_large_is_not_even_read(
    server: DiscordServer, channel: Channel, mod: User, run: Run
) -> None:
    async with run():
        file = ("big.txt", b"x" * (MAX_BYTES + 1))
        asked = await server.user_command(channel, mod, "ingest", {"attachment": file})
        refused = await asked.wait_for_response()
    assert "big.txt" in refused.content
    assert refused.ephemeral
    assert not [r for r in server.requests if r.path.startswith("/attachments")]


async def test_ingest_alone_reads_all_sources_again_and_names_no_folders(
    server: DiscordServer, channel: Channel, mod: User, run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "private folder"
    folder.mkdir()
    (folder / "ferry.md").write_bytes(ARTICLE)
    (folder / "empty.md").write_bytes(b"")
    async with run(sources=(str(folder),)):
        asked = await server.user_command(channel, mod, "ingest")
        report = await report_of(asked)
        listed = await server.user_command(channel, mod, "articles list")
        articles = await listed.wait_for_response()
    assert "**failed: 1 · added: 1**" in report.text
    assert "`empty.md` — failed" in report.text
    assert "Ferry strike ends" in articles.text
    for message in (report, articles):
        assert tmp_path.name not in message.text
        assert "private folder" not in message.text
        assert not message.pings


async def test_articles_list(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, mod: User, run: Run
) -> None:
    other = server.add_guild("Elsewhere")
    away = server.add_channel(other)
    stranger = server.add_member(other, "Stranger")
    async with run():
        empty = await server.user_command(channel, alice, "articles list")
        nothing = await empty.wait_for_response()
        file = ("ferry.md", ARTICLE)
        await report_of(await server.user_command(channel, mod, "ingest", {"attachment": file}))
        here = await server.user_command(channel, alice, "articles list")
        ours = await here.wait_for_response()
        there = await server.user_command(away, stranger, "articles list")
        theirs = await there.wait_for_response()
    assert nothing.content == theirs.content == EN.no_articles
    assert "• Ferry strike ends · 2025-03-04 · en" in ours.text
    assert EN.own in ours.text
    assert ours.ephemeral


async def test_the_report_survives_the_interaction(
    server: DiscordServer, channel: Channel, mod: User, run: Run
) -> None:
    async with run() as client:
        async with asyncio.timeout(20):
            await client.ingests.run(lambda: None)
        blocker = asyncio.create_task(client.ingests.run(lambda: time.sleep(0.5)))
        file = ("ferry.md", ARTICLE)
        asked = await server.user_command(channel, mod, "ingest", {"attachment": file})
        await asked.wait_for_ack()
        server.backend.token_seconds = 0
        report = await server.wait_for_message(channel, lambda m: "Ferry" in m.text, 20)
        await blocker
    assert report.interaction is None
    assert {error.code for error in server.errors} == {50027}
    server.requests.clear()


async def test_questions_are_answered_while_an_article_is_read(
    server: DiscordServer, channel: Channel, alice: User, mod: User, run: Run, told: Told
) -> None:
    long = "\n\n".join(f"Ferry {n} sailed." for n in range(300)).encode()
    async with run():
        reading = await server.user_command(
            channel, mod, "ingest", {"attachment": ("long.txt", long)}
        )
        progress = await reading.wait_for_response(20, lambda m: "of 300" in m.content)
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        assert await asked.wait_for_ack() < 3
        await asked.wait_for_response(10)
        said_at = time.monotonic()
        question = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        await server.wait_for_reply(question, 10)
        assert time.monotonic() - said_at < 3
        assert progress.content.startswith("Article 1 of 1")
    # The end of the bot stops the ingest, and says so.
    assert progress.content == EN.closing
