"""What the moderators of a server are told, and of which questions they know."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from discord.abc import Messageable

from bot.clicks import Click
from bot.delivery import UNDELIVERABLE
from bot.splitting import CONTENT_LIMIT, shorten
from bot.texts import Words
from vectorstore.database import Database, stamp

log = logging.getLogger(__name__)

# After that the articles may have come to tell it, and still don't.
_AGAIN = timedelta(days=7)


class Notices:
    """The questions that moderators were told of; methods block and may raise ``CatalogError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, answer_id: int) -> bool:
        """Note that the moderators are told of an answer's question; False where they were told of
        the same one, in that server, in the last week."""
        now = datetime.now(UTC)
        with self._database.transaction() as db:
            noted = db.execute(
                "UPDATE answers SET noticed_at = ? WHERE id = ? AND NOT EXISTS ("
                "SELECT 1 FROM answers AS other "
                "WHERE coalesce(other.guild, 0) = coalesce(answers.guild, 0) "
                "AND other.noticed_at BETWEEN ? AND ? "
                "AND lower(json_extract(other.answer, '$.question')) "
                "= lower(json_extract(answers.answer, '$.question')))",
                # Later than now is of a clock that was ahead: it would silence them till then.
                (stamp(now), answer_id, stamp(now - _AGAIN), stamp(now + _AGAIN)),
            )
            return noted.rowcount > 0

    def give_up(self, answer_id: int) -> None:
        """They could not be told: another click may try again."""
        with self._database.transaction() as db:
            db.execute("UPDATE answers SET noticed_at = NULL WHERE id = ?", (answer_id,))


async def to_moderators(click: Click, text: Callable[[Words], str]) -> bool:
    """Send a text to the moderators' channel of the clicker's server; False where there is none, or
    the bot may not write there. It pings nobody."""
    guild = click.interaction.guild
    if guild is None:
        return False
    client = click.interaction.client
    settings = client.server_settings(guild.id)
    # Only a channel of that very server, whatever is stored.
    channel = guild.get_channel_or_thread(settings.moderators_channel or 0)
    if not isinstance(channel, Messageable):
        return False
    said = client.said(guild.id, guild.preferred_locale.value)
    try:
        await channel.send(shorten(text(said), CONTENT_LIMIT), suppress_embeds=True)
    except UNDELIVERABLE as error:
        log.warning("The moderators of server %s can't be told: %s", guild.id, error)
        return False
    return True
