"""Who may do what in a server, and what the bot needs there.

Discord hides moderators' commands from others, but a server's owner can change to whom they are
shown [interactions/application-commands, Permissions]; hence it is asked again at each use.
"""

from typing import Any

import discord
from discord.abc import GuildChannel

from bot.servers import ServerSettings


def may_edit(interaction: discord.Interaction[Any], settings: ServerSettings) -> bool:
    """Whether the member may add, change and remove this server's articles."""
    may = interaction.permissions
    if may.administrator or may.manage_guild or may.manage_messages:
        return True
    member = interaction.user
    if not isinstance(member, discord.Member):
        return False
    # The role @everyone has the server's id, and is in no member's list of roles.
    everyone = member.guild.id in settings.editor_roles
    return everyone or any(member.get_role(role) for role in settings.editor_roles)


def may_manage(interaction: discord.Interaction[Any]) -> bool:
    """Whether the member may see and change what the server settled."""
    may = interaction.permissions
    return isinstance(interaction.user, discord.Member) and (may.administrator or may.manage_guild)


def lacking(
    channel: GuildChannel | discord.Thread, me: discord.Member, *, threads: bool
) -> list[str]:
    """The permissions that the bot needs in a channel or thread and hasn't, by discord.py's names.

    ``threads``: it is to begin threads there. What is only missing because another one is, is left
    out [topics/permissions, Implicit Permissions].
    """
    may = channel.permissions_for(me)
    if not may.view_channel:
        return ["view_channel"]
    inside = isinstance(channel, discord.Thread | discord.ForumChannel)
    send = "send_messages_in_threads" if inside else "send_messages"
    needed = [send]
    if threads and not inside:
        needed += ["create_public_threads", "send_messages_in_threads"]
    needed += ["embed_links"] if getattr(may, send) else []
    return [name for name in [*needed, "read_message_history"] if not getattr(may, name)]
