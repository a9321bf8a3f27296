"""What can go wrong, as sentences for the person who started it.

PlayError
├── PortInUse
├── BotFailed       the bot, or the ingest before it, ended by itself
└── NoBrowser       only tests and pictures need one
"""


class PlayError(Exception):
    """The play page can't be shown."""


class PortInUse(PlayError):
    """Another program listens there."""


class BotFailed(PlayError):
    """The bot's process, or that of its ingest, ended by itself."""


class NoBrowser(PlayError):
    """No Chromium was found."""
