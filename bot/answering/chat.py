"""A chat model with a time limit that holds, whatever the server does."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic
from typing import Any

from httpx import TimeoutException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from bot.errors import ChatModelError
from ingest.decode import scrub

log = logging.getLogger(__name__)

# An answer of a few sentences has a tenth of this; a model that goes on has lost its thread.
_MOST_CHARACTERS = 6000
# What providers call the reason for which a model stopped; their last piece has it.
_END_REASONS = frozenset({"finish_reason", "done_reason", "stop_reason", "stopReason"})
_QUOTA_STATUS = frozenset({402, 429})


@dataclass(frozen=True, slots=True)
class ChatModel:
    """LangChain's chat model, and how many seconds an answer may take with it."""

    model: BaseChatModel
    timeout: float
    failed: Callable[[str], None] = lambda reason: None
    """Gets the reason, whenever an answer has to do without the model."""

    def deadline(self) -> float:
        """The moment, on the monotonic clock, when an answer that begins now has to be there."""
        return monotonic() + self.timeout

    def start(self, messages: Sequence[BaseMessage], deadline: float) -> "Reply":
        """Ask the model; its words arrive while others wait."""
        return Reply(self.model, messages, deadline)


class Reply:
    """What a model writes, piece by piece, in a thread of its own.

    The clients' own limits are for a single read: a server that sends a byte now and then, or a
    name that never resolves, would outlast them. A thread that is given up ends at its next piece,
    or when its read times out.
    """

    def __init__(
        self, model: BaseChatModel, messages: Sequence[BaseMessage], deadline: float
    ) -> None:
        self._pieces: Queue[str | Exception | None] = Queue()
        self._deadline = deadline
        self._given_up = Event()
        # With the context of whoever asks: what a provider's client logs names the request.
        read = copy_context().run
        Thread(target=read, args=(self._read, model, list(messages)), daemon=True).start()

    def pieces(self) -> Iterator[str]:
        """The text as it comes.

        Raises:
            ChatModelError: it came too late, was too long, or the model failed.
        """
        written = 0
        try:
            while (piece := self._next()) is not None:
                written += len(piece)
                if written > _MOST_CHARACTERS:
                    raise ChatModelError("The chat model did not come to an end.", "babbling")
                yield piece
        finally:
            self._given_up.set()

    def text(self) -> str:
        """All of it; raises like ``pieces``."""
        return "".join(self.pieces())

    def give_up(self) -> None:
        """Read no further."""
        self._given_up.set()

    def _next(self) -> str | None:
        try:
            piece = self._pieces.get(timeout=max(0.0, self._deadline - monotonic()))
        except Empty:
            raise ChatModelError("The chat model took too long.", "slow") from None
        if isinstance(piece, Exception):
            raise _translated(piece) from piece
        return piece

    def _read(self, model: BaseChatModel, messages: list[BaseMessage]) -> None:
        try:
            ended = False
            for chunk in model.stream(messages):
                ended = ended or bool(_END_REASONS & chunk.response_metadata.keys())
                if self._given_up.is_set() or monotonic() > self._deadline:
                    return
                # JSON can name half a character, which nothing after this could write.
                if text := scrub(str(chunk.text)):
                    self._pieces.put(text)
            # A connection that is closed in the middle looks like an end.
            self._pieces.put(None if ended else ConnectionError("The stream was cut."))
        except Exception as error:  # every provider has its own: the reading thread raises it
            self._pieces.put(error)


def _translated(error: Exception) -> ChatModelError:
    """What a provider's error means for the user; its own text may quote the prompt."""
    status: Any = getattr(error, "status_code", None)
    log.warning("The chat model failed: %s, HTTP status %s.", type(error).__name__, status)
    if status in _QUOTA_STATUS:
        return ChatModelError("The chat model's quota is used up.", "quota")
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__) is not None and cause not in causes:
        causes.append(cause)
    if any(isinstance(cause, TimeoutError | TimeoutException) for cause in causes):
        return ChatModelError("The chat model took too long.", "slow")
    return ChatModelError("The chat model can't be reached or failed.", "unavailable")
