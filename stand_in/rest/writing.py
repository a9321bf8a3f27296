"""Turning a request into a message, or into an edit of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stand_in import message_payloads
from stand_in.intents import Intent
from stand_in.mentions import pings_of
from stand_in.messages import (
    NO_FLAGS,
    Attachment,
    Message,
    MessageFlag,
    MessageKind,
    walk,
)
from stand_in.refusals import Json, invalid
from stand_in.validation import Draft, check_message, check_uploads
from stand_in.validation.messages import Upload
from stand_in.world import Channel, User

from .calls import Call

#: The flags an application may set on its own messages.
SETTABLE = (
    MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
)
LATER_SETTABLE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2


@dataclass
class Writing:
    """A body with its files, and where the message goes."""

    call: Call
    channel: Channel
    body: Json

    def new(self, *, kept: MessageFlag = NO_FLAGS, reply_to: Message | None = None) -> Message:
        """A checked message, not posted yet; `kept` is what it is besides what it asked for."""
        body = self.body
        check_uploads(self.call.uploads, body.get("attachments"))
        flags = MessageFlag(body.get("flags") or 0) & SETTABLE | kept
        draft = _draft(body, len(self.call.uploads), flags)
        check_message(draft)
        message = Message(self.channel, self.bot, flags=flags, reply_to=reply_to)
        message.kind = MessageKind.REPLY if reply_to else MessageKind.DEFAULT
        message.tts = bool(body.get("tts"))
        message.nonce = body.get("nonce")
        self._fill(message, draft)
        message.attachments = self._uploaded(ephemeral=message.ephemeral)
        replied_to = reply_to.author if reply_to else None
        self._ring(message, draft.allowed_mentions, replied_to)
        return message

    def edit(self, message: Message) -> None:
        """What the body leaves out stays; of the attachments only those listed stay.

        Edits ring nobody, except the one that fills a deferred response.
        """
        body = self.body
        check_uploads(self.call.uploads, body.get("attachments"))
        flags = _edited_flags(message, body)
        kept = _kept(message, body)
        uploads = len(self.call.uploads)
        draft = Draft(
            content=body.get("content", message.content) or "",
            embeds=body.get("embeds", message.embeds) or [],
            components=body.get("components", message.components) or [],
            files=len(kept) + uploads,
            flags=flags,
            allowed_mentions=body.get("allowed_mentions"),
        )
        check_message(draft)
        fills = message.loading
        message.flags = flags & ~MessageFlag.LOADING
        self._fill(message, draft)
        message.attachments = kept + self._uploaded(ephemeral=message.ephemeral)
        if fills and not message.ephemeral:
            self._ring(message, draft.allowed_mentions, None)

    @property
    def bot(self) -> User:
        return self.call.backend.world.bot

    def _fill(self, message: Message, draft: Draft) -> None:
        message.content = draft.content.strip()
        message.embeds = [{"type": "rich"} | embed for embed in draft.embeds]
        message.components = draft.components
        for number, component in enumerate(walk(message.components), start=1):
            for default in component.get("default_values") or ():
                # Taken as numbers too, told as text like all ids.
                default["id"] = str(default["id"])
            component.setdefault("id", number)

    def _ring(self, message: Message, allowed: Any, replied_to: User | None) -> None:
        """Nobody hears of an ephemeral message but the one who sees it anyway."""
        if not message.ephemeral:
            texts = [c["content"] for c in walk(message.components) if c["type"] == 10]
            text = "\n".join([message.content, *texts])
            world, channel = self.call.backend.world, message.channel
            message.pings = pings_of(world, channel, self.bot, text, allowed, replied_to)

    def _uploaded(self, *, ephemeral: bool) -> list[Attachment]:
        listed = {str(entry.get("id")): entry for entry in self.body.get("attachments") or ()}
        return [
            self._stored(upload, listed.get(str(upload.place), {}), ephemeral=ephemeral)
            for upload in self.call.uploads
        ]

    def _stored(self, upload: Upload, entry: Json, *, ephemeral: bool) -> Attachment:
        return self.call.backend.store(
            self.channel,
            entry.get("filename") or upload.filename,
            upload.content,
            description=entry.get("description"),
            ephemeral=ephemeral,
        )


def shown(call: Call, message: Message) -> Json:
    """What REST shows depends on the application's switch, not on what it identified with."""
    gateway = call.backend.gateway
    content = bool(gateway.allowed_privileged_intents & Intent.MESSAGE_CONTENT)
    return message_payloads.message(message, call.backend.world.bot, content=content)


def _draft(body: Json, files: int, flags: MessageFlag) -> Draft:
    return Draft(
        content=body.get("content") or "",
        embeds=body.get("embeds") or [],
        components=body.get("components") or [],
        files=files,
        flags=flags,
        allowed_mentions=body.get("allowed_mentions"),
        nonce=body.get("nonce"),
        poll=body.get("poll"),
        stickers=body.get("sticker_ids"),
    )


def _edited_flags(message: Message, body: Json) -> MessageFlag:
    if body.get("flags") is None:
        return message.flags
    wanted = MessageFlag(body["flags"]) & LATER_SETTABLE
    if message.flags & MessageFlag.COMPONENTS_V2 and not wanted & MessageFlag.COMPONENTS_V2:
        refusal = "The IS_COMPONENTS_V2 flag cannot be removed"
        raise invalid(("flags",), "MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG", refusal)
    return message.flags & ~LATER_SETTABLE | wanted


def _kept(message: Message, body: Json) -> list[Attachment]:
    if "attachments" not in body:
        return list(message.attachments)
    listed = {str(entry.get("id")) for entry in body["attachments"] or ()}
    return [file for file in message.attachments if str(file.id) in listed]
