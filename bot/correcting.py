"""Marking the messages of answers whose articles have changed: by edits, at a pace that Discord
bears, as long as the bot runs."""

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.corrections import CorrectionRecords, Due, notice
from bot.delivery import permissions
from bot.repeating import repeat
from bot.splitting import CONTENT_LIMIT, EMBED_LIMIT, pages, shorten
from bot.texts import Words

if TYPE_CHECKING:
    from bot.client import Newsdesk

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
_SECONDS_BETWEEN_EDITS = 1.5
# Also after nothing new was stored: an answer may be noted after the change of its article.
_AGAIN_SECONDS = 20.0
_TOO_MANY = 429
# The embed of a notice is known by it.
_COLOUR = discord.Colour.from_rgb(0xF0, 0xB2, 0x33)
# All embeds of a message together [resources/message].
_ALL_EMBEDS = 6000
_MARK = "\n\n⚠️ "
# Less of a notice says nothing.
_LEAST = 80


async def keep_corrected(bot: "Newsdesk") -> None:
    """Mark what is due, now and whenever articles change, until it is cancelled."""
    days = bot.settings.correction_days
    if not days:
        return
    await bot.wait_until_ready()
    records = CorrectionRecords(bot.store.catalog, bot.records, days)
    seen, looked = -1, 0.0
    clock = asyncio.get_running_loop().time

    async def look() -> None:
        nonlocal seen, looked
        sequence = await bot.lookups.run(bot.store.catalog.sequence)
        if sequence != seen or clock() - looked > _AGAIN_SECONDS:
            await _mark_all(bot, records)
            seen, looked = sequence, clock()

    failure = "Answers can't be marked as corrected; trying again."
    await repeat(look, lambda: asyncio.sleep(POLL_SECONDS), failure)


async def _mark_all(bot: "Newsdesk", records: CorrectionRecords) -> None:
    due, upto = await bot.lookups.run(records.due)
    for one in due:
        try:
            await _mark(bot, one)
        except (discord.DiscordServerError, aiohttp.ClientError):
            raise
        except discord.HTTPException as error:
            if error.status == _TOO_MANY:
                raise
            # Deleted, archived, or no permission: there is nobody to tell.
            place = one.delivered.channel
            log.warning("A corrected answer in channel %s can't be marked: %s", place, error)
        await bot.lookups.run(partial(records.told, one))
        await asyncio.sleep(_SECONDS_BETWEEN_EDITS)
    await bot.lookups.run(partial(records.told_up_to, upto))


async def _mark(bot: "Newsdesk", due: Due) -> None:
    """The last message of the answer keeps what it has, and gets the notice below."""
    delivered = due.delivered
    channel = bot.get_partial_messageable(delivered.channel, guild_id=delivered.guild)
    message = await channel.fetch_message(delivered.messages[-1])
    said = bot.said(delivered.guild, delivered.answer.language)
    if _may_embed(bot, delivered.channel):
        await message.edit(embeds=_embeds(message, due, said))
    else:
        await message.edit(content=_content(message, due, said))


def _embeds(message: discord.Message, due: Due, said: Words) -> list[discord.Embed]:
    kept = [embed for embed in message.embeds if embed.colour != _COLOUR]
    if not due.corrections:
        return kept
    room = _ALL_EMBEDS - sum(map(len, kept)) - len(said.corrected)
    text = pages(notice(due.corrections, said), "\n\n", min(room, EMBED_LIMIT))[0]
    card = discord.Embed(title=said.corrected, description=shorten(text, room), colour=_COLOUR)
    return [*kept, card]


def _content(message: discord.Message, due: Due, said: Words) -> str:
    kept = message.content.split(f"{_MARK}**{said.corrected}**")[0]
    head = f"{_MARK}**{said.corrected}**\n"
    room = CONTENT_LIMIT - len(kept) - len(head)
    if not due.corrections or room < _LEAST:
        return kept
    return kept + head + shorten("\n\n".join(notice(due.corrections, said)), room)


def _may_embed(bot: "Newsdesk", channel_id: int) -> bool:
    channel = bot.get_channel(channel_id)
    if isinstance(channel, discord.TextChannel | discord.Thread | discord.VoiceChannel):
        return permissions(channel).embed_links
    return True
