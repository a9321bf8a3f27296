"""A bot in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from stand_in import (
    DiscordServer,
)

BOT_PROGRAM = """
import os, sys, discord

class Bot(discord.Client):
    async def on_ready(self):
        channel = self.get_channel(int(sys.argv[1]))
        await channel.send(f"pid {os.getpid()} of {__name__}")

Bot(intents=discord.Intents.default(), guild_ready_timeout=0.1).run(os.environ["DISCORD_TOKEN"])
"""


@pytest.mark.asyncio
async def test_a_bot_in_a_process_of_its_own(server: DiscordServer, tmp_path: Path) -> None:
    channel = server.add_channel(server.add_guild())
    (tmp_path / "tiny.py").write_text(BOT_PROGRAM)
    here = str(Path(__file__).parent.parent)
    paths = os.pathsep.join([str(tmp_path), here])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "stand_in.launch", str(server.port), "--module", "tiny"),
        *("--", str(channel.id)),
        env=os.environ | {"PYTHONPATH": paths, "DISCORD_TOKEN": server.token},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        message = await server.wait_for_message(channel, timeout=15)
        assert message.content == f"pid {process.pid} of __main__"
    finally:
        process.kill()
        await process.wait()


@pytest.mark.asyncio
async def test_a_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    (tmp_path / "patient.py").write_text("import time; time.sleep(60)")
    here = str(Path(__file__).parent.parent)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "stand_in.launch", "1", "--module", "patient", "--until-stdin-ends"),
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), here])},
        stdin=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 30) == -15
