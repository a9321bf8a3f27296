"""The ingest of the articles and the real bot, as processes in a folder of their own."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path

from .errors import BotFailed
from .newsroom import Newsroom

_ROOT = Path(__file__).parents[1]
_OWN = ("BOT_", "DISCORD_", "INGEST_", "VECTORSTORE_")
#: The bot delivers what it accepted; it takes 20 s at most for that.
_END_SECONDS = 25


def environment(folder: Path, articles: Path) -> dict[str, str]:
    """None of the person's own settings: their store and their chat model are left alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    return kept | {
        "PYTHONPATH": str(_ROOT),
        "VECTORSTORE_PATH": str(folder / "data"),
        # Another bot on the machine keeps its address.
        "BOT_HEALTH_ADDRESS": "",
        "INGEST_SOURCES": str(articles),
    }


async def ingest(newsroom: Newsroom, folder: Path, articles: Path) -> None:
    """Read the articles, telling how far it is.

    Raises:
        BotFailed: not all of them could be read; why is on standard error.
    """
    process = await _start(folder, articles, "-m", "ingest", "add", "--json", str(articles))
    assert process.stdout is not None
    read = 0
    try:
        async for _line in process.stdout:
            read += 1
            newsroom.say(f"Newsdesk is reading the sample articles: {read} so far …")
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status != 0:
        raise BotFailed(f"The articles in {articles} could not all be read.")


async def run_bot(newsroom: Newsroom, folder: Path, articles: Path) -> None:
    """Until it ends by itself, which it should not.

    Raises:
        BotFailed: it has ended; why is on standard error.
    """
    server = newsroom.server
    process = await _start(
        folder,
        articles,
        *("-m", "stand_in.launch", str(server.port), "--until-stdin-ends", "--", "run"),
        more={"DISCORD_TOKEN": server.token, "BOT_QUESTION_CHANNELS": str(newsroom.questions.id)},
    )
    watching = asyncio.create_task(_say_when_ready(newsroom))
    try:
        status = await process.wait()
    finally:
        watching.cancel()
        await _end(process)
    raise BotFailed(f"The bot has ended by itself, with exit status {status}.")


async def _say_when_ready(newsroom: Newsroom) -> None:
    newsroom.say("Newsdesk is starting …")
    changes = newsroom.server.backend.changes

    def ready() -> bool | None:
        return (newsroom.server.connected and bool(newsroom.server.commands())) or None

    # Until cancelled: how long it takes is the machine's affair.
    while True:
        with suppress(TimeoutError):
            await changes.until(ready, 60, lambda: "the bot is not there yet")
            newsroom.say("")
            return


async def _start(
    folder: Path,
    articles: Path,
    *arguments: str,
    more: dict[str, str] | None = None,
) -> Process:
    """In the folder, where no ``.env`` is, and in a session of its own: a Ctrl-C in the terminal
    is for us, and we tell it."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
        env=environment(folder, articles) | (more or {}),
        stdin=PIPE,
        stdout=PIPE if more is None else DEVNULL,
        start_new_session=True,
    )


async def _end(process: Process) -> None:
    """Closing its standard input is what tells it to end."""
    if process.returncode is not None:
        return
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
