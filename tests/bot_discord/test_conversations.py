"""Replies to the bot's answers: what was asked before is carried, and nowhere else."""

from bot.answering.conversation import Turn
from bot.conversations import Conversations
from stand_in import Channel, DiscordServer, User
from tests.bot_discord.conftest import Run, Told
from tests.bot_discord.examples import answer


async def test_a_reply_carries_what_led_to_the_answer(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        first = await server.user_says(channel, alice, "Who came?", mentions=[server.bot])
        reply = await server.wait_for_reply(first)
        second = await server.user_says(channel, alice, "And when?", reply_to=reply)
        reply = await server.wait_for_reply(second)
        third = await server.user_says(channel, alice, "Why?", reply_to=reply)
        await server.wait_for_reply(third)
        alone = await server.user_says(channel, alice, "Why?", mentions=[server.bot])
        await server.wait_for_reply(alone)
    assert told.conversations == [[], ["Who came?"], ["Who came?", "And when?"], []]


async def test_a_reply_to_the_answer_of_a_command(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "Who came?"})
        response = await asked.wait_for_response()
        reply = await server.user_says(channel, alice, "And when?", reply_to=response)
        await server.wait_for_reply(reply)
    assert told.conversations == [[], ["Who came?"]]


async def test_a_reply_to_somebody_else_carries_nothing(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        said = await server.user_says(channel, alice, "Who came?")
        question = await server.user_says(
            channel, alice, "When?", reply_to=said, mentions=[server.bot]
        )
        await server.wait_for_reply(question)
    assert told.conversations == [[]]


def test_another_channel_does_not_see_it_and_the_oldest_are_forgotten() -> None:
    conversations = Conversations(remembered=2)
    turn = Turn("Who came?", answer())
    conversations.remember(1, [10, 11], (turn,))
    assert conversations.before(1, 10) == (turn,)
    assert conversations.before(2, 10) == ()
    assert conversations.before(1, None) == ()
    conversations.remember(1, [12], (turn,))
    assert conversations.before(1, 11) == ()
    assert conversations.before(1, 10) == (turn,)
