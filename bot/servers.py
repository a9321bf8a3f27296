"""What each Discord server settled for itself, kept in the catalog's file."""

import json
import threading
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.errors import ConfigurationError
from vectorstore.database import Database, stamp


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


_DEFAULT = ServerSettings()
_OWNER = "application"
OTHER_BOT = (
    "The articles and answers in this store belong to the bot of application {owner}, and "
    "DISCORD_TOKEN is of application {application}: to that one the other's servers would look "
    "left, and their articles would be deleted. Give each bot a store of its own "
    "(VECTORSTORE_PATH, VECTORSTORE_CATALOG_URL), or, where this bot replaces the other, end that "
    "one and run: python -m bot handover"
)
_PRESENT = "INSERT INTO servers (guild) VALUES (?) ON CONFLICT (guild) DO UPDATE SET left_at = NULL"
_LEFT = (
    "INSERT INTO servers (guild, left_at) VALUES (?, ?) "
    "ON CONFLICT (guild) DO UPDATE SET left_at = coalesce(servers.left_at, excluded.left_at)"
)


class Servers:
    """Settings by server. Every method but ``settings`` does blocking I/O, and so does making one;
    all of them may raise ``CatalogError``.

    One process at a time runs the bot, so what was read at the start needs no reading again; of one
    application, since which servers were left is told from all that it is in.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changing = threading.Lock()
        rows = database.rows("SELECT guild, settings FROM servers")
        self._settings = {row["guild"]: _loaded(row["settings"]) for row in rows}

    def settings(self, guild: int | None) -> ServerSettings:
        """At once, from memory; ``None`` is a direct message, where nothing is settled."""
        return self._settings.get(guild or 0, _DEFAULT)

    def all(self) -> dict[int, ServerSettings]:
        """By server."""
        return dict(self._settings)

    def save(self, guild: int, settings: ServerSettings) -> None:
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO servers (guild, settings) VALUES (?, ?) "
                "ON CONFLICT (guild) DO UPDATE SET settings = excluded.settings",
                (guild, _dumped(settings)),
            )
        self._settings[guild] = settings

    def change(
        self, guild: int, change: Callable[[ServerSettings], ServerSettings]
    ) -> ServerSettings:
        """Save what ``change`` makes of the settings; two changes at once are both kept."""
        with self._changing:
            changed = change(self.settings(guild))
            self.save(guild, changed)
        return changed

    def owner(self) -> int | None:
        """The application (Discord's id) whose bot has the store; None: no bot has had it yet."""
        rows = self._database.rows("SELECT value FROM meta WHERE key = ?", (_OWNER,))
        return int(rows[0]["value"]) if rows else None

    def claim(self, application: int) -> None:
        """Note that an application's bot has the store, where none has it yet.

        Raises:
            ConfigurationError: another application's has it. To that one's servers this one would
                be a stranger, and take them for left.
        """
        owner = self.owner()
        if owner is None:
            with self._database.transaction() as db:
                db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_OWNER, str(application)))
            owner = self.owner()
        if owner != application:
            raise ConfigurationError(OTHER_BOT.format(owner=owner, application=application))

    def hand_over(self) -> int | None:
        """Let the next bot that starts have the store; the application that had it, if one had."""
        with self._database.transaction() as db:
            owner = self.owner()
            db.execute("DELETE FROM meta WHERE key = ?", (_OWNER,))
        return owner

    def present(self, guilds: Collection[int], shard: int = 0, shards: int = 1) -> None:
        """Note in which servers the bot is, and of all others that it was in, that it left them.

        Of a shard's own servers: it knows nothing of those of other processes.
        """
        with self._database.transaction() as db:
            db.executemany(_PRESENT, [(guild,) for guild in guilds])
            known = db.execute("SELECT guild FROM servers WHERE left_at IS NULL").fetchall()
            # [topics/gateway, Sharding]
            own = {row["guild"] for row in known if (row["guild"] >> 22) % shards == shard}
            gone = own.difference(guilds)
            db.executemany(_LEFT, [(guild, stamp()) for guild in gone])

    def left(self, guild: int) -> None:
        """Note that the bot is no longer in a server, unless that is noted already."""
        with self._database.transaction() as db:
            db.execute(_LEFT, (guild, stamp()))

    def returned(self, guild: int) -> None:
        """Note that the bot is in a server (again)."""
        with self._database.transaction() as db:
            db.execute(_PRESENT, (guild,))

    def left_before(self, time: datetime) -> list[int]:
        """The servers that the bot left before a time."""
        rows = self._database.rows(
            "SELECT guild FROM servers WHERE left_at < ? ORDER BY guild",
            (stamp(time),),
        )
        return [row["guild"] for row in rows]

    def forget(self, guild: int) -> None:
        with self._database.transaction() as db:
            db.execute("DELETE FROM servers WHERE guild = ?", (guild,))
        self._settings.pop(guild, None)


def _dumped(settings: ServerSettings) -> str:
    default = asdict(ServerSettings())
    return json.dumps({k: v for k, v in asdict(settings).items() if v != default[k]})


def _loaded(text: str) -> ServerSettings:
    values = json.loads(text)
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return ServerSettings(**values | lists)
