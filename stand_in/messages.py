"""Messages as the stand-in keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

from .refusals import Json
from .snowflakes import new_id, now

if TYPE_CHECKING:
    from .interactions import Interaction
    from .world import Channel, Role, User


class MessageFlag(IntFlag):
    """[resources/message, Message Flags]"""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


class MessageKind(IntEnum):
    """[resources/message, Message Types]"""

    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    CONTEXT_MENU_COMMAND = 23


@dataclass(eq=False, repr=False)
class Attachment:
    filename: str
    content: bytes
    url: str
    content_type: str | None
    description: str | None = None
    ephemeral: bool = False
    id: int = field(default_factory=new_id)

    def __repr__(self) -> str:
        return f"<Attachment {self.filename} of {self.size} bytes>"

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass
class Pings:
    """Whose client would ring."""

    everyone: bool = False
    here: bool = False
    users: set[User] = field(default_factory=set)
    roles: set[Role] = field(default_factory=set)

    def __bool__(self) -> bool:
        return self.everyone or self.here or bool(self.users) or bool(self.roles)


@dataclass(frozen=True)
class Version:
    """What a message showed from `at` on."""

    at: datetime
    content: str
    embeds: tuple[Json, ...]
    components: tuple[Json, ...]


@dataclass(eq=False, repr=False)
class Message:
    channel: Channel
    author: User
    content: str = ""
    kind: MessageKind = MessageKind.DEFAULT
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    flags: MessageFlag = NO_FLAGS
    pings: Pings = field(default_factory=Pings)
    reply_to: Message | None = None
    interaction: Interaction | None = None
    thread: Channel | None = None
    nonce: str | int | None = None
    tts: bool = False
    pinned: bool = False
    deleted: bool = False
    created: datetime = field(default_factory=now)
    edited: datetime | None = None
    reactions: dict[str, set[int]] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    id: int = field(default_factory=new_id)

    def __repr__(self) -> str:
        return f"<Message by {self.author.name} in #{self.channel.name}: {self.text!r}>"

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """A deferred response that still shows "thinking"."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def mentions_everyone(self) -> bool:
        return self.pings.everyone or self.pings.here

    @property
    def text(self) -> str:
        """Everything readable: the content, the embeds, text components."""
        parts = [self.content]
        for embed in self.embeds:
            parts += _embed_text(embed)
        parts += [c["content"] for c in walk(self.components) if c["type"] == 10]
        return "\n".join(part for part in parts if part)

    @property
    def buttons(self) -> list[Json]:
        return [c for c in walk(self.components) if c["type"] == 2]

    def component(self, custom_id_or_label: str) -> Json:
        """The button or select of that custom_id, or failing that of that label."""
        offered = list(walk(self.components))
        for key in ("custom_id", "label"):
            for component in offered:
                if component.get(key) == custom_id_or_label:
                    return component
        names = [c.get("label") or c.get("custom_id") for c in offered if c["type"] in range(2, 9)]
        raise LookupError(f"no component {custom_id_or_label!r}; the message offers {names}")

    def remember(self) -> None:
        """Keep what the message shows now, for tests that look at its edits."""
        shown = Version(now(), self.content, tuple(self.embeds), tuple(self.components))
        self.versions.append(shown)


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, the ones inside others too [components/reference]."""
    for component in components:
        yield component
        inner = list(component.get("components", ()))
        inner += [component[key] for key in ("accessory", "component") if key in component]
        yield from walk(inner)


def _embed_text(embed: Json) -> list[str]:
    parts = [embed.get("author", {}).get("name", ""), embed.get("title", "")]
    parts.append(embed.get("description", ""))
    for entry in embed.get("fields", ()):
        parts += [entry["name"], entry["value"]]
    return [*parts, embed.get("footer", {}).get("text", "")]
