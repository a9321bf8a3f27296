"""[events/gateway]: sessions, which outlive their connections, and dispatching to them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import payloads
from .intents import ALWAYS, Intent, application_flags
from .permissions import Permission, of_user
from .refusals import Json
from .waiting import Changes
from .world import Channel, Guild, World

if TYPE_CHECKING:
    from .connection import Connection

MEMBERS_A_CHUNK = 1000
#: Events whose own id is the server's.
_OF_SERVERS = ("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE")


@dataclass(eq=False)
class Session:
    intents: Intent
    #: Its number, and how many there are [events/gateway, Sharding].
    shard: tuple[int, int] = (0, 1)
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    sent: list[Json] = field(default_factory=list)
    connection: Connection | None = None

    def has(self, guild: object) -> bool:
        """Whether it is told of a server; what is of none goes to the first shard."""
        number, count = self.shard
        return (int(str(guild)) >> 22) % count == number if guild else number == 0

    def dispatch(self, event: str, data: Json) -> None:
        """Kept for a RESUME, and sent at once where there is a connection."""
        self.sequence += 1
        payload = {"op": 0, "t": event, "s": self.sequence, "d": data}
        self.sent.append(payload)
        if self.connection:
            self.connection.send(payload)

    def replay_after(self, sequence: int) -> None:
        assert self.connection is not None
        for payload in self.sent[sequence:]:
            self.connection.send(payload)


class Gateway:
    def __init__(self, world: World, token: str, allowed_privileged_intents: Intent) -> None:
        self.world = world
        self.token = token
        self.allowed_privileged_intents = allowed_privileged_intents
        self.changes = Changes()
        self.heartbeat_interval = 41.25
        self.answers_heartbeats = True
        self.available = True
        self.resume_url = ""
        #: How many it recommends.
        self.shards = 1
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identify_payloads: list[Json] = []
        self.resume_payloads: list[Json] = []
        self.presences: list[Json] = []

    def start(
        self, intents: Intent, connection: Connection, shard: tuple[int, int] = (0, 1)
    ) -> Session:
        """READY and, for those who asked for servers, each of them [events/gateway, Ready]."""
        session = Session(intents, shard, connection=connection)
        self.sessions[session.id] = session
        guilds = [guild for guild in self.world.guilds.values() if session.has(guild.id)]
        flags = application_flags(self.allowed_privileged_intents)
        ready: Json = {
            "v": 10,
            "user": payloads.bot_user(self.world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.resume_url,
            "private_channels": [],
            "shard": list(shard),
            "application": {"id": str(self.world.bot.id), "flags": flags},
        }
        session.dispatch("READY", ready)
        for guild in guilds:
            if intents & Intent.GUILDS:
                session.dispatch("GUILD_CREATE", payloads.guild(guild, self.world.bot))
        self.changes.happened()
        return session

    def resume(self, session_id: object, sequence: object, connection: Connection) -> bool:
        """Whether the session is still there; everything after `sequence` is sent again."""
        session = self.sessions.get(str(session_id))
        if session is None or not isinstance(sequence, int) or sequence > session.sequence:
            return False
        session.connection = connection
        connection.session = session
        session.replay_after(sequence)
        session.dispatch("RESUMED", {})
        self.changes.happened()
        return True

    def dispatch(
        self, event: str, data: Json | Callable[[Session], Json], needs: Intent = ALWAYS
    ) -> None:
        """To every session that asked for one of the intents in `needs`."""
        for session in list(self.sessions.values()):
            if needs is not ALWAYS and not needs & session.intents:
                continue
            told = data(session) if callable(data) else data
            if session.has(told.get("id") if event in _OF_SERVERS else told.get("guild_id")):
                session.dispatch(event, told)

    def dispatch_in(
        self,
        channel: Channel,
        event: str,
        data: Json | Callable[[Session], Json],
        in_server: Intent,
        in_dm: Intent = ALWAYS,
    ) -> None:
        """What happens in a channel is told only to a bot that can see it."""
        if of_user(self.world.bot, channel) & Permission.VIEW_CHANNEL:
            self.dispatch(event, data, in_dm if channel.is_dm else in_server)

    def send_members(self, session: Session, wanted: Json) -> None:
        """[events/gateway-events, Request Guild Members]"""
        guild = self.world.guilds.get(int(wanted.get("guild_id", 0)))
        if guild is None or not (session.intents & Intent.GUILD_MEMBERS or _is_narrow(wanted)):
            return
        found = _matching(guild, wanted)
        size = MEMBERS_A_CHUNK
        chunks = [found[at : at + size] for at in range(0, len(found), size)] or [[]]
        for place, chunk in enumerate(chunks):
            answer: Json = {
                "guild_id": str(guild.id),
                "members": chunk,
                "chunk_index": place,
                "chunk_count": len(chunks),
                "not_found": [],
            }
            nonce = {"nonce": wanted["nonce"]} if "nonce" in wanted else {}
            session.dispatch("GUILD_MEMBERS_CHUNK", answer | nonce)


def _is_narrow(wanted: Json) -> bool:
    """The whole list needs the members intent, a search or some ids do not."""
    return bool(wanted.get("query") or wanted.get("user_ids"))


def _matching(guild: Guild, wanted: Json) -> list[Json]:
    ids = wanted.get("user_ids")
    if ids:
        listed = {int(i) for i in (ids if isinstance(ids, list) else [ids])}
        found = [m for m in guild.members.values() if m.user.id in listed]
    else:
        query = str(wanted.get("query", "")).lower()
        found = [m for m in guild.members.values() if m.user.name.lower().startswith(query)]
        limit = int(wanted.get("limit") or 0)
        found = found[:limit] if limit else found
    return [payloads.full_member(member) for member in found]
