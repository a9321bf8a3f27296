"""Connections that are lost, and events."""

from __future__ import annotations

import aiohttp
import pytest

from stand_in import (
    DiscordServer,
    Permission,
)
from tests.stand_in.bots import Scene


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
