"""[resources/user], [resources/application] and the parts of [resources/guild] bots read."""

from __future__ import annotations

from stand_in import payloads
from stand_in.intents import application_flags
from stand_in.refusals import FieldErrors, Json, Refusal, missing_access, unknown

from .access import joined_guild
from .calls import Answer, Call, Routes

routes = Routes()


@routes.add("GET", "/users/@me")
def me(call: Call) -> Answer:
    return Answer(payloads.bot_user(call.backend.world.bot))


@routes.add("GET", "/users/{user}")
def fetch_user(call: Call) -> Answer:
    user = call.backend.world.users.get(call.id("user"))
    if user is None:
        raise unknown("User")
    return Answer(payloads.user(user))


@routes.add("POST", "/users/@me/channels")
def open_dm(call: Call) -> Answer:
    recipient = call.json.get("recipient_id")
    user = call.backend.world.users.get(int(recipient or 0))
    if user is None:
        errors = FieldErrors()
        errors.add(("recipient_id",), "NUMBER_TYPE_COERCE", "Unknown user")
        errors.raise_if_any()
    assert user is not None
    if user.bot:
        raise Refusal(400, 50007, "Cannot send messages to this user")
    return Answer(payloads.channel(call.backend.world.dm_with(user)))


@routes.add("GET", "/oauth2/applications/@me")
@routes.add("GET", "/applications/@me")
def application(call: Call) -> Answer:
    world = call.backend.world
    flags = application_flags(call.backend.gateway.allowed_privileged_intents)
    owner = next((guild.owner for guild in world.guilds.values()), world.bot)
    return Answer(payloads.application(world.bot, owner, flags))


@routes.add("GET", "/gateway", bot=False)
@routes.add("GET", "/gateway/bot")
def gateway(call: Call) -> Answer:
    start: Json = {"total": 1000, "remaining": 999, "reset_after": 86_400_000}
    limit = start | {"max_concurrency": 1}
    url = call.backend.gateway.resume_url
    return Answer({"url": url, "shards": call.backend.gateway.shards, "session_start_limit": limit})


@routes.add("GET", "/guilds/{guild}")
def fetch_guild(call: Call) -> Answer:
    return Answer(payloads.guild(joined_guild(call), call.backend.world.bot))


@routes.add("GET", "/guilds/{guild}/channels")
def fetch_channels(call: Call) -> Answer:
    listed = joined_guild(call).channels.values()
    return Answer([payloads.channel(channel) for channel in listed if not channel.is_thread])


@routes.add("GET", "/guilds/{guild}/roles")
def fetch_roles(call: Call) -> Answer:
    return Answer([payloads.role(role) for role in joined_guild(call).roles.values()])


@routes.add("GET", "/guilds/{guild}/members/{user}")
def fetch_member(call: Call) -> Answer:
    member = joined_guild(call).members.get(call.id("user"))
    if member is None:
        raise unknown("Member")
    return Answer(payloads.full_member(member))


@routes.add("DELETE", "/users/@me/guilds/{guild}")
def leave_guild(call: Call) -> Answer:
    guild = call.backend.world.guilds.pop(call.id("guild"), None)
    if guild is None:
        raise missing_access()
    call.backend.events.guild_left(guild)
    return Answer(status=204)
