"""What the REST side, the gateway and the acting users share."""

from __future__ import annotations

import mimetypes
import re
import time
from dataclasses import dataclass, field
from typing import Any

from .commands import CommandRegistry
from .events import Events
from .faults import Faults
from .gateway import Gateway
from .interactions import Interaction
from .messages import Attachment, Message
from .refusals import Json
from .snowflakes import new_id, now
from .world import Channel, World


@dataclass
class RequestRecord:
    """One REST request; `at` is seconds since the server started, `status` 0 until answered."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    files: list[str]
    at: float
    status: int = 0
    #: Discord's own error code, of a refusal.
    code: int | None = None
    #: The answer's body, of a refusal.
    refusal: Json | None = None
    seconds: float = 0.0


@dataclass
class Backend:
    world: World
    gateway: Gateway
    ack_seconds: float
    token_seconds: float
    base_url: str = ""
    faults: Faults = field(default_factory=Faults)
    requests: list[RequestRecord] = field(default_factory=list)
    crashes: list[Exception] = field(default_factory=list)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    files: dict[str, Attachment] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.changes = self.gateway.changes
        self.events = Events(self.gateway)
        self.commands = CommandRegistry(self.world.bot.id)

    def post(self, message: Message) -> Message:
        message.channel.messages.append(message)
        message.remember()
        self.events.message_created(message)
        self.changes.happened()
        return message

    def changed(self, message: Message, *, edited: bool = True) -> Message:
        if edited:
            message.edited = now()
        message.remember()
        self.events.message_edited(message)
        self.changes.happened()
        return message

    def remove(self, message: Message) -> None:
        message.deleted = True
        self.events.message_deleted(message)
        self.changes.happened()

    def dispatch(self, interaction: Interaction) -> Interaction:
        interaction.dispatched_at = time.monotonic()
        self.interactions[interaction.token] = interaction
        self.events.interaction_created(interaction.payload())
        return interaction

    def store(
        self,
        channel: Channel,
        filename: str,
        content: bytes,
        *,
        description: str | None = None,
        ephemeral: bool = False,
    ) -> Attachment:
        """A file on the CDN, at an absolute URL of this server; its name loses odd characters."""
        file_id = new_id()
        filename = re.sub(r"[^\w.-]", "_", filename)
        path = f"/attachments/{channel.id}/{file_id}/{filename}"
        guessed = mimetypes.guess_type(filename)[0]
        if guessed and guessed.startswith("text/"):
            guessed += "; charset=utf-8"
        url = self.base_url + path
        file = Attachment(filename, content, url, guessed, description, ephemeral, file_id)
        self.files[path] = file
        return file
