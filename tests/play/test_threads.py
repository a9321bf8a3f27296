"""Threads and menus on the page: a server that wants each answer in a thread of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from play.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="package")

QUESTION = "Who attended the talks in Saudi Arabia?"
ANSWER = "were attended by Secretary of State Marco Rubio"


async def choose(visitor: Visitor, place: str) -> None:
    """In the panel of settings, which only the moderator sees."""
    before = await visitor.messages.count()
    await visitor.command("newsdesk settings", {})
    panel = await visitor.answer(before + 1)
    menu = panel.locator("select", has_text=place)
    await menu.select_option(label=place)
    await expect(menu.locator("option:checked")).to_have_text(place)
    await expect(panel.locator(".busy")).to_have_count(0)
    await visitor.click(panel, "Dismiss message")


@pytest_asyncio.fixture(loop_scope="package")
async def threaded(visitor: Visitor) -> AsyncIterator[Visitor]:
    await choose(visitor, "Into a thread of its own")
    yield visitor
    await visitor.enter("general")
    await choose(visitor, "Into the channel where it was asked")


async def test_a_thread_is_opened_and_written_in(threaded: Visitor) -> None:
    await threaded.text.fill("@Newsdesk " + QUESTION)
    await threaded.text.press("Enter")
    link = threaded.messages.last.locator(".thread")
    await link.click(timeout=60_000)
    first = await threaded.answer(1)
    await expect(first).to_contain_text(ANSWER)
    followed = await threaded.say("@Newsdesk Where was that?")
    await expect(followed).to_contain_text("Saudi Arabia")
