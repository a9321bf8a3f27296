"""/newsdesk privacy: what is kept, exported and deleted, and whose it is."""

import gzip
import json
from typing import Any

import pytest

from bot.texts import words
from stand_in import Channel, DiscordServer, Guild, Message, User
from tests.bot_discord.conftest import Run, Told
from tests.bot_discord.examples import answer, citation
from vectorstore import Vectorstore

CATALOGS = ("sqlite", "postgres")
EN = words("en").newsdesk


async def ask(server: DiscordServer, channel: Channel, user: User) -> None:
    asked = await server.user_command(channel, user, "ask", {"question": "When was it closed?"})
    await asked.wait_for_response()


async def opened(server: DiscordServer, channel: Channel, user: User) -> Message:
    asked = await server.user_command(channel, user, "newsdesk privacy")
    assert await asked.wait_for_ack() < 3
    message = await asked.wait_for_response()
    assert message.ephemeral
    return message


def counted(answers: int, verdicts: int) -> str:
    """The first lines of the summary."""
    text = EN.privacy.format(answers=answers, verdicts=verdicts, days=90)
    return text.strip().partition("\nIt is stored")[0]


async def exported(server: DiscordServer, panel: Message) -> tuple[Message, Any]:
    clicked = await server.user_clicks(panel, EN.export)
    message = await clicked.wait_for_response()
    assert message.ephemeral
    (file,) = message.attachments
    assert file.filename == "newsdesk.json"
    return message, json.loads(file.content)


async def test_it_says_what_is_kept_and_for_how_long(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run():
        before = await opened(server, channel, alice)
        await ask(server, channel, alice)
        after = await opened(server, channel, alice)
    assert before.content.startswith(counted(0, 0))
    assert after.content.startswith(counted(1, 0))
    assert "90 days" in after.content
    assert "chat model" not in after.content


async def test_it_names_the_chat_model_that_gets_the_question(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run(chat_model="openai:gpt-5-mini"):
        message = await opened(server, channel, alice)
    assert EN.privacy_model.format(model="openai:gpt-5-mini") in message.content


async def test_the_export_holds_ones_own_questions_answers_and_verdicts(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    bob = server.add_member(guild, "Bob")
    told.reply = answer(question="When was it closed?", citations=(citation(quote="On Tuesday."),))
    async with run() as client:
        await ask(server, channel, alice)
        await ask(server, channel, bob)
        (mine,) = client.records.of_asker(alice.id)
        (other,) = client.records.of_asker(bob.id)
        client.records.rate(other.id, alice.id, "wrong_source", "It was Monday.")
        client.records.rate(mine.id, bob.id, "helpful")
        message, data = await exported(server, await opened(server, channel, alice))
    assert message.content == EN.exported
    (question,) = data["questions"]
    assert question["question"] == "When was it closed?"
    assert question["server"] == str(guild.id)
    assert question["quotes"][0]["quote"] == "On Tuesday."
    assert [(v["verdict"], v["reason"]) for v in data["verdicts"]] == [
        ("wrong_source", "It was Monday.")
    ]
    assert str(bob.id) not in json.dumps(data)


async def test_the_export_shows_no_other_servers_text(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    elsewhere = server.add_channel(server.add_guild("Elsewhere"))
    assert elsewhere.guild
    server.add_member(elsewhere.guild, alice)
    told.reply = answer(text="A secret of elsewhere.", citations=(citation(quote="Secret."),))
    async with run():
        await ask(server, elsewhere, alice)
        here, data = await exported(server, await opened(server, channel, alice))
        there, whole = await exported(server, await opened(server, elsewhere, alice))
    assert len(data["questions"]) == 1
    assert "ecret" not in json.dumps(data)
    assert EN.exported_here in here.content
    assert whole["questions"][0]["answer"] == "A secret of elsewhere."
    assert there.content == EN.exported


async def test_deleting_asks_first_and_leaves_what_others_asked(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run
) -> None:
    bob = server.add_member(guild, "Bob")
    async with run() as client:
        await ask(server, channel, alice)
        await ask(server, channel, bob)
        (other,) = client.records.of_asker(bob.id)
        client.records.rate(other.id, alice.id, "helpful")
        panel = await opened(server, channel, alice)
        assert panel.content.startswith(counted(1, 1))
        await (await server.user_clicks(panel, EN.delete)).wait_for_response(
            5, lambda m: m.content == EN.confirm.format(answers=1, verdicts=1)
        )
        assert len(client.records.of_asker(alice.id)) == 1
        await (await server.user_clicks(panel, EN.confirm_delete)).wait_for_response(
            5, lambda m: m.content == EN.deleted
        )
        assert client.records.of_asker(alice.id) == []
        assert client.records.feedback() == []
        assert len(client.records.of_asker(bob.id)) == 1
    assert panel.components == []


async def test_one_can_think_better_of_it(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run() as client:
        await ask(server, channel, alice)
        panel = await opened(server, channel, alice)
        await (await server.user_clicks(panel, EN.delete)).wait_for_response(
            5, lambda m: m.content.startswith("Delete your questions")
        )
        await (await server.user_clicks(panel, EN.confirm_keep)).wait_for_response(
            5, lambda m: m.content == EN.kept
        )
        assert len(client.records.of_asker(alice.id)) == 1


async def test_the_buttons_work_after_a_restart_and_in_direct_messages(
    server: DiscordServer, alice: User, run: Run, store: Vectorstore
) -> None:
    dm = server.dm(alice)
    async with run():
        await ask(server, dm, alice)
        panel = await opened(server, dm, alice)
    async with run() as client:
        _, data = await exported(server, panel)
        await (await server.user_clicks(panel, EN.delete)).wait_for_response(
            5, lambda m: m.content.startswith("Delete your questions")
        )
        await (await server.user_clicks(panel, EN.confirm_delete)).wait_for_response(
            5, lambda m: m.content == EN.deleted
        )
        assert client.records.of_asker(alice.id) == []
    assert data["questions"][0]["server"] is None
    assert data["questions"][0]["answer"] == "On Tuesday [1]."


async def test_an_export_that_is_too_large_is_compressed(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.privacy._PLAIN_BYTES", 100)
    async with run():
        await ask(server, channel, alice)
        clicked = await server.user_clicks(await opened(server, channel, alice), EN.export)
        message = await clicked.wait_for_response()
    (file,) = message.attachments
    assert file.filename == "newsdesk.json.gz"
    assert json.loads(gzip.decompress(file.content))["member"] == str(alice.id)
