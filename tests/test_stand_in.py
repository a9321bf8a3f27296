"""The stand-in Discord, driven by an unmodified discord.py client."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import pytest_asyncio
from discord import app_commands
from discord.ext import commands
from discord.http import Route

from stand_in import (
    Channel,
    ChannelKind,
    DiscordServer,
    Guild,
    Intent,
    Interaction,
    NotOffered,
    Permission,
    User,
)

Script = Callable[[Any], Awaitable[Any]]
Json = dict[str, Any]


class Feedback(discord.ui.Modal, title="Feedback"):
    words: discord.ui.TextInput[Any] = discord.ui.TextInput(label="What is wrong?", max_length=20)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"Thanks for {self.words.value}", ephemeral=True)


class Buttons(discord.ui.View):
    @discord.ui.button(label="More", custom_id="more")
    async def more(self, interaction: discord.Interaction[Any], _: Any) -> None:
        await interaction.response.edit_message(content="more", view=None)

    @discord.ui.button(label="Report", custom_id="report")
    async def report(self, interaction: discord.Interaction[Any], _: Any) -> None:
        await interaction.response.send_modal(Feedback())


class EchoBot(commands.Bot):
    """`/run` runs the test's own `script`."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__("!", intents=intents, guild_ready_timeout=0.1)
        self.script: Script | None = None
        self.outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.seen: list[discord.Message] = []
        self.resumes = 0
        self.up = asyncio.Event()
        self.declare()

    def declare(self) -> None:
        @self.tree.command(description="says it again")
        async def echo(interaction: discord.Interaction[Any], text: str) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content=text, view=Buttons())

        @self.tree.command(description="whatever the test wants")
        async def run(interaction: discord.Interaction[Any]) -> None:
            await self.perform(interaction)

        @self.tree.command(description="reads a file")
        async def read(interaction: discord.Interaction[Any], file: discord.Attachment) -> None:
            text = (await file.read()).decode()
            await interaction.response.send_message(f"{file.filename}: {text}")

        @self.tree.context_menu(name="Quote")
        async def quote(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            await interaction.response.send_message(f"> {message.content}")

        articles = app_commands.Group(
            name="articles",
            description="articles",
            guild_only=True,
            default_permissions=discord.Permissions(manage_messages=True),
        )

        @articles.command(name="find", description="one of them")
        async def find(interaction: discord.Interaction[Any], title: str, pages: int = 1) -> None:
            await interaction.response.send_message(f"{title} {pages} {interaction.locale}")

        @find.autocomplete("title")
        async def titles(
            interaction: discord.Interaction[Any], typed: str
        ) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=typed.upper(), value=typed)]

        self.tree.add_command(articles)

    async def perform(self, with_what: Any) -> None:
        assert self.script
        try:
            self.outcome.set_result(await self.script(with_what))
        except discord.DiscordException as error:
            self.outcome.set_exception(error)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py would wait 5 s before it identifies again."""

    async def on_ready(self) -> None:
        self.up.set()

    async def on_resumed(self) -> None:
        self.resumes += 1

    async def on_message(self, message: discord.Message) -> None:
        assert self.user
        self.seen.append(message)
        if message.author != self.user and self.user.mentioned_in(message):
            await message.reply("pong", mention_author=False)


@asynccontextmanager
async def running(bot: EchoBot, server: DiscordServer) -> AsyncIterator[None]:
    started = asyncio.create_task(bot.start(server.token))
    ready = asyncio.create_task(bot.up.wait())
    try:
        await asyncio.wait([started, ready], return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            await started
        yield
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.wait([started, ready])


@dataclass
class Scene:
    server: DiscordServer
    guild: Guild
    channel: Channel
    alice: User
    bot: EchoBot

    async def run(self, script: Script) -> Any:
        """What `script` makes of a `/run`."""
        self.bot.script = script
        await self.server.user_command(self.channel, self.alice, "run")
        return await asyncio.wait_for(self.bot.outcome, 5)

    async def post(self, body: Json, channel: Channel | None = None) -> Any:
        """A message exactly as written here, without discord.py's own checks."""
        place = (channel or self.channel).id
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=place)
        return await self.bot.http.request(route, json=body)

    def discord_channel(self) -> discord.TextChannel:
        channel = self.bot.get_channel(self.channel.id)
        assert isinstance(channel, discord.TextChannel)
        return channel


@pytest_asyncio.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        with server.redirect():
            yield server


@asynccontextmanager
async def stage(server: DiscordServer, intents: discord.Intents) -> AsyncIterator[Scene]:
    guild = server.add_guild(locale="fr")
    channel = server.add_channel(guild)
    alice = server.add_member(guild, "Alice")
    bot = EchoBot(intents)
    async with running(bot, server):
        yield Scene(server, guild, channel, alice, bot)


@pytest_asyncio.fixture
async def scene(server: DiscordServer) -> AsyncIterator[Scene]:
    async with stage(server, discord.Intents.default()) as scene:
        yield scene


@pytest_asyncio.fixture
async def quiet(server: DiscordServer) -> AsyncIterator[Scene]:
    """Logged in, without a gateway."""
    guild = server.add_guild()
    bot = EchoBot(discord.Intents.none())
    async with bot:
        await bot.login(server.token)
        yield Scene(
            server, guild, server.add_channel(guild), server.add_member(guild, "Alice"), bot
        )


class TestLogin:
    @pytest.mark.asyncio
    async def test_the_bot_sees_the_world_and_registers_its_commands(self, scene: Scene) -> None:
        guild = scene.bot.get_guild(scene.guild.id)
        assert guild
        assert guild.me.guild_permissions.mention_everyone
        assert [channel.name for channel in guild.text_channels] == ["general"]
        names = {"echo", "run", "read", "Quote", "articles"}
        assert {command["name"] for command in scene.server.commands()} == names
        assert scene.server.identify_payloads[0]["intents"] == discord.Intents.default().value
        assert not scene.server.errors

    @pytest.mark.asyncio
    async def test_a_wrong_token_is_refused(self, server: DiscordServer) -> None:
        async with EchoBot(discord.Intents.default()) as bot:
            with pytest.raises(discord.LoginFailure):
                await bot.login("wrong")
        assert [(error.status, error.code) for error in server.errors] == [(401, 0)]

    @pytest.mark.asyncio
    async def test_privileged_intents_must_be_switched_on(self, server: DiscordServer) -> None:
        wanted = discord.Intents.default() | discord.Intents(message_content=True)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with running(EchoBot(wanted), server):
                pass

    @pytest.mark.asyncio
    async def test_members_are_chunked_for_those_who_may_know_them(
        self, server: DiscordServer
    ) -> None:
        server.allowed_privileged_intents = Intent.GUILD_MEMBERS
        wanted = discord.Intents.default() | discord.Intents(members=True)
        async with stage(server, wanted) as scene:
            guild = scene.bot.get_guild(scene.guild.id)
            assert guild
            assert {"alice", "newsdesk"} < {member.name for member in guild.members}


class TestInteractions:
    @pytest.mark.asyncio
    async def test_command_button_and_modal(self, scene: Scene) -> None:
        server = scene.server
        asked = await server.user_command(scene.channel, scene.alice, "echo", {"text": "hi"})
        answer = await asked.wait_for_response()
        assert answer.content == "hi"
        assert answer.versions[0].content == ""
        assert 0 < (asked.acknowledged_after or 0) < 1

        reported = await server.user_clicks(answer, "Report")
        assert (await reported.wait_for_modal())["title"] == "Feedback"
        with pytest.raises(NotOffered):
            await server.user_submits_modal(reported, {"What is wrong?": "x" * 21})
        submitted = await server.user_submits_modal(reported, {"What is wrong?": "typos"})
        thanks = await submitted.wait_for_response()
        assert (thanks.content, thanks.ephemeral) == ("Thanks for typos", True)

        clicked = await server.user_clicks(answer, "more")
        assert await clicked.wait_for_response() is answer
        assert (answer.content, answer.buttons) == ("more", [])
        assert thanks not in server.messages(scene.channel)
        assert not server.errors

    @pytest.mark.asyncio
    async def test_subcommand_and_autocomplete(self, scene: Scene) -> None:
        server = scene.server
        with pytest.raises(NotOffered, match="may not use"):
            await server.user_command(scene.channel, scene.alice, "articles find", {"title": "a"})
        carol = server.add_member(scene.guild, "Carol", permissions=Permission.MANAGE_MESSAGES)
        typing = await server.user_autocompletes(
            scene.channel, carol, "articles find", {"title": "par"}, "title"
        )
        assert await typing.wait_for_choices() == [{"name": "PAR", "value": "par"}]
        options = {"title": "Paris", "pages": 2}
        found = await server.user_command(
            scene.channel, carol, "articles find", options, locale="fr"
        )
        assert (await found.wait_for_response()).content == "Paris 2 fr"

    @pytest.mark.asyncio
    async def test_a_client_sends_only_what_fits_the_command(self, scene: Scene) -> None:
        for name, options in (
            ("nothing", {}),
            ("echo", {}),
            ("echo", {"text": 3}),
            ("echo", {"text": "x", "more": "y"}),
            ("articles", {}),
        ):
            with pytest.raises(NotOffered):
                await scene.server.user_command(scene.channel, scene.guild.owner, name, options)

    @pytest.mark.asyncio
    async def test_a_file_is_read_from_the_cdn(self, scene: Scene) -> None:
        options = {"file": ("a b.txt", b"Bonjour")}
        asked = await scene.server.user_command(scene.channel, scene.alice, "read", options)
        assert (await asked.wait_for_response()).content == "a_b.txt: Bonjour"

    @pytest.mark.asyncio
    async def test_a_message_command_gets_the_content(self, scene: Scene) -> None:
        said = await scene.server.user_says(scene.channel, scene.alice, "secret")
        asked = await scene.server.user_message_command(said, scene.alice, "Quote")
        assert (await asked.wait_for_response()).content == "> secret"

    @pytest.mark.asyncio
    async def test_a_late_answer_is_unknown(self) -> None:
        async def late(interaction: discord.Interaction[Any]) -> None:
            await asyncio.sleep(0.15)
            await interaction.response.defer()

        async with DiscordServer(ack_seconds=0.1) as server:
            with server.redirect():
                async with stage(server, discord.Intents.default()) as scene:
                    with pytest.raises(discord.NotFound) as refused:
                        await scene.run(late)
        assert refused.value.code == 10062

    @pytest.mark.asyncio
    async def test_an_old_token_is_invalid(self) -> None:
        async def old(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.defer()
            await asyncio.sleep(0.2)
            await interaction.edit_original_response(content="too late")

        async with DiscordServer(token_seconds=0.1) as server:
            with server.redirect():
                async with stage(server, discord.Intents.default()) as scene:
                    with pytest.raises(discord.HTTPException) as refused:
                        await scene.run(old)
        assert (refused.value.status, refused.value.code) == (401, 50027)

    @pytest.mark.asyncio
    async def test_a_second_answer_is_refused(self, scene: Scene) -> None:
        async def twice(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.defer()
            again: Any = discord.InteractionResponse(interaction)
            await again.send_message("again")

        with pytest.raises(discord.HTTPException) as refused:
            await scene.run(twice)
        assert (refused.value.status, refused.value.code) == (400, 40060)

    @pytest.mark.asyncio
    async def test_a_followup_needs_an_answer_first(self, scene: Scene) -> None:
        with pytest.raises(discord.NotFound) as refused:
            await scene.run(lambda interaction: interaction.followup.send("early"))
        assert refused.value.code == 10015

    @pytest.mark.asyncio
    async def test_the_first_followup_fills_the_deferred_answer(self, scene: Scene) -> None:
        async def follow(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.defer(ephemeral=True)
            await interaction.followup.send("one")
            await interaction.followup.send("two", ephemeral=True)
            original = await interaction.original_response()
            assert original.content == "one"
            await interaction.delete_original_response()

        scene.bot.script = follow
        asked = await scene.server.user_command(scene.channel, scene.alice, "run")
        assert (await asked.wait_for_followup()).content == "two"
        await asyncio.wait_for(scene.bot.outcome, 5)
        assert asked.ephemeral
        assert asked.response is None
        assert asked.original
        assert asked.original.content == "one"
        assert not scene.server.errors

    @pytest.mark.asyncio
    async def test_dms(self, scene: Scene) -> None:
        private = scene.server.dm(scene.alice)
        asked = await scene.server.user_command(private, scene.alice, "echo", {"text": "psst"})
        assert (await asked.wait_for_response()).content == "psst"
        with pytest.raises(NotOffered, match="not for DMs"):
            await scene.server.user_command(private, scene.alice, "articles find", {"title": "a"})


class TestMessages:
    @pytest.mark.asyncio
    async def test_content_is_emptied_without_the_intent(self, scene: Scene) -> None:
        server, alice = scene.server, scene.alice
        file = ("a.txt", b"A")
        await server.user_says(scene.channel, alice, "hidden", attachments=[file])
        await server.user_says(server.dm(alice), alice, "dm", attachments=[file])
        said = await server.user_says(
            scene.channel, alice, "open", mentions=[server.bot], attachments=[file]
        )
        answer = await server.wait_for_reply(said)
        seen = [(m.content, len(m.attachments)) for m in scene.bot.seen[:3]]
        assert seen == [("", 0), ("dm", 1), (f"{server.bot.mention} open", 1)]
        assert answer.content == "pong"
        assert not answer.pings

    @pytest.mark.asyncio
    async def test_content_is_there_with_the_intent(self, server: DiscordServer) -> None:
        server.allowed_privileged_intents = Intent.MESSAGE_CONTENT
        wanted = discord.Intents.default() | discord.Intents(message_content=True)
        async with stage(server, wanted) as scene:
            await server.user_says(scene.channel, scene.alice, "open")
            said = await server.user_says(scene.channel, scene.alice, server.bot.mention)
            await server.wait_for_reply(said)
            assert scene.bot.seen[0].content == "open"

    @pytest.mark.asyncio
    async def test_files_and_edits(self, scene: Scene) -> None:
        channel = scene.discord_channel()
        sent = await channel.send("draft", file=discord.File(io.BytesIO(b"A"), "a.txt"))
        assert await sent.attachments[0].read() == b"A"
        await sent.edit(content="final", attachments=[])
        message = scene.server.messages(scene.channel)[0]
        assert [version.content for version in message.versions] == ["draft", "final"]
        assert (message.attachments, message.edited is None) == ([], False)
        assert [m.content async for m in channel.history()] == ["final"]
        await sent.delete()
        assert scene.server.messages(scene.channel) == []
        assert not scene.server.errors

    @pytest.mark.asyncio
    async def test_reactions_and_threads(self, scene: Scene) -> None:
        said = await scene.server.user_says(scene.channel, scene.alice, "Who?")
        partial = scene.discord_channel().get_partial_message(said.id)
        await partial.add_reaction("👍")
        thread = await partial.create_thread(name="Who?")
        await thread.send("in the thread")
        await thread.edit(archived=True)
        assert said.reactions == {"👍": {scene.server.bot.id}}
        assert said.thread
        assert said.thread.messages[0].content == "in the thread"
        with pytest.raises(discord.HTTPException) as refused:
            await partial.create_thread(name="again")
        assert refused.value.code == 160004

    @pytest.mark.asyncio
    async def test_forum_posts_and_locked_threads(self, scene: Scene) -> None:
        forum = scene.server.add_channel(scene.guild, "help", kind=ChannelKind.FORUM)
        await scene.server.delivered()
        place = scene.bot.get_channel(forum.id)
        assert isinstance(place, discord.ForumChannel)
        post = await place.create_thread(name="Who?", content="Me", embed=discord.Embed(title="x"))
        assert post.message.content == "Me"
        thread = scene.guild.channels[post.thread.id]
        assert thread.thread
        thread.thread.locked = True
        with pytest.raises(discord.Forbidden):
            await post.thread.send("too late")
        with pytest.raises(discord.HTTPException) as refused:
            await scene.post({"content": "x"}, forum)
        assert refused.value.code == 40058

    @pytest.mark.asyncio
    async def test_old_messages_are_not_deleted_in_bulk(self, scene: Scene) -> None:
        said = [await scene.server.user_says(scene.channel, scene.alice, "x") for _ in "abc"]
        scene.server.give_role(
            scene.guild,
            scene.server.bot,
            scene.server.add_role(scene.guild, "Mods", permissions=Permission.MANAGE_MESSAGES),
        )
        channel = scene.discord_channel()
        await channel.delete_messages([discord.Object(message.id) for message in said[:2]])
        assert scene.server.messages(scene.channel) == said[2:]
        await scene.server.user_says(scene.channel, scene.alice, "x")
        scene.server.age(said[2], 15 * 86_400)
        with pytest.raises(discord.HTTPException) as refused:
            await channel.delete_messages(
                [discord.Object(message.id) for message in scene.server.messages(scene.channel)]
            )
        assert refused.value.code == 50034


class TestPings:
    @pytest.mark.asyncio
    async def test_everything_rings_unless_the_bot_forbids_it(self, quiet: Scene) -> None:
        role = quiet.server.add_role(quiet.guild, "Editors", mentionable=True)
        shy = quiet.server.add_role(quiet.guild, "Readers")
        text = f"@everyone @here {quiet.alice.mention} {role.mention} {shy.mention}"
        await quiet.post({"content": text})
        await quiet.post({"content": text, "allowed_mentions": {"parse": []}})
        listed = {"parse": ["roles"], "users": [str(quiet.alice.id)]}
        await quiet.post({"content": text, "allowed_mentions": listed})
        await quiet.post({"embeds": [{"description": text}]})
        loud, silent, some, embedded = [m.pings for m in quiet.server.messages(quiet.channel)]
        assert loud.everyone
        assert loud.here
        # The bot may mention everyone, and with that every role.
        assert (loud.users, loud.roles) == ({quiet.alice}, {role, shy})
        assert not silent
        assert not embedded
        assert (some.users, some.roles, some.everyone) == ({quiet.alice}, {role, shy}, False)

    @pytest.mark.asyncio
    async def test_everyone_takes_the_permission(self, quiet: Scene) -> None:
        said = await quiet.server.user_says(quiet.channel, quiet.alice, "@everyone")
        assert not said.pings
        said = await quiet.server.user_says(quiet.channel, quiet.guild.owner, "@everyone")
        assert said.pings.everyone

    @pytest.mark.asyncio
    async def test_replies_ring_unless_told_not_to(self, quiet: Scene) -> None:
        said = await quiet.server.user_says(quiet.channel, quiet.alice, "Who?")
        reply: Json = {"content": "Me", "message_reference": {"message_id": str(said.id)}}
        await quiet.post(reply)
        await quiet.post(reply | {"allowed_mentions": {"parse": []}})
        rung = [m.pings.users for m in quiet.server.messages(quiet.channel)[1:]]
        assert rung == [{quiet.alice}, set()]


def _embed(**parts: Any) -> Json:
    return {"embeds": [parts]}


def _buttons(*buttons: Json) -> Json:
    whole = [{"type": 2, "style": 2, "label": "x"} | button for button in buttons]
    return {"content": "x", "components": [{"type": 1, "components": whole}]}


def _select(**parts: Any) -> Json:
    select = {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]} | parts
    return {"content": "x", "components": [{"type": 1, "components": [select]}]}


_V2 = 1 << 15
_TEXT = {"type": 10, "content": "x"}
_ROW = {"type": 1, "components": [{"type": 2, "style": 5, "label": "x", "url": "https://x.org"}]}
MESSAGE_LIMITS: dict[str, tuple[Json, str]] = {
    "content": ({"content": "x" * 2001}, "content"),
    "ten embeds": ({"embeds": [{"title": "x"}] * 11}, "embeds"),
    "title": (_embed(title="x" * 257), "embeds.0.title"),
    "description": (_embed(description="x" * 4097), "embeds.0.description"),
    "fields": (_embed(fields=[{"name": "x", "value": "x"}] * 26), "embeds.0.fields"),
    "field name": (_embed(fields=[{"name": "x" * 257, "value": "x"}]), "embeds.0.fields.0.name"),
    "field value": (_embed(fields=[{"name": "x", "value": "x" * 1025}]), "embeds.0.fields.0.value"),
    "blank field": (_embed(fields=[{"name": "x", "value": " "}]), "embeds.0.fields.0.value"),
    "footer": (_embed(footer={"text": "x" * 2049}), "embeds.0.footer.text"),
    "author": (_embed(author={"name": "x" * 257}), "embeds.0.author.name"),
    "url": (_embed(title="x", url="ftp://x.org"), "embeds.0.url"),
    "color": (_embed(title="x", color=1 << 24), "embeds.0.color"),
    "timestamp": (_embed(title="x", timestamp="today"), "embeds.0.timestamp"),
    "6000 in all": ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds"),
    "five rows": ({"content": "x", "components": [_ROW] * 6}, "components"),
    "five buttons": (
        _buttons(*({"custom_id": str(n)} for n in range(6))),
        "components.0.components",
    ),
    "label": (_buttons({"custom_id": "a", "label": "x" * 81}), "components.0.components.0.label"),
    "no label": (_buttons({"custom_id": "a", "label": ""}), "components.0.components.0"),
    "no custom_id": (_buttons({}), "components.0.components.0.custom_id"),
    "custom_id": (_buttons({"custom_id": "x" * 101}), "components.0.components.0.custom_id"),
    "same custom_id": (_buttons({"custom_id": "a"}, {"custom_id": "a"}), "components"),
    "link": (
        _buttons({"style": 5, "url": "https://x.org/" + "x" * 512}),
        "components.0.components.0.url",
    ),
    "link with custom_id": (
        _buttons({"style": 5, "url": "https://x.org", "custom_id": "a"}),
        "components.0.components.0",
    ),
    "select options": (
        _select(options=[{"label": str(n), "value": str(n)} for n in range(26)]),
        "components.0.components.0.options",
    ),
    "placeholder": (_select(placeholder="x" * 151), "components.0.components.0.placeholder"),
    "a bare button": ({"content": "x", "components": [{"type": 2}]}, "components.0.type"),
    "V2 without the flag": ({"components": [_TEXT]}, "components.0.type"),
    "V2 with content": ({"flags": _V2, "content": "x", "components": [_TEXT]}, "content"),
    "V2 with embeds": ({"flags": _V2, "components": [_TEXT], **_embed(title="x")}, "embeds"),
    "40 components": ({"flags": _V2, "components": [_TEXT] * 41}, "components"),
    "4000 characters": (
        {"flags": _V2, "components": [{"type": 10, "content": "x" * 2001}] * 2},
        "components",
    ),
    "nonce": ({"content": "x", "nonce": "x" * 26}, "nonce"),
    "kind of mention": (
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        "allowed_mentions.parse.0",
    ),
    "parsed and listed": (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
    ),
    "100 users": (
        {"content": "x", "allowed_mentions": {"users": [str(n) for n in range(101)]}},
        "allowed_mentions.users",
    ),
    "unknown reference": ({"content": "x", "message_reference": {"message_id": "1"}}, "message_"),
}


def _paths(errors: Json, path: tuple[str, ...] = ()) -> Iterator[str]:
    for key, inner in errors.items():
        if key == "_errors":
            yield ".".join(path)
        else:
            yield from _paths(inner, (*path, key))


class TestLimits:
    @pytest.mark.asyncio
    @pytest.mark.parametrize("name", MESSAGE_LIMITS)
    async def test_messages(self, quiet: Scene, name: str) -> None:
        body, path = MESSAGE_LIMITS[name]
        with pytest.raises(discord.HTTPException) as refused:
            await quiet.post(body)
        assert (refused.value.status, refused.value.code) == (400, 50035)
        refusal = quiet.server.errors[-1].refusal
        assert refusal
        found = list(_paths(refusal["errors"]))
        assert found[0].startswith(path)
        assert len(found) == 1

    @pytest.mark.asyncio
    async def test_what_just_fits_passes(self, quiet: Scene) -> None:
        entry = {"name": "n" * 256, "value": "v" * 1024}
        await quiet.post({"content": "x" * 2000})
        await quiet.post(_embed(title="t" * 256, description="d" * 4096, fields=[entry]))
        await quiet.post(_buttons(*({"custom_id": str(n), "label": "x" * 80} for n in range(5))))
        await quiet.post({"flags": _V2, "components": [_TEXT, _ROW]})
        assert not quiet.server.errors

    @pytest.mark.asyncio
    @pytest.mark.parametrize("body", [{}, {"content": " \n"}, {"embeds": [{}]}])
    async def test_empty_messages(self, quiet: Scene, body: Json) -> None:
        with pytest.raises(discord.HTTPException) as refused:
            await quiet.post(body)
        assert (refused.value.status, refused.value.code) == (400, 50006)

    @pytest.mark.asyncio
    async def test_large_files(self, quiet: Scene) -> None:
        channel = quiet.bot.get_partial_messageable(quiet.channel.id)
        nine = bytes(9 << 20)
        await channel.send(file=discord.File(io.BytesIO(nine), "nine"))
        for sizes in ([11], [9, 9, 9]):
            files = [discord.File(io.BytesIO(bytes(size << 20)), "big") for size in sizes]
            with pytest.raises(discord.HTTPException) as refused:
                await channel.send(files=files)
            assert (refused.value.status, refused.value.code) == (413, 40005)

    @pytest.mark.asyncio
    @pytest.mark.parametrize(
        ("lacking", "body", "code"),
        [
            (Permission.VIEW_CHANNEL, {"content": "x"}, 50001),
            (Permission.SEND_MESSAGES, {"content": "x"}, 50013),
            (Permission.EMBED_LINKS, {"embeds": [{"title": "x"}]}, 50013),
            (
                Permission.READ_MESSAGE_HISTORY,
                {"content": "x", "message_reference": {"message_id": "1"}},
                160002,
            ),
        ],
    )
    async def test_permissions(
        self, quiet: Scene, lacking: Permission, body: Json, code: int
    ) -> None:
        for denied in (quiet.guild.everyone, quiet.server.bot):
            channel = quiet.server.add_channel(quiet.guild, "staff", deny={denied: lacking})
            with pytest.raises(discord.Forbidden) as refused:
                await quiet.post(body, channel)
            assert refused.value.code == code

    @pytest.mark.asyncio
    async def test_an_overwrite_gives_back_what_another_took(self, quiet: Scene) -> None:
        everyone, sending = quiet.guild.everyone, Permission.SEND_MESSAGES
        quiet.server.set_overwrites(
            quiet.channel, deny={everyone: sending}, allow={quiet.server.bot: sending}
        )
        await quiet.post({"content": "x"})
        assert not quiet.server.errors

    @pytest.mark.asyncio
    async def test_strangers_and_closed_doors(self, quiet: Scene) -> None:
        said = await quiet.server.user_says(quiet.channel, quiet.alice, "mine")
        hermit = quiet.server.add_member(quiet.guild, "Hermit", accepts_dms=False)
        partial = quiet.bot.get_partial_messageable(quiet.channel.id).get_partial_message(said.id)
        hermits = await quiet.bot.create_dm(discord.Object(hermit.id))
        for doing, code in (
            (partial.edit(content="yours"), 50005),
            (partial.delete(), 50013),
            (hermits.send("x"), 50007),
            (quiet.bot.get_partial_messageable(1).send("x"), 10003),
            (quiet.bot.fetch_user(1), 10013),
        ):
            with pytest.raises(discord.HTTPException) as refused:
                await doing
            assert refused.value.code == code


def _input(**parts: Any) -> Json:
    return {"type": 4, "custom_id": "a", "style": 1, "label": "x"} | parts


def _modal(*inputs: Json, **parts: Any) -> Json:
    rows = [{"type": 1, "components": [each]} for each in inputs or (_input(),)]
    return {"type": 9, "data": {"title": "x", "custom_id": "m", "components": rows} | parts}


_INPUT = "data.components.0.components.0"
CALLBACK_LIMITS: dict[str, tuple[str, Json, str]] = {
    "a command has no message to update": ("command", {"type": 6}, "type"),
    "no choices for a command": ("command", {"type": 8, "data": {"choices": []}}, "type"),
    "only choices while typing": ("typing", {"type": 4, "data": {"content": "x"}}, "type"),
    "25 choices": (
        "typing",
        {"type": 8, "data": {"choices": [{"name": "x", "value": "x"}] * 26}},
        "data.choices",
    ),
    "choice name": (
        "typing",
        {"type": 8, "data": {"choices": [{"name": "x" * 101, "value": "x"}]}},
        "data.choices.0.name",
    ),
    "a deferral is only ephemeral": ("command", {"type": 5, "data": {"flags": 68}}, "data.flags"),
    "content": ("command", {"type": 4, "data": {"content": "x" * 2001}}, "data.content"),
    "modal title": ("command", _modal(title="x" * 46), "data.title"),
    "five inputs": (
        "command",
        _modal(*(_input(custom_id=str(n)) for n in range(6))),
        "data.components",
    ),
    "input label": ("command", _modal(_input(label="x" * 46)), f"{_INPUT}.label"),
    "input placeholder": (
        "command",
        _modal(_input(placeholder="x" * 101)),
        f"{_INPUT}.placeholder",
    ),
    "input text": ("command", _modal(_input(value="x" * 4001)), f"{_INPUT}.value"),
    "input length": ("command", _modal(_input(max_length=4001)), f"{_INPUT}.max_length"),
    "no modal after a modal": ("modal", _modal(), "type"),
}


class TestCallbacks:
    async def _interaction(self, scene: Scene, kind: str) -> Interaction:
        server, channel, owner = scene.server, scene.channel, scene.guild.owner
        if kind == "typing":
            typed = {"title": "x"}
            return await server.user_autocompletes(channel, owner, "articles find", typed, "title")
        asked = await server.user_command(channel, owner, "run")
        if kind == "modal":
            await self._respond(scene, asked, _modal())
            return await server.user_submits_modal(asked, {"x": "words"})
        return asked

    async def _respond(self, scene: Scene, to: Interaction, body: Json) -> Any:
        path = "/interactions/{interaction}/{token}/callback"
        route = Route("POST", path, interaction=to.id, token=to.token)
        return await scene.bot.http.request(route, json=body, params={"with_response": "1"})

    @pytest.mark.asyncio
    @pytest.mark.parametrize("name", CALLBACK_LIMITS)
    async def test_refusals(self, quiet: Scene, name: str) -> None:
        kind, body, path = CALLBACK_LIMITS[name]
        interaction = await self._interaction(quiet, kind)
        with pytest.raises(discord.HTTPException) as refused:
            await self._respond(quiet, interaction, body)
        assert (refused.value.status, refused.value.code) == (400, 50035)
        refusal = quiet.server.errors[-1].refusal
        assert refusal
        assert list(_paths(refusal["errors"])) == [path]
        assert not interaction.acknowledged

    @pytest.mark.asyncio
    async def test_a_refused_answer_can_be_mended(self, quiet: Scene) -> None:
        asked = await self._interaction(quiet, "command")
        with pytest.raises(discord.HTTPException):
            await self._respond(quiet, asked, {"type": 4, "data": {}})
        answer = await self._respond(quiet, asked, {"type": 4, "data": {"content": "x"}})
        assert answer["resource"]["message"]["content"] == "x"
        assert asked.acknowledged

    @pytest.mark.asyncio
    async def test_streamed_edits_are_kept_and_waited_for(self, quiet: Scene) -> None:
        async def stream() -> None:
            place = (quiet.server.bot.id, asked.token)
            path = "/webhooks/{application}/{token}/messages/@original"
            route = Route("PATCH", path, application=place[0], token=place[1])
            for text in ("a", "ab", "abc"):
                await asyncio.sleep(0.05)
                await quiet.bot.http.request(route, json={"content": text})

        asked = await self._interaction(quiet, "command")
        await self._respond(quiet, asked, {"type": 5})
        streaming = asyncio.create_task(stream())
        answer = await asked.wait_for_response(settle=0.2)
        await streaming
        assert answer.content == "abc"
        assert [version.content for version in answer.versions] == ["", "a", "ab", "abc"]

    @pytest.mark.asyncio
    async def test_an_ephemeral_answer_is_seen_by_one_and_rings_nobody(self, quiet: Scene) -> None:
        asked = await self._interaction(quiet, "command")
        loud = {"content": "@everyone", "flags": 64} | _buttons({"custom_id": "a"})
        await self._respond(quiet, asked, {"type": 4, "data": loud | {"content": "@everyone"}})
        answer = await asked.wait_for_response()
        assert answer.ephemeral
        assert not answer.pings
        with pytest.raises(NotOffered):
            await quiet.server.user_clicks(answer, "a", user=quiet.alice)
        with pytest.raises(discord.NotFound) as refused:
            await quiet.bot.http.get_message(quiet.channel.id, answer.id)
        assert refused.value.code == 10008


def _command(**parts: Any) -> Json:
    return {"name": "ask", "description": "x"} | parts


def _option(**parts: Any) -> Json:
    return {"type": 3, "name": "text", "description": "x"} | parts


_CHOICE = {"name": "x", "value": "x"}
COMMAND_LIMITS: dict[str, tuple[Json, str]] = {
    "upper case": (_command(name="Ask"), "0.name"),
    "a space": (_command(name="ask me"), "0.name"),
    "32 characters": (_command(name="x" * 33), "0.name"),
    "translated name": (_command(name_localizations={"fr": "De Mander"}), "0.name_localizations"),
    "no description": (_command(description=""), "0.description"),
    "description": (_command(description="x" * 101), "0.description"),
    "25 options": (
        _command(options=[_option(name=f"o{n}") for n in range(26)]),
        "0.options",
    ),
    "25 choices": (_command(options=[_option(choices=[_CHOICE] * 26)]), "0.options.0.choices"),
    "choice name": (
        _command(options=[_option(choices=[{"name": "x" * 101, "value": "x"}])]),
        "0.options.0.choices.0.name",
    ),
    "required after optional": (
        _command(options=[_option(), _option(name="b", required=True)]),
        "0.options.1",
    ),
    "same option name": (_command(options=[_option(), _option()]), "0.options.1.name"),
    "choices and autocomplete": (
        _command(options=[_option(choices=[_CHOICE], autocomplete=True)]),
        "0.options.0",
    ),
    "8000 characters": (
        _command(
            options=[
                _option(name=f"o{n}", choices=[{"name": "x" * 100, "value": "y" * 100}] * 10)
                for n in range(4)
            ]
        ),
        "0",
    ),
    "a described context menu": ({"type": 3, "name": "Quote", "description": "x"}, "0.description"),
}


class TestCommandLimits:
    async def _sync(self, scene: Scene, *drafts: Json) -> Any:
        place = scene.server.bot.id
        return await scene.bot.http.bulk_upsert_global_commands(place, list(drafts))

    @pytest.mark.asyncio
    @pytest.mark.parametrize("name", COMMAND_LIMITS)
    async def test_commands(self, quiet: Scene, name: str) -> None:
        draft, path = COMMAND_LIMITS[name]
        with pytest.raises(discord.HTTPException) as refused:
            await self._sync(quiet, draft)
        assert refused.value.code == 50035
        refusal = quiet.server.errors[-1].refusal
        assert refusal
        assert any(found.startswith(path) for found in _paths(refusal["errors"]))

    @pytest.mark.asyncio
    async def test_good_names(self, quiet: Scene) -> None:
        names = ["demander", "poser-une_question", "l'article", "問う", "ถาม", "पूछें", "9"]
        await self._sync(quiet, *(_command(name=name) for name in names))
        assert [command["name"] for command in quiet.server.commands()] == names

    @pytest.mark.asyncio
    async def test_counts(self, quiet: Scene) -> None:
        with pytest.raises(discord.HTTPException) as refused:
            await self._sync(quiet, *(_command(name=f"c{n}") for n in range(101)))
        assert refused.value.code == 30032
        for batch in "ab":
            await self._sync(quiet, *(_command(name=f"{batch}{n}") for n in range(95)))
        await self._sync(quiet, *(_command(name=f"b{n}") for n in range(95)))
        with pytest.raises(discord.HTTPException) as refused:
            await self._sync(quiet, *(_command(name=f"c{n}") for n in range(11)))
        assert (refused.value.status, refused.value.code) == (400, 30034)


class TestGateway:
    @pytest.mark.asyncio
    @pytest.mark.parametrize("code", [4000, None])
    async def test_a_dropped_bot_resumes_and_misses_nothing(
        self, scene: Scene, code: int | None
    ) -> None:
        await scene.server.drop_gateway(code)
        said = await scene.server.user_says(scene.channel, scene.alice, scene.server.bot.mention)
        await scene.server.wait_for_reply(said)
        assert (scene.bot.resumes, len(scene.server.identify_payloads)) == (1, 1)

    @pytest.mark.asyncio
    async def test_reconnect_resumes(self, scene: Scene) -> None:
        await scene.server.ask_to_reconnect()
        await scene.server.wait_until_connected()
        said = await scene.server.user_says(scene.channel, scene.alice, scene.server.bot.mention)
        await scene.server.wait_for_reply(said)
        assert scene.bot.resumes == 1

    @pytest.mark.asyncio
    async def test_an_invalid_session_starts_anew(self, scene: Scene) -> None:
        await scene.server.invalidate_session()
        await scene.server.wait_until_connected()
        assert len(scene.server.identify_payloads) == 2

    @pytest.mark.asyncio
    async def test_misuse_is_answered_with_its_close_code(self, server: DiscordServer) -> None:
        async with aiohttp.ClientSession() as session:
            for sent, code in (
                ("nonsense", 4002),
                ("x" * 5000, 4002),
                ('{"op": 99}', 4001),
                ('{"op": 3, "d": {}}', 4003),
                ('{"op": 2, "d": {"token": "wrong", "intents": 0}}', 4004),
                (f'{{"op": 2, "d": {{"token": "{server.token}", "intents": -1}}}}', 4013),
            ):
                async with session.ws_connect(server.gateway.resume_url) as socket:
                    assert (await socket.receive_json())["op"] == 10
                    await socket.send_str(sent)
                    await socket.receive()
                    assert socket.close_code == code

    @pytest.mark.asyncio
    async def test_an_outage(self, server: DiscordServer) -> None:
        server.gateway.available = False
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(server.gateway.resume_url)

    @pytest.mark.asyncio
    async def test_a_bot_learns_of_new_places(self, scene: Scene) -> None:
        other = scene.server.add_guild("Writers")
        place = scene.server.add_channel(other, "drafts")
        said = await scene.server.user_says(place, other.owner, scene.server.bot.mention)
        await scene.server.wait_for_reply(said)
        assert scene.bot.get_channel(place.id)
        hidden = scene.server.add_channel(
            other, "hidden", deny={other.everyone: Permission.VIEW_CHANNEL}
        )
        await scene.server.user_says(hidden, other.owner, scene.server.bot.mention)
        scene.server.remove_guild(other)
        said = await scene.server.user_says(scene.channel, scene.alice, scene.server.bot.mention)
        await scene.server.wait_for_reply(said)
        assert hidden.id not in {message.channel.id for message in scene.bot.seen}
        assert scene.bot.get_guild(other.id) is None


class TestFaults:
    @pytest.mark.asyncio
    async def test_rate_limits_are_waited_for(self, quiet: Scene) -> None:
        pattern = "/channels/*/messages"
        quiet.server.fail_next("POST", pattern, status=429, times=2, retry_after=0.05)
        await quiet.post({"content": "patient"})
        sent = [r for r in quiet.server.requests if r.method == "POST"]
        assert [record.status for record in sent] == [429, 429, 200]
        assert sent[2].at - sent[0].at >= 0.1
        assert not quiet.server.errors

    @pytest.mark.asyncio
    async def test_an_announced_limit_is_kept_and_an_ignored_one_enforced(
        self, quiet: Scene
    ) -> None:
        quiet.server.limit("POST", "/channels/*/messages", 2, 0.3)
        for number in range(3):
            await quiet.post({"content": str(number)})
        sent = [r for r in quiet.server.requests if r.method == "POST"]
        assert [record.status for record in sent] == [200, 200, 200]
        assert sent[2].at - sent[0].at >= 0.3

    @pytest.mark.asyncio
    async def test_failures_and_slowness(self, quiet: Scene) -> None:
        quiet.server.fail_next("GET", "/users/*", status=503)
        with pytest.raises(discord.DiscordServerError):
            await quiet.bot.fetch_user(quiet.alice.id)
        quiet.server.slow_next("GET", "/users/*", 0.1)
        await quiet.bot.fetch_user(quiet.alice.id)
        assert quiet.server.requests[-1].seconds >= 0.1

    @pytest.mark.asyncio
    async def test_closing_waits_for_no_slow_answer(self) -> None:
        async with DiscordServer() as server:
            with server.redirect():
                bot = EchoBot(discord.Intents.none())
                await bot.login(server.token)
                server.slow_next("GET", "/users/*", 60)
                asked = asyncio.create_task(bot.fetch_user(server.bot.id))
                await server.backend.changes.next(0.1)
        await asyncio.wait([asked], timeout=1)
        assert asked.done()
        asked.exception()
        await bot.close()


BOT_PROGRAM = """
import os, sys, discord

class Bot(discord.Client):
    async def on_ready(self):
        channel = self.get_channel(int(sys.argv[1]))
        await channel.send(f"pid {os.getpid()} of {__name__}")

Bot(intents=discord.Intents.default(), guild_ready_timeout=0.1).run(os.environ["DISCORD_TOKEN"])
"""


@pytest.mark.asyncio
async def test_a_bot_in_a_process_of_its_own(server: DiscordServer, tmp_path: Path) -> None:
    channel = server.add_channel(server.add_guild())
    (tmp_path / "tiny.py").write_text(BOT_PROGRAM)
    here = str(Path(__file__).parent.parent)
    paths = os.pathsep.join([str(tmp_path), here])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "stand_in.launch", str(server.port), "--module", "tiny"),
        *("--", str(channel.id)),
        env=os.environ | {"PYTHONPATH": paths, "DISCORD_TOKEN": server.token},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        message = await server.wait_for_message(channel, timeout=15)
        assert message.content == f"pid {process.pid} of __main__"
    finally:
        process.kill()
        await process.wait()
