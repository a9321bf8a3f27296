"""The people and places of the stand-in: users, servers, roles, channels, threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from .permissions import BOT, EVERYONE, NONE, Permission
from .snowflakes import new_id, now

if TYPE_CHECKING:
    from .messages import Message


class ChannelKind(IntEnum):
    """[resources/channel, Channel Types]"""

    TEXT = 0
    DM = 1
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = (
    ChannelKind.ANNOUNCEMENT_THREAD,
    ChannelKind.PUBLIC_THREAD,
    ChannelKind.PRIVATE_THREAD,
)


@dataclass(eq=False, repr=False)
class User:
    name: str
    bot: bool = False
    accepts_dms: bool = True
    id: int = field(default_factory=new_id)

    def __repr__(self) -> str:
        return f"<User {self.name}>"

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False, repr=False)
class Role:
    name: str
    permissions: Permission = NONE
    mentionable: bool = False
    position: int = 1
    managed_by: User | None = None
    id: int = field(default_factory=new_id)

    def __repr__(self) -> str:
        return f"<Role {self.name}>"

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass
class Overwrite:
    allow: Permission = NONE
    deny: Permission = NONE
    of_role: bool = True


@dataclass(eq=False, repr=False)
class Member:
    user: User
    guild: Guild
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None
    joined_at: datetime = field(default_factory=now)

    def __repr__(self) -> str:
        return f"<Member {self.user.name} of {self.guild.name}>"


@dataclass
class ThreadState:
    owner: User
    auto_archive_minutes: int = 1440
    archived: bool = False
    locked: bool = False
    archive_changed: datetime = field(default_factory=now)
    members: set[int] = field(default_factory=set)
    tags: list[int] = field(default_factory=list)


@dataclass(eq=False, repr=False)
class Channel:
    name: str
    kind: ChannelKind = ChannelKind.TEXT
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    topic: str | None = None
    nsfw: bool = False
    slow_mode: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    #: Since when the bot types; its client shows that for ten seconds or until it writes.
    bot_types_since: datetime | None = None
    thread: ThreadState | None = None
    available_tags: dict[int, str] = field(default_factory=dict)
    tag_required: bool = False
    id: int = field(default_factory=new_id)

    def __repr__(self) -> str:
        return f"<Channel #{self.name}>"

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    @property
    def is_dm(self) -> bool:
        return self.kind is ChannelKind.DM

    def message(self, message_id: int) -> Message | None:
        """A message that is still there and that everyone in the channel may see."""
        found = (m for m in self.messages if m.id == message_id)
        return next((m for m in found if not m.deleted and not m.ephemeral), None)


@dataclass(eq=False, repr=False)
class Guild:
    name: str
    owner: User
    locale: str = "en-US"
    id: int = field(default_factory=new_id)
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Guild {self.name}>"

    def __post_init__(self) -> None:
        self.roles[self.id] = Role("@everyone", EVERYONE, position=0, id=self.id)
        self.add_member(self.owner)

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def threads(self) -> list[Channel]:
        return [c for c in self.channels.values() if c.is_thread]

    def add_role(self, name: str, permissions: Permission = NONE, *, mentionable: bool) -> Role:
        role = Role(name, permissions, mentionable, position=len(self.roles))
        self.roles[role.id] = role
        return role

    def add_member(
        self, user: User, permissions: Permission = NONE, roles: tuple[Role, ...] = ()
    ) -> Member:
        """Permissions of its own come to a member as a role of its own, as for a bot."""
        member = Member(user, self, list(roles))
        if permissions:
            own = self.add_role(user.name, permissions, mentionable=False)
            own.managed_by = user if user.bot else None
            member.roles.append(own)
        self.members[user.id] = member
        return member


class World:
    """Everything that exists, found by id."""

    def __init__(self, bot_name: str) -> None:
        self.bot = User(bot_name, bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.dms: dict[int, Channel] = {}

    def add_user(self, name: str, *, accepts_dms: bool = True) -> User:
        user = User(name, accepts_dms=accepts_dms)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, locale: str, bot_permissions: Permission = BOT) -> Guild:
        guild = Guild(name, self.add_user(f"Owner of {name}"), locale)
        guild.add_member(self.bot, bot_permissions)
        self.guilds[guild.id] = guild
        return guild

    def dm_with(self, user: User) -> Channel:
        for channel in self.dms.values():
            if channel.recipient is user:
                return channel
        channel = Channel("", ChannelKind.DM, recipient=user)
        self.dms[channel.id] = channel
        return channel

    def channel(self, channel_id: int) -> Channel | None:
        if channel_id in self.dms:
            return self.dms[channel_id]
        places = (guild.channels.get(channel_id) for guild in self.guilds.values())
        return next((channel for channel in places if channel), None)
