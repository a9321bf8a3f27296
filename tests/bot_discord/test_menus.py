"""The entries in a message's menu."""

import pytest

from bot.answering.question import MAX_CHARACTERS
from bot.servers import ServerSettings
from bot.texts import languages, words
from stand_in import Channel, DiscordServer, Guild, Interaction, NotOffered, Permission, User
from tests.bot_discord.conftest import Run, Told

EN = words("en")
ASK, ADD = EN.commands["menu_ask"], EN.commands["menu_add"]


async def test_the_text_of_a_message_is_a_question_that_one_alone_asks(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    bob = server.add_member(guild, "Bob")
    async with run() as client:
        client.servers.save(guild.id, ServerSettings(threads=True))
        said = await server.user_says(channel, bob, f"When did {alice.mention} close it?")
        asked = await server.user_message_command(said, alice, ASK)
        response = await asked.wait_for_response()
    assert response.content == "On Tuesday [1]."
    assert asked.ephemeral
    assert server.messages(channel) == [said]
    assert told.asked == [("When did @Alice close it?", f"guild-{guild.id}")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("word " * 250, EN.text_too_long.format(most=MAX_CHARACTERS)),
        ("?!", EN.no_text),
        ("", EN.no_text),
    ],
)
async def test_what_can_be_no_question_gets_a_sentence(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    text: str,
    sentence: str,
) -> None:
    async with run():
        said = await server.user_says(channel, alice, text, attachments=[("a.png", b"x")])
        asked = await server.user_message_command(said, alice, ASK)
        response = await asked.wait_for_response()
    assert response.content == sentence
    assert asked.ephemeral
    assert not told.asked


async def test_where_the_server_wants_no_answers_there_is_none(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    elsewhere = server.add_channel(guild, "elsewhere")
    async with run() as client:
        client.servers.save(guild.id, ServerSettings(answer_channels=(channel.id,)))
        said = await server.user_says(elsewhere, alice, "When?")
        asked = await server.user_message_command(said, alice, ASK)
        response = await asked.wait_for_response()
    assert response.content == EN.not_here.format(channels=channel.mention)
    assert not told.asked


async def report(asked: Interaction) -> str:
    """What became of the articles, once that is told."""
    return (await asked.wait_for_response(60, lambda m: m.text.startswith("**"))).text


@pytest.fixture
def editor(server: DiscordServer, guild: Guild) -> User:
    return server.add_member(guild, "Edith", permissions=Permission.MANAGE_MESSAGES)


async def test_a_messages_text_becomes_an_article_of_the_server(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, editor: User, run: Run
) -> None:
    text = 'The "Kestrel" Bridge: closed 🌉\n---\nThe bridge was closed on Tuesday.'
    async with run() as client:
        said = await server.user_says(channel, alice, text)
        other = await server.user_says(channel, alice, text + " Again.")
        for message, outcome in ((said, EN.added), (said, EN.unchanged), (other, EN.added)):
            asked = await server.user_message_command(message, editor, ADD)
            assert f"**{outcome}: 1**" in await report(asked)
        articles = client.store.catalog.articles([f"guild-{guild.id}"])
        assert not client.store.catalog.articles(["shared"])
    assert {article.title for article in articles} == {'The "Kestrel" Bridge: closed 🌉'}
    jumps = {f"https://discord.com/channels/{guild.id}/{channel.id}/{m.id}" for m in (said, other)}
    assert {article.url for article in articles} == jumps
    assert {article.published for article in articles} == {said.created.date().isoformat()}


async def test_a_messages_files_or_the_page_that_it_names_come_before_its_text(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, editor: User, run: Run
) -> None:
    files = [("bridge.txt", b"The bridge was closed on Tuesday.\n"), ("x.png", b"\x89PNG\0\0")]
    async with run() as client:
        said = await server.user_says(channel, alice, "Look: http://127.0.0.1/", attachments=files)
        asked = await server.user_message_command(said, editor, ADD)
        files_report = await report(asked)
        linked = await server.user_says(channel, alice, "Read http://127.0.0.1:9/bridge, all!")
        asked = await server.user_message_command(linked, editor, ADD)
        page_report = await report(asked)
        articles = client.store.catalog.articles([f"guild-{guild.id}"])
    assert f"{EN.failed}: 1 · {EN.added}: 1" in files_report
    assert "x.png" in files_report
    assert [article.source for article in articles] == ["upload:bridge.txt"]
    assert "`http://127.0.0.1:9/bridge`" in page_report


async def test_only_editors_may_add_and_only_what_there_is(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, editor: User, run: Run
) -> None:
    role = server.add_role(guild, "press")
    reporter = server.add_member(guild, "Rita", roles=(role,))
    async with run() as client:
        said = await server.user_says(channel, alice, "The bridge was closed on Tuesday.")
        with pytest.raises(NotOffered):
            await server.user_message_command(said, alice, ADD)
        # As where a server's owner shows the entry to everyone.
        [entry] = [command for command in server.commands() if command["name"] == ADD]
        entry["default_member_permissions"] = None
        asked = await server.user_message_command(said, alice, ADD)
        refused = await asked.wait_for_response()
        client.servers.save(guild.id, ServerSettings(editor_roles=(role.id,)))
        asked = await server.user_message_command(said, reporter, ADD)
        assert f"**{EN.added}: 1**" in await report(asked)
        empty = await server.user_says(channel, alice)
        asked = await server.user_message_command(empty, editor, ADD)
        nothing = await asked.wait_for_response()
    assert refused.content == EN.not_moderator
    assert nothing.content == EN.nothing_to_add


async def test_each_language_has_its_names_for_the_entries(server: DiscordServer, run: Run) -> None:
    async with run():
        pass
    entries = {c["name"]: c for c in server.commands() if c["type"] == 3}
    for key in ("menu_ask", "menu_add"):
        named = entries[EN.commands[key]]["name_localizations"]
        for language in set(languages()) - {"en"}:
            local = [name for locale, name in named.items() if locale.startswith(language)]
            assert local
            assert set(local) == {words(language).commands[key]}
            assert len(local[0]) <= 32
