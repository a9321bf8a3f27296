"""What can go wrong in the bot; every message is a finished sentence for a user.

BotError
├── QuestionError       the question can't be taken as it is (empty, too long)
├── NotAllowed          the person may not do this
├── ConfigurationError  the bot can't start with these settings
└── ChatModelError      the chat model is of no use now
"""

from typing import Literal

ChatFailure = Literal["slow", "unavailable", "quota", "babbling", "unfounded"]


class BotError(Exception):
    """Base of all errors of this package; ``str()`` is a sentence for the user."""


class QuestionError(BotError):
    """The question can't be taken as it is."""


class NotAllowed(BotError):
    """The person may not do this."""


class ConfigurationError(BotError):
    """The bot can't start with these settings."""


class ChatModelError(BotError):
    """The chat model is of no use now: too slow, down, out of quota, or it tells tales."""

    def __init__(self, message: str, reason: ChatFailure) -> None:
        super().__init__(message)
        self.reason = reason
