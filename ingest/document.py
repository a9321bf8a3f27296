"""A Document: what was read from a source, before it is anybody's article."""

from dataclasses import dataclass

from ingest.language import UNKNOWN

_TITLE_CHARACTERS = 80
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Document:
    """Title, metadata and paragraphs; all of it can be stored (no lone surrogates)."""

    title: str
    titled: bool
    """False when the title is only the opening words."""
    paragraphs: tuple[str, ...]
    language: str = UNKNOWN
    published: str | None = None
    url: str | None = None
    site: str | None = None
    author: str | None = None


def opening_words(paragraph: str) -> str:
    """A title for a text that has none: at most 80 characters, cut at a word."""
    return shortened(" ".join(paragraph.split()), _TITLE_CHARACTERS)


def real_title(title: str) -> str:
    """A title as given; a page's whole text in its ``<title>`` would drown every passage."""
    return shortened(" ".join(title.split()), _LONGEST_TITLE)


def shortened(text: str, limit: int) -> str:
    """The text, cut at a word and marked with “…” where it is longer than ``limit``."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if not text[limit - 1].isspace() and " " in cut:
        cut = cut.rsplit(" ", 1)[0]
    return cut.rstrip(" ,;:–—-") + "…"


def has_something_visible(text: str) -> bool:
    """False for nothing but spaces, control and zero-width characters."""
    return any(c.isprintable() and not c.isspace() for c in text)


def says_something(text: str) -> bool:
    """Whether there is a letter or digit: “* * *” is nothing to find or to quote."""
    return any(map(str.isalnum, text))
