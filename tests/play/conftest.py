"""One page with the real bot behind it, and one Chromium, for all these tests."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error

from play.browser import browsing, chromium, playing
from play.errors import NoBrowser
from play.visitor import Visitor

ARTICLES = Path(__file__).parents[2] / "articles"
HOSTILE = """---
title: 'Gulls <img src=x onerror="window.hacked=1"> take [the](javascript:alert) **pier**'
published: 2025-05-02
site: "<b>Bay</b> Herald"
---
The gulls took Zennor pier on Friday &lt;script>window.hacked = 1&lt;/script>, said \\*nobody\\*
in ||particular||.
"""


@pytest.fixture(scope="package")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few, so that the bot starts soon."""
    folder = tmp_path_factory.mktemp("articles")
    shutil.copy(ARTICLES / "2025-02-18-us-russia-talks-riyadh.en.md", folder)
    (folder / "gulls.en.md").write_text(HOSTILE, encoding="utf-8")
    return folder


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    try:
        chromium()
    except NoBrowser as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    async with browsing() as browser:
        yield browser


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def address(browser: Browser, articles: Path) -> AsyncIterator[str]:
    async with playing(articles) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="package")
async def visitor(browser: Browser, address: str) -> AsyncIterator[Visitor]:
    """A person who has just opened the page; whatever the browser complains of fails the test."""
    complaints: list[str] = []

    def erred(error: Error) -> None:
        complaints.append(str(error))

    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    page.on("pageerror", erred)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    visitor = Visitor(page)
    await visitor.arrive(address)
    yield visitor
    await context.close()
    assert not complaints
