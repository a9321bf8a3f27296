"""What people do that reaches the bot as an interaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import message_payloads
from .backend import Backend
from .interactions import Interaction, InteractionKind
from .messages import Message
from .options import CommandLine, NotOffered, offered_command
from .permissions import Permission, of_user
from .refusals import Json
from .selecting import resolved
from .world import Channel, User

BUTTON, LINK = 2, 5
TEXT_INPUT, CHECKBOX = 4, 23
ROW, LABEL = 1, 18
MESSAGE_COMMAND = 3


class Invoking:
    backend: Backend

    async def user_command(
        self,
        channel: Channel,
        user: User,
        name: str,
        options: Mapping[str, Any] | None = None,
        *,
        locale: str = "en-US",
    ) -> Interaction:
        """A slash command; a file option takes (name, bytes), "articles list" a subcommand.

        NotOffered where Discord's client would not let the user send it.
        """
        line = CommandLine(self.backend, channel, user, name, dict(options or {}))
        return self._invoke(InteractionKind.COMMAND, user, channel, line.data(), locale=locale)

    async def user_autocompletes(
        self,
        channel: Channel,
        user: User,
        name: str,
        options: Mapping[str, Any],
        focused: str,
        *,
        locale: str = "en-US",
    ) -> Interaction:
        """While `focused` is being typed; its text is in `options`."""
        line = CommandLine(self.backend, channel, user, name, dict(options), focused)
        data = line.data()
        return self._invoke(InteractionKind.AUTOCOMPLETE, user, channel, data, locale=locale)

    async def user_message_command(
        self, message: Message, user: User, name: str, *, locale: str = "en-US"
    ) -> Interaction:
        """Apps → `name` in a message's menu; the bot gets the message's content, intent or not."""
        channel, bot = message.channel, self.backend.world.bot
        command = offered_command(self.backend, channel, user, name, MESSAGE_COMMAND)
        shown = message_payloads.message(message, bot, content=True)
        data: Json = {
            "id": command["id"],
            "name": name,
            "type": MESSAGE_COMMAND,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): shown}},
        }
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return self._invoke(InteractionKind.COMMAND, user, channel, data, locale=locale)

    async def user_clicks(
        self,
        message: Message,
        custom_id_or_label: str,
        *,
        user: User | None = None,
        values: Sequence[str] = (),
        locale: str = "en-US",
    ) -> Interaction:
        """A button, or a select with `values`; by default as the one whom the message answers."""
        component = message.component(custom_id_or_label)
        if message.deleted:
            raise NotOffered("the message was deleted")
        if component.get("disabled") or component.get("style") == LINK:
            raise NotOffered(f"{custom_id_or_label!r} cannot be clicked")
        clicker = user or _addressee(message)
        hidden = message.ephemeral and clicker is not _addressee(message)
        if hidden or not of_user(clicker, message.channel) & Permission.VIEW_CHANNEL:
            raise NotOffered(f"{clicker.name} does not see that message")
        data: Json = {
            "custom_id": component["custom_id"],
            "component_type": component["type"],
            "id": component["id"],
        }
        if component["type"] != BUTTON:
            data["values"] = _selected(component, list(values))
            if chosen := resolved(component, data["values"], clicker, message.channel):
                data["resolved"] = chosen
        kind = InteractionKind.COMPONENT
        return self._invoke(kind, clicker, message.channel, data, message, locale=locale)

    async def user_submits_modal(
        self, interaction: Interaction, values: Mapping[str, Any], *, locale: str | None = None
    ) -> Interaction:
        """The modal that answered `interaction`, filled in by custom_id or label."""
        if interaction.modal is None:
            raise NotOffered("that interaction was not answered with a modal")
        fields = _Fields(dict(values))
        rows = [fields.submitted(row) for row in interaction.modal["components"]]
        if fields.values:
            raise NotOffered(f"the modal has no field {sorted(fields.values)}")
        data = {"custom_id": interaction.modal["custom_id"], "components": rows}
        return self._invoke(
            InteractionKind.MODAL,
            interaction.user,
            interaction.channel,
            data,
            interaction.message,
            origin=interaction,
            locale=locale or interaction.locale,
        )

    def _invoke(
        self,
        kind: InteractionKind,
        user: User,
        channel: Channel,
        data: Json,
        message: Message | None = None,
        *,
        origin: Interaction | None = None,
        locale: str,
    ) -> Interaction:
        if channel.guild and user.id not in channel.guild.members:
            raise NotOffered(f"{user.name} is not a member of {channel.guild.name}")
        bot, changes = self.backend.world.bot, self.backend.changes
        interaction = Interaction(kind, user, channel, data, changes, bot, locale, message, origin)
        return self.backend.dispatch(interaction)


class _Fields:
    """Takes each value for the field of that custom_id or label, holding users to its limits."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def submitted(self, row: Json) -> Json:
        if row["type"] == ROW:
            inner = [self._field(field, field.get("label")) for field in row["components"]]
            return {"type": ROW, "components": inner}
        if row["type"] == LABEL:
            return {"type": LABEL, "component": self._field(row["component"], row["label"])}
        return {"type": row["type"], "id": row.get("id", 0)}

    def _field(self, field: Json, label: str | None) -> Json:
        name = field["custom_id"]
        key = name if name in self.values else label
        value = self.values.pop(key, None) if key else None
        answer: Json = {"type": field["type"], "custom_id": name, "id": field.get("id", 0)}
        if field["type"] == TEXT_INPUT:
            return answer | {"value": _typed(field, label, value)}
        if field["type"] == CHECKBOX:
            return answer | {"value": bool(value)}
        return answer | {"values": _selected(field, list(value or ()))}


def _typed(field: Json, label: str | None, value: Any) -> str:
    text = str(field.get("value") or "" if value is None else value)
    least = field.get("min_length") or 0
    if field.get("required", True):
        least = max(least, 1)
    most = field.get("max_length") or 4000
    if (text or field.get("required", True)) and not least <= len(text) <= most:
        raise NotOffered(f"{label!r} takes {least} to {most} characters, not {len(text)}")
    return text


def _selected(select: Json, values: list[str]) -> list[str]:
    """Values of the options, given as values or as labels."""
    by_name = {option["label"]: option["value"] for option in select.get("options") or ()}
    chosen = [by_name.get(value, value) for value in values]
    unknown = set(chosen) - set(by_name.values()) if by_name else set()
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    if unknown or not least <= len(chosen) <= most:
        raise NotOffered(f"{values} of {list(by_name)}: between {least} and {most} of them")
    return chosen


def _addressee(message: Message) -> User:
    """Who asked for it: the invoker, or the one it replies to."""
    if message.interaction:
        return message.interaction.user
    if message.reply_to:
        return message.reply_to.author
    raise NotOffered("say which user clicks: the message answers nobody")
