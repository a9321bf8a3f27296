"""Sending replies, wherever Discord still takes them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import discord

from bot.rendering import Reply

log = logging.getLogger(__name__)

UNDELIVERABLE = (
    discord.Forbidden,
    discord.NotFound,
    discord.DiscordServerError,
    aiohttp.ClientError,
)
"""Permissions, something deleted, or Discord is down: nothing that an apology would reach."""

# The interaction's token is over 15 minutes old, or its response was deleted.
_GONE = (401, 404)
_TOO_MANY = 429


async def respond(interaction: discord.Interaction[Any], replies: list[Reply]) -> list[int]:
    """Fill in the deferred response, then follow up; the ids of the messages.

    An interaction takes answers for 15 minutes; after that they go to its channel
    [interactions/receiving-and-responding].
    """
    sent: list[int] = []
    message: discord.Message
    try:
        for reply in replies:
            if sent:
                message = await interaction.followup.send(
                    reply.content or "", embeds=reply.embeds, wait=True
                )
            else:
                message = await interaction.edit_original_response(
                    content=reply.content, embeds=reply.embeds
                )
            sent.append(message.id)
    except discord.HTTPException as error:
        if interaction.channel_id is None or error.status not in _GONE:
            raise
        channel = interaction.client.get_partial_messageable(interaction.channel_id)
        rest = replies[len(sent) :]
        sent += [(await channel.send(reply.content, embeds=reply.embeds)).id for reply in rest]
    return sent


async def reply_to(message: discord.Message, replies: list[Reply]) -> list[int]:
    """Reply to the message, even if it is deleted meanwhile; the rest follows as it is.

    The ids of what was sent.
    """
    sent: list[int] = []
    reference = message.to_reference(fail_if_not_exists=False)
    may_reply = permissions(message).read_message_history
    for place, reply in enumerate(replies):
        if place or not may_reply:
            said = await message.channel.send(reply.content, embeds=reply.embeds)
        else:
            said = await message.channel.send(
                reply.content, embeds=reply.embeds, reference=reference, mention_author=False
            )
        sent.append(said.id)
    return sent


def permissions(message: discord.Message) -> discord.Permissions:
    """What the bot may do where the message is."""
    if message.guild is None:
        return discord.Permissions.all()
    return message.channel.permissions_for(message.guild.me)


@contextmanager
def noting_undelivered(channel: int | None) -> Iterator[None]:
    """Log what could not be sent: an operator can change permissions, nobody else can be told."""
    try:
        yield
    except UNDELIVERABLE as error:
        log.warning("Can't answer in channel %s: %s", channel, error)
    except discord.HTTPException as error:
        # Cloudflare's bans come without the headers that discord.py would wait for.
        if error.status != _TOO_MANY:
            raise
        log.warning("Discord takes nothing more from this address for now: %s", error)
