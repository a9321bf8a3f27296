"""How soon the bot answers from an article that another process ingested, and has it in its index.

The real bot and ``python -m ingest`` as processes, sharing a folder, a PostgreSQL database or a
Chroma server of their own on loopback. The clock starts when the ingest says that the article is
stored; the bot is asked until it quotes it, so a question's own time is part of it.
"""

import argparse
import asyncio
import sys
import tempfile
import time
import urllib.request
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from benchmarks.arguments import Commands, add_command, add_number
from benchmarks.bot_process import BotProcess
from stand_in import Channel, DiscordServer, User
from tests.chroma_server import ChromaProcess, free_port
from tests.postgres_server import binaries, running

_TOWNS = ("Ormsay", "Kestrel", "Waldau", "Tarnholm", "Brandner", "Ayaque", "Louvee", "Valmarande")
_PATIENCE = 60
_PAUSE = 0.02

Settings = dict[str, str]


@dataclass(frozen=True, slots=True)
class Shared:
    """What two processes share, and seconds after an article was stored, by article."""

    what: str
    answered: tuple[float, ...]
    indexed: tuple[float, ...]

    def told(self) -> Iterator[str]:
        """Median and worst of both."""
        for seconds in (self.answered, self.indexed):
            yield f"{median(seconds):.2f} s"
            yield f"{max(seconds):.2f} s"


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """``python -m benchmarks sharing``."""
    command = add_command(
        commands, "sharing", "how soon another process sees an article, and has it indexed", run
    )
    add_number(command, "--articles", 8, "that are waited for")


def run(options: argparse.Namespace, console: Console) -> int:
    """The command."""
    table = Table("shared", "quoted, median", "worst", "in the index, median", "worst")
    for cost in asyncio.run(measure_sharing(options.articles)):
        table.add_row(cost.what, *cost.told())
    console.print(table)
    return 0


async def measure_sharing(articles: int) -> list[Shared]:
    """For each of what can be shared; PostgreSQL where its server is installed."""
    found = [await _measured("a folder", articles, {}, apart=False)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chroma = ChromaProcess(folder)
        chroma.start()
        stack.callback(chroma.stop)
        server = {"VECTORSTORE_CHROMA_URL": chroma.url}
        found.append(await _measured("a folder, Chroma server", articles, server, apart=False))
        if programs := binaries():
            postgres = stack.enter_context(running(programs))
            for what, more in (("PostgreSQL", {}), ("PostgreSQL, Chroma server", server)):
                settings = {"VECTORSTORE_CATALOG_URL": postgres.new_schema(), **more}
                found.append(await _measured(what, articles, settings, apart=True))
    return found


async def _measured(what: str, articles: int, settings: Settings, *, apart: bool) -> Shared:
    """``apart``: each process has a folder of its own."""
    address = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        async with DiscordServer() as server:
            guild = server.add_guild()
            channel = server.add_channel(guild)
            asker = server.add_member(guild, "Asker")
            bot = BotProcess(server, folder, BOT_HEALTH_ADDRESS=address, **settings)
            environment = bot.environment() | {"PYTHONUNBUFFERED": "1"}
            if apart:
                environment["VECTORSTORE_PATH"] = str(folder / "elsewhere")
            await bot.start()
            try:
                times = [
                    await _one(server, channel, asker, number, folder, environment, address)
                    for number in range(articles + 1)
                ]
            finally:
                await bot.stop()
    # The first question of a process is slower, whatever it asks.
    answered, indexed = zip(*times[1:], strict=True)
    return Shared(what, answered, indexed)


async def _one(
    server: DiscordServer,
    channel: Channel,
    asker: User,
    number: int,
    folder: Path,
    environment: Settings,
    address: str,
) -> tuple[float, float]:
    """Seconds until an article is quoted, and until the index has it."""
    town = f"{_TOWNS[number % len(_TOWNS)]} {number // len(_TOWNS) + 1}"
    file = folder / f"{number}.txt"
    file.write_text(f"The ferry to {town} stops running on {number % 28 + 1} October.\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ingest", "add", str(file)),
        cwd=folder,
        env=environment,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(b"added"):
            break
    stored = time.monotonic()
    indexed = asyncio.create_task(asyncio.to_thread(_indexed, address, number + 1))
    asked = f"When does the ferry to {town} stop running?"
    while True:
        question = await server.user_says(channel, asker, asked, mentions=[server.bot])
        reply = await server.wait_for_reply(question, _PATIENCE)
        if f"The ferry to {town} stops" in reply.text:
            break
    answered = time.monotonic()
    seconds = answered - stored, await indexed - stored
    await process.wait()
    return seconds


def _indexed(address: str, passages: int) -> float:
    """When the bot's index had so many passages."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=_PATIENCE) as answer:
            text = answer.read().decode()
        for family in text_string_to_metric_families(text):
            if family.name == "newsdesk_index_passages" and family.samples[0].value >= passages:
                return time.monotonic()
        time.sleep(_PAUSE)
    raise TimeoutError(f"The index has not had {passages} passages within {_PATIENCE} seconds.")
