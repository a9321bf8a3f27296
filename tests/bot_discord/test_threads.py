"""A thread for each question, where the server wants that, and channels where it answers at all."""

import pytest

from bot.servers import ServerSettings
from bot.texts import words
from stand_in import Channel, DiscordServer, Guild, Intent, Permission, User
from tests.bot_discord.conftest import Run, Told, noted
from vectorstore import VectorstoreError

EN = words("en")
THREADS = ServerSettings(threads=True)


async def test_a_mention_is_answered_in_a_thread_on_it(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run() as client:
        client.servers.save(guild.id, THREADS)
        text = f"Who came to the {'very ' * 30}long talks?"
        question = await server.user_says(channel, alice, text, mentions=[server.bot])
        thread = await server.wait_for_thread(question)
        reply = await noted(client, await server.wait_for_message(thread))
        again = await server.user_says(thread, alice, "And when?", mentions=[server.bot])
        await server.wait_for_reply(again)
    assert reply.content == "On Tuesday [1]."
    assert thread.name.startswith("Who came to the very")
    assert len(thread.name) <= 100
    assert not reply.pings
    assert server.messages(channel) == [question]
    assert guild.threads == [thread]
    assert told.conversations == [[], [" ".join(text.split())]]


async def test_a_command_is_answered_in_a_thread_of_its_response(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run
) -> None:
    async with run() as client:
        client.servers.save(guild.id, THREADS)
        asked = await server.user_command(channel, alice, "ask", {"question": "*Who* came?"})
        response = await asked.wait_for_response()
        thread = await server.wait_for_thread(response)
        answer = await server.wait_for_message(thread)
    assert response.content == r"**\*Who\* came?**"
    assert thread.name == "*Who* came?"
    assert answer.content == "On Tuesday [1]."


async def test_a_private_answer_and_one_in_a_thread_get_no_thread(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run
) -> None:
    thread = server.add_thread(channel, "Bridges", alice)
    async with run() as client:
        client.servers.save(guild.id, THREADS)
        options = {"question": "Who came?", "private": True}
        alone = await server.user_command(channel, alice, "ask", options)
        inside = await server.user_command(thread, alice, "ask", {"question": "Who came?"})
        for asked in (alone, inside):
            response = await asked.wait_for_response()
            assert response.content == "On Tuesday [1]."
    assert alone.ephemeral
    assert guild.threads == [thread]


@pytest.mark.parametrize(
    "missing", [Permission.CREATE_PUBLIC_THREADS, Permission.SEND_MESSAGES_IN_THREADS]
)
async def test_without_the_permission_the_answer_is_in_the_channel(
    server: DiscordServer,
    guild: Guild,
    alice: User,
    run: Run,
    caplog: pytest.LogCaptureFixture,
    missing: Permission,
) -> None:
    channel = server.add_channel(guild, deny={server.bot: missing})
    async with run() as client:
        client.servers.save(guild.id, THREADS)
        question = await server.user_says(channel, alice, "Who came?", mentions=[server.bot])
        reply = await server.wait_for_reply(question)
        asked = await server.user_command(channel, alice, "ask", {"question": "Who came?"})
        response = await asked.wait_for_response()
    assert reply.content == response.content == "On Tuesday [1]."
    assert not guild.threads
    assert f"No thread in channel {channel.id}" in caplog.text


async def test_where_discord_makes_no_thread_the_answer_is_in_the_channel(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.fail_next("POST", "/channels/*/messages/*/threads", status=400, times=2)
    async with run() as client:
        client.servers.save(guild.id, THREADS)
        asked = await server.user_command(channel, alice, "ask", {"question": "Who came?"})
        response = await asked.wait_for_response(predicate=lambda m: m.content == "On Tuesday [1].")
        question = await server.user_says(channel, alice, "Who came?", mentions=[server.bot])
        await server.wait_for_reply(question)
    assert not response.thread
    assert f"No thread in channel {channel.id}" in caplog.text


async def test_what_goes_wrong_is_told_in_the_thread(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.reply = VectorstoreError("It is broken.")
    async with run() as client:
        client.servers.save(guild.id, THREADS)
        asked = await server.user_command(channel, alice, "ask", {"question": "Who came?"})
        response = await asked.wait_for_response()
        thread = await server.wait_for_thread(response)
        error = await server.wait_for_message(thread)
    assert error.content == "It is broken."
    assert response.content == "**Who came?**"


async def test_elsewhere_it_names_the_channels_where_it_answers(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    elsewhere = server.add_channel(guild, "elsewhere")
    thread = server.add_thread(channel, "Bridges", alice)
    async with run() as client:
        client.servers.save(guild.id, ServerSettings(answer_channels=(channel.id,)))
        asked = await server.user_command(elsewhere, alice, "ask", {"question": "When?"})
        refused = await asked.wait_for_response()
        mention = await server.user_says(elsewhere, alice, "When?", mentions=[server.bot])
        reply = await server.wait_for_reply(mention)
        assert not told.asked
        for place in (channel, thread):
            inside = await server.user_command(place, alice, "ask", {"question": "When?"})
            await inside.wait_for_response()
    assert refused.content == reply.content == EN.not_here.format(channels=channel.mention)
    assert asked.ephemeral
    assert len(told.asked) == 2


async def test_a_servers_own_question_channel_and_the_threads_of_its_questions(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    server.allowed_privileged_intents = Intent.MESSAGE_CONTENT
    general = server.add_channel(guild, "general")
    chat = server.add_thread(channel, "Chat", alice)
    settings = ServerSettings(
        question_channels=(channel.id,), answer_channels=(general.id,), threads=True
    )
    # The intent is asked for because of another channel.
    async with run(question_channels=(1,)) as client:
        client.servers.save(guild.id, settings)
        await server.user_says(general, alice, "Not a question?")
        await server.user_says(chat, alice, "Not one either?")
        question = await server.user_says(channel, alice, "When?")
        thread = await server.wait_for_thread(question)
        await noted(client, await server.wait_for_message(thread))
        again = await server.user_says(thread, alice, "And where?")
        await server.wait_for_reply(again)
    assert [question for question, _ in told.asked] == ["When?", "And where?"]
    assert told.conversations == [[], ["When?"]]
