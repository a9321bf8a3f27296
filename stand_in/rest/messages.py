"""[resources/message]: sending, reading, editing and deleting."""

from __future__ import annotations

from datetime import timedelta

from stand_in.messages import Message
from stand_in.permissions import Permission
from stand_in.refusals import Json, Refusal, invalid
from stand_in.snowflakes import now
from stand_in.world import Channel, ChannelKind

from .access import may, require, visible_channel, visible_message
from .calls import NOTHING, Answer, Call, Routes
from .writing import Writing, shown

routes = Routes()

NONCE_KNOWN = timedelta(minutes=5)


@routes.add("POST", "/channels/{channel}/messages")
def create(call: Call) -> Answer:
    channel = visible_channel(call)
    _refuse_unless_writable(call, channel)
    _refuse_unless_permitted(call, channel, call.json)
    reply_to = _replied_to(call, channel)
    message = Writing(call, channel, call.json).new(reply_to=reply_to)
    if call.json.get("enforce_nonce") and (sent := _sent_before(message)):
        return Answer(shown(call, sent))
    return Answer(shown(call, call.backend.post(message)))


def _sent_before(message: Message) -> Message | None:
    """The same author's message with the same nonce, of "the past few minutes"."""
    since = now() - NONCE_KNOWN
    for other in message.channel.messages:
        same = (other.author, other.nonce) == (message.author, message.nonce)
        if message.nonce is not None and same and other.created >= since:
            return other
    return None


@routes.add("GET", "/channels/{channel}/messages")
def history(call: Call) -> Answer:
    """Newest first; without the permission to read the history there is none."""
    channel = visible_channel(call)
    if not may(call, channel, Permission.READ_MESSAGE_HISTORY):
        return Answer([])
    limit = int(call.query.get("limit", 50))
    if not 1 <= limit <= 100:
        message = "int value should be between 1 and 100."
        raise invalid(("limit",), "NUMBER_TYPE_MAX", message)
    there = [m for m in channel.messages if not m.deleted and not m.ephemeral]
    if "before" in call.query:
        page = [m for m in there if m.id < int(call.query["before"])][-limit:]
    elif "after" in call.query:
        page = [m for m in there if m.id > int(call.query["after"])][:limit]
    elif "around" in call.query:
        middle = int(call.query["around"])
        older = [m for m in there if m.id < middle][-(limit // 2) :]
        page = older + [m for m in there if m.id >= middle][: limit - len(older)]
    else:
        page = there[-limit:]
    return Answer([shown(call, message) for message in reversed(page)])


@routes.add("GET", "/channels/{channel}/messages/{message}")
def fetch(call: Call) -> Answer:
    channel = visible_channel(call)
    require(call, channel, Permission.READ_MESSAGE_HISTORY)
    return Answer(shown(call, visible_message(call, channel)))


@routes.add("PATCH", "/channels/{channel}/messages/{message}")
def edit(call: Call) -> Answer:
    channel = visible_channel(call)
    message = visible_message(call, channel)
    if message.author is not call.backend.world.bot:
        raise Refusal(403, 50005, "Cannot edit a message authored by another user")
    _refuse_if_archived(channel)
    Writing(call, channel, call.json).edit(message)
    return Answer(shown(call, call.backend.changed(message)))


@routes.add("DELETE", "/channels/{channel}/messages/{message}")
def delete(call: Call) -> Answer:
    channel = visible_channel(call)
    message = visible_message(call, channel)
    if message.author is not call.backend.world.bot:
        if channel.is_dm:
            raise Refusal(403, 50003, "Cannot execute action on a DM channel")
        require(call, channel, Permission.MANAGE_MESSAGES)
    call.backend.remove(message)
    return NOTHING


@routes.add("POST", "/channels/{channel}/messages/bulk-delete")
def bulk_delete(call: Call) -> Answer:
    channel = visible_channel(call)
    require(call, channel, Permission.MANAGE_MESSAGES)
    ids = [int(i) for i in call.json.get("messages", ())]
    if not 2 <= len(ids) <= 100:
        raise Refusal(400, 50016, "Provided too few or too many messages to delete")
    found = [message for i in ids if (message := channel.message(i))]
    if any(now() - message.created > timedelta(days=14) for message in found):
        too_old = "You can only bulk delete messages that are under 14 days old."
        raise Refusal(400, 50034, too_old)
    for each in found:
        each.deleted = True
    call.backend.events.bulk_deleted(channel, found)
    return NOTHING


@routes.add("POST", "/channels/{channel}/typing")
def typing(call: Call) -> Answer:
    channel = visible_channel(call)
    require(call, channel, _sending(channel))
    channel.bot_types_since = now()
    return NOTHING


def refuse_unless_sendable(call: Call, channel: Channel, body: Json) -> None:
    _refuse_unless_writable(call, channel)
    _refuse_unless_permitted(call, channel, body)


def _refuse_unless_writable(call: Call, channel: Channel) -> None:
    if channel.kind is ChannelKind.FORUM:
        raise Refusal(400, 40058, "Cannot send messages in a forum channel")
    if channel.kind is ChannelKind.CATEGORY:
        raise Refusal(400, 50008, "Cannot send messages in a non-text channel")
    if channel.recipient and not channel.recipient.accepts_dms:
        raise Refusal(403, 50007, "Cannot send messages to this user")
    if channel.thread and channel.thread.locked:
        require(call, channel, Permission.MANAGE_THREADS)
    require(call, channel, _sending(channel))


def _refuse_unless_permitted(call: Call, channel: Channel, body: Json) -> None:
    """A bot's files and embeds need permissions of their own."""
    if call.uploads:
        require(call, channel, Permission.ATTACH_FILES)
    if body.get("embeds"):
        require(call, channel, Permission.EMBED_LINKS)
    if body.get("tts"):
        require(call, channel, Permission.SEND_TTS_MESSAGES)


def _sending(channel: Channel) -> Permission:
    return Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES


def _refuse_if_archived(channel: Channel) -> None:
    if channel.thread and channel.thread.archived:
        raise Refusal(400, 50083, "Tried to perform an operation on an archived thread")


def _replied_to(call: Call, channel: Channel) -> Message | None:
    """[resources/message, Message Reference]; an unknown one matters unless it was waived."""
    reference = call.json.get("message_reference")
    if not reference or reference.get("type", 0) != 0:
        return None
    if not may(call, channel, Permission.READ_MESSAGE_HISTORY):
        message = "Cannot reply without permission to read message history"
        raise Refusal(403, 160002, message)
    elsewhere = int(reference.get("channel_id") or channel.id) != channel.id
    found = None if elsewhere else channel.message(int(reference["message_id"]))
    if found is None and reference.get("fail_if_not_exists", True):
        path = ("message_reference",)
        raise invalid(path, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
    return found
