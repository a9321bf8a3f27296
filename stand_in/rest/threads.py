"""[topics/threads]"""

from __future__ import annotations

from stand_in import payloads
from stand_in.messages import Message
from stand_in.permissions import Permission
from stand_in.refusals import FieldErrors, Json, Refusal, within
from stand_in.world import THREADS, Channel, ChannelKind, ThreadState

from .access import joined_guild, may, require, visible_channel, visible_message
from .calls import NOTHING, Answer, Call, Routes
from .channels import check_thread
from .messages import refuse_unless_sendable
from .writing import Writing, shown

MOST_ACTIVE = 1000

routes = Routes()


@routes.add("POST", "/channels/{channel}/messages/{message}/threads")
def start_from_message(call: Call) -> Answer:
    """The thread has its message's id, and a message has one thread."""
    channel = visible_channel(call)
    message = visible_message(call, channel)
    if message.thread:
        raise Refusal(400, 160004, "A thread has already been created for this message")
    require(call, channel, Permission.CREATE_PUBLIC_THREADS)
    thread = _start(call, channel, ChannelKind.PUBLIC_THREAD, message)
    call.backend.changed(message, edited=False)
    return Answer(payloads.thread(thread), 201)


@routes.add("POST", "/channels/{channel}/threads")
def start(call: Call) -> Answer:
    channel = visible_channel(call)
    if channel.kind is ChannelKind.FORUM:
        return _start_post(call, channel)
    kind = call.json.get("type", ChannelKind.PRIVATE_THREAD)
    errors = FieldErrors()
    errors.choice(("type",), kind, THREADS)
    errors.raise_if_any()
    private = kind == ChannelKind.PRIVATE_THREAD
    rights = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    require(call, channel, rights)
    return Answer(payloads.thread(_start(call, channel, ChannelKind(kind))), 201)


@routes.add("GET", "/guilds/{guild}/threads/active")
def active(call: Call) -> Answer:
    bot = call.backend.world.bot
    seen = [
        thread
        for thread in joined_guild(call).threads
        if not _state(thread).archived and may(call, thread, Permission.VIEW_CHANNEL)
    ]
    mine = [thread for thread in seen if bot.id in _state(thread).members]
    members = [payloads.thread_member(thread, bot) for thread in mine]
    listed = [payloads.thread(thread) for thread in seen]
    return Answer({"threads": listed, "members": members, "has_more": False})


@routes.add("PUT", "/channels/{channel}/thread-members/@me")
def join(call: Call) -> Answer:
    _open_thread(call).members.add(call.backend.world.bot.id)
    return NOTHING


@routes.add("DELETE", "/channels/{channel}/thread-members/@me")
def leave(call: Call) -> Answer:
    _open_thread(call).members.discard(call.backend.world.bot.id)
    return NOTHING


def _start_post(call: Call, forum: Channel) -> Answer:
    """[resources/channel, Start Thread in Forum]: the thread and its first message at once."""
    message: Json = call.json.get("message") or {}
    tags = call.json.get("applied_tags") or []
    if forum.tag_required and not tags:
        raise Refusal(400, 40067, "A tag is required to create a forum post in this channel")
    require(call, forum, Permission.SEND_MESSAGES)
    with within("message"):
        post = Writing(call, forum, message).new()
    thread = _start(call, forum, ChannelKind.PUBLIC_THREAD, opening=post)
    refuse_unless_sendable(call, thread, message)
    post.channel = thread
    call.backend.post(post)
    return Answer(payloads.thread(thread) | {"message": shown(call, post)}, 201)


def _start(
    call: Call,
    parent: Channel,
    kind: ChannelKind,
    source: Message | None = None,
    opening: Message | None = None,
) -> Channel:
    body = call.json
    _check(body)
    guild = parent.guild
    if guild is None:
        raise Refusal(403, 50003, "Cannot execute action on a DM channel")
    open_threads = [thread for thread in guild.threads if not _state(thread).archived]
    if len(open_threads) >= MOST_ACTIVE:
        message = "Maximum number of active threads reached"
        raise Refusal(400, 160006, message)
    bot = call.backend.world.bot
    state = ThreadState(bot, body.get("auto_archive_duration") or 1440, members={bot.id})
    state.tags = [int(tag) for tag in body.get("applied_tags") or ()]
    thread = Channel(body["name"], kind, guild, parent, thread=state)
    named_after = source or opening
    if named_after:
        thread.id = named_after.id
    if source:
        source.thread = thread
    guild.channels[thread.id] = thread
    call.backend.events.channel("CREATE", thread)
    return thread


def _check(body: Json) -> None:
    errors = FieldErrors()
    errors.length(("name",), body.get("name"), 100, 1)
    check_thread(body, errors)
    errors.raise_if_any()


def _state(thread: Channel) -> ThreadState:
    assert thread.thread is not None
    return thread.thread


def _open_thread(call: Call) -> ThreadState:
    channel = visible_channel(call)
    if channel.thread is None:
        raise Refusal(400, 50024, "Cannot execute action on this channel type")
    if channel.thread.archived:
        raise Refusal(400, 50083, "Thread is archived")
    return channel.thread
