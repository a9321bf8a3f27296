"""/newsdesk settings: what a server may choose, what it sees, and that it holds."""

from typing import Any

import pytest

from bot.servers import Servers, ServerSettings
from bot.settings_panel import changed
from bot.texts import languages, words
from stand_in import (
    Channel,
    ChannelKind,
    DiscordServer,
    Guild,
    Intent,
    Message,
    NotOffered,
    Permission,
    User,
)
from stand_in.messages import walk
from tests.bot_discord.conftest import Run, Told
from vectorstore import Vectorstore

EN = words("en").newsdesk
MENUS = {
    "editor_roles",
    "question_channels",
    "answer_channels",
    "moderators_channel",
    "threads",
    "language",
    "member_seconds",
    "server_questions",
}


@pytest.fixture
def boss(server: DiscordServer, guild: Guild) -> User:
    return server.add_member(guild, "Boss", permissions=Permission.MANAGE_GUILD)


def menu(setting: str) -> str:
    return f"newsdesk:settings:{setting}"


def shown(panel: Message, setting: str) -> list[str]:
    """What a menu shows as chosen: ids, or the labels of options."""
    select: Any = panel.component(menu(setting))
    if "options" in select:
        return [option["label"] for option in select["options"] if option.get("default")]
    return [value["id"] for value in select.get("default_values") or ()]


async def opened(server: DiscordServer, channel: Channel, user: User, **how: Any) -> Message:
    asked = await server.user_command(channel, user, "newsdesk settings", **how)
    assert await asked.wait_for_ack() < 3
    message = await asked.wait_for_response()
    assert message.ephemeral
    return message


async def choose(
    server: DiscordServer, panel: Message, setting: str, *values: str, locale: str = "en-US"
) -> Message:
    """The message as the click has changed it."""
    before = len(panel.versions)
    clicked = await server.user_clicks(panel, menu(setting), values=values, locale=locale)
    return await clicked.wait_for_response(5, lambda m: len(m.versions) > before)


async def test_every_setting_has_a_menu_and_a_choice_holds_at_once(
    server: DiscordServer, guild: Guild, channel: Channel, boss: User, run: Run
) -> None:
    role = server.add_role(guild, "Editors")
    async with run() as client:
        panel = await opened(server, channel, boss)
        offered = {c["custom_id"] for c in walk(panel.components) if "custom_id" in c}
        assert offered == {menu(setting) for setting in MENUS}
        await choose(server, panel, "editor_roles", str(role.id))
        await choose(server, panel, "question_channels", str(channel.id))
        await choose(server, panel, "answer_channels", str(channel.id))
        await choose(server, panel, "moderators_channel", str(channel.id))
        await choose(server, panel, "threads", EN.in_thread)
        await choose(server, panel, "member_seconds", EN.wait.format(seconds=30))
        await choose(server, panel, "server_questions", EN.per_minute.format(count=10))
        panel = await choose(server, panel, "language", "français")
        settings = client.server_settings(guild.id)
    assert settings == ServerSettings(
        editor_roles=(role.id,),
        question_channels=(channel.id,),
        answer_channels=(channel.id,),
        threads=True,
        language="fr",
        member_seconds=30.0,
        server_questions=10,
        moderators_channel=channel.id,
    )
    assert words("fr").newsdesk.settings in panel.text
    assert shown(panel, "editor_roles") == [str(role.id)]
    assert shown(panel, "answer_channels") == [str(channel.id)]
    assert shown(panel, "language") == ["français"]


async def test_choices_are_kept_and_menus_work_after_a_restart(
    server: DiscordServer, guild: Guild, channel: Channel, boss: User, run: Run
) -> None:
    async with run():
        panel = await opened(server, channel, boss)
        panel = await choose(server, panel, "answer_channels", str(channel.id))
    async with run() as client:
        assert client.server_settings(guild.id).answer_channels == (channel.id,)
        panel = await choose(server, panel, "answer_channels")
        panel = await choose(server, panel, "server_questions", "5")
        settings = client.server_settings(guild.id)
    assert settings == ServerSettings(server_questions=5)
    assert shown(panel, "answer_channels") == []


async def test_only_those_who_manage_the_server_see_and_change_them(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, boss: User, run: Run
) -> None:
    moderator = server.add_member(guild, "Mod", permissions=Permission.MANAGE_MESSAGES)
    async with run() as client:
        for user in (alice, moderator):
            refused = await opened(server, channel, user)
            assert refused.content == EN.only_managers
        panel = await opened(server, channel, boss)
        # The panel is still there when the permission is not.
        own = next(role for role in guild.roles.values() if role.name == "Boss")
        server.set_permissions(guild, own, Permission(0))
        clicked = await server.user_clicks(panel, menu("threads"), values=["yes"])
        refusal = await clicked.wait_for_followup()
        assert client.server_settings(guild.id) == ServerSettings()
    assert refusal.content == EN.only_managers
    assert refusal.ephemeral


async def test_in_a_direct_message_there_is_nothing_to_settle(
    server: DiscordServer, boss: User, run: Run
) -> None:
    async with run():
        refused = await opened(server, server.dm(boss), boss)
    assert refused.content == EN.only_in_servers


async def test_question_channels_say_that_they_need_the_intent_where_it_is_off(
    server: DiscordServer, channel: Channel, boss: User, run: Run
) -> None:
    async with run():
        panel = await opened(server, channel, boss)
        assert EN.intent_off not in panel.text
        panel = await choose(server, panel, "question_channels", str(channel.id))
    assert EN.intent_off in panel.text


async def test_with_the_intent_a_chosen_channel_takes_every_message_for_a_question(
    server: DiscordServer, guild: Guild, channel: Channel, boss: User, run: Run, told: Told
) -> None:
    server.allowed_privileged_intents = Intent.MESSAGE_CONTENT
    async with run(message_content=True):
        panel = await opened(server, channel, boss)
        panel = await choose(server, panel, "question_channels", str(channel.id))
        assert EN.intent_off not in panel.text
        await server.user_says(channel, boss, "When did the bridge close?")
        await server.wait_for_message(channel, lambda m: m.author is server.bot)
    assert [question for question, _ in told.asked] == ["When did the bridge close?"]


async def test_it_says_what_was_deleted_and_forgets_it_when_told(
    server: DiscordServer, guild: Guild, channel: Channel, boss: User, run: Run
) -> None:
    role, other = server.add_role(guild, "Editors"), server.add_channel(guild, "news")
    async with run() as client:
        panel = await opened(server, channel, boss)
        await choose(server, panel, "editor_roles", str(role.id))
        await choose(server, panel, "answer_channels", str(other.id))
        server.remove_channel(other)
        await server.delivered()
        panel = await opened(server, channel, boss)
        assert EN.gone.format(count=1) in panel.text
        assert EN.nowhere in panel.text
        assert shown(panel, "answer_channels") == []
        panel = await choose(server, panel, "forget_gone")
        settings = client.server_settings(guild.id)
    assert settings == ServerSettings(editor_roles=(role.id,))
    assert EN.nowhere not in panel.text
    with pytest.raises(LookupError):
        panel.component(menu("forget_gone"))


async def test_it_names_what_is_missing_in_a_chosen_channel(
    server: DiscordServer, guild: Guild, channel: Channel, boss: User, run: Run
) -> None:
    silent = server.add_channel(guild, "silent", deny={server.bot: Permission.SEND_MESSAGES})
    async with run():
        panel = await opened(server, channel, boss)
        panel = await choose(server, panel, "moderators_channel", str(silent.id))
    assert EN.lacking.format(channel=silent.mention, permissions="Send Messages") in panel.text
    assert not panel.pings


async def test_menus_offer_only_channels_that_can_be_used(
    server: DiscordServer, guild: Guild, channel: Channel, boss: User, run: Run
) -> None:
    forum = server.add_channel(guild, "forum", kind=ChannelKind.FORUM)
    async with run():
        panel = await opened(server, channel, boss)
        await choose(server, panel, "answer_channels", str(forum.id))
        for setting in ("question_channels", "moderators_channel"):
            with pytest.raises(NotOffered):
                await server.user_clicks(panel, menu(setting), values=[str(forum.id)])


async def test_two_choices_at_once_are_both_kept(
    server: DiscordServer, guild: Guild, channel: Channel, boss: User, run: Run
) -> None:
    async with run() as client:
        panel = await opened(server, channel, boss)
        clicks = [
            await server.user_clicks(panel, menu(setting), values=[value])
            for setting, value in (
                ("threads", "yes"),
                ("language", "de"),
                ("server_questions", "5"),
            )
        ]
        for click in clicks:
            await click.wait_for_response(
                5, lambda _: client.server_settings(guild.id).server_questions == 5
            )
        await client.lookups.finished(5)
    assert client.server_settings(guild.id) == ServerSettings(
        threads=True, language="de", server_questions=5
    )


async def test_the_servers_language_is_everyones(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    Servers(store.catalog.database).save(guild.id, ServerSettings(language="pt"))
    async with run():
        asked = await server.user_command(channel, alice, "newsdesk help", locale="de")
        answer = await asked.wait_for_response()
        own = await server.user_command(server.dm(alice), alice, "newsdesk help", locale="de")
        german = await own.wait_for_response()
    assert answer.content.startswith(words("pt").newsdesk.help.strip()[:20])
    assert german.content.startswith(words("de").newsdesk.help.strip()[:20])


@pytest.mark.parametrize("language", languages())
async def test_the_most_that_it_can_say_keeps_discords_limits(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    boss: User,
    run: Run,
    store: Vectorstore,
    language: str,
) -> None:
    denied = (
        Permission.SEND_MESSAGES
        | Permission.CREATE_PUBLIC_THREADS
        | Permission.SEND_MESSAGES_IN_THREADS
        | Permission.READ_MESSAGE_HISTORY
    )
    quiet = [
        server.add_channel(guild, f"quiet-{n}", deny={server.bot: denied}).id for n in range(24)
    ]
    settings = ServerSettings(
        editor_roles=(server.add_role(guild, "Editors").id, 1),
        question_channels=(*quiet, 1),
        answer_channels=(*quiet, 1),
        moderators_channel=quiet[0],
        threads=True,
        language=language,
    )
    Servers(store.catalog.database).save(guild.id, settings)
    async with run():
        panel = await opened(server, channel, boss)
    assert words(language).newsdesk.intent_off in panel.text
    assert words(language).permissions["create_public_threads"] in panel.text
    assert len(shown(panel, "answer_channels")) == 24


async def test_members_with_a_chosen_role_may_add_articles_until_it_is_deleted(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, boss: User, run: Run
) -> None:
    role = server.add_role(guild, "Editors")
    server.give_role(guild, alice, role)
    file = ("ferry.md", b"The ferry strike on Ormsay ended on Monday.")

    async def added() -> str:
        asked = await server.user_command(channel, alice, "ingest", {"attachment": file})
        said = words("en")
        progress = ("Article ", said.waiting)
        message = await asked.wait_for_response(20, lambda m: not m.content.startswith(progress))
        return message.text

    async with run():
        # As if the server's owner had shown the command to that role.
        (command,) = [c for c in server.commands() if c["name"] == "ingest"]
        command["default_member_permissions"] = None
        assert await added() == words("en").not_moderator
        panel = await opened(server, channel, boss)
        panel = await choose(server, panel, "editor_roles", str(role.id))
        assert "Server Settings → Integrations → newsdesk" in panel.text
        assert "added: 1" in await added()
        server.remove_role(guild, role)
        await server.delivered()
        assert await added() == words("en").not_moderator
        panel = await opened(server, channel, boss)
    assert EN.gone.format(count=1) in panel.text


async def test_a_value_that_was_never_offered_changes_nothing(
    server: DiscordServer, guild: Guild, channel: Channel, boss: User, run: Run
) -> None:
    async with run() as client:
        await opened(server, channel, boss)
        before = client.server_settings(guild.id)
        found = client.get_guild(guild.id)
        assert found
        for value in ("\u00b2", "\u0663", "9" * 5000, "", "-1"):
            for setting in MENUS:
                if setting not in ("threads", "language"):
                    after = changed(before, found, setting, [value])
                    assert after == before, (setting, value)
