"""Who has a quote too, as people in Discord see it, also after one of them changed or went."""

import random
from collections.abc import Callable

import pytest

from bot.answering.answerer import Answerer
from bot.citing import cited
from bot.client import Newsdesk
from bot.rendering import render
from bot.texts import words
from bot.titles import audience_of
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild, Message, Permission, User
from tests.bot_discord.conftest import Run, noted
from tests.bot_discord.examples import answer, citation
from tests.bot_discord.test_rendering import assert_within_limits, noise, text_of
from tests.vectorstore.wire import CORRECTED, TRIMMED, WIRE
from vectorstore import SHARED, Article, Vectorstore, article_id

EN = words("en")
QUESTION = "Who asked for a mediator in Valmarande?"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks more often than people would notice."""
    monkeypatch.setattr("bot.correcting.POLL_SECONDS", 0.05)
    monkeypatch.setattr("bot.correcting._SECONDS_BETWEEN_EDITS", 0.05)


def put(store: Vectorstore, name: str, paragraphs: list[str], audience: str, **told: str) -> str:
    """Ingested by whoever; the id."""
    head = "".join(f"{key}: {value}\n" for key, value in told.items())
    text = "\n\n".join(paragraphs)
    data = f"---\nlanguage: en\n{head}---\n{text}\n".encode()
    report = Ingestion(store, IngestSettings(_env_file=None)).add_bytes(name, data, audience)
    assert report.outcome in {"added", "updated"}, report
    return str(report.article_id)


def papers(store: Vectorstore, own: str, elsewhere: str) -> dict[str, str]:
    """A wire's article that all servers see, and papers' copies of it."""
    day = {"published": "2026-04-14"}
    wire = {"title": "Dockers *vote*", "site": "Wire", "published": "2026-04-13"}
    return {
        "wire": put(store, "wire.md", WIRE, SHARED, **wire),
        "paper": put(store, "paper.md", TRIMMED, SHARED, title="Port <b>closes</b>", **day),
        "own": put(store, "own.md", TRIMMED, own, title="Ours", site="The [Quay]", **day),
        "theirs": put(store, "theirs.md", TRIMMED, elsewhere, title="Theirs", **day),
    }


async def asked(server: DiscordServer, client: Newsdesk, channel: Channel, user: User) -> Message:
    command = await server.user_command(channel, user, "ask", {"question": QUESTION})
    message = await command.wait_for_response(30, lambda m: bool(m.buttons))
    return await noted(client, message)


async def seen(
    server: DiscordServer, message: Message, condition: Callable[[Message], bool]
) -> None:
    await server.backend.changes.until(
        lambda: condition(message) or None, 30, lambda: f"it shows {message.text!r}"
    )


async def test_a_server_sees_who_has_it_too_of_what_it_sees(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    other = server.add_guild("Elsewhere")
    papers(store, audience_of(guild.id), audience_of(other.id))
    theirs = server.add_channel(other)
    async with run(Answerer(store.catalog, store.retriever)) as client:
        message = await asked(server, client, channel, alice)
        elsewhere = await asked(server, client, theirs, server.add_member(other, "Kim"))
    assert "**[1]** Dockers \\*vote\\* · Wire · 2026-04-13 · paragraph 3\n*also in " in message.text
    assert "Port \\<b>closes\\</b>" in message.text
    assert "Ours (The \\[Quay\\])" in message.text
    assert "Theirs" not in message.text
    assert "Theirs" in elsewhere.text
    assert "Ours" not in elsewhere.text
    assert message.text.count("also in") == 1


async def test_a_citation_moves_to_a_copy_when_its_article_goes(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    own = audience_of(guild.id)
    ids = papers(store, own, audience_of(server.add_guild("Elsewhere").id))
    async with run(Answerer(store.catalog, store.retriever)) as client:
        catalog = client.store.catalog
        message = await asked(server, client, channel, alice)
        before = message.text
        catalog.remove(ids["wire"])
        await seen(server, message, lambda m: EN.no_longer_there in m.text)
        told = message.text.removeprefix(before)
        assert "The sentence still stands in " in told
        assert "Ours (The \\[Quay\\])" in told
        assert "Theirs" not in told
        click = await server.user_clicks(message, "Sources")
        sources = (await click.wait_for_response(20)).text
        assert "**We have asked" not in sources, "its quotation marks are part of the quote"
        assert "> ¶ 3 · " in sources
        assert "government mediator" in sources, "the copy, whose typo was mended"
        assert EN.article_gone not in sources
        # Asked again, the copies answer.
        again = await asked(server, client, channel, alice)
        assert "Dockers" not in again.text.split("**[1]**")[1]
        # Until none has it any more.
        catalog.remove(ids["own"])
        catalog.remove(ids["paper"])
        await seen(server, message, lambda m: "still stands" not in m.text)
        click = await server.user_clicks(message, "Sources")
        assert EN.article_gone in (await click.wait_for_response(20)).text


async def test_a_copy_that_changes_is_told(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    own = audience_of(guild.id)
    papers(store, own, audience_of(server.add_guild("Elsewhere").id))
    async with run(Answerer(store.catalog, store.retriever)) as client:
        message = await asked(server, client, channel, alice)
        before = message.text
        changed = [*TRIMMED[:2], TRIMMED[2].replace("January", "March"), TRIMMED[3]]
        told = {"title": "Ours", "site": "The [Quay]", "published": "2026-04-14"}
        put(client.store, "own.md", changed, own, **told)
        await seen(server, message, lambda m: EN.corrected in m.text)
        told_now = message.text.removeprefix(before)
        assert "**[1]** Ours\n" in told_now
        assert "*It says now:* “We have asked for a government mediator since March" in told_now
        assert "Dockers" not in told_now, "the article itself says what it said"
        put(client.store, "own.md", TRIMMED, own, **told)
        await seen(server, message, lambda m: m.text == before)
        client.store.catalog.remove(article_id(own, "upload:own.md"))
        await seen(server, message, lambda m: EN.no_longer_there in m.text)


async def test_an_ingest_tells_whose_story_it_is(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    papers(store, audience_of(guild.id), audience_of(server.add_guild("Elsewhere").id))
    moderator = server.add_member(guild, "Robin", permissions=Permission.MANAGE_MESSAGES)
    data = "\n\n".join(["# Again", *CORRECTED]).encode()
    async with run():
        command = await server.user_command(
            channel, moderator, "ingest", {"attachment": ("again.md", data)}
        )
        message = await command.wait_for_response(30, lambda m: "added" in m.text)
    assert "same story as " in message.text
    assert "Ours" in message.text
    assert "Theirs" not in message.text


# How it is shown.


def other(number: int, **values: str | None) -> Article:
    told = {"source": f"s{number}", "title": f"Paper {number}", "site": None, "url": None} | values
    return Article(**told)  # type: ignore[arg-type]


def test_three_are_named_and_the_others_counted() -> None:
    quoted = citation(also_in=tuple(map(other, range(4))))
    for mode in ("extractive", "generative"):
        text = text_of(render(answer(mode=mode, citations=(quoted,)), EN, embeds=True))
        assert "\n*also in Paper 0, Paper 1, Paper 2 and 1 more*" in text
    assert cited(citation(also_in=(other(7),)), EN).endswith("\n*also in Paper 7*")
    german = render(answer(mode="extractive", citations=(quoted,)), words("de"), embeds=False)
    assert "\n*auch in Paper 0, Paper 1, Paper 2 und 1 weiteren*" in text_of(german)


def test_an_article_with_the_same_others_is_not_told_of_twice() -> None:
    both, one = (other(1), other(2)), (other(1),)
    quoted = [citation(marker=n, also_in=o) for n, o in enumerate((both, both, one, ()), 1)]
    text = text_of(render(answer(mode="extractive", citations=tuple(quoted)), EN, embeds=True))
    assert text.count("also in") == 2


def test_titles_open_their_pages() -> None:
    line = cited(citation(also_in=(other(1, url="https://a.example/x", site="A @everyone"),)), EN)
    assert "*also in [Paper 1](<https://a.example/x>) (A @\u200beveryone)*" in line
    assert "script" not in cited(citation(also_in=(other(1, url="javascript:script"),)), EN)


@pytest.mark.parametrize("seed", range(60))
def test_nothing_breaks_the_limits(seed: int) -> None:
    source = random.Random(seed)
    others = tuple(
        other(
            number,
            title=noise(source, 40),
            site=noise(source, 20),
            url=f"https://a.example/{'x' * source.randrange(400)}",
        )
        for number in range(source.randrange(1, 70))
    )
    long = f"https://news.example/{'y' * source.randrange(700)}"
    quoted = citation(
        quote=noise(source, 40) or "x",
        title=noise(source, 40),
        url=long,
        site=noise(source, 20),
        also_in=others,
    )
    given = answer(mode=source.choice(["extractive", "generative"]), citations=(quoted,) * 3)
    refused = answer(status="not_in_articles", citations=(), nearest=(quoted,) * 3)
    for one in (given, refused):
        for embeds in (True, False):
            replies = render(one, EN, embeds=embeds)
            for reply in replies:
                assert_within_limits(reply)
            assert "@everyone" not in text_of(replies)
