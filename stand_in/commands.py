"""The registered application commands [interactions/application-commands]."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .refusals import FieldErrors, Json, Refusal, unknown
from .snowflakes import new_id
from .validation import check_command
from .validation.commands import CHAT_INPUT, MESSAGE, USER

CREATES_A_DAY = 200
MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
_TOO_MANY = {CHAT_INPUT: 30032, USER: 30043, MESSAGE: 30044}

Scope = int | None
Key = tuple[int, str]


class CommandRegistry:
    """A scope is a guild's id, or None for the global commands."""

    def __init__(self, application_id: int) -> None:
        self._application_id = application_id
        self._scopes: dict[Scope, dict[Key, Json]] = {}
        self.created: Counter[Scope] = Counter()

    def listed(self, scope: Scope) -> list[Json]:
        return list(self._scopes.get(scope, {}).values())

    def find(self, name: str, kind: int, guild_id: Scope) -> Json | None:
        """As a user would: the server's own commands before the global ones."""
        for scope in dict.fromkeys((guild_id, None)):
            command = self._scopes.get(scope, {}).get((kind, name))
            if command:
                return command
        return None

    def names(self, guild_id: Scope) -> list[str]:
        return [c["name"] for scope in {guild_id, None} for c in self.listed(scope)]

    def by_id(self, scope: Scope, command_id: int) -> Json:
        for command in self.listed(scope):
            if command["id"] == str(command_id):
                return command
        raise unknown("application command")

    def overwrite(self, scope: Scope, commands: Any) -> list[Json]:
        """[Bulk Overwrite]: only names that are new in the scope count as creates."""
        errors = FieldErrors()
        drafts: list[Json] = errors.count((), commands, 130)
        for place, draft in enumerate(drafts):
            check_command(draft, (place,), errors)
            if _key(draft) in [_key(other) for other in drafts[:place]]:
                message = "Application command names must be unique"
                errors.add((place, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        errors.raise_if_any()
        _refuse_too_many(drafts)
        before = self._scopes.get(scope, {})
        self._count_creates(scope, sum(_key(draft) not in before for draft in drafts))
        kept = {_key(draft): self._stored(scope, draft) for draft in drafts}
        self._scopes[scope] = kept
        return list(kept.values())

    def upsert(self, scope: Scope, draft: Json) -> tuple[Json, bool]:
        """[Create]: the command, and whether its name is new."""
        errors = FieldErrors()
        check_command(draft, (), errors)
        errors.raise_if_any()
        commands = self._scopes.setdefault(scope, {})
        is_new = _key(draft) not in commands
        _refuse_too_many([*(c for k, c in commands.items() if k != _key(draft)), draft])
        self._count_creates(scope, int(is_new))
        commands[_key(draft)] = self._stored(scope, draft)
        return commands[_key(draft)], is_new

    def edit(self, scope: Scope, command_id: int, changes: Json) -> Json:
        before = self.by_id(scope, command_id)
        draft = before | changes
        errors = FieldErrors()
        check_command(draft, (), errors)
        errors.raise_if_any()
        del self._scopes[scope][_key(before)]
        self._scopes[scope][_key(draft)] = draft | {"version": str(new_id())}
        return self._scopes[scope][_key(draft)]

    def delete(self, scope: Scope, command_id: int) -> None:
        del self._scopes[scope][_key(self.by_id(scope, command_id))]

    def _count_creates(self, scope: Scope, creates: int) -> None:
        if self.created[scope] + creates > CREATES_A_DAY:
            message = "Max number of daily application command creates has been reached"
            raise Refusal(400, 30034, f"{message} ({CREATES_A_DAY})")
        self.created[scope] += creates

    def _stored(self, scope: Scope, draft: Json) -> Json:
        before = self._scopes.get(scope, {}).get(_key(draft))
        defaults: Json = {
            "type": CHAT_INPUT,
            "description": "",
            "options": [],
            "default_member_permissions": None,
            "contexts": None,
            "integration_types": [0],
            "nsfw": False,
        }
        stored = {key: value for key, value in draft.items() if key != "id"}
        stored = (
            defaults
            | stored
            | {
                "id": before["id"] if before else str(new_id()),
                "application_id": str(self._application_id),
                "version": str(new_id()),
            }
        )
        if scope is not None:
            stored["guild_id"] = str(scope)
        elif "dm_permission" not in stored:
            stored["dm_permission"] = True
        return stored


def _key(command: Json) -> Key:
    return command.get("type", CHAT_INPUT), str(command.get("name"))


def _refuse_too_many(commands: list[Json]) -> None:
    kinds = Counter(_key(command)[0] for command in commands)
    for kind, most in MOST.items():
        if kinds[kind] > most:
            message = f"Maximum number of application commands reached ({most})"
            raise Refusal(400, _TOO_MANY[kind], message)
