"""What each Discord server settled for itself, kept in the catalog's file."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from vectorstore.database import Database


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server's settings; the defaults are those of a server that settled nothing."""

    editor_roles: tuple[int, ...] = ()
    """Roles whose members may add and remove articles, besides those who manage messages."""
    question_channels: tuple[int, ...] = ()
    """Channels where every message is a question; needs the message content intent."""
    answer_channels: tuple[int, ...] = ()
    """The only channels (and their threads) where it answers; empty: all that it sees."""
    threads: bool = False
    """Answer each question that isn't in a thread yet in a thread of its own."""
    language: str | None = None
    """Of the fixed words, for everyone; None: each member's own."""
    member_seconds: float = 0.0
    """Seconds between two questions of one member; 0: no wait."""
    server_questions: int = 0
    """Questions that the server may ask a minute; 0: no limit."""
    moderators_channel: int | None = None
    """Where moderators are told that the articles don't tell, and of wrong sources."""


class Servers:
    """Settings by server; every method does blocking I/O and may raise ``CatalogError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settings(self, guild: int) -> ServerSettings:
        with self._database.wrapped():
            row = self._database.connection.execute(
                "SELECT settings FROM servers WHERE guild = ?", (guild,)
            ).fetchone()
        return _loaded(row["settings"]) if row else ServerSettings()

    def save(self, guild: int, settings: ServerSettings) -> None:
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO servers (guild, settings) VALUES (?, ?) "
                "ON CONFLICT (guild) DO UPDATE SET settings = excluded.settings",
                (guild, _dumped(settings)),
            )

    def left(self, guild: int) -> None:
        """Note that the bot is no longer in a server, unless that is noted already."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO servers (guild, left_at) VALUES (?, ?) "
                "ON CONFLICT (guild) DO UPDATE SET left_at = coalesce(left_at, excluded.left_at)",
                (guild, datetime.now(UTC).isoformat(timespec="seconds")),
            )

    def returned(self, guild: int) -> None:
        """Note that the bot is in a server (again)."""
        with self._database.transaction() as db:
            db.execute("UPDATE servers SET left_at = NULL WHERE guild = ?", (guild,))

    def left_before(self, time: datetime) -> list[int]:
        """The servers that the bot left before a time."""
        with self._database.wrapped():
            rows = self._database.connection.execute(
                "SELECT guild FROM servers WHERE left_at < ?",
                (time.astimezone(UTC).isoformat(timespec="seconds"),),
            ).fetchall()
        return [row["guild"] for row in rows]

    def forget(self, guild: int) -> None:
        with self._database.transaction() as db:
            db.execute("DELETE FROM servers WHERE guild = ?", (guild,))


def _dumped(settings: ServerSettings) -> str:
    default = asdict(ServerSettings())
    return json.dumps({k: v for k, v in asdict(settings).items() if v != default[k]})


def _loaded(text: str) -> ServerSettings:
    values = json.loads(text)
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return ServerSettings(**values | lists)
