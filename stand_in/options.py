"""From what a user typed to the data of a command's interaction, with the client's own checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import message_payloads, payloads
from .backend import Backend
from .permissions import Permission, of_user
from .refusals import Json
from .world import Channel, Role, User

SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
_PLAIN = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}


class NotOffered(Exception):
    """The user's client would not let them do that."""


@dataclass
class CommandLine:
    """`name` with its subcommands ("articles list"), and the values of its options."""

    backend: Backend
    channel: Channel
    user: User
    name: str
    values: dict[str, Any]
    #: The option being typed, in an autocomplete.
    focused: str | None = None
    resolved: Json = field(default_factory=dict)

    def data(self) -> Json:
        """[interactions/receiving-and-responding, Application Command Data Structure]"""
        first, *path = self.name.split(" ")
        command = offered_command(self.backend, self.channel, self.user, first, kind=1)
        data: Json = {"id": command["id"], "name": first, "type": 1}
        data["options"] = self._nested(command, path)
        if self.resolved:
            data["resolved"] = self.resolved
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return data

    def _nested(self, level: Json, path: list[str]) -> list[Json]:
        options: list[Json] = level.get("options") or []
        if not path:
            if any(option["type"] in (SUBCOMMAND, GROUP) for option in options):
                names = [option["name"] for option in options]
                raise NotOffered(f"/{self.name} needs one of its subcommands: {names}")
            return self._filled(options)
        for option in options:
            if option["name"] == path[0] and option["type"] in (SUBCOMMAND, GROUP):
                inner = self._nested(option, path[1:])
                return [{"name": path[0], "type": option["type"], "options": inner}]
        raise NotOffered(f"/{self.name}: there is no subcommand {path[0]!r}")

    def _filled(self, options: list[Json]) -> list[Json]:
        unknown = set(self.values) - {option["name"] for option in options}
        if unknown:
            raise NotOffered(f"/{self.name} has no option {sorted(unknown)}")
        filled = []
        for option in options:
            name = option["name"]
            if name == self.focused:
                value = str(self.values[name])
                typed = {"name": name, "type": option["type"], "value": value, "focused": True}
                filled.append(typed)
            elif name in self.values:
                value = self._value(option, self.values[name])
                filled.append({"name": name, "type": option["type"], "value": value})
            elif option.get("required") and not self.focused:
                raise NotOffered(f"/{self.name} requires {name!r}")
        return filled

    def _value(self, option: Json, value: Any) -> Any:
        kind = option["type"]
        if kind not in _PLAIN:
            return self._resolve(kind, value)
        wrong = isinstance(value, bool) and kind != BOOLEAN
        if wrong or not isinstance(value, _PLAIN[kind]):  # type: ignore[arg-type]
            raise NotOffered(f"{option['name']!r} cannot be {value!r}")
        for choice in option.get("choices") or ():
            if value in (choice["name"], choice["value"]):
                return choice["value"]
        if option.get("choices"):
            raise NotOffered(f"{value!r} is not a choice of {option['name']!r}")
        self._check_bounds(option, value)
        return value

    def _check_bounds(self, option: Json, value: Any) -> None:
        """[Application Command Option]: client and API both hold users to these."""
        size = len(value) if isinstance(value, str) else value
        kind = "length" if isinstance(value, str) else "value"
        least, most = option.get(f"min_{kind}"), option.get(f"max_{kind}")
        if isinstance(value, str) and most is None:
            most = 6000
        if (least is not None and size < least) or (most is not None and size > most):
            raise NotOffered(f"{option['name']!r} must be between {least} and {most}: {size}")

    def _resolve(self, kind: int, value: Any) -> str:
        if kind == ATTACHMENT:
            name, content = value
            file = self.backend.store(self.channel, name, content, ephemeral=True)
            self._add("attachments", file.id, message_payloads.attachment(file))
            return str(file.id)
        if kind in (USER, MENTIONABLE) and isinstance(value, User):
            self._add("users", value.id, payloads.user(value))
            members = self.channel.guild.members if self.channel.guild else {}
            if value.id in members:
                self._add("members", value.id, _resolved_member(members[value.id], self.channel))
        elif kind in (ROLE, MENTIONABLE) and isinstance(value, Role):
            self._add("roles", value.id, payloads.role(value))
        elif kind == CHANNEL and isinstance(value, Channel):
            seen = str(int(of_user(self.user, value)))
            self._add("channels", value.id, payloads.channel(value) | {"permissions": seen})
        else:
            raise NotOffered(f"an option of type {kind} cannot be {value!r}")
        return str(value.id)

    def _add(self, what: str, its_id: int, payload: Json) -> None:
        self.resolved.setdefault(what, {})[str(its_id)] = payload


def offered_command(backend: Backend, channel: Channel, user: User, name: str, kind: int) -> Json:
    """The registered command, if this user may use it here."""
    guild = channel.guild
    command = backend.commands.find(name, kind, guild.id if guild else None)
    if command is None:
        registered = backend.commands.names(guild.id if guild else None)
        raise NotOffered(f"no command {name!r} is registered here; there are {registered}")
    place = 0 if guild else 1
    contexts = command["contexts"]
    in_dms = command.get("dm_permission", True)
    if (contexts is not None and place not in contexts) or (guild is None and not in_dms):
        raise NotOffered(f"{name!r} is not for {'servers' if guild else 'DMs'}")
    may = of_user(user, channel)
    needed = command["default_member_permissions"]
    if needed is not None:
        required = Permission(int(needed)) or Permission.ADMINISTRATOR
        if guild and required & ~may:
            raise NotOffered(f"{user.name} may not use {name!r}")
    if not may & Permission.USE_APPLICATION_COMMANDS:
        raise NotOffered(f"{user.name} may not use commands in #{channel.name}")
    return command


def _resolved_member(member: Any, channel: Channel) -> Json:
    """Without user, deaf and mute [Resolved Data Structure]."""
    payload = payloads.invoking_member(member, channel)
    return {key: payload[key] for key in payload.keys() - {"user", "deaf", "mute"}}
