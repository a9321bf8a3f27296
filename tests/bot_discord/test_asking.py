"""Questions in Discord, and what comes back."""

import logging
import re

import pytest

from bot.answering.question import MAX_CHARACTERS
from bot.errors import QuestionError
from bot.texts import words
from stand_in import (
    Channel,
    DiscordServer,
    Guild,
    Intent,
    Message,
    Permission,
    Role,
    User,
)
from tests.bot_discord.conftest import Run, Told, until
from tests.bot_discord.examples import answer, citation
from vectorstore import VectorstoreError

EN = words("en")
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT


def asks(server: DiscordServer, path: str) -> list[str]:
    return [r.path for r in server.requests if r.method == "POST" and r.path.endswith(path)]


async def test_ask(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        response = await asked.wait_for_response()
    assert response.content == "On Tuesday [1]."
    assert "> The bridge closed on Tuesday." in response.text
    assert not asked.ephemeral
    assert told.asked == [("When?", f"guild-{guild.id}")]


async def test_a_question_in_a_direct_message_sees_the_shared_articles(
    server: DiscordServer, run: Run, told: Told
) -> None:
    bob = server.add_user("Bob")
    async with run():
        question = await server.user_says(server.dm(bob), bob, "When?")
        reply = await server.wait_for_reply(question)
    assert reply.content == "On Tuesday [1]."
    assert told.asked == [("When?", "shared")]


async def test_a_long_answer_follows_up(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.reply = answer(
        text="word " * 700, citations=tuple(citation(quote="q " * 500) for _ in range(9))
    )
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        await asked.wait_for_followup(2)
        question = await server.user_says(channel, alice, "When?", mentions=[server.bot])
        last = await server.wait_for_message(
            channel, lambda m: not m.content and m.interaction is None
        )
    assert asked.followups[0].content.startswith("word")
    assert last.id > question.id


async def test_mention(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        question = await server.user_says(channel, alice, f"{server.bot.mention}  when?")
        reply = await server.wait_for_reply(question)
    assert reply.content == "On Tuesday [1]."
    assert not reply.pings
    assert told.asked == [("when?", f"guild-{guild.id}")]
    assert asks(server, "/typing")


async def test_mention_without_a_question(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        mention = await server.user_says(channel, alice, server.bot.mention)
        reply = await server.wait_for_reply(mention)
    assert reply.content == EN.ask_something
    assert not told.asked


async def test_too_long_a_question_is_told_in_the_askers_language(
    server: DiscordServer, run: Run, told: Told
) -> None:
    guild = server.add_guild(locale="fr")
    channel = server.add_channel(guild)
    alice = server.add_member(guild, "Alice")
    async with run():
        mention = await server.user_says(channel, alice, "mot " * 300, mentions=[server.bot])
        reply = await server.wait_for_reply(mention)
        options = {"question": "?!"}
        asked = await server.user_command(channel, alice, "ask", options, locale="fr")
        nothing = await asked.wait_for_response()
    assert reply.content == words("fr").text_too_long.format(most=MAX_CHARACTERS)
    assert nothing.content == words("fr").ask_something
    assert asked.ephemeral
    assert not told.asked


async def test_other_messages_are_ignored_and_no_privileged_intent_is_asked_for(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    robot = server.add_member(channel.guild, "Robot")  # type: ignore[arg-type]
    robot.bot = True
    async with run():
        await server.user_says(channel, alice, "When did the bridge close?")
        await server.user_says(channel, alice, "@everyone look")
        await server.user_says(channel, robot, "when?", mentions=[server.bot])
        question = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        await server.wait_for_reply(question)
    assert len(told.asked) == 1
    intents = server.identify_payloads[0]["intents"]
    assert intents == Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.DIRECT_MESSAGES
    assert not intents & PRIVILEGED


async def test_question_channel(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    server.allowed_privileged_intents = Intent.MESSAGE_CONTENT
    elsewhere = server.add_channel(guild, "elsewhere")
    async with run(question_channels=(channel.id,)):
        await server.user_says(elsewhere, alice, "Not a question?")
        await server.user_says(channel, alice, attachments=[("a.png", b"no words")])
        question = await server.user_says(channel, alice, "When?")
        reply = await server.wait_for_reply(question)
    assert reply.content == "On Tuesday [1]."
    assert [question for question, _ in told.asked] == ["When?"]


async def test_articles_ping_nobody(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    role = server.add_role(guild, "press", mentionable=True)
    hostile = f"@everyone @here {alice.mention} {role.mention} [x](https://evil.example) # A"
    told.reply = answer(
        text=hostile, citations=(citation(quote=hostile, title=hostile, site=hostile),)
    )
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "Who?"})
        response = await asked.wait_for_response()
        question = await server.user_says(channel, alice, "who?", mentions=[server.bot])
        reply = await server.wait_for_reply(question)
    for message in (response, reply):
        assert not message.pings
        assert "@everyone" not in message.text
        assert alice.mention not in message.text


@pytest.mark.parametrize("error", [QuestionError("Ask less."), VectorstoreError("It is broken.")])
async def test_a_known_error_is_told(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told, error: Exception
) -> None:
    told.reply = error
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        response = await asked.wait_for_response()
        question = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        reply = await server.wait_for_reply(question)
    assert response.content == reply.content == str(error)


async def test_an_unforeseen_error_is_apologised_for_and_logged(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told.reply = ZeroDivisionError("a secret")
    shown: list[Message] = []
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        shown.append(await asked.wait_for_response())
        question = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        shown.append(await server.wait_for_reply(question))
    for message in shown:
        code = re.search(r"as (\w{8})\.$", message.content)
        assert code
        assert "secret" not in message.text
        assert "Traceback" not in message.text
        (record,) = [r for r in caplog.records if code[1] in r.getMessage()]
        assert record.exc_info
        assert record.exc_info[0] is ZeroDivisionError


async def test_too_many_questions_are_refused(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.may_answer.clear()
    async with run():
        asked = [
            await server.user_command(channel, alice, "ask", {"question": f"When? {n}"})
            for n in range(23)
        ]
        refused = await asked[-1].wait_for_response()
        late = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        reply = await server.wait_for_reply(late)
        told.may_answer.set()
        answers = [await each.wait_for_response() for each in asked[:-1]]
    assert refused.content == reply.content == EN.busy
    assert {answer.content for answer in answers} == {"On Tuesday [1]."}


async def test_the_words_are_those_of_the_answer_or_of_the_user(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.reply = answer(language="fr", citations=(citation(published=None),))
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "Quand ?"})
        assert "sans date" in (await asked.wait_for_response()).text
        told.reply = answer(language="sv", citations=(citation(published=None),))
        asked = await server.user_command(channel, alice, "ask", {"question": "När?"}, locale="de")
        assert "ohne Datum" in (await asked.wait_for_response()).text


async def test_where_the_bot_may_not_embed_or_reply(
    server: DiscordServer, guild: Guild, alice: User, run: Run
) -> None:
    me: dict[User | Role, Permission] = {
        server.bot: Permission.EMBED_LINKS | Permission.READ_MESSAGE_HISTORY
    }
    channel = server.add_channel(guild, deny=me)
    async with run():
        await server.user_says(channel, alice, "when?", mentions=[server.bot])
        message = await server.wait_for_message(channel)
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        response = await asked.wait_for_response()
    for shown in (message, response):
        assert not shown.embeds
        assert "> The bridge closed on Tuesday." in shown.content
    assert message.reply_to is None


async def test_where_the_bot_may_not_write(
    guild: Guild, alice: User, server: DiscordServer, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    quiet = server.add_channel(guild, deny={server.bot: Permission.SEND_MESSAGES})
    loud = server.add_channel(guild)
    async with run():
        await server.user_says(quiet, alice, "when?", mentions=[server.bot])
        question = await server.user_says(loud, alice, "when?", mentions=[server.bot])
        await server.wait_for_reply(question)
    assert f"Can't answer in channel {quiet.id}" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [error.code for error in server.errors] == [50013]
    server.requests.clear()


async def test_a_mention_in_a_thread(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    thread = server.add_thread(channel, "Bridges", alice)
    async with run():
        question = await server.user_says(thread, alice, "when?", mentions=[server.bot])
        reply = await server.wait_for_reply(question)
    assert reply.embeds


async def test_a_question_deleted_meanwhile_is_answered_all_the_same(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    told.may_answer.clear()
    async with run():
        question = await server.user_says(channel, alice, "when?", mentions=[server.bot])
        await server.user_deletes(question)
        told.may_answer.set()
        message = await server.wait_for_message(channel)
    assert message.content == "On Tuesday [1]."


async def test_an_answer_does_not_depend_on_typing(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    server.fail_next("POST", "/channels/*/typing", status=503)
    async with run():
        question = await server.user_says(channel, alice, "When?", mentions=[server.bot])
        reply = await server.wait_for_reply(question)
    assert reply.content == "On Tuesday [1]."


async def test_a_ban_of_the_address_is_only_logged(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        server.fail_next("POST", "/channels/*/messages", status=429, via=False)
        await server.user_says(channel, alice, "When?", mentions=[server.bot])
        await until(lambda: any(request.status == 429 for request in server.requests))
        again = await server.user_says(channel, alice, "When?", mentions=[server.bot])
        await server.wait_for_reply(again)
