"""Articles in Discord: adding them, reading them again, listing them."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.texts import words
from bot.titles import audience_of
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
from tests.bot_discord.conftest import MAX_BYTES, Run, Told
from vectorstore import SHARED, Vectorstore

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
    assert nothing.text == theirs.text == EN.no_articles
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
    server: DiscordServer,
    channel: Channel,
    alice: User,
    mod: User,
    run: Run,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A quick processor has read it before the first edit would be due.
    monkeypatch.setattr("bot.ingesting._SECONDS_BETWEEN_EDITS", 0.05)
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


# Several at once, and pasted text


async def test_five_files_and_an_address_are_told_of_one_by_one(
    server: DiscordServer, channel: Channel, mod: User, run: Run
) -> None:
    address = server.backend.store(channel, "bridge.md", b"# Bridge\n\nIt is closed.").url
    given = {
        "url": address,
        "attachment": ("ferry.md", ARTICLE),
        "attachment2": ("empty.txt", b" "),
        "attachment3": ("tram.md", b"# Tram\n\nTrams run again."),
        "attachment4": ("big.txt", b"x" * (MAX_BYTES + 1)),
        "attachment5": ("again.md", ARTICLE),
    }
    async with run(private_hosts=("127.0.0.1",)):
        asked = await server.user_command(channel, mod, "ingest", given)
        text = (await report_of(asked)).text
    assert text.startswith("**failed: 2 · added: 3 · duplicate: 1**")
    assert "`empty.txt` — failed: “empty.txt” is empty." in text
    assert "`big.txt` — failed: “big.txt” has 100.0 kB" in text
    assert "• Bridge — added" in text
    assert "• Tram — added" in text


async def test_pasted_text_becomes_an_article_under_its_title(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run
) -> None:
    async with run():
        asked = await server.user_command(channel, mod, "ingest", {"paste": True})
        assert (await asked.wait_for_modal())["title"] == EN.paste
    entered = {
        EN.paste_title: "What Amazon.com  did",
        EN.paste_text: "It opened on Monday.\n\nNobody was the",
        EN.paste_more: "re, @everyone says.",
    }
    # The form is as good after a restart.
    async with run() as client:
        report = await report_of(await server.user_submits_modal(asked, entered))
        (article,) = client.store.catalog.articles([audience_of(guild.id)])
        passages = client.store.catalog.passages_of(article.id)
    assert report.text == ("**added: 1**\n• What Amazon.com did — added, passages +2 −0")
    assert article.source == "upload:What Amazon.com did"
    assert [p.text for p in passages] == [
        "It opened on Monday.",
        "Nobody was there, @everyone says.",
    ]


async def test_who_may_not_add_may_not_paste(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run
) -> None:
    async with run() as client:
        both = {"paste": True, "url": "https://x.example/a"}
        asked = await server.user_command(channel, mod, "ingest", both)
        refused = await asked.wait_for_response()
        assert (refused.content, refused.ephemeral) == (EN.paste_alone, True)
        asked = await server.user_command(channel, mod, "ingest", {"paste": True})
        await asked.wait_for_modal()
        guild.members[mod.id].roles = []
        entered = {EN.paste_title: "A", EN.paste_text: "B c."}
        sent = await server.user_submits_modal(asked, entered)
        refused = await sent.wait_for_response()
        assert (refused.content, refused.ephemeral) == (EN.not_moderator, True)
        assert client.store.catalog.articles([audience_of(guild.id)]) == []


# Lists, versions, undo, removal


def filled(store: Vectorstore, guild: Guild | None, *articles: tuple[str, str]) -> None:
    """Ingested from elsewhere: ``None`` is for the shared articles."""
    ingestion = Ingestion(store, IngestSettings(_env_file=None))
    for title, text in articles:
        audience = audience_of(guild.id) if guild else SHARED
        assert ingestion.add_text(title, text, audience).outcome in {"added", "updated"}


async def offered(
    server: DiscordServer, channel: Channel, user: User, command: str, typed: str
) -> dict[str, str]:
    asked = await server.user_autocompletes(channel, user, command, {"article": typed}, "article")
    return {choice["name"]: choice["value"] for choice in await asked.wait_for_choices()}


def on_page(number: int) -> str:
    return EN.page.partition("{pages}")[0].format(page=number)


async def test_pages_of_a_list_are_turned_also_after_a_restart(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    filled(store, guild, *((f"Ferry {n:02} sailed {'x' * 60}", f"Number {n}.") for n in range(40)))
    filled(store, None, ("The bridge: it's closed", "Nobody crosses."))
    async with run():
        asked = await server.user_command(channel, alice, "articles list")
        first = await asked.wait_for_response()
        assert first.text.startswith("**Articles: 41**")
        assert on_page(1) in first.text
        with pytest.raises(LookupError):
            first.component(EN.previous_page)
        searched = await server.user_command(channel, alice, "articles list", {"search": "FERRY 1"})
        found = await searched.wait_for_response()
        assert "**Articles: 13**" in found.text
    async with run():
        turned = await server.user_clicks(first, EN.next_page)
        await turned.wait_for_ack()
        second = await asked.wait_for_response(5, lambda m: on_page(2) in m.text)
        assert "Ferry" in second.text
        assert second is first
        nothing = await server.user_command(
            channel, alice, "articles list", {"search": "*no* such"}
        )
        assert (await nothing.wait_for_response()).text == (
            "No article has “\\*no\\* such” in its title."
        )


async def test_an_article_its_history_and_what_it_was(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    filled(store, guild, ("Strike", "It began on *Monday*.\nNobody was hurt."))
    filled(store, guild, ("Strike", "It began on Tuesday.\nNobody was hurt.\nTalks go on."))
    async with run():
        choice = (await offered(server, channel, alice, "articles show", "stri"))["Strike"]
        shown = await server.user_command(channel, alice, "articles show", {"article": choice})
        text = (await shown.wait_for_response()).text
        assert "**1** It began on Tuesday." in text
        assert "**3** Talks go on." in text
        asked = await server.user_command(channel, alice, "articles history", {"article": "strike"})
        history = await asked.wait_for_response()
        newest, oldest = history.text.index("Version 2"), history.text.index("Version 1")
        assert newest < oldest
        assert "paragraphs +1 −0 ~1" in history.text
        old = {"article": choice, "version": 1}
        before = await server.user_command(channel, alice, "articles show", old)
        text = (await before.wait_for_response()).text
        assert "**1** It began on \\*Monday\\*." in text
        assert "Talks" not in text
        none = {"article": choice, "version": 7}
        missing = await server.user_command(channel, alice, "articles show", none)
        assert (await missing.wait_for_response()).text == (
            "It has no version 7; the last one is 2."
        )
    assert history.ephemeral


async def test_undo_gives_the_version_before_back_and_tells_the_words(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    filled(store, guild, ("Strike", "It began on Monday.\nNobody was hurt."))
    filled(store, guild, ("Strike", "It began on Tuesday.\nNobody was hurt."))
    async with run():
        asked = await server.user_command(channel, mod, "articles undo", {"article": "Strike"})
        report = await report_of(asked)
        assert report.text == (
            "**updated: 1**\n• Strike — updated, passages +1 −1\n  ¶ 1: ~~Tuesday~~ → **Monday**"
        )
        again = await server.user_command(channel, mod, "articles undo", {"article": "Strike"})
        nothing = await report_of(again)
        assert nothing.text.startswith("There is no version of “Strike” before this one")
    assert not report.ephemeral


async def test_remove_asks_the_one_who_asked_and_undo_brings_it_back(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    mod: User,
    run: Run,
    store: Vectorstore,
) -> None:
    other = server.add_member(guild, "Other", permissions=Permission.MANAGE_MESSAGES)
    filled(store, guild, ("Strike *now*", "It began on Monday."))
    own = [audience_of(guild.id)]
    async with run():
        named = {
            "article": (await offered(server, channel, mod, "articles remove", ""))["Strike *now*"]
        }
        asked = await server.user_command(channel, mod, "articles remove", named)
        question = await asked.wait_for_response()
        assert question.text.startswith("Remove “Strike \\*now\\*” from this server's articles?")
        for stranger in (other, alice):
            click = await server.user_clicks(question, EN.remove, user=stranger)
            refused = await click.wait_for_response()
            assert refused.ephemeral
            assert refused.text == EN.not_yours.format(member=f"<@{mod.id}>")
    async with run() as client:
        await (await server.user_clicks(question, EN.keep, user=mod)).wait_for_ack()
        await asked.wait_for_response(5, lambda m: "stays" in m.text)
        assert not question.components
        asked = await server.user_command(channel, mod, "articles remove", named)
        question = await asked.wait_for_response()
        await (await server.user_clicks(question, EN.remove, user=mod)).wait_for_ack()
        done = await asked.wait_for_response(5, lambda m: "removed" in m.text)
        assert done.text.startswith(f"<@{mod.id}> removed “Strike \\*now\\*”")
        assert not done.pings
        assert client.store.catalog.articles(own) == []
        assert await offered(server, channel, mod, "articles remove", "") == {}
        assert await offered(server, channel, mod, "articles show", "") == {}
        assert list(await offered(server, channel, mod, "articles undo", "")) == ["Strike *now*"]
        undone = await server.user_command(channel, mod, "articles undo", named)
        assert (await report_of(undone)).text.startswith("**added: 1**")
        assert len(client.store.catalog.articles(own)) == 1


async def test_shared_articles_are_the_operators_and_others_are_nobodys(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    other = server.add_guild("Elsewhere")
    away = server.add_channel(other)
    stranger = server.add_member(other, "Boss", permissions=Permission.MANAGE_MESSAGES)
    filled(store, None, ("For all", "Shared text."))
    filled(store, guild, ("Secret", "Ours alone."))
    (secret,) = store.catalog.articles([audience_of(guild.id)])
    (shared,) = store.catalog.articles([SHARED])
    commands = ("show", "history", "undo", "remove")
    async with run():
        for command in commands:
            names = await offered(server, away, stranger, f"articles {command}", "")
            assert list(names) == (["For all"] if command in {"show", "history"} else [])
            for named in (secret.id, "Secret", "sec"):
                asked = await server.user_command(
                    away, stranger, f"articles {command}", {"article": named}
                )
                assert (await report_of(asked)).text == EN.no_such_article
        for command in ("undo", "remove"):
            asked = await server.user_command(
                channel, mod, f"articles {command}", {"article": shared.id}
            )
            told = await report_of(asked)
            assert told.text == EN.shared_article.format(title="For all")
        # A button carries what somebody else's client may send from elsewhere.
        asked = await server.user_command(channel, mod, "articles remove", {"article": secret.id})
        question = await asked.wait_for_response()
        forged = await server.user_command(away, stranger, "articles list")
        theirs = await forged.wait_for_response()
        for custom_id in (
            f"nd:r:remove:{secret.id}:{stranger.id}",
            f"nd:p:show:0:{secret.id}",
            f"nd:p:history:0:{secret.id}",
        ):
            theirs.components = [_row(custom_id)]
            click = await server.user_clicks(theirs, custom_id)
            await click.wait_for_ack()
            gone = await forged.wait_for_response(5, lambda m: m.text == EN.no_such_article)
            assert "Ours" not in gone.text
        found = await server.user_clicks(question, EN.keep, user=mod)
        await found.wait_for_ack()
        assert "Ours alone." in [p.text for p in store.catalog.passages_of(secret.id)]


async def test_members_may_look_and_not_touch(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    filled(store, guild, ("Strike", "It began on Monday."))
    async with run():
        for command in ("undo", "remove"):
            asked = await server.user_command(
                channel, alice, f"articles {command}", {"article": "Strike"}
            )
            refused = await asked.wait_for_response()
            assert (refused.content, refused.ephemeral) == (EN.not_moderator, True)


def _row(custom_id: str) -> dict[str, object]:
    button = {"type": 2, "style": 2, "label": custom_id[:80], "custom_id": custom_id, "id": 2}
    return {"type": 1, "id": 1, "components": [button]}
