"""[resources/channel]: reading and changing channels and threads."""

from __future__ import annotations

from stand_in import payloads
from stand_in.permissions import Permission
from stand_in.refusals import FieldErrors, Json, Refusal
from stand_in.snowflakes import now
from stand_in.world import Channel, ThreadState

from .access import require, visible_channel
from .calls import Answer, Call, Routes

ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
MOST_SLOW_MODE = 21_600

routes = Routes()


@routes.add("GET", "/channels/{channel}")
def fetch(call: Call) -> Answer:
    return Answer(payloads.channel(visible_channel(call)))


@routes.add("PATCH", "/channels/{channel}")
def change(call: Call) -> Answer:
    channel = visible_channel(call)
    body = call.json
    _check(body)
    if channel.thread:
        _change_thread(call, channel, channel.thread, body)
    else:
        require(call, channel, Permission.MANAGE_CHANNELS)
        channel.topic = body.get("topic", channel.topic)
        channel.nsfw = body.get("nsfw", channel.nsfw)
    channel.name = body.get("name", channel.name)
    channel.slow_mode = body.get("rate_limit_per_user", channel.slow_mode)
    call.backend.events.channel("UPDATE", channel)
    return Answer(payloads.channel(channel))


@routes.add("DELETE", "/channels/{channel}")
def delete(call: Call) -> Answer:
    channel = visible_channel(call)
    needed = Permission.MANAGE_THREADS if channel.thread else Permission.MANAGE_CHANNELS
    require(call, channel, needed)
    if channel.guild:
        del channel.guild.channels[channel.id]
    call.backend.events.channel("DELETE", channel)
    return Answer(payloads.channel(channel))


def check_thread(body: Json, errors: FieldErrors) -> None:
    """The limits that starting and changing a thread share."""
    minutes = body.get("auto_archive_duration")
    if minutes is not None:
        errors.choice(("auto_archive_duration",), minutes, ARCHIVE_MINUTES)
    slow = body.get("rate_limit_per_user")
    if slow is not None and not 0 <= slow <= MOST_SLOW_MODE:
        message = f"int value should be between 0 and {MOST_SLOW_MODE}."
        errors.add(("rate_limit_per_user",), "NUMBER_TYPE_MAX", message)
    errors.count(("applied_tags",), body.get("applied_tags"), 5)


def _check(body: Json) -> None:
    errors = FieldErrors()
    if "name" in body:
        errors.length(("name",), body["name"], 100, 1)
    errors.length(("topic",), body.get("topic"), 1024)
    check_thread(body, errors)
    errors.raise_if_any()


def _change_thread(call: Call, thread: Channel, state: ThreadState, body: Json) -> None:
    """An archived thread can only be taken out of the archive; the rest needs it open."""
    opens = body.get("archived") is False
    if state.archived and not opens:
        raise Refusal(400, 50083, "Thread is archived")
    mine = state.owner is call.backend.world.bot
    if not mine or "locked" in body or "rate_limit_per_user" in body or state.locked:
        require(call, thread, Permission.MANAGE_THREADS)
    if "archived" in body and body["archived"] != state.archived:
        state.archived, state.archive_changed = body["archived"], now()
    state.locked = body.get("locked", state.locked)
    minutes = body.get("auto_archive_duration")
    state.auto_archive_minutes = minutes or state.auto_archive_minutes
    if "applied_tags" in body:
        state.tags = [int(tag) for tag in body["applied_tags"]]
