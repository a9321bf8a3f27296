"""Cool-downs: of a member, of a server, and what those who ask too early are told."""

import pytest

from bot.cooldowns import Cooldowns, CoolingDown
from bot.servers import Servers, ServerSettings
from bot.texts import words
from stand_in import Channel, DiscordServer, Guild, User
from tests.bot_discord.conftest import Run, Told
from vectorstore import Vectorstore

EN = words("en")
HERE, THERE = 1, 2
ALICE, BOB = 10, 20


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cooldowns(clock: Clock) -> Cooldowns:
    return Cooldowns(clock)


def told_to_wait(cooldowns: Cooldowns, guild: int, member: int, settings: ServerSettings) -> str:
    with pytest.raises(CoolingDown) as refused:
        cooldowns.check(guild, member, settings, EN)
    return str(refused.value)


def test_a_member_waits_as_long_as_is_told_and_nobody_else_does(
    cooldowns: Cooldowns, clock: Clock
) -> None:
    settings = ServerSettings(member_seconds=90)
    cooldowns.check(HERE, ALICE, settings, EN)
    cooldowns.check(HERE, BOB, settings, EN)
    cooldowns.check(THERE, ALICE, settings, EN)
    clock.now += 75.5
    text = told_to_wait(cooldowns, HERE, ALICE, settings)
    assert text == EN.member_cooldown.format(seconds=15)
    clock.now += 14.5
    cooldowns.check(HERE, ALICE, settings, EN)


def test_asking_too_early_does_not_lengthen_the_wait(cooldowns: Cooldowns, clock: Clock) -> None:
    settings = ServerSettings(member_seconds=10)
    cooldowns.check(HERE, ALICE, settings, EN)
    clock.now += 9
    told_to_wait(cooldowns, HERE, ALICE, settings)
    clock.now += 1
    cooldowns.check(HERE, ALICE, settings, EN)


def test_a_server_asks_so_many_questions_in_any_minute(cooldowns: Cooldowns, clock: Clock) -> None:
    settings = ServerSettings(server_questions=2)
    cooldowns.check(HERE, ALICE, settings, EN)
    clock.now += 20
    cooldowns.check(HERE, BOB, settings, EN)
    text = told_to_wait(cooldowns, HERE, BOB, settings)
    assert text == EN.server_cooldown.format(seconds=40)
    cooldowns.check(THERE, BOB, settings, EN)
    clock.now += 40
    cooldowns.check(HERE, BOB, settings, EN)
    assert told_to_wait(cooldowns, HERE, BOB, settings) == EN.server_cooldown.format(seconds=20)


def test_without_limits_and_in_direct_messages_nobody_waits(cooldowns: Cooldowns) -> None:
    strict = ServerSettings(member_seconds=60, server_questions=1)
    for _ in range(3):
        cooldowns.check(HERE, ALICE, ServerSettings(), EN)
        cooldowns.check(None, ALICE, strict, EN)


async def test_every_way_to_ask_counts_and_tells_when_to_ask_again(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    store: Vectorstore,
) -> None:
    settings = ServerSettings(member_seconds=300)
    Servers(store.catalog.database).save(guild.id, settings)
    start = EN.member_cooldown.partition("{seconds}")[0]
    async with run():
        first = await server.user_command(channel, alice, "ask", {"question": "Who?"})
        answered = await first.wait_for_response()
        again = await server.user_command(channel, alice, "ask", {"question": "Who?"})
        refused = await again.wait_for_response()
        mention = await server.user_says(channel, alice, f"{server.bot.mention} Who?")
        reply = await server.wait_for_reply(mention)
    assert not answered.content.startswith(start)
    assert refused.content.startswith(start)
    assert refused.ephemeral
    assert reply.content.startswith(start)
    assert len(told.asked) == 1


async def test_a_server_at_its_limit_still_answers_another(
    server: DiscordServer, guild: Guild, channel: Channel, alice: User, run: Run, store: Vectorstore
) -> None:
    Servers(store.catalog.database).save(guild.id, ServerSettings(server_questions=1))
    elsewhere = server.add_channel(server.add_guild("Elsewhere"))
    assert elsewhere.guild
    server.add_member(elsewhere.guild, alice)
    start = EN.server_cooldown.partition("{seconds}")[0]
    async with run():
        answers = []
        for place in (channel, channel, elsewhere):
            asked = await server.user_command(place, alice, "ask", {"question": "Who?"})
            answers.append(await asked.wait_for_response())
    assert [answer.content.startswith(start) for answer in answers] == [False, True, False]
