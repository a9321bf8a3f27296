"""Whether the bot's heart beats on while it ingests: Discord cuts off a bot that is silent.

The real bot as a process, against the stand-in, which asks for a heartbeat a second; a moderator
gives it a file of many paragraphs. What Discord would see is the longest silence.
"""

import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

from stand_in import DiscordServer, Permission

_ROOT = Path(__file__).parents[1]
_SECONDS_BETWEEN = 1.0
_SENTENCE = "Berth {} was let to a ferry company on Monday."
_START_SECONDS = 60
_INGEST_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """What was heard of the bot from the command to its report; seconds."""

    passages: int
    ingest_seconds: float
    heard: int
    longest_gap: float


async def measure_heartbeats(passages: int) -> Heartbeats:
    """Ingest an attachment of so many paragraphs, a sentence each, with the real embeddings."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as server:
            server.gateway.heartbeat_interval = _SECONDS_BETWEEN
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "stand_in.launch", str(server.port), "--until-stdin-ends", "--", "run"),
                cwd=folder,
                env=_environment(server.token, Path(folder)),
                stdin=PIPE,
            )
            try:
                return await _ingested(server, passages)
            finally:
                assert process.stdin is not None
                process.stdin.close()
                await process.wait()


async def _ingested(server: DiscordServer, passages: int) -> Heartbeats:
    guild = server.add_guild()
    channel = server.add_channel(guild)
    moderator = server.add_member(guild, "Moderator", permissions=Permission.MANAGE_MESSAGES)
    await server.wait_until_connected(_START_SECONDS)
    await server.backend.changes.until(
        lambda: bool(server.commands()) or None, _START_SECONDS, lambda: "no commands were synced"
    )
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


def _environment(token: str, folder: Path) -> dict[str, str]:
    """None of the person's own settings."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(_ROOT),
        "DISCORD_TOKEN": token,
        "VECTORSTORE_PATH": str(folder / "data"),
    }
