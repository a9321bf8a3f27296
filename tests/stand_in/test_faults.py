"""Rate limits, failures, slowness."""

from __future__ import annotations

import asyncio

import discord
import pytest

from stand_in import (
    DiscordServer,
)
from tests.stand_in.bots import EchoBot, Scene


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
    async def test_what_is_done_may_lack_its_answer(self, quiet: Scene) -> None:
        pattern = "/channels/*/messages"
        quiet.server.fail_next("POST", pattern, status=503, done=True)
        once = {"content": "once", "nonce": "1", "enforce_nonce": True}
        with pytest.raises(discord.DiscordServerError):
            await quiet.post(once)
        (first,) = quiet.channel.messages
        assert (await quiet.post(once))["id"] == str(first.id)
        assert quiet.channel.messages == [first]

    @pytest.mark.asyncio
    async def test_a_nonce_makes_a_message_unique_only_where_it_is_enforced(
        self, quiet: Scene
    ) -> None:
        for body in (
            {"nonce": "1"},
            {"nonce": "1"},
            {"nonce": "2", "enforce_nonce": True},
            {"enforce_nonce": True},
            {"enforce_nonce": True},
        ):
            await quiet.post({"content": "x"} | body)
        assert len(quiet.channel.messages) == 5
        quiet.server.age(quiet.channel.messages[2], 600)
        await quiet.post({"content": "x", "nonce": "2", "enforce_nonce": True})
        assert len(quiet.channel.messages) == 6

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
