"""What the bot does again and again, as long as it runs."""

import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


async def repeat(
    turn: Callable[[], Awaitable[None]], pause: Callable[[], Awaitable[object]], failure: str
) -> None:
    """A turn, a pause, and so on until it is cancelled.

    What a turn could not do is due in the next one; ``failure`` is logged once, with the error,
    until a turn succeeds again.
    """
    failing = False
    while True:
        try:
            await turn()
            failing = False
        except Exception:
            if not failing:
                log.exception(failure)
            failing = True
        await pause()
