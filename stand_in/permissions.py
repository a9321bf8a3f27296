"""Who may do what in a channel [topics/permissions]."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .world import Channel, Guild, Member, User


class Permission(IntFlag):
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


NONE = Permission(0)
ALL = Permission(sum(Permission))
#: What a fresh server's @everyone may do.
EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
#: The bot may mention everyone, so that a test proves that the bot itself refrains.
BOT = EVERYONE | Permission.MENTION_EVERYONE

_NEEDS_SENDING = (
    Permission.MENTION_EVERYONE
    | Permission.SEND_TTS_MESSAGES
    | Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
)


def server_wide(member: Member) -> Permission:
    """The union of the member's roles; the owner and administrators may do everything."""
    if member.user is member.guild.owner:
        return ALL
    granted = member.guild.everyone.permissions
    for role in member.roles:
        granted |= role.permissions
    return ALL if granted & Permission.ADMINISTRATOR else granted


def in_channel(member: Member, channel: Channel) -> Permission:
    """Server-wide permissions, changed by the channel's overwrites; threads use their parent's."""
    granted = server_wide(member)
    if granted & Permission.ADMINISTRATOR:
        return ALL
    return _implied(_overwritten(granted, member, channel.parent or channel), channel)


def of_user(user: User, channel: Channel) -> Permission:
    """In a DM everything is allowed to its two people; strangers to a server see nothing."""
    if channel.guild is None:
        return ALL
    member = channel.guild.members.get(user.id)
    return in_channel(member, channel) if member else NONE


def mentionable(guild: Guild, role_id: int, author: Permission) -> bool:
    """Whether <@&role> rings: the role allows it, or the author may mention everyone."""
    role = guild.roles.get(role_id)
    return role is not None and (role.mentionable or bool(author & Permission.MENTION_EVERYONE))


def _overwritten(granted: Permission, member: Member, channel: Channel) -> Permission:
    everyone = channel.overwrites.get(member.guild.id)
    if everyone:
        granted = granted & ~everyone.deny | everyone.allow
    mine = [channel.overwrites[role.id] for role in member.roles if role.id in channel.overwrites]
    for overwrite in mine:
        granted &= ~overwrite.deny
    for overwrite in mine:
        granted |= overwrite.allow
    own = channel.overwrites.get(member.user.id)
    return granted & ~own.deny | own.allow if own else granted


def _implied(granted: Permission, channel: Channel) -> Permission:
    """[topics/permissions, Implicit Permissions]"""
    if not granted & Permission.VIEW_CHANNEL:
        return NONE
    sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    return granted if granted & sending else granted & ~_NEEDS_SENDING
