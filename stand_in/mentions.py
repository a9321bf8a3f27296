"""Whom a message pings [resources/message, Allowed Mentions Object]."""

import re

from .messages import Pings
from .permissions import Permission, mentionable, of_user
from .refusals import FieldErrors, Json
from .world import Channel, User, World

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_KINDS = ("roles", "users", "everyone")


def check_allowed_mentions(allowed: object, errors: FieldErrors) -> None:
    """Known kinds, 100 ids each, and never a kind both parsed and listed."""
    if allowed is None:
        return
    path = ("allowed_mentions",)
    if not isinstance(allowed, dict):
        errors.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return
    parse = errors.count((*path, "parse"), allowed.get("parse"), 3)
    for place, kind in enumerate(parse):
        errors.choice((*path, "parse", place), kind, _KINDS)
    for kind in ("users", "roles"):
        ids = errors.count((*path, kind), allowed.get(kind), 100)
        if ids and kind in parse:
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            errors.add(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def pings_of(
    world: World,
    channel: Channel,
    author: User,
    text: str,
    allowed: Json | None,
    replied_to: User | None = None,
) -> Pings:
    """Without `allowed_mentions` all of it rings, the person replied to included.

    Stricter than Discord in one respect: a mention inside a code block counts.
    """
    may = of_user(author, channel)
    pings = Pings()
    if may & Permission.MENTION_EVERYONE and _parses(allowed, "everyone"):
        pings.everyone = "@everyone" in text
        pings.here = "@here" in text
    for user_id in map(int, _USER.findall(text)):
        user = world.users.get(user_id)
        if user and _allows(allowed, "users", user_id) and _sees(user, channel):
            pings.users.add(user)
    for role_id in map(int, _ROLE.findall(text)):
        guild = channel.guild
        if guild and mentionable(guild, role_id, may) and _allows(allowed, "roles", role_id):
            pings.roles.add(guild.roles[role_id])
    if replied_to and (allowed is None or allowed.get("replied_user")):
        pings.users.add(replied_to)
    return pings


def _parses(allowed: Json | None, kind: str) -> bool:
    return allowed is None or kind in (allowed.get("parse") or ())


def _allows(allowed: Json | None, kind: str, wanted: int) -> bool:
    if allowed is None or _parses(allowed, kind):
        return True
    return str(wanted) in {str(listed) for listed in allowed.get(kind) or ()}


def _sees(user: User, channel: Channel) -> bool:
    return bool(of_user(user, channel) & Permission.VIEW_CHANNEL)
