"""Which happening is told as which event, and to whom [events/gateway-events]."""

from __future__ import annotations

from . import message_payloads, payloads
from .gateway import Gateway, Session
from .intents import Intent
from .messages import Message
from .refusals import Json
from .snowflakes import now
from .world import Channel, Guild, Member, Role, User


class Events:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._bot = gateway.world.bot

    def message_created(self, message: Message) -> None:
        self._message("MESSAGE_CREATE", message)

    def message_edited(self, message: Message) -> None:
        self._message("MESSAGE_UPDATE", message)

    def message_deleted(self, message: Message) -> None:
        place = _place(message.channel) | {"id": str(message.id)}
        if not message.ephemeral:
            self._in_messages(message.channel, "MESSAGE_DELETE", place)

    def bulk_deleted(self, channel: Channel, messages: list[Message]) -> None:
        ids = {"ids": [str(message.id) for message in messages]}
        self._in_messages(channel, "MESSAGE_DELETE_BULK", _place(channel) | ids)

    def reaction(self, message: Message, user: User, emoji: str, *, added: bool) -> None:
        data = _place(message.channel) | {
            "user_id": str(user.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        guild = message.channel.guild
        if guild and added and user.id in guild.members:
            data["member"] = payloads.full_member(guild.members[user.id])
        event = "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE"
        reactions = Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS
        self._gateway.dispatch_in(message.channel, event, data, *reactions)

    def typing(self, channel: Channel, user: User) -> None:
        data = _place(channel) | {"user_id": str(user.id), "timestamp": int(now().timestamp())}
        typing = Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING
        self._gateway.dispatch_in(channel, "TYPING_START", data, *typing)

    def interaction_created(self, payload: Json) -> None:
        """Interactions need no intent."""
        self._gateway.dispatch("INTERACTION_CREATE", payload)

    def guild_joined(self, guild: Guild) -> None:
        self._gateway.dispatch("GUILD_CREATE", payloads.guild(guild, self._bot), Intent.GUILDS)

    def guild_left(self, guild: Guild) -> None:
        self._gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, Intent.GUILDS)

    def channel(self, change: str, channel: Channel) -> None:
        """`change`: CREATE, UPDATE or DELETE, of a channel or a thread."""
        kind = "THREAD" if channel.is_thread else "CHANNEL"
        data = payloads.channel(channel)
        if kind == "THREAD" and change == "CREATE":
            data["newly_created"] = True
        self._gateway.dispatch_in(channel, f"{kind}_{change}", data, Intent.GUILDS)

    def role_created(self, guild: Guild, role: Role) -> None:
        data = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self._gateway.dispatch("GUILD_ROLE_CREATE", data, Intent.GUILDS)

    def role_deleted(self, guild: Guild, role: Role) -> None:
        data = {"guild_id": str(guild.id), "role_id": str(role.id)}
        self._gateway.dispatch("GUILD_ROLE_DELETE", data, Intent.GUILDS)

    def role_changed(self, guild: Guild, role: Role) -> None:
        data = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self._gateway.dispatch("GUILD_ROLE_UPDATE", data, Intent.GUILDS)

    def member_joined(self, member: Member) -> None:
        data = payloads.full_member(member) | {"guild_id": str(member.guild.id)}
        self._gateway.dispatch("GUILD_MEMBER_ADD", data, Intent.GUILD_MEMBERS)

    def member_changed(self, member: Member) -> None:
        """Its own changes reach a bot without the members intent too."""
        data = payloads.full_member(member) | {"guild_id": str(member.guild.id)}
        needs = Intent.GUILDS if member.user is self._bot else Intent.GUILD_MEMBERS
        self._gateway.dispatch("GUILD_MEMBER_UPDATE", data, needs)

    def member_left(self, guild: Guild, user: User) -> None:
        data = {"guild_id": str(guild.id), "user": payloads.user(user)}
        self._gateway.dispatch("GUILD_MEMBER_REMOVE", data, Intent.GUILD_MEMBERS)

    def _message(self, event: str, message: Message) -> None:
        def seen_by(session: Session) -> Json:
            content = bool(session.intents & Intent.MESSAGE_CONTENT)
            return message_payloads.dispatched(message, self._bot, content=content)

        if not message.ephemeral:
            intents = Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES
            self._gateway.dispatch_in(message.channel, event, seen_by, *intents)

    def _in_messages(self, channel: Channel, event: str, data: Json) -> None:
        intents = Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES
        self._gateway.dispatch_in(channel, event, data, *intents)


def _place(channel: Channel) -> Json:
    place: Json = {"channel_id": str(channel.id)}
    return place | ({"guild_id": str(channel.guild.id)} if channel.guild else {})
