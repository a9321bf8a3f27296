"""What a bot sees when it has logged in."""

from __future__ import annotations

import discord
import pytest

from stand_in import (
    DiscordServer,
    Intent,
    NotOffered,
    Permission,
)
from tests.stand_in.bots import EchoBot, Scene, running, stage


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

    @pytest.mark.asyncio
    async def test_a_deleted_role_is_gone_from_the_server_and_its_members(
        self, scene: Scene
    ) -> None:
        server = scene.server
        role = server.add_role(scene.guild, "Editors", permissions=Permission.MANAGE_MESSAGES)
        server.give_role(scene.guild, scene.alice, role)
        await server.delivered()
        guild = scene.bot.get_guild(scene.guild.id)
        assert guild
        assert guild.get_role(role.id)
        server.remove_role(scene.guild, role)
        await server.delivered()
        assert guild.get_role(role.id) is None
        with pytest.raises(NotOffered, match="may not use"):
            await server.user_command(scene.channel, scene.alice, "articles find", {"title": "a"})
