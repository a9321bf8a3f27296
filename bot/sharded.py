"""The bot over several connections to Discord."""

from discord.ext import commands

from bot.client import Newsdesk


class ShardedNewsdesk(Newsdesk, commands.AutoShardedBot):
    """Each connection is told of some of the servers; all are this one process's."""
