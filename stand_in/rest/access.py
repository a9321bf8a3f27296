"""The checks that many routes share: is it there, may the bot see it, may it do that?"""

from __future__ import annotations

from stand_in.messages import Message
from stand_in.permissions import Permission, of_user
from stand_in.refusals import missing_access, missing_permissions, unknown
from stand_in.world import Channel, Guild

from .calls import Call


def visible_channel(call: Call) -> Channel:
    channel = call.backend.world.channel(call.id("channel"))
    if channel is None:
        raise unknown("Channel")
    if not may(call, channel, Permission.VIEW_CHANNEL):
        raise missing_access()
    return channel


def visible_message(call: Call, channel: Channel) -> Message:
    message = channel.message(call.id("message"))
    if message is None:
        raise unknown("Message")
    return message


def joined_guild(call: Call) -> Guild:
    guild = call.backend.world.guilds.get(call.id("guild"))
    if guild is None:
        raise unknown("Guild")
    return guild


def may(call: Call, channel: Channel, permission: Permission) -> bool:
    return permission in of_user(call.backend.world.bot, channel)


def require(call: Call, channel: Channel, permission: Permission) -> None:
    if not may(call, channel, permission):
        raise missing_permissions()
