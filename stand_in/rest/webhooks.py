"""[interactions/receiving-and-responding, Followup Messages]: an interaction's own webhook."""

from __future__ import annotations

from stand_in.interactions import Callback, Interaction
from stand_in.messages import Message, MessageFlag, MessageKind
from stand_in.refusals import Refusal, unknown

from .calls import NOTHING, Answer, Call, Routes
from .writing import Writing, shown

WEBHOOK = "/webhooks/{application}/{token}"
MESSAGE = WEBHOOK + "/messages/{message}"

routes = Routes()


@routes.add("POST", WEBHOOK, bot=False)
def follow_up(call: Call) -> Answer:
    """The first one after a deferred answer fills that answer in, as secret as it was deferred."""
    interaction = _acknowledged(call)
    original = interaction.original
    if original and original.loading and not original.deleted:
        return _edited(call, interaction, original)
    kept = MessageFlag(call.json.get("flags") or 0) & MessageFlag.EPHEMERAL
    message = Writing(call, interaction.channel, call.json).new(kept=kept)
    message.interaction = interaction
    message.reply_to = original
    message.kind = MessageKind.REPLY if original else MessageKind.DEFAULT
    interaction.followups.append(message)
    return Answer(shown(call, call.backend.post(message)))


@routes.add("GET", MESSAGE, bot=False)
def fetch(call: Call) -> Answer:
    return Answer(shown(call, _own(call, _acknowledged(call))))


@routes.add("PATCH", MESSAGE, bot=False)
def edit(call: Call) -> Answer:
    interaction = _acknowledged(call)
    return _edited(call, interaction, _own(call, interaction))


@routes.add("DELETE", MESSAGE, bot=False)
def delete(call: Call) -> Answer:
    interaction = _acknowledged(call)
    call.backend.remove(_own(call, interaction))
    return NOTHING


def _edited(call: Call, interaction: Interaction, message: Message) -> Answer:
    fills = message.loading
    Writing(call, interaction.channel, call.json).edit(message)
    return Answer(shown(call, call.backend.changed(message, edited=not fills)))


def _own(call: Call, interaction: Interaction) -> Message:
    message = interaction.own_message(call.params["message"])
    if message is None:
        raise unknown("Message")
    return message


def _acknowledged(call: Call) -> Interaction:
    """Before the acknowledgement the webhook does not exist; after 15 minutes its token is dead."""
    interaction = call.backend.interactions.get(call.params["token"])
    if interaction is None or call.id("application") != call.backend.world.bot.id:
        raise unknown("Webhook")
    if interaction.age > call.backend.token_seconds:
        raise Refusal(401, 50027, "Invalid Webhook Token")
    if not interaction.acknowledged or interaction.callback is Callback.CHOICES:
        raise unknown("Webhook")
    return interaction
