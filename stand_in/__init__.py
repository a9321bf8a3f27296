"""A stand-in Discord over real sockets, strict where real Discord is strict.

async with DiscordServer() as server:
    guild = server.add_guild()
    channel = server.add_channel(guild)
    alice = server.add_member(guild, "Alice")
    with server.redirect():
        running = asyncio.create_task(client.start(server.token))
        await server.wait_until_connected()
        asked = await server.user_command(channel, alice, "ask", {"question": "Who?"})
        answer = await asked.wait_for_response()
        await client.close()
    assert not answer.pings
    assert not server.errors
"""

from .backend import RequestRecord
from .intents import Intent
from .interactions import Callback, Interaction, InteractionKind
from .messages import Attachment, Message, MessageFlag, Pings
from .options import NotOffered
from .permissions import Permission
from .server import DiscordServer
from .world import Channel, ChannelKind, Guild, Member, Role, User

__all__ = [
    "Attachment",
    "Callback",
    "Channel",
    "ChannelKind",
    "DiscordServer",
    "Guild",
    "Intent",
    "Interaction",
    "InteractionKind",
    "Member",
    "Message",
    "MessageFlag",
    "NotOffered",
    "Permission",
    "Pings",
    "RequestRecord",
    "Role",
    "User",
]
