"""A Document: what was read from a source, before it is anybody's article."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.decode import scrub
from ingest.errors import NoText
from ingest.language import UNKNOWN, detect

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
    modified: str | None = None
    url: str | None = None
    site: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file or page says, as it stands there; ``finished`` makes a Document of it."""

    title: str | None
    paragraphs: Sequence[str]
    language: str | None = None
    """ISO 639-1; None where nobody says."""
    published: str | None = None
    """ISO 8601, like ``modified``."""
    modified: str | None = None
    url: str | None = None
    site: str | None = None
    author: str | None = None


def finished(name: str, reading: Reading) -> Document:
    """The reading as it can be stored, with what it doesn't say found out from its text.

    Raises:
        NoText: it has no letter or digit besides its title.
    """
    kept = tuple(map(scrub, reading.paragraphs))
    first = next(filter(says_something, kept), None)
    if first is None:
        raise NoText(f"“{name}” has no text besides its title.")
    title, url, site, author = (
        scrub(one) if one else None
        for one in (reading.title, reading.url, reading.site, reading.author)
    )
    return Document(
        title=real_title(title) if title else opening_words(first),
        titled=bool(title),
        paragraphs=kept,
        language=reading.language or detect("\n".join(kept)),
        published=reading.published,
        modified=reading.modified,
        url=url,
        site=site,
        author=author,
    )


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
