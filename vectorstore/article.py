"""The nouns of the store: an Article, its Passages, and their vectors."""

import re
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
"""Vectors as float32, one a row; rows are unit length unless said otherwise."""


def unit(vectors: Matrix) -> Matrix:
    """The same vectors at length 1; those of length 0 stay."""
    norms = np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    scaled: Matrix = vectors / norms
    return scaled


SHARED = "shared"
"""The audience of articles that every server may be answered from."""


AUDIENCE = re.compile(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]")
"""What an audience may be called: a Chroma collection's name, in lower case, without dots."""


def article_id(audience: str, source: str) -> str:
    """The id of the article that an audience has from a source: stable over edits."""
    return sha256(f"{audience}\0{source}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Article:
    """What is known of an article besides its text."""

    source: str
    """Canonical URL, absolute path of a file, or the name of an upload: what identifies it."""
    title: str
    audience: str = SHARED
    titled: bool = True
    """False when the title is only the article's opening words: then it is shown, not embedded."""
    language: str = "und"
    """ISO 639-1, or ``und`` where it can't be told."""
    published: str | None = None
    """ISO 8601 date (or date and time) as the article gives it; None: undated."""
    url: str | None = None
    site: str | None = None
    author: str | None = None
    modified: str | None = field(default=None, compare=False)
    """ISO 8601 day of the last change, as the page says. Many pages say a new one every day while
    no word changes, so an article with another one is the same."""
    gone: str | None = field(default=None, compare=False)
    """UTC, ISO 8601: since when its page lacks it; None: it is there, or came from no page."""

    @property
    def id(self) -> str:
        return article_id(self.audience, self.source)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph of an article, or a part of a long one; the text is verbatim."""

    paragraph: int
    """Counted from 1 in the article as ingested."""
    start: int
    """Where the passage begins in its paragraph: 0 unless a long paragraph was split."""
    text: str
    sentences: tuple[Span, ...]
    """Sentences in reading order, as ranges of ``text``; never empty."""
    id: int = 0
    """Given by the catalog, never used twice; 0 before it is stored."""
    article_id: str = ""

    @property
    def sentence_texts(self) -> list[str]:
        return [self.text[span.start : span.end] for span in self.sentences]


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The raw (uncentred) vectors of one passage."""

    passage: Matrix
    """Shape (dimensions,): of the title and the text."""
    sentences: Matrix
    """Shape (sentences, dimensions); no rows when the passage is a single sentence, which then
    has the vector of its passage: embedding it twice would double the cost of an ingest."""
    tokens: bytes = b""
    """What ``LateInteraction`` keeps of the passage's tokens; empty where the model shows none."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What replacing an article did to its passages."""

    added: int
    removed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """What an index has to do to reach ``sequence``."""

    sequence: int
    upserts: tuple[Passage, ...]
    vectors: Matrix
    deletes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all passages of all audiences."""

    passages: int
    words: int
    grams: int

    def average(self, table: str) -> float:
        """Mean length of a passage in ``words`` or ``grams``; 1 for an empty store."""
        total = self.words if table == "words" else self.grams
        return max(1.0, total / max(1, self.passages))


def later_change(published: str | None, modified: str | None) -> str | None:
    """The day of an article's last change, where it is more than a day after its publication."""
    if not modified:
        return None
    try:
        changed = date.fromisoformat(modified[:10])
        if published and (changed - date.fromisoformat(published[:10])).days <= 1:
            return None
    except ValueError:  # a date of the year 0, from another tool's export
        return None
    return changed.isoformat()


def with_title(passage: str, title: str, *, titled: bool) -> str:
    """What is embedded of a passage; a title that is only the opening words says nothing more."""
    return f"{title}. {passage}" if titled else passage
