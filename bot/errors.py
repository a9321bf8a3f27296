"""What can go wrong in the bot; every message is a finished sentence for a user.

BotError
├── QuestionError       the question can't be taken as it is (empty, too long)
├── NotAllowed          the person may not do this
└── ConfigurationError  the bot can't start with these settings
"""


class BotError(Exception):
    """Base of all errors of this package; ``str()`` is a sentence for the user."""


class QuestionError(BotError):
    """The question can't be taken as it is."""


class NotAllowed(BotError):
    """The person may not do this."""


class ConfigurationError(BotError):
    """The bot can't start with these settings."""
