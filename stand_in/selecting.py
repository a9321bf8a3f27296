"""What menus of users, roles and channels offer, and how Discord tells the choice
[interactions/receiving-and-responding, Resolved Data Structure]."""

from __future__ import annotations

from collections.abc import Sequence

from . import payloads
from .options import NotOffered
from .permissions import Permission, of_user
from .refusals import Json
from .world import Channel, Guild, User

USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = range(5, 9)


def resolved(select: Json, ids: Sequence[str], clicker: User, place: Channel) -> Json:
    """The chosen users, roles and channels in full; nothing for a menu of texts.

    NotOffered for what the menu does not list: the client fills it itself.
    """
    kind = select["type"]
    if kind not in range(USER_SELECT, CHANNEL_SELECT + 1):
        return {}
    guild = place.guild
    if guild is None:
        raise NotOffered("outside of a server there is nothing to choose")
    found: Json = {}
    for chosen in ids:
        what, payload = _resolve(select, int(chosen), clicker, guild)
        found.setdefault(what, {})[chosen] = payload
    return found


def _resolve(select: Json, chosen: int, clicker: User, guild: Guild) -> tuple[str, Json]:
    kind = select["type"]
    channel = guild.channels.get(chosen)
    if kind in (USER_SELECT, MENTIONABLE_SELECT) and chosen in guild.members:
        return "users", payloads.user(guild.members[chosen].user)
    if kind in (ROLE_SELECT, MENTIONABLE_SELECT) and chosen in guild.roles:
        return "roles", payloads.role(guild.roles[chosen])
    if kind == CHANNEL_SELECT and channel and _listed(select, channel, clicker):
        seen = str(int(of_user(clicker, channel)))
        return "channels", payloads.channel(channel) | {"permissions": seen}
    raise NotOffered(f"the menu {select['custom_id']!r} does not list {chosen}")


def _listed(select: Json, channel: Channel, clicker: User) -> bool:
    kinds = select.get("channel_types")
    seen = of_user(clicker, channel) & Permission.VIEW_CHANNEL
    return bool(seen) and (not kinds or int(channel.kind) in kinds)
