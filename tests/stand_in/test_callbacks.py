"""Answers to interactions that Discord refuses, and what users see of the others."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
from discord.http import Route

from stand_in import (
    ChannelKind,
    Interaction,
    NotOffered,
    Permission,
)
from tests.stand_in.bots import Json, Scene
from tests.stand_in.payloads import buttons, paths


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
        assert list(paths(refusal["errors"])) == [path]
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
        loud = {"content": "@everyone", "flags": 64} | buttons({"custom_id": "a"})
        await self._respond(quiet, asked, {"type": 4, "data": loud | {"content": "@everyone"}})
        answer = await asked.wait_for_response()
        assert answer.ephemeral
        assert not answer.pings
        with pytest.raises(NotOffered):
            await quiet.server.user_clicks(answer, "a", user=quiet.alice)
        with pytest.raises(discord.NotFound) as refused:
            await quiet.bot.http.get_message(quiet.channel.id, answer.id)
        assert refused.value.code == 10008

    @pytest.mark.asyncio
    async def test_only_what_a_user_sees_can_be_clicked(self, quiet: Scene) -> None:
        server, guild = quiet.server, quiet.guild
        bob = server.add_member(guild, "Bob")
        secret = server.add_channel(guild, "secret", deny={bob: Permission.VIEW_CHANNEL})
        asked = await server.user_command(secret, quiet.alice, "echo", {"text": "x"})
        data = {"content": "x"} | buttons({"custom_id": "a"})
        await self._respond(quiet, asked, {"type": 4, "data": data})
        answer = await asked.wait_for_response()
        await server.user_clicks(answer, "a")
        with pytest.raises(NotOffered):
            await server.user_clicks(answer, "a", user=bob)
        await server.user_deletes(answer)
        with pytest.raises(NotOffered):
            await server.user_clicks(answer, "a")

    @pytest.mark.asyncio
    async def test_menus_of_roles_and_channels_list_what_there_is(self, quiet: Scene) -> None:
        server, guild = quiet.server, quiet.guild
        role = server.add_role(guild, "Editors")
        secret = server.add_channel(guild, "secret", deny={quiet.alice: Permission.VIEW_CHANNEL})
        forum = server.add_channel(guild, "forum", kind=ChannelKind.FORUM)
        asked = await server.user_command(quiet.channel, quiet.alice, "echo", {"text": "x"})
        menus = [
            {"type": 6, "custom_id": "role", "default_values": [{"id": 1, "type": "role"}]},
            {"type": 8, "custom_id": "channel", "channel_types": [0]},
        ]
        rows = [{"type": 1, "components": [menu]} for menu in menus]
        data = {"content": "x", "components": rows}
        await self._respond(quiet, asked, {"type": 4, "data": data})
        answer = await asked.wait_for_response()
        assert answer.component("role")["default_values"] == [{"id": "1", "type": "role"}]
        chosen = await server.user_clicks(answer, "role", values=[str(role.id)])
        assert chosen.data["values"] == [str(role.id)]
        assert chosen.data["resolved"]["roles"][str(role.id)]["name"] == "Editors"
        chosen = await server.user_clicks(answer, "channel", values=[str(quiet.channel.id)])
        assert set(chosen.data["resolved"]["channels"]) == {str(quiet.channel.id)}
        for menu, unlisted in (("role", secret), ("channel", secret), ("channel", forum)):
            with pytest.raises(NotOffered):
                await server.user_clicks(answer, menu, values=[str(unlisted.id)])
