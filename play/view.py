"""What one person sees, as flat JSON parts that the page is told of when they change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stand_in import Channel, Message, NotOffered, Permission, User, message_payloads, payloads
from stand_in.options import offered_command
from stand_in.permissions import of_user
from stand_in.snowflakes import iso

from .newsroom import Newsroom

Json = dict[str, Any]


def parts(newsroom: Newsroom, user: User) -> dict[str, Json]:
    """By key: ``bot``, ``server``, ``me``, ``channel/ID``, ``commands/ID``, ``message/ID``."""
    bot = newsroom.server.bot
    seen: dict[str, Json] = {
        "bot": {
            "id": str(bot.id),
            "name": bot.name,
            "online": newsroom.server.connected,
            "status": newsroom.status,
        },
        "server": _server(newsroom),
        "me": {"id": str(user.id), "name": user.name},
    }
    for place in newsroom.places(user):
        if of_user(user, place) & Permission.VIEW_CHANNEL:
            seen.update(_place(newsroom, user, place))
    return seen


def _server(newsroom: Newsroom) -> Json:
    """Without the owner, who never says a word."""
    guild = newsroom.guild
    present = (*newsroom.people, newsroom.server.bot)
    return {
        "id": str(guild.id),
        "name": guild.name,
        "people": {str(user.id): _person(newsroom, user) for user in present},
        "roles": {str(role.id): role.name for role in guild.roles.values()},
        "playable": [str(user.id) for user in newsroom.people],
    }


def _person(newsroom: Newsroom, user: User) -> Json:
    moderates = user is newsroom.moderator
    return {"name": user.name, "bot": user.bot, "role": "moderator" if moderates else "member"}


def _place(newsroom: Newsroom, user: User, place: Channel) -> Iterator[tuple[str, Json]]:
    yield f"channel/{place.id}", _channel(place)
    yield f"commands/{place.id}", {"listed": list(_commands(newsroom, user, place))}
    for message in place.messages:
        if not message.deleted and _sees(user, message):
            yield f"message/{message.id}", _message(newsroom, message)


def _channel(place: Channel) -> Json:
    since = place.bot_types_since
    wrote = [m.created for m in place.messages if m.author.bot]
    return payloads.channel(place) | {
        "topic": place.topic,
        "dm": place.is_dm,
        "thread": place.is_thread,
        "typing": iso(since) if since and not (wrote and wrote[-1] > since) else None,
    }


def _commands(newsroom: Newsroom, user: User, place: Channel) -> Iterator[Json]:
    """Those that this person may use there; a server's own before the global ones."""
    server = newsroom.server
    guild = place.guild.id if place.guild else None
    named = {(c["type"], c["name"]) for scope in (guild, None) for c in server.commands(scope)}
    for kind, name in sorted(named):
        try:
            yield offered_command(server.backend, place, user, name, kind)
        except NotOffered:
            continue


def _sees(user: User, message: Message) -> bool:
    asker = message.interaction.user if message.interaction else None
    return not message.ephemeral or asker is user


def _message(newsroom: Newsroom, message: Message) -> Json:
    payload = message_payloads.message(message, newsroom.server.bot, content=True)
    payload["ephemeral"] = message.ephemeral
    payload["loading"] = message.loading
    payload["used"] = _used(message)
    for attachment in payload["attachments"]:
        # The page reaches the files on its own port.
        attachment["url"] = attachment["url"].removeprefix(newsroom.server.backend.base_url)
    return payload


def _used(message: Message) -> Json | None:
    """The command that a message answers, and who used it."""
    used = message.interaction
    if used is None or "name" not in used.data:
        return None
    name, options = used.data["name"], used.data.get("options") or []
    while options and options[0]["type"] in (1, 2):
        name, options = f"{name} {options[0]['name']}", options[0].get("options") or []
    values = [f"{option['name']}: {option.get('value')}" for option in options]
    menu = used.data.get("type") != 1
    return {"by": str(used.user.id), "name": name, "menu": menu, "options": values}
