"""What people do in a channel besides invoking the bot."""

# A wait that fails says what there was instead, so the waits take their own time limit.
# ruff: noqa: ASYNC109

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .backend import Backend
from .mentions import pings_of
from .messages import Message, MessageKind
from .snowflakes import now
from .world import Channel, User

File = tuple[str, bytes]


def _anything(message: Message) -> bool:
    return True


class Speaking:
    backend: Backend

    async def user_says(
        self,
        channel: Channel,
        user: User,
        content: str = "",
        *,
        mentions: Iterable[User] = (),
        reply_to: Message | None = None,
        reply_pings: bool = True,
        attachments: Sequence[File] = (),
    ) -> Message:
        """A message; those in `mentions` whom the content does not mention are put before it."""
        missing = [who.mention for who in mentions if who.mention not in content]
        message = Message(channel, user, " ".join([*missing, content]), reply_to=reply_to)
        message.kind = MessageKind.REPLY if reply_to else MessageKind.DEFAULT
        message.attachments = [
            self.backend.store(channel, name, file) for name, file in attachments
        ]
        replied_to = reply_to.author if reply_to and reply_pings else None
        self._ring(message, replied_to)
        return self.backend.post(message)

    async def user_edits(self, message: Message, content: str) -> Message:
        message.content = content
        self._ring(message, message.reply_to.author if message.reply_to else None)
        return self.backend.changed(message)

    async def user_deletes(self, message: Message) -> None:
        """Anyone's message, the bot's too."""
        self.backend.remove(message)

    async def user_reacts(self, message: Message, user: User, emoji: str) -> None:
        message.reactions.setdefault(emoji, set()).add(user.id)
        self.backend.events.reaction(message, user, emoji, added=True)

    async def user_unreacts(self, message: Message, user: User, emoji: str) -> None:
        message.reactions[emoji].discard(user.id)
        self.backend.events.reaction(message, user, emoji, added=False)

    async def user_types(self, channel: Channel, user: User) -> None:
        self.backend.events.typing(channel, user)

    def messages(self, channel: Channel) -> list[Message]:
        """What everyone in the channel sees, oldest first."""
        return [m for m in channel.messages if not (m.deleted or m.ephemeral)]

    async def wait_for_message(
        self,
        channel: Channel,
        predicate: Callable[[Message], bool] = _anything,
        timeout: float = 5,
        *,
        after: Message | None = None,
    ) -> Message:
        """The bot's first finished message that satisfies `predicate`, as sent or as edited."""

        def look() -> Message | None:
            for message in self.messages(channel):
                is_answer = message.author is self.backend.world.bot and not message.loading
                if is_answer and (not after or message.id > after.id) and predicate(message):
                    return message
            return None

        def failure() -> str:
            shown = [f"{m.author.name}: {m.text[:80]!r}" for m in self.messages(channel)[-5:]]
            return f"no such message of the bot in #{channel.name}; last ones: {shown}"

        return await self.backend.changes.until(look, timeout, failure)

    async def wait_for_reply(self, message: Message, timeout: float = 5) -> Message:
        """The bot's reply to that very message."""
        return await self.wait_for_message(
            message.channel, lambda answer: answer.reply_to is message, timeout, after=message
        )

    async def wait_for_thread(self, message: Message, timeout: float = 5) -> Channel:
        """The thread that was started from that message."""
        return await self.backend.changes.until(
            lambda: message.thread, timeout, lambda: f"no thread on {message.text[:80]!r}"
        )

    def age(self, message: Message, seconds: float) -> None:
        """Makes a message older, for rules that depend on its age."""
        message.created = type(message.created).fromtimestamp(
            message.created.timestamp() - seconds, now().tzinfo
        )

    def _ring(self, message: Message, replied_to: User | None) -> None:
        world, channel = self.backend.world, message.channel
        text = message.content
        message.pings = pings_of(world, channel, message.author, text, None, replied_to)
