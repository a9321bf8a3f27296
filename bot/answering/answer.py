"""What a question gets: an Answer, and the Citations that it rests on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from vectorstore import Article
from vectorstore.article import later_change

Status = Literal["answered", "not_in_articles"]
Mode = Literal["extractive", "generative"]
Certainty = Literal["reported", "expected", "claimed", "mixed"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of an article, verbatim, and where they stand."""

    marker: int
    """``[1]`` in the answer's text is the citation with marker 1."""
    article_id: str
    title: str
    source: str
    url: str | None
    site: str | None
    published: str | None
    language: str
    paragraph: int
    """Counted from 1 in the article as ingested."""
    quote: str
    """Equal to the paragraph's text from ``start`` to ``end``."""
    start: int
    end: int
    score: float
    certainty: Certainty
    passage_id: int
    claimant: str = ""
    """Who says it, as the article names them, where it is told; not escaped."""
    modified: str | None = None
    """ISO 8601: when the article was changed last, as its page says."""
    gone: str | None = None
    """UTC, ISO 8601: since when its page lacks it."""
    also_in: tuple[Article, ...] = ()
    """Other articles with the same sentences, in the order in which they would be cited."""

    @property
    def later_change(self) -> str | None:
        """The day of the article's last change, where it is more than a day after its date."""
        return later_change(self.published, self.modified)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question."""

    question: str
    language: str
    """Of the question, ISO 639-1: the fixed words of the answer are in it where we have them."""
    status: Status
    text: str
    """Markdown; every ``[n]`` has its citation. Article text in it is escaped."""
    mode: Mode
    certainty: Certainty
    citations: tuple[Citation, ...]
    """Empty exactly when the articles do not tell."""
    nearest: tuple[Citation, ...]
    """Up to three passages that come near, when the articles do not tell; else empty."""
    seconds: float
    glosses: Mapping[int, str] = field(default_factory=dict)
    """By marker, a chat model's translation of a foreign quote; checked, not escaped."""

    def to_json(self) -> dict[str, Any]:
        """The object of ``bot ask --json``; other programs read it."""
        return {
            "question": self.question,
            "language": self.language,
            "status": self.status,
            "answer": self.text,
            "mode": self.mode,
            "certainty": self.certainty,
            "citations": [_citation(c) for c in self.citations],
            "nearest": [_citation(c) for c in self.nearest],
            "seconds": round(self.seconds, 3),
        }


def _citation(citation: Citation) -> dict[str, Any]:
    values = asdict(citation)
    for own in ("site", "certainty", "passage_id", "claimant", "modified", "gone", "also_in"):
        del values[own]
    shown = ("title", "source", "url", "site", "published")
    others = [
        {"article_id": article.id, **{key: getattr(article, key) for key in shown}}
        for article in citation.also_in
    ]
    # Where there are none, the object is what it was before copies were named.
    return {**values, "also_in": others} if others else values
