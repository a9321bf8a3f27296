"""What is written, edited, and rings."""

from __future__ import annotations

import io

import discord
import pytest

from stand_in import (
    ChannelKind,
    DiscordServer,
    Intent,
    Permission,
)
from tests.stand_in.bots import Json, Scene, stage


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
    async def test_an_answer_that_was_waited_for_is_not_called_edited(self, scene: Scene) -> None:
        asked = await scene.server.user_command(scene.channel, scene.alice, "echo", {"text": "A"})
        message = await asked.wait_for_response()
        assert (message.content, message.edited) == ("A", None)

    @pytest.mark.asyncio
    async def test_typing_and_whatever_else_is_observed(self, scene: Scene) -> None:
        told: list[bool] = []
        observers = scene.server.backend.changes.observers
        observers.add(lambda: told.append(scene.channel.bot_types_since is not None))
        async with scene.discord_channel().typing():
            pass
        assert told[-1]

    @pytest.mark.asyncio
    async def test_reactions_and_threads(self, scene: Scene) -> None:
        said = await scene.server.user_says(scene.channel, scene.alice, "Who?")
        partial = scene.discord_channel().get_partial_message(said.id)
        await partial.add_reaction("👍")
        thread = await partial.create_thread(name="Who?")
        await thread.send("in the thread")
        await thread.edit(archived=True)
        assert said.reactions == {"👍": {scene.server.bot.id}}
        started = await scene.server.wait_for_thread(said)
        assert started.messages[0].content == "in the thread"
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
