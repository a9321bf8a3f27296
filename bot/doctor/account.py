"""What Discord says: the token, the intents, the clock, and the permissions in each server."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import discord
from discord.http import Route

from bot.doctor.finding import Finding
from bot.permissions import lacking
from bot.running import UNREACHABLE
from bot.servers import ServerSettings
from bot.settings import BotSettings
from bot.texts import words

_SECONDS = 30.0
_CLOCK_SECONDS, _CLOCK_WRONG = 5.0, 300.0
_PORTAL = "https://discord.com/developers/applications"
_MOST_NAMED = 5
_NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    read_message_history=True,
)


async def account_findings(
    settings: BotSettings, servers: Mapping[int, ServerSettings], owner: int | None
) -> list[Finding]:
    """Asks Discord; ``servers`` are the settings of those that settled something, ``owner`` is the
    application whose bot has the store."""
    token = settings.discord_token.get_secret_value() if settings.discord_token else ""
    clock = await _clock()
    if not token:
        return [clock, _no_token()]
    client = discord.Client(intents=discord.Intents(guilds=True), max_messages=None)
    try:
        async with asyncio.timeout(_SECONDS):
            await client.login(token)
    except discord.LoginFailure:
        advice = f"Copy it from {_PORTAL} (your application, “Bot”, “Reset Token”)."
        return [clock, Finding("token", "failed", "Discord does not accept DISCORD_TOKEN.", advice)]
    except UNREACHABLE as error:
        told = f"Discord can't be reached: {error or type(error).__name__}."
        return [clock, Finding("token", "failed", told, "Look at the network, then try again.")]
    finally:
        if client.user is None:
            await client.close()
    try:
        told = f"Discord accepts it: the bot is {client.user}."
        return [
            clock,
            Finding("token", "ok", told),
            *_stranger(client.application_id, owner),
            _intents(client, settings, servers),
            *await _permissions(client, servers),
        ]
    finally:
        await client.close()


def _stranger(application: int | None, owner: int | None) -> list[Finding]:
    if owner is None or application is None or owner == application:
        return []
    told = (
        f"The store belongs to the bot of application {owner}, and DISCORD_TOKEN is of application "
        f"{application}: this bot would not start."
    )
    advice = (
        "Give it a store of its own (VECTORSTORE_PATH, VECTORSTORE_CATALOG_URL), or, where it "
        "replaces the other, end that one and run: python -m bot handover"
    )
    return [Finding("store's bot", "failed", told, advice)]


def _no_token() -> Finding:
    return Finding(
        "token",
        "warning",
        "DISCORD_TOKEN is not set, so nothing could be asked of Discord; questions in the "
        "terminal work without it.",
        f"Make an application at {_PORTAL} and put its bot's token into .env.",
    )


async def _clock() -> Finding:
    try:
        timeout = aiohttp.ClientTimeout(_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{Route.BASE}/gateway") as response,
        ):
            theirs = parsedate_to_datetime(response.headers["Date"])
    except (*UNREACHABLE, KeyError, ValueError):
        told = "Discord can't be asked for the time."
        return Finding("clock", "skipped", told)
    late = (datetime.now(UTC) - theirs).total_seconds()
    if abs(late) <= _CLOCK_SECONDS:
        return Finding("clock", "ok", "The clock agrees with Discord's.")
    way = "ahead of" if late > 0 else "behind"
    return Finding(
        "clock",
        "failed" if abs(late) > _CLOCK_WRONG else "warning",
        f"The clock is {abs(late):.0f} seconds {way} Discord's.",
        "Set it, for instance: timedatectl set-ntp true",
    )


def _intents(
    client: discord.Client, settings: BotSettings, servers: Mapping[int, ServerSettings]
) -> Finding:
    flags = client.application_flags
    on = flags.gateway_message_content or flags.gateway_message_content_limited
    wanted = settings.message_content or bool(settings.question_channels)
    if wanted and not on:
        return Finding(
            "intents",
            "failed",
            "The settings need the message content intent, which is switched off.",
            f"Switch on “Message Content Intent” at {_PORTAL} (your application, “Bot”), or empty "
            "BOT_QUESTION_CHANNELS and BOT_MESSAGE_CONTENT.",
        )
    if not wanted and any(one.question_channels for one in servers.values()):
        return Finding(
            "intents",
            "warning",
            "Servers have channels in which every message is a question, and the bot can't read "
            "them.",
            "Set BOT_MESSAGE_CONTENT=true, and switch the message content intent on.",
        )
    told = "The message content intent is on." if wanted else "No privileged intent is needed."
    return Finding("intents", "ok", told)


async def _permissions(
    client: discord.Client, servers: Mapping[int, ServerSettings]
) -> list[Finding]:
    """In each server; who is in it and what it allows is known once the gateway is ready."""
    connected = asyncio.create_task(client.connect(reconnect=False))
    ready = asyncio.create_task(client.wait_until_ready())
    await asyncio.wait({connected, ready}, timeout=_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    try:
        if not ready.done():
            told = "The gateway gives no connection, so permissions are not known."
            return [Finding("permissions", "failed", told, "Try again in some minutes.")]
        if not client.guilds:
            return [_in_no_server(client)]
        return [_server(guild, servers.get(guild.id, ServerSettings())) for guild in client.guilds]
    finally:
        ready.cancel()
        connected.cancel()
        with suppress(asyncio.CancelledError, discord.DiscordException, *UNREACHABLE):
            await connected


def _in_no_server(client: discord.Client) -> Finding:
    link = discord.utils.oauth_url(
        client.application_id or 0,
        permissions=_NEEDED,
        scopes=("bot", "applications.commands"),
    )
    return Finding("permissions", "warning", "The bot is in no server.", f"Open {link}")


def _server(guild: discord.Guild, settings: ServerSettings) -> Finding:
    name = f"permissions in “{guild.name}”"
    missing: dict[str, list[str]] = defaultdict(list)
    gone = 0
    for channel in _channels(guild, settings):
        if channel is None:
            gone += 1
            continue
        for permission in lacking(channel, guild.me, threads=settings.threads):
            missing[permission].append(f"#{channel.name}")
    if missing:
        named = words("en").permissions
        told = "; ".join(f"{named[one]} in {_some(where)}" for one, where in missing.items())
        advice = "Grant them to the bot's role in the server's or the channel's settings."
        return Finding(name, "failed", f"Missing: {told}.", advice)
    if gone:
        told = f"{gone} channels of its settings are not there any more, or can't be seen."
        return Finding(name, "warning", told, "Look at /newsdesk settings there.")
    return Finding(name, "ok", "Nothing is missing in the channels that it sees.")


def _channels(
    guild: discord.Guild, settings: ServerSettings
) -> Iterator[discord.abc.GuildChannel | None]:
    """Where it is to answer, and None for what is not there; without such settings, what it sees
    (a channel that is hidden from it may be meant to be)."""
    chosen = {*settings.answer_channels, *settings.question_channels}
    chosen |= {settings.moderators_channel} if settings.moderators_channel else set()
    yield from (guild.get_channel(one) for one in sorted(chosen))
    if settings.answer_channels:
        return
    for channel in guild.text_channels:
        if channel.id not in chosen and channel.permissions_for(guild.me).view_channel:
            yield channel


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
