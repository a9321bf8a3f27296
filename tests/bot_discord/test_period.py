"""``/ask`` with ``since`` and ``until``."""

from datetime import date

import pytest

from bot.answering.answerer import Answerer
from bot.texts import words
from stand_in import Channel, DiscordServer, User
from tests.bot_discord.conftest import Run, Told
from vectorstore import Period, Vectorstore

EN, FR = words("en"), words("fr")


async def test_the_period_reaches_the_answerer(
    server: DiscordServer, channel: Channel, alice: User, run: Run, told: Told
) -> None:
    async with run():
        for options in ({"since": "2025-02"}, {"until": "2025-02", "since": "2025"}, {}):
            asked = await server.user_command(
                channel, alice, "ask", {"question": "When?", **options}
            )
            await asked.wait_for_response()
    begin = date(2025, 2, 1)
    assert told.periods == [Period(begin), Period(date(2025, 1, 1), date(2025, 2, 28)), None]


@pytest.mark.parametrize(
    ("options", "locale", "sentence"),
    [
        ({"since": "**soon**"}, "en-US", EN.wrong_date.format(date=r"\*\*soon\*\*")),
        ({"until": "2025-02-30"}, "fr", FR.wrong_date.format(date="2025-02-30")),
        (
            {"since": "2025-03", "until": "2025-02"},
            "fr",
            FR.empty_period.format(since="2025-03-01", until="2025-02-28"),
        ),
    ],
)
async def test_a_wrong_period_is_told_to_the_user_alone(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    told: Told,
    options: dict[str, str],
    locale: str,
    sentence: str,
) -> None:
    async with run():
        asked = await server.user_command(
            channel, alice, "ask", {"question": "When?", **options}, locale=locale
        )
        response = await asked.wait_for_response()
    assert response.content == sentence
    assert asked.ephemeral
    assert not told.asked


async def test_a_real_answer_is_of_the_period(
    server: DiscordServer, channel: Channel, alice: User, run: Run, sample_store: Vectorstore
) -> None:
    question = {"question": "Who attended the Saudi talks?", "since": "2025-02-20"}
    async with run(Answerer(sample_store.catalog, sample_store.retriever)):
        asked = await server.user_command(channel, alice, "ask", question)
        response = await asked.wait_for_response()
    assert "2025-02-20" in response.text
    assert "2025-02-18" not in response.text
