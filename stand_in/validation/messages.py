"""[resources/message, Create Message]"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stand_in.mentions import check_allowed_mentions
from stand_in.messages import NO_FLAGS, MessageFlag
from stand_in.refusals import FieldErrors, Json, Refusal, too_large

from .components import check_components
from .embeds import check_embeds, is_empty

MIB = 1 << 20
FILE_BYTES = 10 * MIB
REQUEST_BYTES = 25 * MIB
FILES = 10
#: The narrower limits of rows and of layouts are the components' own.
MOST_COMPONENTS = 1000


@dataclass(frozen=True)
class Upload:
    """One `files[n]` part of a multipart body."""

    place: int
    filename: str
    content: bytes


@dataclass
class Draft:
    """A message about to be written, or what an edit would leave of one."""

    content: str = ""
    embeds: list[Any] = field(default_factory=list)
    components: list[Any] = field(default_factory=list)
    files: int = 0
    flags: MessageFlag = NO_FLAGS
    allowed_mentions: Any = None
    nonce: Any = None
    poll: Any = None
    stickers: Any = None

    @property
    def v2(self) -> bool:
        return bool(self.flags & MessageFlag.COMPONENTS_V2)


def check_message(draft: Draft) -> None:
    errors = FieldErrors()
    errors.length(("content",), draft.content, 2000)
    embeds = errors.count(("embeds",), draft.embeds, 10)
    check_embeds(embeds, errors)
    components = errors.count(("components",), draft.components, MOST_COMPONENTS)
    check_components(components, errors, v2=draft.v2)
    check_allowed_mentions(draft.allowed_mentions, errors)
    if isinstance(draft.nonce, str):
        errors.length(("nonce",), draft.nonce, 25)
    if draft.files > FILES:
        errors.add(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")
    if draft.v2:
        _check_only_components(draft, errors)
    errors.raise_if_any()
    if _is_empty(draft):
        raise Refusal(400, 50006, "Cannot send an empty message")


def check_uploads(uploads: list[Upload], attachments: object) -> None:
    """Each file and their sum; every listed number of a new file has its file."""
    sizes = [len(upload.content) for upload in uploads]
    if any(size > FILE_BYTES for size in sizes) or sum(sizes) > REQUEST_BYTES:
        raise too_large()
    errors = FieldErrors()
    places = {str(upload.place) for upload in uploads}
    for place, entry in enumerate(errors.count(("attachments",), attachments, FILES)):
        path = ("attachments", place)
        number = str(entry.get("id"))
        if len(number) < 15 and number not in places:
            message = "An attachment was sent without a file"
            errors.add((*path, "id"), "ATTACHMENT_NOT_FOUND", message)
        errors.length((*path, "description"), entry.get("description"), 1024)
    errors.raise_if_any()


def _check_only_components(draft: Draft, errors: FieldErrors) -> None:
    """[components/reference, Using Components V2]"""
    others: Json = {
        "content": draft.content,
        "embeds": draft.embeds,
        "poll": draft.poll,
        "sticker_ids": draft.stickers,
    }
    for name, value in others.items():
        if value:
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            errors.add((name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def _is_empty(draft: Draft) -> bool:
    text = (draft.content or "").strip()
    embeds = [embed for embed in draft.embeds or () if not is_empty(embed)]
    return not (
        text or embeds or draft.files or draft.poll or draft.stickers or (draft.components or [])
    )
