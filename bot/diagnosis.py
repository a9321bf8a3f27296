"""``/newsdesk diag``: what runs, how much there is, how fast it is, and what is missing."""

import math
import platform
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import TYPE_CHECKING

import discord

from bot.escaping import escape
from bot.permissions import lacking
from bot.texts import Words
from bot.titles import audience_of
from vectorstore import SHARED, Vectorstore
from vectorstore.backups import Backups

if TYPE_CHECKING:
    from bot.client import Newsdesk

# Of enough answers that one slow one does not count, and few enough to be of these days.
_LATEST = 50


@dataclass(frozen=True, slots=True)
class Counts:
    """What the store holds for a server."""

    articles: dict[str, int]
    """By audience."""
    passages: dict[str, int]
    seconds: list[float]
    """What the server's latest answers took."""
    backed_up: datetime | None
    """When the newest backup was made."""


def counted(store: Vectorstore, guild: int) -> Counts:
    """Blocking; raises ``CatalogError`` and ``BackupError``."""
    audiences = (SHARED, audience_of(guild))
    database = store.catalog.database
    articles = database.rows(
        "SELECT audience, COUNT(*) AS n FROM articles WHERE audience IN (?, ?) GROUP BY audience",
        audiences,
    )
    answers = database.rows(
        "SELECT json_extract(answer, '$.seconds') AS seconds FROM answers WHERE guild = ? "
        "ORDER BY id DESC LIMIT ?",
        (guild, _LATEST),
    )
    return Counts(
        {row["audience"]: row["n"] for row in articles},
        {audience: store.catalog.count(audience) for audience in audiences},
        [float(row["seconds"]) for row in answers],
        next((backup.made for backup in store.backups.all()), None),
    )


def report(
    bot: "Newsdesk",
    guild: discord.Guild,
    channel: discord.abc.GuildChannel | discord.Thread | None,
    counts: Counts,
    said: Words,
) -> str:
    """One message; ``channel`` is where it was asked for."""
    word = said.newsdesk
    model = bot.settings.chat_model
    return "\n".join(
        [
            f"**{word.diagnosis}**",
            word.versions.format(
                newsdesk=newsdesk_version(),
                python=platform.python_version(),
                discord=discord.__version__,
            ),
            _articles(guild.id, counts, said),
            word.embeddings.format(model=escape(bot.store.embeddings.identity)),
            word.chat_model.format(model=escape(model)) if model else word.no_chat_model,
            # The reason names the server, which is the operator's: it is in the log.
            *([word.index_trouble] if bot.store.index.trouble else []),
            _backup(bot.store.backups, counts, said),
            _latency(counts.seconds, said),
            *_gateway(bot, said),
            word.intent_on if bot.intents.message_content else word.intent_absent,
            _permissions(bot, guild, channel, said),
        ]
    )


def newsdesk_version() -> str:
    """Of the installed package."""
    try:
        return version("newsdesk")
    except PackageNotFoundError:
        # Run from a checkout that is not installed.
        return "?"


def _articles(guild: int, counts: Counts, said: Words) -> str:
    own = audience_of(guild)
    return said.newsdesk.articles.format(
        own=counts.articles.get(own, 0),
        own_passages=counts.passages[own],
        shared=counts.articles.get(SHARED, 0),
        shared_passages=counts.passages[SHARED],
    )


def _backup(backups: Backups, counts: Counts, said: Words) -> str:
    if backups.trouble:
        # The reason names a path, which is the operator's: it is in the log.
        return said.newsdesk.backup_failed
    if counts.backed_up is None:
        return said.newsdesk.no_backup
    return said.newsdesk.backup.format(time=f"<t:{int(counts.backed_up.timestamp())}:f>")


def _latency(seconds: list[float], said: Words) -> str:
    if not seconds:
        return said.newsdesk.no_latency
    return said.newsdesk.latency.format(count=len(seconds), seconds=f"{median(seconds):.2f}")


def _gateway(bot: "Newsdesk", said: Words) -> list[str]:
    # Not a number before the first heartbeat was answered.
    if not math.isfinite(bot.latency):
        return []
    return [said.newsdesk.gateway.format(milliseconds=round(bot.latency * 1000))]


def _permissions(
    bot: "Newsdesk",
    guild: discord.Guild,
    channel: discord.abc.GuildChannel | discord.Thread | None,
    said: Words,
) -> str:
    threads = bot.server_settings(guild.id).threads
    missing = lacking(channel, guild.me, threads=threads) if channel else ["view_channel"]
    if not missing:
        return said.newsdesk.permissions_complete
    names = ", ".join(f"**{said.permissions[name]}**" for name in missing)
    return f"⚠️ {said.newsdesk.permissions_missing.format(permissions=names)}"
