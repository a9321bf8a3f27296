"""Verdicts on answers, and what the moderators are told of them."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.answering.answer import Answer
from bot.client import Newsdesk
from bot.notices import Notices
from bot.servers import ServerSettings
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
from tests.bot_discord.conftest import Run, Told, noted
from tests.bot_discord.examples import answer, citation

CATALOGS = ("sqlite", "postgres")
EN = words("en")
QUESTION = "When did @everyone cross the bridge?"


@pytest.fixture
def bob(server: DiscordServer, guild: Guild) -> User:
    return server.add_member(guild, "Bob")


@pytest.fixture
def moderators(server: DiscordServer, guild: Guild) -> Channel:
    return server.add_channel(guild, "moderators")


def silent() -> Answer:
    near = (citation(), citation(quote="It opened in May."))
    return answer(status="not_in_articles", text="They don't tell.", citations=(), nearest=near)


async def asked(server: DiscordServer, channel: Channel, user: User, **options: object) -> Message:
    given = {"question": QUESTION, **options}
    command = await server.user_command(channel, user, "ask", given)
    return await command.wait_for_response(20, lambda m: bool(m.buttons))


async def said(click: Interaction) -> str:
    """What the clicker alone is told."""
    message = await click.wait_for_response()
    assert message.ephemeral
    return message.content


def labels(message: Message) -> list[str]:
    return [button["label"] for button in message.buttons]


def moderated(client: Newsdesk, channel: Channel, moderators: Channel, **more: object) -> None:
    assert channel.guild
    settings = ServerSettings(moderators_channel=moderators.id, **more)  # type: ignore[arg-type]
    client.servers.save(channel.guild.id, settings)


async def test_helpful_is_stored_and_thanked_for_in_private(
    server: DiscordServer, channel: Channel, alice: User, bob: User, run: Run
) -> None:
    async with run() as client:
        message = await asked(server, channel, alice)
        before = len(server.messages(channel))
        assert await said(await server.user_clicks(message, "Helpful", user=bob)) == EN.thanks
        (verdict,) = client.records.feedback()
    assert (verdict.member, verdict.verdict, verdict.reason) == (bob.id, "helpful", "")
    assert len(server.messages(channel)) == before
    assert labels(message).count("Helpful") == 1


@pytest.mark.parametrize("reason", ["", "It is about *another* bridge."])
async def test_not_helpful_asks_for_a_reason_that_may_be_left_out(
    server: DiscordServer, channel: Channel, alice: User, run: Run, reason: str
) -> None:
    async with run() as client:
        message = await asked(server, channel, alice)
        click = await server.user_clicks(message, "Not helpful")
        await click.wait_for_modal()
        assert not client.records.feedback()
        with pytest.raises(NotOffered):
            await server.user_submits_modal(click, {EN.what_is_wrong: "x" * 501})
        sent = await server.user_submits_modal(click, {EN.what_is_wrong: reason})
        assert await said(sent) == EN.thanks
        (verdict,) = client.records.feedback()
    assert (verdict.verdict, verdict.reason) == ("not_helpful", reason)


async def test_two_members_may_have_the_same_modal_open(
    server: DiscordServer, channel: Channel, alice: User, bob: User, run: Run
) -> None:
    async with run() as client:
        message = await asked(server, channel, alice)
        clicks = [await server.user_clicks(message, "Not helpful", user=u) for u in (alice, bob)]
        for click in clicks:
            await click.wait_for_modal()
        for click in clicks:
            sent = await server.user_submits_modal(click, {"reason": click.user.name})
            assert await said(sent) == EN.thanks
        assert {v.reason for v in client.records.feedback()} == {"Alice", "Bob"}


async def test_a_wrong_source_is_named_and_told_to_the_moderators(
    server: DiscordServer,
    channel: Channel,
    moderators: Channel,
    alice: User,
    bob: User,
    run: Run,
    told: Told,
) -> None:
    told.reply = answer(citations=(citation(), citation(marker=2, title="Tunnel " * 30)))
    async with run() as client:
        moderated(client, channel, moderators)
        message = await noted(client, await asked(server, channel, alice))
        click = await server.user_clicks(message, "Wrong source", user=bob)
        await click.wait_for_modal()
        hostile = f"@everyone {alice.mention} **no**"
        wrong = {EN.which_source: ["2"], EN.what_is_wrong: hostile}
        assert await said(await server.user_submits_modal(click, wrong)) == EN.thanks
        (verdict,) = client.records.feedback()
    assert (verdict.verdict, verdict.reason) == ("wrong_source", f"[2] {hostile}")
    (notice,) = server.messages(moderators)
    assert notice.content.startswith(f"{bob.mention} says that a source of this answer is wrong:")
    assert "> When did @\u200beveryone cross the bridge?" in notice.content
    assert f"/{channel.id}/{message.id}" in notice.content
    assert "**[2]** [Tunnel" in notice.content
    assert "\\*\\*no\\*\\*" in notice.content
    assert not notice.pings


async def test_a_wrong_source_without_moderators_is_stored(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run() as client:
        message = await asked(server, channel, alice)
        click = await server.user_clicks(message, "Wrong source")
        await click.wait_for_modal()
        sent = await server.user_submits_modal(click, {"source": ["1"], "reason": ""})
        assert await said(sent) == EN.thanks
        (verdict,) = client.records.feedback()
    assert (verdict.verdict, verdict.reason) == ("wrong_source", "[1]")


async def test_an_unanswered_question_is_told_to_the_moderators_once(
    server: DiscordServer,
    channel: Channel,
    moderators: Channel,
    alice: User,
    bob: User,
    run: Run,
    told: Told,
) -> None:
    told.reply = silent()
    async with run() as client:
        moderated(client, channel, moderators, language="fr")
        message = await noted(client, await asked(server, channel, alice))
        assert words("fr").tell_moderators in labels(message)
        button = words("fr").tell_moderators
        first = await server.user_clicks(message, button, user=bob)
        assert await said(first) == words("fr").moderators_told
        second = await server.user_clicks(message, button)
        assert await said(second) == words("fr").told_before
        again = await noted(client, await asked(server, channel, bob))
        third = await server.user_clicks(again, button)
        assert await said(third) == words("fr").told_before
    (notice,) = server.messages(moderators)
    assert notice.content.startswith(
        f"Les articles ne disent pas ce que {alice.mention} a demandé :"
    )
    assert "> When did @\u200beveryone cross the bridge?" in notice.content
    assert f"/{channel.id}/{message.id}" in notice.content
    assert not notice.pings


async def test_without_a_moderators_channel_there_is_no_such_button(
    server: DiscordServer,
    channel: Channel,
    moderators: Channel,
    alice: User,
    run: Run,
    told: Told,
) -> None:
    async with run() as client:
        told.reply = silent()
        assert EN.tell_moderators not in labels(await asked(server, channel, alice))
        moderated(client, channel, moderators)
        assert EN.tell_moderators in labels(await asked(server, channel, alice))
        told.reply = answer()
        assert EN.tell_moderators not in labels(await asked(server, channel, alice))


@pytest.mark.parametrize("why", ["deleted", "forbidden", "elsewhere", "unset"])
async def test_moderators_who_cant_be_told_may_be_told_later(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    moderators: Channel,
    alice: User,
    run: Run,
    told: Told,
    why: str,
) -> None:
    told.reply = silent()
    away = server.add_channel(server.add_guild("Elsewhere"))
    mute = server.add_channel(guild, "mute", deny={server.bot: Permission.SEND_MESSAGES})
    async with run() as client:
        moderated(client, channel, moderators)
        message = await asked(server, channel, alice)
        other = {"forbidden": mute.id, "elsewhere": away.id, "deleted": 1}.get(why)
        client.servers.save(guild.id, ServerSettings(moderators_channel=other))
        click = await server.user_clicks(message, EN.tell_moderators)
        assert await said(click) == EN.cannot_tell
        moderated(client, channel, moderators)
        click = await server.user_clicks(message, EN.tell_moderators)
        assert await said(click) == EN.moderators_told
    assert not server.messages(away)
    assert [error.code for error in server.errors] == ([50013] if why == "forbidden" else [])
    server.requests.clear()


async def test_a_private_question_is_told_without_a_link(
    server: DiscordServer,
    channel: Channel,
    moderators: Channel,
    alice: User,
    run: Run,
    told: Told,
) -> None:
    told.reply = silent()
    async with run() as client:
        moderated(client, channel, moderators)
        message = await asked(server, channel, alice, private=True)
        click = await server.user_clicks(message, EN.tell_moderators)
        assert await said(click) == EN.moderators_told
    (notice,) = server.messages(moderators)
    assert "https://" not in notice.content


async def test_verdicts_survive_a_restart(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run():
        message = await asked(server, channel, alice)
        click = await server.user_clicks(message, "Not helpful")
        await click.wait_for_modal()
    async with run() as client:
        sent = await server.user_submits_modal(click, {"reason": "Too late?"})
        assert await said(sent) == EN.thanks
        assert [v.reason for v in client.records.feedback()] == ["Too late?"]
        assert await said(await server.user_clicks(message, "Helpful")) == EN.thanks
        assert [v.verdict for v in client.records.feedback()] == ["helpful"]


async def test_the_same_question_may_be_told_again_after_a_week(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.reply = silent()
    async with run() as client:
        await asked(server, channel, alice)
        await asked(server, channel, alice)
        assert channel.guild
        later, first = client.records.of_asker(alice.id)
        notices = Notices(client.store.catalog.database)
        assert notices.claim(first.id)
        assert not notices.claim(later.id)
        week = (datetime.now(UTC) - timedelta(days=8)).isoformat(timespec="seconds")
        with client.store.catalog.database.transaction() as db:
            db.execute("UPDATE answers SET noticed_at = ? WHERE id = ?", (week, first.id))
        assert notices.claim(later.id)
        # By a clock that was a year ahead.
        ahead = (datetime.now(UTC) + timedelta(days=365)).isoformat(timespec="seconds")
        with client.store.catalog.database.transaction() as db:
            db.execute("UPDATE answers SET noticed_at = ?", (ahead,))
        assert notices.claim(first.id)
