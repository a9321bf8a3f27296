"""Where answers go, and sending them wherever Discord still takes them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import aiohttp
import discord

from bot.rendering import Reply
from bot.sending import edit, send

if TYPE_CHECKING:
    from discord.abc import MessageableChannel

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
_UNAUTHORIZED, _TOO_MANY = 401, 429
_PRIVATE = "private"


class Outlet(Protocol):
    """Where one answer is shown."""

    @property
    def channel(self) -> int:
        """The id of the channel or thread."""

    @property
    def embeds(self) -> bool:
        """Whether embeds may be sent there."""

    async def begin(self) -> None:
        """Show that an answer is on its way."""

    async def show(self, text: str) -> None:
        """Show what there is of it so far, in place of what was shown before."""

    async def finish(self, replies: list[Reply]) -> list[int]:
        """Show the whole answer in place of it; the ids of its messages."""

    async def in_thread(self, name: str, opening: str) -> "Outlet":
        """A new thread beside it, or itself where there can be none.

        ``opening`` is said where the thread begins, if the question does not stand there.
        """


class Response:
    """The response to an interaction that was acknowledged."""

    def __init__(self, interaction: discord.Interaction[Any]) -> None:
        self._interaction = interaction

    @property
    def channel(self) -> int:
        return self._interaction.channel_id or 0

    @property
    def embeds(self) -> bool:
        return self._interaction.app_permissions.embed_links

    async def begin(self) -> None:
        """Discord shows it since the acknowledgement."""

    async def show(self, text: str) -> None:
        await self._interaction.edit_original_response(content=text)

    async def finish(self, replies: list[Reply]) -> list[int]:
        return await respond(self._interaction, replies)

    async def in_thread(self, name: str, opening: str) -> Outlet:
        channel = self._interaction.channel
        if not _has_threads(channel):
            return self
        with _noting_threadless(channel.id):
            response = await self._interaction.edit_original_response(content=opening)
            return Channel(await channel.get_partial_message(response.id).create_thread(name=name))
        return self


class Channel:
    """A channel or a thread; what is shown first may be a reply to a question there."""

    def __init__(
        self, channel: "MessageableChannel", question: discord.Message | None = None
    ) -> None:
        self._channel = channel
        self._question = question
        self._shown: discord.Message | None = None

    @property
    def channel(self) -> int:
        return self._channel.id

    @property
    def embeds(self) -> bool:
        return permissions(self._channel).embed_links

    async def begin(self) -> None:
        # Only a courtesy; but where it is forbidden, so is the answer.
        with suppress(discord.DiscordServerError, aiohttp.ClientError):
            await self._channel.typing()

    async def show(self, text: str) -> None:
        if self._shown:
            await self._shown.edit(content=text)
        else:
            self._shown = await self._send(Reply(text), first=True)

    async def finish(self, replies: list[Reply]) -> list[int]:
        sent: list[int] = []
        if self._shown:
            sent += await self._replaced(self._shown, replies[0])
        for reply in replies[len(sent) :]:
            sent.append((await self._send(reply, first=not sent)).id)
        return sent

    async def in_thread(self, name: str, opening: str) -> Outlet:
        if self._question is None or not _has_threads(self._channel):
            return self
        with _noting_threadless(self.channel):
            return Channel(await self._question.create_thread(name=name))
        return self

    async def _replaced(self, shown: discord.Message, reply: Reply) -> list[int]:
        """The id of what was shown so far; none where it can't be edited: it is deleted, or its
        thread is archived. Then the answer is sent anew."""
        try:
            await edit(shown, **_parts(reply))
        except discord.DiscordServerError:
            raise
        except discord.HTTPException as error:
            log.info("What was shown in channel %s can't be edited: %s", self.channel, error)
            return []
        return [shown.id]

    async def _send(self, reply: Reply, *, first: bool) -> discord.Message:
        """As a reply to the question, even if that is deleted meanwhile; the rest as it is."""
        parts = _parts(reply)
        if first and self._question and permissions(self._channel).read_message_history:
            parts["reference"] = self._question.to_reference(fail_if_not_exists=False)
            parts["mention_author"] = False
        return await send(self._channel, **parts)


async def acknowledge(interaction: discord.Interaction[Any], *, private: bool = False) -> None:
    """Tell Discord within its 3 seconds that a response will come
    [interactions/receiving-and-responding]; whether all see it is settled by this."""
    interaction.extras[_PRIVATE] = private
    await interaction.response.defer(ephemeral=private, thinking=True)


async def respond(interaction: discord.Interaction[Any], replies: list[Reply]) -> list[int]:
    """Fill in the deferred response, then follow up; the ids of the messages.

    An interaction takes answers for 15 minutes; after that they go to its channel
    [interactions/receiving-and-responding], unless they are for one person.
    """
    private = bool(interaction.extras.get(_PRIVATE))
    sent: list[int] = []
    message: discord.Message
    try:
        for reply in replies:
            if sent:
                parts = _parts(reply) | {"content": reply.content or ""}
                message = await interaction.followup.send(**parts, ephemeral=private, wait=True)
            else:
                message = await interaction.edit_original_response(**_parts(reply))
            sent.append(message.id)
    except discord.HTTPException as error:
        if private or interaction.channel_id is None or error.status not in _GONE:
            raise
        channel = interaction.client.get_partial_messageable(interaction.channel_id)
        rest = replies[len(sent) :]
        sent += [(await send(channel, **_parts(reply))).id for reply in rest]
    return sent


def permissions(channel: "MessageableChannel") -> discord.Permissions:
    """What the bot may do in a channel; in a direct message everything."""
    if isinstance(channel, discord.Thread) and channel.parent is None:
        # Deleted meanwhile, and its threads with it.
        return discord.Permissions.none()
    if channel.guild is None or isinstance(channel, discord.PartialMessageable):
        return discord.Permissions.all()
    return channel.permissions_for(channel.guild.me)


def _parts(reply: Reply) -> dict[str, Any]:
    parts: dict[str, Any] = {"content": reply.content, "embeds": reply.embeds}
    return parts | {"view": reply.view} if reply.view else parts


def _has_threads(channel: object) -> TypeGuard[discord.TextChannel]:
    """Whether a question there can have a thread that the bot may write in."""
    if not isinstance(channel, discord.TextChannel):
        return False
    may = permissions(channel)
    if may.create_public_threads and may.send_messages_in_threads:
        return True
    log.warning("No thread in channel %s: the permissions are missing.", channel.id)
    return False


@contextmanager
def _noting_threadless(channel: int) -> Iterator[None]:
    """Without a thread the answer is given in the channel: that is what was asked for first."""
    try:
        yield
    except (discord.HTTPException, aiohttp.ClientError) as error:
        log.warning("No thread in channel %s: %s", channel, error)


@contextmanager
def noting_undelivered(channel: int | None) -> Iterator[None]:
    """Log what could not be sent: an operator can change permissions, nobody else can be told."""
    try:
        yield
    except UNDELIVERABLE as error:
        log.warning("Can't answer in channel %s: %s", channel, error)
    except discord.HTTPException as error:
        if error.status not in (_UNAUTHORIZED, _TOO_MANY):
            raise
        # A private answer that came too late, or one of Cloudflare's bans, which come without the
        # headers that discord.py would wait for.
        log.warning("Discord does not take the answer in channel %s: %s", channel, error)
