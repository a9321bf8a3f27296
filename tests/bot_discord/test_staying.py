"""What may happen to a process that stays up, while it has something to answer."""

import asyncio
import logging

import discord
import pytest

from stand_in import Channel, DiscordServer, Guild, Permission, User
from tests.bot_discord.conftest import Run, Told, noted, until
from tests.bot_discord.examples import answer

ANSWER = "On Tuesday [1]."


def unforeseen(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py waits 5 seconds before it identifies again."""

    async def before_identify_hook(*_: object, **__: object) -> None: ...

    monkeypatch.setattr(discord.Client, "before_identify_hook", before_identify_hook)


async def test_what_was_asked_while_the_connection_was_lost_is_answered_once(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        await server.drop_gateway(None)
        question = await server.user_says(channel, alice, "When?", mentions=[server.bot])
        await server.wait_for_reply(question, 30)
        await server.ask_to_reconnect()
        again = await server.user_says(channel, alice, "Where?", mentions=[server.bot])
        await server.wait_for_reply(again, 30)
    assert len(server.resume_payloads) == 2
    assert [question for question, _ in told.asked] == ["When?", "Where?"]


@pytest.mark.usefixtures("at_once")
async def test_after_a_session_that_is_gone_it_answers_again(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run():
        await server.invalidate_session()
        await server.wait_until_connected(30)
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        response = await asked.wait_for_response()
    assert response.content == ANSWER
    assert len(server.identify_payloads) == 2


@pytest.mark.parametrize("status", [429, 502])
async def test_discord_may_be_slow_or_out_of_order_for_a_moment(
    server: DiscordServer, channel: Channel, alice: User, run: Run, status: int
) -> None:
    async with run() as client:
        server.fail_next("POST", "/channels/*/messages", status=status)
        question = await server.user_says(channel, alice, "When?", mentions=[server.bot])
        await noted(client, await server.wait_for_reply(question, 30))
        server.fail_next("PATCH", "/webhooks/*/*/messages/*", status=status)
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        response = await asked.wait_for_response(30)
    assert response.content == ANSWER
    answers = [m for m in server.messages(channel) if m.author is server.bot]
    assert [message.content for message in answers] == [ANSWER, ANSWER]


async def test_an_answer_that_is_late_for_its_interaction_is_a_message(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.may_answer.clear()
    async with run() as client:
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        await asked.wait_for_ack()
        server.backend.token_seconds = 0
        told.may_answer.set()
        message = await server.wait_for_message(channel, lambda m: m.interaction is None)
        reply = await server.user_says(
            channel, alice, "Where?", reply_to=await noted(client, message)
        )
        await server.wait_for_reply(reply)
    assert message.content == ANSWER
    assert [error.code for error in server.errors] == [50027]
    assert told.conversations == [[], ["When?"]]
    server.requests.clear()


async def test_a_private_answer_that_is_late_is_shown_to_nobody(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told.may_answer.clear()
    async with run():
        options = {"question": "When?", "private": True}
        asked = await server.user_command(channel, alice, "ask", options)
        await asked.wait_for_ack()
        server.backend.token_seconds = 0
        told.may_answer.set()
    assert not server.messages(channel)
    assert f"in channel {channel.id}" in caplog.text
    assert not unforeseen(caplog)
    server.requests.clear()


async def test_an_acknowledgement_that_is_late_is_logged(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with run():
        server.backend.ack_seconds = 0
        await server.user_command(channel, alice, "ask", {"question": "When?"})
        await until(lambda: bool(server.errors))
        server.backend.ack_seconds = 3
        asked = await server.user_command(channel, alice, "ask", {"question": "Where?"})
        await asked.wait_for_response()
    assert f"Can't answer in channel {channel.id}" in caplog.text
    assert not unforeseen(caplog)
    assert [question for question, _ in told.asked] == ["Where?"]
    server.requests.clear()


async def test_a_channel_or_a_response_that_is_deleted_meanwhile(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = server.add_channel(guild, "gone")
    thread = server.add_thread(gone, "Bridges", alice)
    told.may_answer.clear()
    async with run():
        for place in (gone, thread):
            await server.user_says(place, alice, "When?", mentions=[server.bot])
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        await asked.wait_for_ack()
        assert asked.original
        await server.user_deletes(asked.original)
        server.remove_channel(gone)
        await server.delivered()
        told.may_answer.set()
        message = await server.wait_for_message(channel)
    assert message.content == ANSWER
    assert f"Can't answer in channel {gone.id}" in caplog.text
    assert not unforeseen(caplog)
    server.requests.clear()


async def test_permissions_that_are_taken_away_meanwhile(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told.may_answer.clear()
    async with run():
        await server.user_says(channel, alice, "When?", mentions=[server.bot])
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        await asked.wait_for_ack()
        server.set_overwrites(channel, deny={server.bot: Permission.SEND_MESSAGES})
        await server.delivered()
        told.may_answer.set()
        response = await asked.wait_for_response()
    assert response.content == ANSWER
    assert f"Can't answer in channel {channel.id}" in caplog.text
    assert not unforeseen(caplog)
    server.requests.clear()


async def test_a_thread_that_is_archived_while_its_answer_is_written(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    thread = server.add_thread(channel, "Bridges", alice)
    told.reply = answer()
    told.may_answer.clear()
    async with run() as client:
        question = await server.user_says(thread, alice, "When?", mentions=[server.bot])
        await asyncio.sleep(0)
        assert thread.thread
        thread.thread.archived = True
        told.may_answer.set()
        await noted(client, await server.wait_for_reply(question))


@pytest.mark.parametrize("done", [False, True], ids=["not sent", "sent, but not acknowledged"])
async def test_an_answer_is_sent_once_also_where_discord_is_unavailable_for_a_moment(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    done: bool,
) -> None:
    monkeypatch.setattr("bot.sending._PAUSES", (0.01, 0.01))
    async with run() as client:
        server.fail_next("POST", "/channels/*/messages", status=503, times=2, done=done)
        question = await server.user_says(channel, alice, "When?", mentions=[server.bot])
        reply = await noted(client, await server.wait_for_reply(question))
        click = await server.user_clicks(reply, "Helpful", user=alice)
        assert (await click.wait_for_response()).ephemeral
    answers = [m for m in server.messages(channel) if m.author is server.bot]
    assert [message.content for message in answers] == [ANSWER]
