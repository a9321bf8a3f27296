"""The real bot as a process of its own, against a stand-in Discord in this one."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from stand_in import DiscordServer

_ROOT = Path(__file__).parents[1]
_START_SECONDS = 60
_END_SECONDS = 60


class BotProcess:
    """Runs until ``stop``; ends with this process, however that ends."""

    def __init__(self, server: DiscordServer, folder: Path, **settings: str) -> None:
        self._server = server
        self._folder = folder
        self._settings = settings
        self._process: Process | None = None

    async def start(self) -> None:
        """Wait until it is connected and its commands are known."""
        server = self._server
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "stand_in.launch", str(server.port), "--until-stdin-ends", "--", "run"),
            cwd=self._folder,
            env=self.environment() | {"DISCORD_TOKEN": server.token},
            stdin=PIPE,
            stderr=DEVNULL,
        )
        await server.backend.changes.until(
            lambda: (server.connected and bool(server.commands())) or None,
            _START_SECONDS,
            lambda: "the bot is not there yet",
        )

    async def stop(self) -> None:
        """Let it deliver what it accepted."""
        await self._signalled(signal.SIGTERM)

    async def kill(self) -> None:
        await self._signalled(signal.SIGKILL)

    def environment(self) -> dict[str, str]:
        """None of the person's own settings."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(Path.home()),
            "PYTHONPATH": str(_ROOT),
            "VECTORSTORE_PATH": str(self._folder / "data"),
            **self._settings,
        }

    def megabytes(self) -> float:
        """Its memory now (Linux: resident)."""
        assert self._process is not None
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1_000_000

    async def _signalled(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        await asyncio.wait_for(self._process.wait(), _END_SECONDS)
