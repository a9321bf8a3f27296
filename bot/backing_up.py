"""A backup of the catalog a day, as long as the bot runs."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.repeating import repeat
from vectorstore import Vectorstore

if TYPE_CHECKING:
    from bot.client import Newsdesk

log = logging.getLogger(__name__)

# How often it is looked whether one is due: a backup that failed is tried again then.
_POLL_SECONDS = 600.0


async def keep_backed_up(bot: "Newsdesk") -> None:
    """Make what is due, until it is cancelled; what fails is logged, and told by diag."""
    if not bot.store.backups.wanted:
        return

    async def look() -> None:
        # It reads and writes for seconds, which neither questions nor ingests need wait for.
        await asyncio.to_thread(_made_if_due, bot.store)

    failure = "The catalog can't be backed up; trying again."
    await repeat(look, lambda: asyncio.sleep(_POLL_SECONDS), failure)


def _made_if_due(store: Vectorstore) -> None:
    made = store.backups.make_if_due(store.catalog, datetime.now(UTC))
    if made:
        log.info("Made the backup %s.", made.path)
