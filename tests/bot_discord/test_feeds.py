"""Feeds in Discord: adding them, what they bring, and announcing it."""

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest

from bot.feed_polling import announcement
from bot.splitting import CONTENT_LIMIT
from bot.texts import words
from bot.titles import audience_of
from stand_in import Channel, DiscordServer, Guild, Interaction, Permission, User
from tests.bot_discord.conftest import Run, until
from tests.ingest.test_feeds import RSS, page, refusing, rss
from tests.ingest.web import Web, text
from vectorstore import SHARED, Article, Vectorstore
from vectorstore.feeds import Feeds, FeedState

CATALOGS = ("sqlite", "postgres")
EN = words("en")
LOCAL = ("127.0.0.1",)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks for what is due more often than every minute, and lets hosts rest for less."""
    monkeypatch.setattr("bot.feed_polling.POLL_SECONDS", 0.05)
    monkeypatch.setattr("ingest.feeds.politeness.PAUSE", 0.01)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as running:
        yield running


@pytest.fixture
def mod(server: DiscordServer, guild: Guild) -> User:
    return server.add_member(guild, "Mod", permissions=Permission.MANAGE_MESSAGES)


def state(store: Vectorstore, guild: Guild) -> FeedState:
    [feed] = Feeds(store.catalog.database).of(audience_of(guild.id))
    return feed


def titles(store: Vectorstore, audience: str) -> set[str]:
    return {article.title for article in store.catalog.articles([audience])}


def due_now(store: Vectorstore, feed: FeedState) -> None:
    with store.catalog.database.transaction() as db:
        db.execute("UPDATE feeds SET due_at = added_at WHERE id = ?", (feed.id,))


async def said(asked: Interaction) -> str:
    return (await asked.wait_for_response(30)).text


async def test_a_feed_is_added_listed_announced_and_removed(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    mod: User,
    run: Run,
    store: Vectorstore,
    web: Web,
) -> None:
    web.answers |= {"/feed": text(rss("/a", title="The *Paper*"), RSS), "/a": page("Alpha")}
    own = audience_of(guild.id)
    async with run(private_hosts=LOCAL):
        empty = await said(await server.user_command(channel, mod, "feeds list"))
        url = f"{web.url}/feed"
        added = await said(await server.user_command(channel, mod, "feeds add", {"url": url}))
        await until(lambda: state(store, guild).polled_at is not None)
        assert titles(store, own) == {"Alpha"}
        again = await said(await server.user_command(channel, mod, "feeds add", {"url": url}))
        listed = await said(await server.user_command(channel, mod, "feeds list"))
        where = {"feed": "The *Paper*", "channel": channel}
        told = await said(await server.user_command(channel, mod, "feeds announce", where))
        # Its title and a link, and nobody is pinged.
        web.answers |= {"/feed": text(rss("/a", "/b"), RSS), "/b": page("@everyone <@1> *Beta*")}
        due_now(store, state(store, guild))
        news = await server.wait_for_message(
            channel, lambda m: m.text.startswith("**New in"), timeout=30
        )
        where = {"feed": str(state(store, guild).id)}
        silent = await said(await server.user_command(channel, mod, "feeds announce", where))
        gone = await said(await server.user_command(channel, mod, "feeds remove", where))
        assert Feeds(store.catalog.database).of() == []
        assert len(titles(store, own)) == 2
        assert titles(store, SHARED) == set()
    assert "has no feeds yet" in empty
    assert "</feeds add:" in empty
    assert added.startswith(r"“The \*Paper\*” is read from now on, every 30 minutes")
    assert "is among this server's feeds already" in again
    assert listed.startswith(f"• **[The \\*Paper\\*](<{url}>)**\nread <t:")
    assert (
        told == rf"New articles of “The \*Paper\*” are announced in {channel.mention} from now on."
    )
    assert news.text.splitlines()[1].endswith(f"](<{web.url}/b>)")
    assert "Beta" in news.text
    assert "@everyone" not in news.text
    assert "<@1>" not in news.text
    assert "Alpha" not in news.text
    assert silent.endswith("are announced no more.")
    assert gone.endswith("is read no more; its articles stay.")


async def test_who_added_a_feed_is_told_to_them_and_forgotten_on_demand(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    feeds = Feeds(store.catalog.database)
    url = "https://harbourchronicle.invalid/feed"
    feeds.add(audience_of(guild.id), url, "A", str(mod.id))
    async with run():
        asked = await server.user_command(channel, mod, "newsdesk privacy")
        panel = await asked.wait_for_response()
        assert EN.newsdesk.privacy_feeds.format(feeds=1) in panel.content
        clicked = await server.user_clicks(panel, EN.newsdesk.export)
        (file,) = (await clicked.wait_for_response()).attachments
        for button in (EN.newsdesk.delete, EN.newsdesk.confirm_delete):
            before = panel.content
            clicked = await server.user_clicks(panel, button)
            await clicked.wait_for_response(5, lambda m, old=before: m.content != old)  # type: ignore[misc]
        assert state(store, guild).added_by is None
    assert json.loads(file.content)["feeds"] == [url]


async def test_only_editors_may(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run():
        # As if the server's owner had opened the command to everyone.
        (command,) = [c for c in server.commands() if c["name"] == "feeds"]
        assert int(command["default_member_permissions"]) == Permission.MANAGE_MESSAGES
        command["default_member_permissions"] = None
        for name, options in (
            ("feeds add", {"url": "https://harbourchronicle.example/feed"}),
            ("feeds list", {}),
            ("feeds remove", {"feed": "1"}),
            ("feeds announce", {"feed": "1"}),
        ):
            asked = await server.user_command(channel, alice, name, options)
            refused = await asked.wait_for_response()
            assert refused.content == EN.not_moderator
            assert refused.ephemeral


async def test_another_servers_feed_is_out_of_reach(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    feeds = Feeds(store.catalog.database)
    for audience in (SHARED, "guild-4711"):
        feeds.add(audience, "https://harbourchronicle.example/feed", "Chronicle")
    async with run():
        for feed in feeds.of():
            for named in (str(feed.id), feed.title, feed.url):
                for name in ("feeds remove", "feeds announce"):
                    asked = await server.user_command(channel, mod, name, {"feed": named})
                    assert await said(asked) == EN.no_such_feed
        typed = await server.user_autocompletes(channel, mod, "feeds remove", {"feed": ""}, "feed")
        assert await typed.wait_for_choices() == []
        assert "no feeds yet" in await said(await server.user_command(channel, mod, "feeds list"))
        assert len(feeds.of()) == 2


async def test_titles_of_its_own_feeds_are_offered(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    feeds = Feeds(store.catalog.database)
    for title in ("Chronicle", "Herald"):
        feeds.add(audience_of(guild.id), f"https://{title.lower()}.example/feed", title * 20)
    async with run():
        typed = await server.user_autocompletes(
            channel, mod, "feeds remove", {"feed": "hera"}, "feed"
        )
        [choice] = await typed.wait_for_choices()
    assert choice["name"] == ("Herald" * 20)[:100]


@pytest.mark.parametrize(
    ("path", "answer", "sentence"),
    [
        ("/", page("Front page"), "names no feed"),
        ("/feed", refusing(404), "answers 404"),
        ("/feed", text("<rss version='2.0'><channel", RSS), "is a broken feed"),
    ],
)
async def test_what_is_no_feed_is_refused_with_the_reason(
    server: DiscordServer,
    channel: Channel,
    mod: User,
    run: Run,
    store: Vectorstore,
    web: Web,
    path: str,
    answer: Callable[..., None],
    sentence: str,
) -> None:
    web.answers[path] = answer
    async with run(private_hosts=LOCAL):
        asked = await server.user_command(channel, mod, "feeds add", {"url": web.url + path})
        assert sentence in await said(asked)
        assert Feeds(store.catalog.database).of() == []


async def test_a_private_address_is_never_asked(
    server: DiscordServer, channel: Channel, mod: User, run: Run, web: Web
) -> None:
    async with run():
        asked = await server.user_command(channel, mod, "feeds add", {"url": f"{web.url}/feed"})
        assert "leads into a private network" in await said(asked)
        asked = await server.user_command(channel, mod, "feeds add", {"url": "file:///etc/passwd"})
        assert await said(asked) == EN.not_a_url
    assert web.connections == []


async def test_no_more_feeds_than_a_server_may_have(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    feeds = Feeds(store.catalog.database)
    feeds.add(audience_of(guild.id), "https://harbourchronicle.example/feed", "Chronicle")
    feeds.add("guild-4711", "https://harbourchronicle.example/feed", "Chronicle")
    async with run(feeds_per_server=1):
        url = "https://harbourchronicle.example/other"
        asked = await server.user_command(channel, mod, "feeds add", {"url": url})
        assert await said(asked) == EN.feed_limit.format(most=1)


async def test_nothing_is_announced_where_the_bot_or_the_member_may_not_write(
    server: DiscordServer, guild: Guild, channel: Channel, mod: User, run: Run, store: Vectorstore
) -> None:
    Feeds(store.catalog.database).add(audience_of(guild.id), "https://a.example/feed", "A")
    for_bot = server.add_channel(guild, "rules", deny={mod: Permission.SEND_MESSAGES})
    for_mod = server.add_channel(guild, "quiet", deny={server.bot: Permission.SEND_MESSAGES})
    async with run():
        for place in (for_bot, for_mod):
            where = {"feed": "A", "channel": place}
            asked = await server.user_command(channel, mod, "feeds announce", where)
            assert await said(asked) == EN.cannot_announce.format(channel=place.mention)
        assert state(store, guild).channel is None


async def test_a_feed_that_fails_is_listed_with_the_reason(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    mod: User,
    run: Run,
    store: Vectorstore,
    web: Web,
) -> None:
    web.answers["/feed"] = refusing(500)
    Feeds(store.catalog.database).add(audience_of(guild.id), f"{web.url}/feed", "A")
    async with run(private_hosts=LOCAL):
        await until(lambda: state(store, guild).error is not None)
        listed = await said(await server.user_command(channel, mod, "feeds list"))
    assert "⚠️ “http" in listed
    assert "answers 500" in listed


async def test_a_server_that_the_bot_left_gets_nothing_more(
    server: DiscordServer, guild: Guild, channel: Channel, run: Run, store: Vectorstore, web: Web
) -> None:
    web.answers |= {"/feed": text(rss("/a"), RSS), "/a": page("Alpha")}
    feeds = Feeds(store.catalog.database)
    for audience in ("guild-4711", SHARED):
        feeds.add(audience, f"{web.url}/feed", "A")
    async with run(private_hosts=LOCAL):
        await until(lambda: titles(store, SHARED) == {"Alpha"})
        assert titles(store, "guild-4711") == set()
        server.remove_guild(guild)
        await asyncio.sleep(0)


async def test_all_feeds_of_a_server_go_with_it(
    server: DiscordServer, guild: Guild, channel: Channel, run: Run, store: Vectorstore
) -> None:
    feeds = Feeds(store.catalog.database)
    feeds.add(audience_of(guild.id), "https://harbourchronicle.invalid/feed", "A")
    feeds.add(SHARED, "https://harbourchronicle.invalid/feed", "A")
    async with run(leave_days=0):
        server.remove_guild(guild)
        await until(
            lambda: bool(
                store.catalog.database.rows("SELECT 1 FROM servers WHERE left_at IS NOT NULL")
            )
        )
    # The grace period counts whole seconds.
    await asyncio.sleep(1.1)
    async with run(leave_days=0) as client:
        left = Feeds(client.store.catalog.database)
        await until(lambda: {feed.audience for feed in left.of()} == {SHARED})


def test_many_articles_are_five_lines_and_a_number() -> None:
    articles = [
        Article(f"https://a.example/{n}", f"Title {n}", url=f"https://a.example/{n}")
        for n in range(8)
    ]
    lines = announcement("A", articles, EN).splitlines()
    assert lines[0] == "**New in “A”**"
    assert lines[1] == "• [Title 0](<https://a.example/0>)"
    assert lines[5:] == ["• [Title 4](<https://a.example/4>)", "… and 3 more"]


def test_long_addresses_keep_discords_limit() -> None:
    address = "https://a.example/" + "x" * 600
    articles = [Article(f"{address}{n}", "T" * 300, url=f"{address}{n}") for n in range(8)]
    told = announcement("A" * 300, articles, EN)
    assert len(told) <= CONTENT_LIMIT
    # No link is cut, and all are counted.
    assert told.count("](<") == told.count(">)") == 2
    assert told.endswith("… and 6 more")
