"""From the first connection to the last answer."""

import asyncio
import logging
import random
import signal
from contextlib import suppress

import aiohttp
import discord

from bot.client import Newsdesk
from bot.errors import ConfigurationError
from bot.health import Health

log = logging.getLogger(__name__)

UNREACHABLE = (
    OSError,
    aiohttp.ClientError,
    asyncio.TimeoutError,
    discord.DiscordServerError,
    discord.GatewayNotFound,
)
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


async def run_bot(client: Newsdesk, token: str) -> None:
    """Run until SIGTERM or SIGINT; then deliver what was accepted, and close client and store.

    A second signal ends the process at once.

    Raises:
        ConfigurationError: Discord refuses the token or the intents, or BOT_HEALTH_ADDRESS can't
            be had.
    """
    health = Health(client)
    try:
        await health.start()
    except ConfigurationError:
        await client.close()
        raise
    connected = asyncio.create_task(_stay_connected(client, token))
    told = asyncio.create_task(_told_to_stop())
    try:
        await asyncio.wait({connected, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        await client.drain()
        await client.close()
        connected.cancel()
        await health.close()
    with suppress(asyncio.CancelledError):
        await connected


async def _stay_connected(client: Newsdesk, token: str) -> None:
    """discord.py reconnects by itself, except where the very first connection fails: there 2.7.1
    raises ``AttributeError`` over the websocket that it never had."""
    pause = _FIRST_PAUSE
    while True:
        try:
            if client.user is None:
                await client.login(token)
            await client.connect()
        except discord.LoginFailure as error:
            raise _wrong_token() from error
        except discord.PrivilegedIntentsRequired as error:
            raise _missing_intent() from error
        except discord.ConnectionClosed as error:
            refusal = _REFUSALS.get(error.code)
            raise (refusal() if refusal else error) from error
        except (AttributeError, *UNREACHABLE) as error:
            if client.ws is not None:
                raise
            log.warning("Discord can't be reached (%s); trying again in %.0f s.", error, pause)
        else:
            return
        await _forget_login(client)
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))
        pause = min(2 * pause, _LONGEST_PAUSE)


async def _forget_login(client: Newsdesk) -> None:
    """``login`` opens an HTTP session each time, and closes none."""
    if client.user is None:
        await client.http.close()
        client.http.connector = discord.utils.MISSING


async def _told_to_stop() -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError):  # Windows: Ctrl-C cancels the main task
        for number in signals:
            loop.add_signal_handler(number, told.set)
    try:
        await told.wait()
    finally:
        with suppress(NotImplementedError):
            for number in signals:
                loop.remove_signal_handler(number)


def _wrong_token() -> ConfigurationError:
    return ConfigurationError(
        "Discord does not accept DISCORD_TOKEN. Copy the bot's token from "
        "https://discord.com/developers/applications (your application, “Bot”, “Reset Token”)."
    )


def _missing_intent() -> ConfigurationError:
    return ConfigurationError(
        "BOT_QUESTION_CHANNELS needs the message content intent. Switch on “Message Content "
        "Intent” at https://discord.com/developers/applications (your application, “Bot”, "
        "“Privileged Gateway Intents”), or empty BOT_QUESTION_CHANNELS."
    )


# Of shards discord.py 2.7.1 tells the code alone [topics/opcodes, Gateway Close Event Codes].
_REFUSALS = {4004: _wrong_token, 4014: _missing_intent}
