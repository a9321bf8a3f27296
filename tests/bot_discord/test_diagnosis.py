"""/newsdesk diag and help."""

import re

import pytest

from bot.escaping import escape
from bot.servers import Servers, ServerSettings
from bot.texts import words
from bot.titles import audience_of
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from stand_in import Channel, DiscordServer, Guild, Intent, Message, Permission, User
from tests.bot_discord.conftest import Run, Told
from tests.bot_discord.examples import answer
from vectorstore import Vectorstore

CATALOGS = ("sqlite", "postgres")
EN = words("en").newsdesk
ARTICLE = b"The ferry strike ended on Monday.\n\nThe harbour master said so."


@pytest.fixture
def boss(server: DiscordServer, guild: Guild) -> User:
    return server.add_member(guild, "Boss", permissions=Permission.MANAGE_GUILD)


async def told_by(
    server: DiscordServer, channel: Channel, user: User, command: str, locale: str = "en-US"
) -> Message:
    asked = await server.user_command(channel, user, f"newsdesk {command}", locale=locale)
    assert await asked.wait_for_ack() < 3
    message = await asked.wait_for_response()
    assert message.ephemeral
    return message


async def test_it_tells_versions_counts_models_and_latency(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    boss: User,
    run: Run,
    told: Told,
    store: Vectorstore,
) -> None:
    reading = Ingestion(store, IngestSettings(_env_file=None))
    reading.add_bytes("ferry.txt", ARTICLE, audience_of(guild.id))
    reading.add_bytes("other.txt", ARTICLE, "guild-1")
    async with run() as client:
        empty = await told_by(server, channel, boss, "diag")
        for seconds in (0.2, 9.0, 0.4):
            told.reply = answer(seconds=seconds)
            asked = await server.user_command(channel, boss, "ask", {"question": "Who?"})
            await asked.wait_for_response()
        report = await told_by(server, channel, boss, "diag")
        await client.lookups.finished(5)
    assert EN.no_latency in empty.content
    lines = report.content.splitlines()
    assert re.fullmatch(r"Newsdesk \S+, Python 3\.\d+\.\d+, discord\.py .+", lines[1])
    counts = EN.articles.format(own=1, own_passages=2, shared=0, shared_passages=0)
    assert counts in lines
    assert EN.embeddings.format(model=escape(store.embeddings.identity)) in lines
    assert EN.no_chat_model in lines
    assert "The last 3 answers took 0.40 s (median)." in lines
    assert EN.intent_absent in lines
    assert EN.permissions_complete in lines


async def test_it_names_the_chat_model_and_the_intent(
    server: DiscordServer, channel: Channel, boss: User, run: Run
) -> None:
    server.allowed_privileged_intents = Intent.MESSAGE_CONTENT
    async with run(message_content=True, chat_model="ollama:qwen3"):
        report = await told_by(server, channel, boss, "diag")
    assert "Chat model: ollama:qwen3" in report.content
    assert EN.intent_on in report.content


@pytest.mark.parametrize(
    ("denied", "named"),
    [
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.VIEW_CHANNEL, "View Channel"),
        (Permission.EMBED_LINKS, "Embed Links"),
        (Permission.READ_MESSAGE_HISTORY, "Read Message History"),
    ],
)
async def test_it_names_what_to_grant_here(
    server: DiscordServer, guild: Guild, boss: User, run: Run, denied: Permission, named: str
) -> None:
    channel = server.add_channel(guild, "quiet", deny={server.bot: denied})
    async with run():
        report = await told_by(server, channel, boss, "diag")
        german = await told_by(server, channel, boss, "diag", locale="de")
    assert EN.permissions_missing.format(permissions=f"**{named}**") in report.content
    code = next(code for code, name in words("en").permissions.items() if name == named)
    assert f"**{words('de').permissions[code]}**" in german.content


async def test_threads_need_more_where_the_server_wants_them(
    server: DiscordServer, guild: Guild, boss: User, run: Run, store: Vectorstore
) -> None:
    denied = Permission.CREATE_PUBLIC_THREADS | Permission.SEND_MESSAGES_IN_THREADS
    channel = server.add_channel(guild, "flat", deny={server.bot: denied})
    async with run() as client:
        without = await told_by(server, channel, boss, "diag")
        await client.lookups.run(
            lambda: client.servers.save(guild.id, ServerSettings(threads=True))
        )
        threaded = await told_by(server, channel, boss, "diag")
    assert EN.permissions_complete in without.content
    assert "**Create Public Threads**, **Send Messages in Threads**" in threaded.content


async def test_diag_is_for_those_who_manage_the_server(
    server: DiscordServer, channel: Channel, alice: User, boss: User, run: Run
) -> None:
    async with run():
        refused = await told_by(server, channel, alice, "diag")
        private = await told_by(server, server.dm(boss), boss, "diag")
    assert refused.content == EN.only_managers
    assert private.content == EN.only_in_servers


async def test_help_tells_what_this_person_can_do_here_in_their_language(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    boss: User,
    run: Run,
    store: Vectorstore,
) -> None:
    settings = ServerSettings(answer_channels=(channel.id,))
    Servers(store.catalog.database).save(guild.id, settings)
    async with run():
        ids = {command["name"]: command["id"] for command in server.commands()}
        plain = await told_by(server, channel, alice, "help")
        more = await told_by(server, channel, boss, "help", locale="fr")
        private = await told_by(server, server.dm(alice), alice, "help", locale="pt-BR")
    assert f"</ask:{ids['ask']}>" in plain.content
    assert f"</articles list:{ids['articles']}>" in plain.content
    assert EN.help_only.format(channels=channel.mention) in plain.content
    assert f"</ingest:{ids['ingest']}>" not in plain.content
    assert f"</ingest:{ids['ingest']}>" in more.content
    assert f"</newsdesk settings:{ids['newsdesk']}>" in more.content
    assert "Je réponds" in more.content
    assert "Respondo a perguntas" in private.content
    assert channel.mention not in private.content


async def test_editors_are_told_of_ingest(
    server: DiscordServer, guild: Guild, channel: Channel, run: Run, store: Vectorstore
) -> None:
    role = server.add_role(guild, "Editors")
    editor = server.add_member(guild, "Ed", roles=(role,))
    Servers(store.catalog.database).save(guild.id, ServerSettings(editor_roles=(role.id,)))
    async with run():
        text = (await told_by(server, channel, editor, "help")).content
    assert "</ingest:" in text
    assert "</newsdesk settings:" not in text


async def test_without_registered_commands_help_still_names_them(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    async with run():
        pass
    server.fail_next("GET", "/applications/*/commands", status=403)
    async with run():
        text = (await told_by(server, channel, alice, "help")).content
    assert "`/ask`" in text
    assert "</" not in text
