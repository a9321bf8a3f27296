"""A headless Chromium and a running page, for the tests and the pictures."""

from __future__ import annotations

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect

from .errors import BotFailed, NoBrowser

_ROOT = Path(__file__).parents[1]
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_START_SECONDS = 60
#: Before something that does not appear is taken for missing.
_PATIENCE_MS = 30_000


def chromium() -> str:
    """Where it is.

    Raises:
        NoBrowser: nowhere.
    """
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and _MAC.exists():
        found = str(_MAC)
    if found is None:
        raise NoBrowser(f"No Chromium was found (looked for {', '.join(_NAMES)}): `make chromium`.")
    return found


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Raises ``NoBrowser``."""
    path = chromium()
    expect.set_options(timeout=_PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def playing(articles: Path) -> AsyncIterator[str]:
    """The address of `python -m play` over these articles, as a process of its own.

    Raises:
        BotFailed: it ended at once, or not well at the end; why is on standard error.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "play", "--port", "0", "--articles", str(articles)),
        cwd=_ROOT,
        stdout=PIPE,
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
        address = next((word for word in line.decode().split() if "://" in word), None)
        if address is None:
            raise BotFailed("The page did not start.")
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        status = await process.wait()
    if status != 0:
        raise BotFailed(f"The page ended with exit status {status}.")
