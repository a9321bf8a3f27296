"""The gateway connection: what is asked of it, its state, and when Discord last answered."""

import math
import time
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord.ext import commands

from bot.settings import BotSettings

if TYPE_CHECKING:
    from bot.client import Newsdesk

State = Literal["connecting", "ready", "disconnected"]
STATES: tuple[State, ...] = ("connecting", "ready", "disconnected")

# Discord asks for a heartbeat every 41 seconds; three that stay unanswered are no accident.
SILENT_SECONDS = 150.0


def intents(settings: BotSettings) -> discord.Intents:
    """What Discord is asked to tell; the content of messages only where a channel needs it."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.dm_messages = True
    wanted.message_content = settings.message_content or bool(settings.question_channels)
    return wanted


def shard_options(settings: BotSettings) -> dict[str, Any]:
    """For discord.py, which asks Discord how many shards there are to be where none are named."""
    return {} if settings.shards < 2 else {"shard_count": settings.shards}


class Gateway(commands.Cog):
    """Follows the connection; nothing here talks to Discord."""

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot
        self._connected = False
        self._lost = False
        self._shards_lost: set[int] = set()
        self._heard = time.perf_counter()

    @property
    def state(self) -> State:
        """``connecting`` until the first READY; ``disconnected`` while it has lost Discord."""
        if self._connected and self._bot.is_ready() and not self._shards_lost:
            return "ready"
        return "disconnected" if self._lost else "connecting"

    @property
    def silent_seconds(self) -> float:
        """Since Discord last answered a heartbeat, or connected.

        discord.py only looks whether anything at all arrives, and has no name for this: a
        connection that delivers events and answers no heartbeat is as good as lost.
        """
        heard = self._heard
        if self._connected and (acknowledged := self._acknowledged()):
            heard = max(heard, min(acknowledged))
        return time.perf_counter() - heard

    @property
    def latency(self) -> float:
        """Seconds of the last heartbeat; not a number before there was one."""
        return self._bot.latency if math.isfinite(self._bot.latency) else math.nan

    def _acknowledged(self) -> list[float]:
        """When each connection's last heartbeat was."""
        shards: Any = getattr(self._bot, "shards", None)
        sockets = [one._parent.ws for one in shards.values()] if shards else [self._bot.ws]
        keepers: list[Any] = [getattr(socket, "_keep_alive", None) for socket in sockets]
        return [keeper._last_ack for keeper in keepers if keeper]

    @commands.Cog.listener()
    async def on_shard_connect(self, shard: int) -> None:
        self._shards_lost.discard(shard)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard: int) -> None:
        self._shards_lost.discard(shard)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard: int) -> None:
        self._shards_lost.add(shard)

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        self._hear()

    @commands.Cog.listener()
    async def on_resumed(self) -> None:
        self._hear()

    @commands.Cog.listener()
    async def on_disconnect(self) -> None:
        # Told also where the very first connection fails.
        self._lost = self._lost or self._connected
        self._connected = False

    def _hear(self) -> None:
        self._connected = True
        self._lost = False
        self._heard = time.perf_counter()
