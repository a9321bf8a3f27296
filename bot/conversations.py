"""What was asked where: a reply to one of the bot's answers leans on it."""

from collections import OrderedDict
from collections.abc import Iterable

from bot.answering.conversation import TURNS, Turn

# Of each message that was an answer; the oldest are forgotten, and all of them at a restart.
_REMEMBERED = 500

Conversation = tuple[Turn, ...]


class Conversations:
    """The turns that led to each of the last answers, by channel and message.

    A channel's turns are never seen in another one, so neither in another server.
    """

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._by_message: OrderedDict[tuple[int, int], Conversation] = OrderedDict()
        self._remembered = remembered

    def before(self, channel: int, message: int | None) -> Conversation:
        """What led to the answer that is replied to; nothing where that is none of ours."""
        key = (channel, message or 0)
        if key not in self._by_message:
            return ()
        self._by_message.move_to_end(key)
        return self._by_message[key]

    def remember(self, channel: int, messages: Iterable[int], conversation: Conversation) -> None:
        """An answer may have been several messages; a reply to any of them leans on it."""
        for message in messages:
            self._by_message[channel, message] = conversation[-TURNS:]
        while len(self._by_message) > self._remembered:
            self._by_message.popitem(last=False)
