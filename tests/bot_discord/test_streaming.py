"""A chat model's answer is seen while it is written, at a pace that Discord bears."""

import asyncio
import threading
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from bot import streaming
from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from bot.chat_model import open_chat_model
from bot.streaming import Streams
from stand_in import Channel, DiscordServer, User
from tests.answering.test_generative import QUESTION, settings
from tests.bot_discord.conftest import Run, Told, noted, until
from tests.bot_discord.examples import answer
from tests.chat_server.server import Script, chat_server
from vectorstore import SHARED, Vectorstore

PACE = 0.02


class Writes(Told):
    """Writes each text when it may, and then gives the answer."""

    def __init__(self, *texts: str) -> None:
        super().__init__(answer())
        self.texts = texts
        self.may_write = threading.Semaphore(0)

    def answer(self, question: str, audience: str = SHARED, **given: Any) -> Answer:
        assert given["on_text"]
        for text in self.texts:
            given["on_text"](text)
            assert self.may_write.acquire(timeout=30)
        return super().answer(question, audience, **given)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SECONDS_BETWEEN_EDITS", PACE)


async def test_the_text_so_far_is_seen_and_then_the_answer(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    writes = Writes("One.", "One. @everyone")
    async with run(writes) as client:
        asked = await server.user_command(channel, alice, "ask", {"question": "When?"})
        response = await asked.wait_for_response(predicate=lambda m: m.content == "One.")
        writes.may_write.release()
        await asked.wait_for_response(predicate=lambda m: m.content == "One. @\u200beveryone")
        writes.may_write.release()
        await asked.wait_for_response(predicate=lambda m: bool(m.embeds))
        await noted(client, response)
    assert response.content == "On Tuesday [1]."
    assert response.components
    assert server.messages(channel) == [response]


async def test_a_mention_is_answered_in_one_message_that_grows(
    server: DiscordServer, channel: Channel, alice: User, run: Run
) -> None:
    writes = Writes("One.")
    async with run(writes) as client:
        question = await server.user_says(channel, alice, "When?", mentions=[server.bot])
        reply = await server.wait_for_reply(question)
        assert reply.content == "One."
        writes.may_write.release()
        await noted(client, reply)
    assert reply.content == "On Tuesday [1]."
    assert server.messages(channel) == [question, reply]


@pytest.mark.parametrize("trouble", ["refused", "deleted"])
async def test_an_edit_that_fails_does_not_harm_the_answer(
    server: DiscordServer, channel: Channel, alice: User, run: Run, trouble: str
) -> None:
    writes = Writes("One.", "One. Two.", "One. Two. Three.")
    async with run(writes):
        question = await server.user_says(channel, alice, "When?", mentions=[server.bot])
        shown = await server.wait_for_reply(question)
        if trouble == "refused":
            server.fail_next("PATCH", "/channels/*/messages/*", status=403)
        else:
            await server.user_deletes(shown)
        writes.may_write.release()
        await until(lambda: any(request.method == "PATCH" for request in server.requests))
        writes.may_write.release(2)
        final = await server.wait_for_message(channel, lambda m: bool(m.embeds))
    assert final.content == "On Tuesday [1]."
    assert server.messages(channel) == [question, final]
    server.requests.clear()


async def test_a_real_model_is_seen_writing_and_quotes_come_whole(
    server: DiscordServer,
    channel: Channel,
    alice: User,
    run: Run,
    sample_store: Vectorstore,
) -> None:
    plain = Answerer(sample_store.catalog, sample_store.retriever)
    quotes = plain.answer(QUESTION)
    marker = next(c.marker for c in quotes.citations if "attended by" in c.quote)
    sentences = [
        f"The talks in Saudi Arabia were attended by {name}. [{marker}]"
        for name in ("Marco Rubio", "Sergei Lavrov", "Mike Waltz", "Steve Witkoff")
    ]
    script = Script(" ".join(s.replace(". [", " [") + "." for s in sentences), pause=0.02)
    with chat_server(script) as url:
        chat = open_chat_model(settings(url))
        async with run(Answerer(sample_store.catalog, sample_store.retriever, chat)):
            asked = await server.user_command(channel, alice, "ask", {"question": QUESTION})
            written = await asked.wait_for_response(60, lambda m: bool(m.embeds))
    async with run(plain):
        asked = await server.user_command(channel, alice, "ask", {"question": QUESTION})
        whole = await asked.wait_for_response(60, lambda m: bool(m.embeds))
    growing = [version.content for version in written.versions if version.content]
    assert growing[0] == sentences[0]
    assert all(after.startswith(before) for before, after in pairwise(growing))
    assert growing[-1] == " ".join(sentences)
    assert len({version.content for version in whole.versions if version.content}) == 1


class Screen:
    """What was shown when; each text only once it may be."""

    def __init__(self, error: Exception | None = None) -> None:
        self.texts: list[str] = []
        self.times: list[float] = []
        self.may_show = asyncio.Event()
        self.may_show.set()
        self.error = error

    async def show(self, text: str) -> None:
        self.texts.append(text)
        self.times.append(asyncio.get_running_loop().time())
        await self.may_show.wait()
        if self.error:
            raise self.error

    async def shown(self, count: int) -> None:
        await until(lambda: len(self.texts) >= count)


async def test_the_newest_text_wins_and_nobody_waits_for_an_edit() -> None:
    screen = Screen()
    screen.may_show.clear()
    async with Streams().shown(1, screen.show) as on_text:
        await asyncio.to_thread(on_text, "a")
        await screen.shown(1)
        for text in "bcd":
            await asyncio.wait_for(asyncio.to_thread(on_text, text), 30)
        screen.may_show.set()
        await screen.shown(2)
    assert screen.texts == ["a", "d"]


async def test_nothing_is_shown_after_the_end() -> None:
    screen = Screen()
    async with Streams().shown(1, screen.show) as on_text:
        on_text("a")
        await screen.shown(1)
        on_text("b")
    await asyncio.sleep(3 * PACE)
    assert screen.texts == ["a"]


async def test_streams_in_one_channel_share_its_edits() -> None:
    streams, screens = Streams(), [Screen(), Screen(), Screen()]
    alone = Screen()

    async def write(channel: int, screen: Screen) -> None:
        async with streams.shown(channel, screen.show) as on_text:
            for count in range(1, 4):
                on_text(f"{count}")
                await screen.shown(count)

    await asyncio.gather(write(2, alone), *(write(1, screen) for screen in screens))
    assert all(b - a >= PACE for a, b in pairwise(alone.times))
    # The first pause of each may begin before the others have; the second doesn't.
    assert all(screen.times[2] - screen.times[1] >= 3 * PACE * 0.99 for screen in screens)


async def test_a_failed_edit_is_followed_by_others() -> None:
    screen = Screen(aiohttp.ServerDisconnectedError())
    async with Streams().shown(1, screen.show) as on_text:
        on_text("a")
        await screen.shown(1)
        on_text("b")
        await screen.shown(2)
    assert screen.texts == ["a", "b"]
