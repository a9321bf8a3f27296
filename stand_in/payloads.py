"""The world as JSON; every id is a string."""

from __future__ import annotations

from .permissions import Permission, in_channel
from .refusals import Json
from .snowflakes import iso
from .world import Channel, Guild, Member, Overwrite, Role, User


def user(someone: User) -> Json:
    """[resources/user, User Object]"""
    return {
        "id": str(someone.id),
        "username": someone.name.lower().replace(" ", "_"),
        "global_name": None if someone.bot else someone.name,
        "discriminator": "0000" if someone.bot else "0",
        "avatar": None,
        "bot": someone.bot,
        "public_flags": 0,
    }


def bot_user(bot: User) -> Json:
    return user(bot) | {"verified": True, "mfa_enabled": True, "flags": 0, "email": None}


def application(bot: User, owner: User, flags: int) -> Json:
    """[resources/application, Application Object]"""
    return {
        "id": str(bot.id),
        "name": bot.name,
        "icon": None,
        "description": "",
        "rpc_origins": [],
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user(owner),
        "team": None,
        "flags": flags,
        "bot": user(bot),
        "integration_types_config": {"0": {}, "1": {}},
    }


def partial_member(member: Member) -> Json:
    """[resources/guild, Guild Member Object] without its user, as in messages."""
    return {
        "roles": [str(role.id) for role in member.roles],
        "nick": member.nick,
        "avatar": None,
        "joined_at": iso(member.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }


def full_member(member: Member) -> Json:
    return partial_member(member) | {"user": user(member.user)}


def invoking_member(member: Member, channel: Channel) -> Json:
    """The member of an interaction, with what it may do in that channel."""
    return full_member(member) | {"permissions": str(int(in_channel(member, channel)))}


def role(some: Role) -> Json:
    """[topics/permissions, Role Object]"""
    payload: Json = {
        "id": str(some.id),
        "name": some.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": some.position,
        "permissions": str(int(some.permissions)),
        "managed": some.managed_by is not None,
        "mentionable": some.mentionable,
        "flags": 0,
    }
    if some.managed_by:
        payload["tags"] = {"bot_id": str(some.managed_by.id)}
    return payload


def channel(some: Channel) -> Json:
    """[resources/channel, Channel Object]"""
    if some.is_thread:
        return thread(some)
    if some.recipient:
        return _dm(some, some.recipient)
    payload = _any_channel(some) | {
        "position": 0,
        "topic": some.topic,
        "nsfw": some.nsfw,
        "permission_overwrites": [_overwrite(i, o) for i, o in some.overwrites.items()],
        "default_auto_archive_duration": 1440,
    }
    if some.available_tags:
        payload["available_tags"] = [_tag(i, name) for i, name in some.available_tags.items()]
    return payload


def thread(some: Channel) -> Json:
    state = some.thread
    assert state is not None
    return _any_channel(some) | {
        "owner_id": str(state.owner.id),
        "message_count": len(some.messages),
        "total_message_sent": len(some.messages),
        "member_count": len(state.members),
        "applied_tags": [str(tag) for tag in state.tags],
        "thread_metadata": {
            "archived": state.archived,
            "auto_archive_duration": state.auto_archive_minutes,
            "archive_timestamp": iso(state.archive_changed),
            "locked": state.locked,
        },
    }


def thread_member(some: Channel, someone: User) -> Json:
    joined = some.thread.archive_changed if some.thread else None
    return {
        "id": str(some.id),
        "user_id": str(someone.id),
        "join_timestamp": iso(joined) if joined else None,
        "flags": 0,
    }


def guild(some: Guild, bot: User) -> Json:
    """[resources/guild, Guild Object], as in GUILD_CREATE: of the members only the bot itself."""
    places = [c for c in some.channels.values() if not c.is_thread]
    seen = Permission.VIEW_CHANNEL
    threads = [t for t in some.threads if in_channel(some.members[bot.id], t) & seen]
    return _guild_settings(some) | {
        "joined_at": iso(some.members[bot.id].joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(some.members),
        "voice_states": [],
        "members": [full_member(some.members[bot.id])],
        "channels": [channel(place) for place in places],
        "threads": [thread(place) for place in threads],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _guild_settings(some: Guild) -> Json:
    nowhere = ("afk", "system", "rules", "public_updates", "safety_alerts", "widget")
    return {f"{place}_channel_id": None for place in nowhere} | {
        "id": str(some.id),
        "name": some.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "owner_id": str(some.owner.id),
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": some.locale,
        "features": [],
        "emojis": [],
        "stickers": [],
        "system_channel_flags": 0,
        "vanity_url_code": None,
        "roles": [role(each) for each in some.roles.values()],
    }


def _any_channel(some: Channel) -> Json:
    last = some.messages[-1].id if some.messages else None
    payload: Json = {
        "id": str(some.id),
        "type": int(some.kind),
        "name": some.name,
        "parent_id": str(some.parent.id) if some.parent else None,
        "last_message_id": str(last) if last else None,
        "rate_limit_per_user": some.slow_mode,
        "flags": 0,
    }
    return payload | ({"guild_id": str(some.guild.id)} if some.guild else {})


def _dm(some: Channel, recipient: User) -> Json:
    last = some.messages[-1].id if some.messages else None
    return {
        "id": str(some.id),
        "type": int(some.kind),
        "last_message_id": str(last) if last else None,
        "flags": 0,
        "recipients": [user(recipient)],
    }


def _overwrite(target_id: int, overwrite: Overwrite) -> Json:
    return {
        "id": str(target_id),
        "type": 0 if overwrite.of_role else 1,
        "allow": str(int(overwrite.allow)),
        "deny": str(int(overwrite.deny)),
    }


def _tag(tag_id: int, name: str) -> Json:
    return {
        "id": str(tag_id),
        "name": name,
        "moderated": False,
        "emoji_id": None,
        "emoji_name": None,
    }
