"""Messages as JSON, as one application may see them [resources/message, Message Object]."""

from __future__ import annotations

from . import payloads
from .messages import Attachment, Message
from .refusals import Json
from .snowflakes import iso
from .world import User


def message(some: Message, bot: User, *, content: bool) -> Json:
    """As REST answers it. `content`: whether the app has the message content intent."""
    payload = _frame(some) | _shown(some, bot, content=content)
    if some.reply_to:
        payload["message_reference"] = _reference(some.reply_to)
        payload["referenced_message"] = None
        if not some.reply_to.deleted:
            shown = _shown(some.reply_to, bot, content=content)
            payload["referenced_message"] = _frame(some.reply_to) | shown
    if some.thread:
        payload["thread"] = payloads.thread(some.thread)
    if some.nonce is not None:
        payload["nonce"] = some.nonce
    if some.interaction:
        payload["interaction_metadata"] = some.interaction.metadata()
        payload["application_id"] = payload["webhook_id"] = str(bot.id)
    if some.reactions:
        payload["reactions"] = [_reaction(e, who, bot) for e, who in some.reactions.items()]
    return payload


def dispatched(some: Message, bot: User, *, content: bool) -> Json:
    """As the gateway sends it: in a server it also names the server and the author's member."""
    payload = message(some, bot, content=content)
    guild = some.channel.guild
    if guild:
        payload["guild_id"] = str(guild.id)
        member = guild.members.get(some.author.id)
        if member:
            payload["member"] = payloads.partial_member(member)
        for mention in payload["mentions"]:
            mentioned = guild.members.get(int(mention["id"]))
            if mentioned:
                mention["member"] = payloads.partial_member(mentioned)
    return payload


def attachment(file: Attachment) -> Json:
    """[resources/message, Attachment Object]"""
    payload: Json = {
        "id": str(file.id),
        "filename": file.filename,
        "size": file.size,
        "url": file.url,
        "proxy_url": file.url,
    }
    if file.content_type:
        payload["content_type"] = file.content_type
    if file.description is not None:
        payload["description"] = file.description
    return payload | ({"ephemeral": True} if file.ephemeral else {})


def content_is_shown(some: Message, bot: User) -> bool:
    """Without the message content intent: only DMs, own messages and mentions of the bot."""
    return some.channel.is_dm or some.author is bot or bot in some.pings.users


def _frame(some: Message) -> Json:
    return {
        "id": str(some.id),
        "type": int(some.kind),
        "channel_id": str(some.channel.id),
        "author": payloads.user(some.author),
        "timestamp": iso(some.created),
        "edited_timestamp": iso(some.edited) if some.edited else None,
        "tts": some.tts,
        "pinned": some.pinned,
        "flags": int(some.flags),
        "mention_everyone": some.mentions_everyone,
        "mentions": [payloads.user(one) for one in some.pings.users],
        "mention_roles": [str(role.id) for role in some.pings.roles],
    }


def _shown(some: Message, bot: User, *, content: bool) -> Json:
    if not content and not content_is_shown(some, bot):
        return {"content": "", "embeds": [], "attachments": [], "components": []}
    return {
        "content": some.content,
        "embeds": some.embeds,
        "attachments": [attachment(file) for file in some.attachments],
        "components": some.components,
    }


def _reference(replied_to: Message) -> Json:
    reference: Json = {
        "type": 0,
        "message_id": str(replied_to.id),
        "channel_id": str(replied_to.channel.id),
    }
    guild = replied_to.channel.guild
    return reference | ({"guild_id": str(guild.id)} if guild else {})


def _reaction(emoji: str, who: set[int], bot: User) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(who),
        "count_details": {"burst": 0, "normal": len(who)},
        "me": bot.id in who,
        "me_burst": False,
        "burst_colors": [],
    }
