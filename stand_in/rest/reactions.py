"""[resources/message, Create Reaction]"""

import unicodedata

from stand_in.permissions import Permission
from stand_in.refusals import Refusal, unknown

from .access import require, visible_channel, visible_message
from .calls import NOTHING, Answer, Call, Routes

MOST_REACTIONS = 20
_JOINERS = ("Mn", "Me", "Cf", "Sk")

routes = Routes()


@routes.add("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me")
def add(call: Call) -> Answer:
    channel = visible_channel(call)
    message = visible_message(call, channel)
    emoji = call.params["emoji"]
    require(call, channel, Permission.READ_MESSAGE_HISTORY)
    if not _is_emoji(emoji):
        raise unknown("Emoji")
    if emoji not in message.reactions:
        require(call, channel, Permission.ADD_REACTIONS)
        if len(message.reactions) >= MOST_REACTIONS:
            raise Refusal(400, 30010, f"Maximum number of reactions reached ({MOST_REACTIONS})")
    bot = call.backend.world.bot
    message.reactions.setdefault(emoji, set()).add(bot.id)
    call.backend.events.reaction(message, bot, emoji, added=True)
    return NOTHING


@routes.add("DELETE", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me")
def remove(call: Call) -> Answer:
    message = visible_message(call, visible_channel(call))
    bot, emoji = call.backend.world.bot, call.params["emoji"]
    if bot.id not in message.reactions.get(emoji, ()):
        raise unknown("Emoji")
    message.reactions[emoji].discard(bot.id)
    if not message.reactions[emoji]:
        del message.reactions[emoji]
    call.backend.events.reaction(message, bot, emoji, added=False)
    return NOTHING


def _is_emoji(text: str) -> bool:
    """Symbols, with their modifiers; digits only as keycaps. Servers here have no emoji."""
    kinds = [unicodedata.category(character) for character in text]
    return "So" in kinds or "Me" in kinds or (bool(kinds) and all(k in _JOINERS for k in kinds))
