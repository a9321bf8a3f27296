"""An answer whose article has changed since says so, as people in Discord see it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.answer import Answer
from bot.client import Newsdesk
from bot.corrections import Correction, notice
from bot.texts import words
from bot.titles import audience_of
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild, Message, Permission, Role, User
from tests.bot_discord.conftest import Run, Told, noted
from tests.bot_discord.examples import answer, citation
from tests.conftest import CatalogAt
from tests.ingest.cli import ingest
from vectorstore import SHARED, Vectorstore, article_id

CATALOGS = ("sqlite", "postgres")
EN = words("en")
QUOTE = "The strike began on *Monday* at nine."
THEN = f"{QUOTE}\nNobody was hurt in it."
NOW = "The strike began on *Tuesday* at nine.\nNobody was hurt in it."


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks more often than people would notice."""
    monkeypatch.setattr("bot.correcting.POLL_SECONDS", 0.05)
    monkeypatch.setattr("bot.correcting._SECONDS_BETWEEN_EDITS", 0.05)


def put(store: Vectorstore, text: str, audience: str) -> None:
    """Ingested by whoever."""
    reading = IngestSettings(_env_file=None)
    Ingestion(store, reading).add_text("Strike", text, audience)


def citing(audience: str, **values: object) -> Answer:
    identity = article_id(audience, "upload:Strike")
    quoted = citation(article_id=identity, title="Strike", quote=QUOTE, end=len(QUOTE))
    return replace(answer(text="On *Monday* [1].", citations=(quoted,)), **values)  # type: ignore[arg-type]


async def asked(server: DiscordServer, client: Newsdesk, channel: Channel, user: User) -> Message:
    command = await server.user_command(channel, user, "ask", {"question": "When?"})
    message = await command.wait_for_response(20, lambda m: bool(m.buttons))
    return await noted(client, message)


async def seen(
    server: DiscordServer, message: Message, condition: Callable[[Message], bool]
) -> None:
    await server.backend.changes.until(
        lambda: condition(message) or None, 20, lambda: f"it shows {message.text!r}"
    )


def marked(message: Message) -> bool:
    return EN.corrected in message.text


async def looked(client: Newsdesk) -> None:
    """All that is due so far has been looked at."""
    upto = client.store.catalog.sequence()
    for _ in range(3):
        await client.lookups.run(lambda: None)
        await asyncio.sleep(0.3)
    assert client.store.catalog.sequence() == upto


async def test_an_answer_keeps_what_it_says_and_tells_what_the_article_says_now(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
) -> None:
    own = audience_of(guild.id)
    told.reply = citing(own)
    put(store, THEN, own)
    async with run() as client:
        message = await asked(server, client, channel, alice)
        before, buttons = message.text, [b["custom_id"] for b in message.buttons]
        put(store, NOW, own)
        await seen(server, message, marked)
        assert message.text == (
            f"{before}\n{EN.corrected}\n"
            "**[1]** Strike\n"
            "*Quoted then:* The strike began on \\*Monday\\* at nine.\n"
            "*It says now:* The strike began on \\*Tuesday\\* at nine.\n"
        ).rstrip("\n")
        assert [b["custom_id"] for b in message.buttons] == buttons
        assert not message.pings
        # Told once, whatever else changes.
        versions = len(message.versions)
        put(store, NOW + "\nTalks go on.", own)
        await looked(client)
        assert len(message.versions) == versions
        # Another change takes the place of the first; one that gives the sentence back, all of it.
        put(store, "Nobody was hurt in it.", own)
        await seen(server, message, lambda m: EN.says_no_longer in m.text)
        assert "Tuesday" not in message.text
        put(store, THEN, own)
        await seen(server, message, lambda m: not marked(m))
        assert message.text == before
        client.store.catalog.remove(article_id(own, "upload:Strike"))
        await seen(server, message, lambda m: EN.no_longer_there in m.text)


async def test_what_another_process_changed_while_the_bot_was_away_is_told_when_it_is_back(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
    tmp_path: Path,
    folder: Path,
    catalog_at: CatalogAt,
) -> None:
    at = catalog_at(folder)
    url = at if isinstance(at, str) else ""
    file = tmp_path / "strike.md"
    file.write_text(f"# Strike\n\n{THEN.replace('*', '').replace(chr(10), chr(10) * 2)}")
    ingest(tmp_path, "add", "strike.md", VECTORSTORE_CATALOG_URL=url)
    identity = article_id(SHARED, file.resolve().as_posix())
    quote = QUOTE.replace("*", "")
    told.reply = answer(citations=(citation(article_id=identity, quote=quote),))
    async with run() as client:
        message = await asked(server, client, channel, alice)
    file.write_text(f"# Strike\n\n{NOW.replace('*', '').replace(chr(10), chr(10) * 2)}")
    done = ingest(tmp_path, "add", "strike.md", VECTORSTORE_CATALOG_URL=url)
    assert b"updated" in done.stdout
    assert not marked(message)
    async with run():
        await seen(server, message, marked)
    assert "*It says now:* The strike began on Tuesday at nine." in message.text


async def test_without_the_permission_for_embeds_it_is_told_below_the_text(
    server: DiscordServer, guild: Guild, alice: User, told: Told, run: Run, store: Vectorstore
) -> None:
    me: dict[User | Role, Permission] = {server.bot: Permission.EMBED_LINKS}
    channel = server.add_channel(guild, deny=me)
    own = audience_of(guild.id)
    told.reply = citing(own)
    put(store, THEN, own)
    async with run() as client:
        message = await asked(server, client, channel, alice)
        before = message.content
        put(store, NOW, own)
        await seen(server, message, marked)
        assert message.content.startswith(f"{before}\n\n⚠️ **{EN.corrected}**\n**[1]** Strike")
        put(store, THEN, own)
        await seen(server, message, lambda m: not marked(m))
        assert message.content == before
        assert not message.embeds


async def test_in_the_language_of_the_answer(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
) -> None:
    own = audience_of(guild.id)
    told.reply = citing(own, language="de")
    put(store, THEN, own)
    async with run() as client:
        message = await asked(server, client, channel, alice)
        put(store, NOW, own)
        await seen(server, message, lambda m: words("de").corrected in m.text)
    assert "*Jetzt steht da:* The strike began" in message.text


async def test_what_can_not_be_marked_is_logged_and_left_alone(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    own = audience_of(guild.id)
    told.reply = citing(own)
    put(store, THEN, own)
    async with run() as client:
        command = {"question": "When?", "private": True}
        private = await server.user_command(channel, alice, "ask", command)
        alone = await private.wait_for_response(20, lambda m: bool(m.buttons))
        deleted = await asked(server, client, channel, alice)
        kept = await asked(server, client, channel, alice)
        await server.user_deletes(deleted)
        with caplog.at_level(logging.WARNING, "bot.correcting"):
            put(store, NOW, own)
            await seen(server, kept, marked)
            await looked(client)
    assert not marked(alone)
    assert [r.message for r in caplog.records if "can't be marked" in r.message] == [
        f"A corrected answer in channel {channel.id} can't be marked: 404 Not Found (error code: "
        "10008): Unknown Message"
    ]
    assert {error.code for error in server.errors} == {10008}
    server.requests.clear()


async def test_another_servers_change_is_nobodys_business_here(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
) -> None:
    other = audience_of(server.add_guild("Elsewhere").id)
    # As if an answer had come from there.
    told.reply = citing(other)
    put(store, THEN, other)
    async with run() as client:
        message = await asked(server, client, channel, alice)
        put(store, NOW, other)
        await looked(client)
    assert not marked(message)
    assert "Tuesday" not in message.text


async def test_it_can_be_switched_off(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
) -> None:
    own = audience_of(guild.id)
    told.reply = citing(own)
    put(store, THEN, own)
    async with run(correction_days=0) as client:
        message = await asked(server, client, channel, alice)
        put(store, NOW, own)
        await looked(client)
    assert not marked(message)


def test_nothing_in_a_notice_pings_or_is_markdown() -> None:
    hostile = Correction(2, "@everyone `x`", "<@1> **a**\n# b", "[c](https://x.example)", False)
    (block,) = notice([hostile], EN)
    assert "@everyone" not in block
    assert "<@1>" not in block
    assert "\\*\\*a\\*\\*" in block
    assert "\\[c\\](https" in block
