"""Whether the bot's heart beats on while it ingests: Discord cuts off a bot that is silent.

The real bot as a process, against the stand-in, which asks for a heartbeat a second; a moderator
gives it a file of many paragraphs. What Discord would see is the longest silence.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.arguments import Commands, add_command, add_number
from benchmarks.bot_process import BotProcess
from stand_in import DiscordServer, Permission

_SECONDS_BETWEEN = 1.0
_SENTENCE = "Berth {} was let to a ferry company on Monday."
_INGEST_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """What was heard of the bot from the command to its report; seconds."""

    passages: int
    ingest_seconds: float
    heard: int
    longest_gap: float


def add_parser(commands: "Commands[argparse.ArgumentParser]") -> None:
    """``python -m benchmarks heartbeats``."""
    command = add_command(
        commands, "heartbeats", "how long the bot is silent while it ingests", run
    )
    add_number(command, "--paragraphs", 2_000, "of the article")


def run(options: argparse.Namespace, console: Console) -> int:
    """The command."""
    heard = asyncio.run(measure_heartbeats(options.paragraphs))
    table = Table("passages", "ingest", "heartbeats", "longest gap")
    table.add_row(
        f"{heard.passages:,}",
        f"{heard.ingest_seconds:.0f} s",
        str(heard.heard),
        f"{heard.longest_gap:.2f} s",
    )
    console.print(table)
    return 0


async def measure_heartbeats(passages: int) -> Heartbeats:
    """Ingest an attachment of so many paragraphs, a sentence each, with the real embeddings."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as server:
            server.gateway.heartbeat_interval = _SECONDS_BETWEEN
            bot = BotProcess(server, Path(folder))
            await bot.start()
            try:
                return await _ingested(server, passages)
            finally:
                await bot.stop()


async def _ingested(server: DiscordServer, passages: int) -> Heartbeats:
    guild = server.add_guild()
    channel = server.add_channel(guild)
    moderator = server.add_member(guild, "Moderator", permissions=Permission.MANAGE_MESSAGES)
    [connection] = server.gateway.connections
    began = time.monotonic()
    given = {"attachment": ("many.md", _file(passages))}
    interaction = await server.user_command(channel, moderator, "ingest", given)
    await interaction.wait_for_response(_INGEST_SECONDS, lambda m: "added: 1" in m.text)
    ended = time.monotonic()
    heard = [at for at in connection.heard_at if began <= at <= ended]
    gaps = [after - before for before, after in zip([began, *heard], [*heard, ended], strict=True)]
    return Heartbeats(passages, ended - began, len(heard), max(gaps))


def _file(passages: int) -> bytes:
    lines = [_SENTENCE.format(number) for number in range(1, passages + 1)]
    return "\n\n".join(["# The register of the berths", *lines]).encode()
