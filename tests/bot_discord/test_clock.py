"""What members see while the bot's wall clock stands still, goes back or leaps ahead."""

import asyncio
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.servers import Servers, ServerSettings
from bot.texts import words
from stand_in import Channel, DiscordServer, Guild, User
from tests.bot_discord.conftest import Run, Told
from tests.bot_discord.test_logs import lines, output
from tests.clock import Clock, clock
from vectorstore import Vectorstore

__all__ = ["clock", "output"]

EN = words("en")
_PAUSE = 1.0
_WAYS: dict[str, Callable[[Clock], None]] = {
    "stands still": lambda clock: clock.stop(),
    "an hour back": lambda clock: clock.leap(-timedelta(hours=1)),
    "a year ahead": lambda clock: clock.leap(timedelta(days=365)),
}
ways = pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS)


@ways
async def test_a_member_waits_neither_shorter_nor_longer(
    way: Callable[[Clock], None],
    clock: Clock,
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    store: Vectorstore,
) -> None:
    Servers(store.catalog.database).save(guild.id, ServerSettings(member_seconds=_PAUSE))
    refusal = EN.member_cooldown.partition("{seconds}")[0]

    async def refused() -> bool:
        asked = await server.user_command(channel, alice, "ask", {"question": "Who?"})
        return (await asked.wait_for_response()).content.startswith(refusal)

    async with run():
        assert not await refused()
        way(clock)
        assert await refused()
        await asyncio.sleep(_PAUSE)
        assert not await refused()


@ways
async def test_an_answer_that_is_on_its_way_arrives_and_its_buttons_work(
    way: Callable[[Clock], None],
    clock: Clock,
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
) -> None:
    told.may_answer.clear()
    async with run():
        asked = await server.user_command(channel, alice, "ask", {"question": "Who?"})
        await asked.wait_for_ack()
        way(clock)
        told.may_answer.set()
        # In its place: not as a message of its own, as when the interaction's token has run out.
        shown = await asked.wait_for_response()
        clicked = await server.user_clicks(shown, EN.helpful)
        assert (await clicked.wait_for_response()).content == EN.thanks


@ways
async def test_every_line_is_logged(
    way: Callable[[Clock], None],
    clock: Clock,
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    output: io.StringIO,
) -> None:
    async with run():
        way(clock)
        asked = await server.user_command(channel, alice, "ask", {"question": "Who?"})
        await asked.wait_for_response()
    logged = lines(output)
    assert logged
    for line in logged:
        datetime.fromisoformat(str(line["time"]))
