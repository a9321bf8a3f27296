"""`python -m play.pictures`: the pictures of the README, of what the bot says now.

They look best where the fonts Inter and Noto Color Emoji are installed.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import FloatRect, Locator, expect

from .__main__ import ARTICLES
from .browser import browsing, playing
from .errors import PlayError
from .visitor import Visitor

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_WIDTH, _HEIGHT, _SCALE = 900, 860, 1.2
_MARGIN = 10

_REPORT = """---
title: "Ferries to Ormsay run again"
published: 2025-07-04
language: en
site: "The Averill Tidings"
url: https://averilltidings.example/town/ormsay-ferries
---

The ferries between Port Averill and Ormsay sail again from Saturday 5 July. The strike ended on \
Thursday after {days} days.

The crews get {rise} per cent more, said Ines Calder, who spoke for the harbour.
"""
#: The height of the page without its messages, and of the last two of them.
_NEEDED = """() => {
  const [asked, answer] = [...document.querySelectorAll(".message")].slice(-2);
  const messages = answer.getBoundingClientRect().bottom - asked.getBoundingClientRect().top;
  return Math.ceil(innerHeight - document.getElementById("scroll").clientHeight + messages + 30);
}"""
_QUESTION = "How long did the ferry strike last?"


def main() -> int:
    """Returns the exit status."""
    try:
        asyncio.run(_take_all())
    except PlayError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _take_all() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with playing(ARTICLES) as address:
        async with _visitor(address) as visitor:
            await _question(visitor)
        async with _visitor(address) as visitor:
            await _articles(visitor)


@asynccontextmanager
async def _visitor(address: str) -> AsyncIterator[Visitor]:
    async with browsing() as browser:
        page = await browser.new_page(
            viewport={"width": _WIDTH, "height": _HEIGHT},
            device_scale_factor=_SCALE,
            locale="en-GB",
            reduced_motion="reduce",
        )
        visitor = Visitor(page)
        await visitor.arrive(address)
        yield visitor


async def _question(visitor: Visitor) -> None:
    """A question with its answer, and what the Sources button shows."""
    answer = await visitor.say("@Newsdesk How long did the talks in Riyadh last?")
    await _whole(visitor, "question")
    count = await visitor.messages.count()
    await visitor.click(answer, "Sources")
    await _one(visitor, await visitor.answer(count + 1), "sources")


async def _articles(visitor: Visitor) -> None:
    """An article read, asked about, read again, and what became of the answer."""
    await visitor.enter("questions")
    with TemporaryDirectory() as folder:
        article = Path(folder) / "ormsay-ferries.md"
        article.write_text(_REPORT.format(days="nine", rise="four"), encoding="utf-8")
        broken = Path(folder) / "minutes.pdf"
        broken.write_bytes(b"%PDF-1.7 cut off")
        report = await _ingest(visitor, {"attachment": article, "attachment2": broken})
        await _one(visitor, report, "ingest")
        answer = await visitor.say(_QUESTION)
        await expect(answer).to_contain_text("nine days")
        place = await visitor.messages.count() - 1
        article.write_text(_REPORT.format(days="eleven", rise="four"), encoding="utf-8")
        await _ingest(visitor, {"attachment": article})
    corrected = visitor.messages.nth(place)
    await expect(corrected).to_contain_text("eleven days", timeout=60_000)
    await _one(visitor, corrected, "correction")


async def _ingest(visitor: Visitor, files: Mapping[str, Path]) -> Locator:
    count = await visitor.messages.count()
    await visitor.command("ingest", files)
    report = await visitor.answer(count + 1)
    await expect(report).to_contain_text("Ferries to Ormsay", timeout=60_000)
    return report


async def _whole(visitor: Visitor, name: str) -> None:
    """The page, as high as the last question and its answer need."""
    await visitor.page.mouse.move(0, 0)
    height = await visitor.page.evaluate(_NEEDED)
    await visitor.page.set_viewport_size({"width": _WIDTH, "height": height + _MARGIN})
    await visitor.page.evaluate("document.getElementById('scroll').scrollTop = 1e9")
    await visitor.page.screenshot(path=PICTURES / f"{name}.png")
    await visitor.page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})


async def _one(visitor: Visitor, message: Locator, name: str) -> None:
    await visitor.page.mouse.move(0, 0)
    await visitor.page.set_viewport_size({"width": _WIDTH, "height": 1600})
    box = await message.bounding_box()
    assert box
    clip: FloatRect = {**box, "y": box["y"] - _MARGIN, "height": box["height"] + 2 * _MARGIN}
    await visitor.page.screenshot(path=PICTURES / f"{name}.png", clip=clip)
    await visitor.page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})


if __name__ == "__main__":
    sys.exit(main())
