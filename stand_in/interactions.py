"""Interactions: what a user did, and what the bot has made of it so far."""

# A wait that fails says what there was instead, so the waits take their own time limit.
# ruff: noqa: ASYNC109

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from . import message_payloads, payloads
from .messages import Message, MessageFlag
from .permissions import of_user
from .refusals import Json
from .snowflakes import new_id
from .waiting import Changes, Found

if TYPE_CHECKING:
    from .world import Channel, User

FILE_BYTES = 10 << 20


class InteractionKind(IntEnum):
    """[interactions/receiving-and-responding, Interaction Type]"""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Callback(IntEnum):
    """[interactions/receiving-and-responding, Interaction Callback Type]"""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(eq=False, repr=False)
class Interaction:
    kind: InteractionKind
    user: User
    channel: Channel
    data: Json
    changes: Changes
    bot: User
    locale: str = "en-US"
    #: The message a component stands on.
    message: Message | None = None
    #: The interaction that a modal answered.
    origin: Interaction | None = None
    id: int = field(default_factory=new_id)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(60))
    dispatched_at: float = 0.0
    #: Seconds from the dispatch to an accepted callback, by the server's clock.
    acknowledged_after: float | None = None
    callback: Callback | None = None
    #: What @original is: the response, or the message that types 6 and 7 change.
    original: Message | None = None
    #: Messages beyond the original response.
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    def __repr__(self) -> str:
        return f"<Interaction {self._state()}>"

    @property
    def acknowledged(self) -> bool:
        return self.acknowledged_after is not None

    @property
    def age(self) -> float:
        return time.monotonic() - self.dispatched_at

    @property
    def response(self) -> Message | None:
        """The original response, once it shows more than "thinking"."""
        message = self.original
        return None if message is None or message.loading or message.deleted else message

    @property
    def ephemeral(self) -> bool:
        return self.original is not None and self.original.ephemeral

    def own_message(self, message_id: str) -> Message | None:
        """@original, or one of the follow-ups by id."""
        own = [message for message in (self.original, *self.followups) if message]
        if message_id == "@original":
            own = [self.original] if self.original else []
        elif not message_id.isdigit():
            return None
        else:
            own = [message for message in own if message.id == int(message_id)]
        return own[0] if own and not own[0].deleted else None

    async def wait_for_ack(self, timeout: float = 5) -> float:
        """The seconds it took."""
        return await self._wait(lambda: self.acknowledged_after, timeout)

    async def wait_for_response(
        self,
        timeout: float = 5,
        predicate: Callable[[Message], bool] = lambda message: True,
        settle: float = 0,
    ) -> Message:
        """The original response once it satisfies `predicate`, unchanged for `settle` seconds."""

        def look() -> Message | None:
            response = self.response
            return response if response and predicate(response) else None

        message = await self._wait(look, timeout)
        while settle:
            shown = len(message.versions)
            await self.changes.next(settle)
            if len(message.versions) == shown and time.monotonic() - _changed(message) >= settle:
                break
        return message

    async def wait_for_followup(self, place: int = 0, timeout: float = 5) -> Message:
        return await self._wait(lambda: next(iter(self.followups[place:]), None), timeout)

    async def wait_for_modal(self, timeout: float = 5) -> Json:
        return await self._wait(lambda: self.modal, timeout)

    async def wait_for_choices(self, timeout: float = 5) -> list[Json]:
        return await self._wait(lambda: self.choices, timeout)

    async def _wait(self, look: Callable[[], Found | None], timeout: float) -> Found:
        return await self.changes.until(look, timeout, self._state)

    def _state(self) -> str:
        what = self.callback.name if self.callback else "not acknowledged"
        return f"{self.kind.name} {self.data.get('name') or self.data.get('custom_id')}: {what}"

    def metadata(self) -> Json:
        """[resources/message, Message Interaction Metadata Object]"""
        payload: Json = {
            "id": str(self.id),
            "type": int(self.kind),
            "user": payloads.user(self.user),
            "authorizing_integration_owners": self._owners(),
        }
        if self.kind is InteractionKind.COMPONENT and self.message:
            payload["interacted_message_id"] = str(self.message.id)
        if self.kind is InteractionKind.MODAL and self.origin:
            payload["triggering_interaction_metadata"] = self.origin.metadata()
        return payload

    def payload(self) -> Json:
        """[interactions/receiving-and-responding, Interaction Object]"""
        guild = self.channel.guild
        place = payloads.channel(self.channel)
        place["permissions"] = str(int(of_user(self.user, self.channel)))
        payload: Json = {
            "id": str(self.id),
            "application_id": str(self.bot.id),
            "type": int(self.kind),
            "token": self.token,
            "version": 1,
            "attachment_size_limit": FILE_BYTES,
            "channel": place,
            "channel_id": str(self.channel.id),
            "app_permissions": str(int(of_user(self.bot, self.channel))),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self._owners(),
            "context": 0 if guild else 1,
            "locale": self.locale,
            "data": self.data,
        }
        if self.message:
            payload["message"] = message_payloads.message(self.message, self.bot, content=True)
        if guild is None:
            return payload | {"user": payloads.user(self.user)}
        member = payloads.invoking_member(guild.members[self.user.id], self.channel)
        return payload | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": member,
        }

    def _owners(self) -> Json:
        return {"0": str(self.channel.guild.id) if self.channel.guild else "0"}


def _changed(message: Message) -> float:
    """When it last changed, on the monotonic clock."""
    age = time.time() - message.versions[-1].at.timestamp()
    return time.monotonic() - age


def only_ephemeral(flags: int) -> bool:
    return not flags & ~MessageFlag.EPHEMERAL
