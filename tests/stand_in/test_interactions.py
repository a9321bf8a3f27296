"""Commands, buttons, modals and menus, and when an answer comes too late."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from stand_in import (
    DiscordServer,
    NotOffered,
    Permission,
)
from tests.stand_in.bots import Scene, stage


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
