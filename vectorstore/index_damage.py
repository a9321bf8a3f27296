"""How Chroma's failures are told apart, and how the state of an index is told."""

import logging
from dataclasses import dataclass
from typing import Any, Literal

from vectorstore.errors import IndexUnavailable, VectorstoreError

log = logging.getLogger(__name__)

Phase = Literal["opening", "rebuilding", "ready", "failing", "absent"]


@dataclass(frozen=True, slots=True)
class IndexState:
    """How an index is."""

    phase: Phase
    """``opening``: questions are answered from the catalog meanwhile, as well; ``failing``: it
    can't be used or rebuilt now, which is tried again and again; ``absent``: another process has
    it, and this one reads the catalog."""
    reason: str
    """Why it is rebuilt or fails, a sentence; else empty."""
    indexed: int
    """Passages of the catalog that it has."""
    passages: int
    """Passages of the catalog."""


class Damaged(IndexUnavailable):
    """What Chroma gave can't be right."""


class TooLittle(IndexUnavailable):
    """It works, and has too little yet to be of use."""


def is_failure(error: BaseException) -> bool:
    """Whether it is one that may be caught: a panic of Chroma's native code is no ``Exception``."""
    return isinstance(error, Exception) or type(error).__module__ == "pyo3_runtime"


def is_refusal(error: IndexUnavailable) -> bool:
    """Whether Chroma refuses what it was given, such as a name, which is no damage."""
    return type(error.__cause__).__name__ in {"InvalidArgumentError", "ValueError"}


def sentence_of(error: BaseException) -> str:
    if isinstance(error, VectorstoreError):
        return str(error)
    return f"The Chroma index failed: {type(error).__name__}: {error}."


def close_damaged(chroma: Any) -> None:
    """Close an index that is deleted next."""
    try:
        chroma.close()
    except BaseException as error:
        if not is_failure(error):
            raise
        log.debug("The damaged index can't be closed: %s", error)
