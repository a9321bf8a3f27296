"""[interactions/receiving-and-responding, Create Interaction Response]"""

from __future__ import annotations

import time

from stand_in.interactions import Callback, Interaction, InteractionKind, only_ephemeral
from stand_in.messages import Message, MessageFlag, MessageKind
from stand_in.refusals import FieldErrors, Json, Refusal, invalid, unknown, within
from stand_in.validation import check_modal
from stand_in.validation.commands import check_choices

from .calls import NOTHING, Answer, Call, Routes
from .writing import Writing, shown

_ANSWERS = (Callback.MESSAGE, Callback.DEFERRED_MESSAGE)
_UPDATES = (Callback.DEFERRED_UPDATE, Callback.UPDATE)

routes = Routes()


@routes.add("POST", "/interactions/{interaction}/{token}/callback", bot=False)
def respond(call: Call) -> Answer:
    interaction = _open_interaction(call)
    errors = FieldErrors()
    errors.choice(("type",), call.json.get("type"), _allowed(interaction))
    errors.raise_if_any()
    callback = Callback(call.json["type"])
    data: Json = call.json.get("data") or {}
    _HANDLERS[callback](call, interaction, data)
    interaction.callback = callback
    interaction.acknowledged_after = time.monotonic() - interaction.dispatched_at
    call.backend.changes.happened()
    if call.query.get("with_response") not in ("1", "true"):
        return NOTHING
    return Answer(_with_response(call, interaction, callback))


def _open_interaction(call: Call) -> Interaction:
    """A second answer is told apart from a late one, however late it comes."""
    interaction = call.backend.interactions.get(call.params["token"])
    if interaction is None or interaction.id != call.id("interaction"):
        raise unknown("interaction")
    if interaction.acknowledged:
        raise Refusal(400, 40060, "Interaction has already been acknowledged.")
    if interaction.age > call.backend.ack_seconds:
        raise unknown("interaction")
    return interaction


def _allowed(interaction: Interaction) -> tuple[Callback, ...]:
    """Updates need a component's message, a modal never answers a modal."""
    if interaction.kind is InteractionKind.AUTOCOMPLETE:
        return (Callback.CHOICES,)
    updates = _UPDATES if interaction.message else ()
    modal = () if interaction.kind is InteractionKind.MODAL else (Callback.MODAL,)
    return _ANSWERS + updates + modal


def _message(call: Call, interaction: Interaction, data: Json) -> None:
    kept = MessageFlag(data.get("flags") or 0) & MessageFlag.EPHEMERAL
    with within("data"):
        message = Writing(call, interaction.channel, data).new(kept=kept)
    _post_original(call, interaction, message)


def _defer(call: Call, interaction: Interaction, data: Json) -> None:
    flags = data.get("flags") or 0
    if not only_ephemeral(flags):
        refusal = "Only EPHEMERAL can be set on a deferred response"
        raise invalid(("data", "flags"), "BITFIELD_TYPE_INVALID", refusal)
    message = Message(interaction.channel, call.backend.world.bot)
    message.flags = MessageFlag(flags) | MessageFlag.LOADING
    _post_original(call, interaction, message)


def _post_original(call: Call, interaction: Interaction, message: Message) -> None:
    message.interaction = interaction
    message.kind = _kind(interaction)
    message.reply_to = interaction.message
    interaction.original = call.backend.post(message)


def _kind(interaction: Interaction) -> MessageKind:
    if interaction.message:
        return MessageKind.REPLY
    if interaction.kind is InteractionKind.COMMAND and interaction.data.get("type") != 1:
        return MessageKind.CONTEXT_MENU_COMMAND
    return MessageKind.CHAT_INPUT_COMMAND


def _defer_update(call: Call, interaction: Interaction, data: Json) -> None:
    interaction.original = interaction.message


def _update(call: Call, interaction: Interaction, data: Json) -> None:
    assert interaction.message is not None
    with within("data"):
        Writing(call, interaction.channel, data).edit(interaction.message)
    interaction.original = call.backend.changed(interaction.message)


def _choices(call: Call, interaction: Interaction, data: Json) -> None:
    errors = FieldErrors()
    path = ("data", "choices")
    choices = errors.count(path, data.get("choices"), 25)
    check_choices(choices, path, errors)
    errors.raise_if_any()
    interaction.choices = choices


def _modal(call: Call, interaction: Interaction, data: Json) -> None:
    check_modal(data)
    interaction.modal = data


_HANDLERS = {
    Callback.MESSAGE: _message,
    Callback.DEFERRED_MESSAGE: _defer,
    Callback.DEFERRED_UPDATE: _defer_update,
    Callback.UPDATE: _update,
    Callback.CHOICES: _choices,
    Callback.MODAL: _modal,
}


def _with_response(call: Call, interaction: Interaction, callback: Callback) -> Json:
    """[Interaction Callback Response Object]"""
    described: Json = {"id": str(interaction.id), "type": int(interaction.kind)}
    resource: Json = {"type": int(callback)}
    message = interaction.original
    if message and callback is not Callback.DEFERRED_UPDATE:
        described["response_message_id"] = str(message.id)
        described["response_message_loading"] = message.loading
        described["response_message_ephemeral"] = message.ephemeral
        resource["message"] = shown(call, message)
    return {"interaction": described, "resource": resource}
