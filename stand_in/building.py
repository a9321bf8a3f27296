"""Making and changing servers, channels, roles and members; a connected bot is told."""

from __future__ import annotations

from collections.abc import Mapping

from .backend import Backend
from .permissions import BOT, NONE, Permission
from .snowflakes import new_id
from .world import Channel, ChannelKind, Guild, Member, Overwrite, Role, ThreadState, User

Target = User | Role
Rights = Mapping[Target, Permission]


class Building:
    backend: Backend

    def add_guild(
        self,
        name: str = "Readers",
        *,
        bot_permissions: Permission = BOT,
        locale: str = "en-US",
    ) -> Guild:
        """A server with its owner and the bot as members, and no channel yet."""
        guild = self.backend.world.add_guild(name, locale, bot_permissions)
        self.backend.events.guild_joined(guild)
        return guild

    def remove_guild(self, guild: Guild) -> None:
        """The bot is thrown out."""
        del self.backend.world.guilds[guild.id]
        self.backend.events.guild_left(guild)

    def add_channel(
        self,
        guild: Guild,
        name: str = "general",
        *,
        kind: ChannelKind = ChannelKind.TEXT,
        allow: Rights | None = None,
        deny: Rights | None = None,
        nsfw: bool = False,
    ) -> Channel:
        channel = Channel(name, kind, guild, nsfw=nsfw)
        self._overwrite(channel, allow or {}, deny or {})
        guild.channels[channel.id] = channel
        self.backend.events.channel("CREATE", channel)
        return channel

    def set_overwrites(
        self, channel: Channel, *, allow: Rights | None = None, deny: Rights | None = None
    ) -> None:
        """Replaces what the channel allowed and denied the ones named."""
        self._overwrite(channel, allow or {}, deny or {})
        self.backend.events.channel("UPDATE", channel)

    def remove_channel(self, channel: Channel) -> None:
        assert channel.guild is not None
        del channel.guild.channels[channel.id]
        self.backend.events.channel("DELETE", channel)

    def add_thread(self, channel: Channel, name: str, owner: User) -> Channel:
        """Started by a user; the bot sees it but has not joined it."""
        assert channel.guild is not None
        state = ThreadState(owner, members={owner.id})
        thread = Channel(name, ChannelKind.PUBLIC_THREAD, channel.guild, channel, thread=state)
        channel.guild.channels[thread.id] = thread
        self.backend.events.channel("CREATE", thread)
        return thread

    def add_forum_tag(self, forum: Channel, name: str) -> int:
        forum.available_tags[new_id()] = name
        self.backend.events.channel("UPDATE", forum)
        return list(forum.available_tags)[-1]

    def add_role(
        self,
        guild: Guild,
        name: str,
        *,
        permissions: Permission = NONE,
        mentionable: bool = False,
    ) -> Role:
        role = guild.add_role(name, permissions, mentionable=mentionable)
        self.backend.events.role_created(guild, role)
        return role

    def remove_role(self, guild: Guild, role: Role) -> None:
        """It is deleted; members lose it with it."""
        del guild.roles[role.id]
        for member in guild.members.values():
            member.roles = [kept for kept in member.roles if kept is not role]
        self.backend.events.role_deleted(guild, role)

    def set_permissions(self, guild: Guild, role: Role, permissions: Permission) -> None:
        role.permissions = permissions
        self.backend.events.role_changed(guild, role)

    def add_user(self, name: str, *, accepts_dms: bool = True) -> User:
        """Someone who shares no server with the bot."""
        return self.backend.world.add_user(name, accepts_dms=accepts_dms)

    def add_member(
        self,
        guild: Guild,
        who: str | User,
        *,
        permissions: Permission = NONE,
        roles: tuple[Role, ...] = (),
        accepts_dms: bool = True,
    ) -> User:
        """A user, new or known, joins; `permissions` come on top of @everyone's."""
        user = self.add_user(who, accepts_dms=accepts_dms) if isinstance(who, str) else who
        known = set(guild.roles)
        member = guild.add_member(user, permissions, roles)
        for role_id in set(guild.roles) - known:
            self.backend.events.role_created(guild, guild.roles[role_id])
        self.backend.events.member_joined(member)
        return user

    def remove_member(self, guild: Guild, user: User) -> None:
        del guild.members[user.id]
        self.backend.events.member_left(guild, user)

    def give_role(self, guild: Guild, user: User, role: Role) -> Member:
        member = guild.members[user.id]
        member.roles.append(role)
        self.backend.events.member_changed(member)
        return member

    def dm(self, user: User) -> Channel:
        """The channel of the user and the bot alone."""
        return self.backend.world.dm_with(user)

    def _overwrite(self, channel: Channel, allow: Rights, deny: Rights) -> None:
        for target in {*allow, *deny}:
            channel.overwrites[target.id] = Overwrite(
                allow.get(target, NONE), deny.get(target, NONE), isinstance(target, Role)
            )
