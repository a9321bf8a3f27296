"""How often a member, and all of a server, may ask."""

import math
from collections import deque
from collections.abc import Callable

from bot.errors import BotError
from bot.servers import ServerSettings
from bot.texts import Words

_MINUTE = 60.0


class CoolingDown(BotError):
    """It is too early for another question; the message says how long to wait."""


class Cooldowns:
    """The latest questions of each server, in memory: a restart forgets them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock`` tells seconds and never goes back."""
        self._clock = clock
        self._asked: dict[int, deque[tuple[float, int]]] = {}

    def check(self, guild: int | None, member: int, settings: ServerSettings, said: Words) -> None:
        """Count a question that is about to be accepted; a refused one does not count.

        Raises:
            CoolingDown: the member, or the server, has to wait.
        """
        if guild is None or not (settings.member_seconds or settings.server_questions):
            return
        now = self._clock()
        asked = self._asked.setdefault(guild, deque())
        while asked and now - asked[0][0] >= max(_MINUTE, settings.member_seconds):
            asked.popleft()
        if wait := _member_wait(asked, member, settings, now):
            raise CoolingDown(said.member_cooldown.format(seconds=math.ceil(wait)))
        if wait := _server_wait(asked, settings, now):
            raise CoolingDown(said.server_cooldown.format(seconds=math.ceil(wait)))
        asked.append((now, member))

    def forget(self, guild: int) -> None:
        """Drop what a server asked."""
        self._asked.pop(guild, None)


def _member_wait(
    asked: deque[tuple[float, int]], member: int, settings: ServerSettings, now: float
) -> float:
    last = next((time for time, who in reversed(asked) if who == member), None)
    return 0.0 if last is None else max(0.0, last + settings.member_seconds - now)


def _server_wait(asked: deque[tuple[float, int]], settings: ServerSettings, now: float) -> float:
    if not settings.server_questions:
        return 0.0
    times = [time for time, _ in asked if now - time < _MINUTE]
    if len(times) < settings.server_questions:
        return 0.0
    # When the oldest of as many as are allowed is a minute old, there is room for another.
    return times[-settings.server_questions] + _MINUTE - now
