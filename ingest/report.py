"""What became of one source, and how far an ingest has come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ingest.differences import Edit, FieldChange
from vectorstore import Article

Outcome = Literal["added", "updated", "unchanged", "duplicate", "failed"]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of one source; ``added``, ``removed`` and ``unchanged`` count passages."""

    source: str
    """The argument as given, or the file's path inside the folder that was given."""
    outcome: Outcome
    article_id: str | None = None
    """Of the article that is stored now: for a duplicate, the one that was there; None: failed."""
    title: str | None = None
    language: str | None = None
    published: str | None = None
    gone: str | None = None
    """Of a page that is gone, whose article is kept: since when, UTC, ISO 8601."""
    added: int = 0
    removed: int = 0
    unchanged: int = 0
    error: str | None = None
    """A sentence for the user."""
    edits: tuple[Edit, ...] = ()
    """Of an updated article: what became of its paragraphs."""
    fields: tuple[FieldChange, ...] = ()
    """Of an updated article: what is told otherwise of it."""
    same_story: tuple[Article, ...] = ()
    """Of an added article: those that it is mostly a copy of, or that are one of it."""

    def to_json(self) -> dict[str, Any]:
        """The object that ``ingest add --json`` prints; other programs read it."""
        gone = {"gone": self.gone} if self.gone else {}
        told = {
            "source": self.source,
            "article_id": self.article_id,
            "title": self.title,
            "language": self.language,
            "published": self.published,
            "outcome": self.outcome,
            "passages": {
                "added": self.added,
                "removed": self.removed,
                "unchanged": self.unchanged,
            },
            "error": self.error,
            **gone,
        }
        return told | named_stories(self.same_story)


def named_stories(articles: Sequence[Article]) -> dict[str, Any]:
    """``same_story``, where there are such articles: what other programs need to find them."""
    named = [{"article_id": a.id, "title": a.title, "source": a.source} for a in articles]
    return {"same_story": named} if named else {}


def success(
    source: str, outcome: Outcome, article: Article, added: int, removed: int, unchanged: int
) -> IngestReport:
    """The report of an article that is stored."""
    return IngestReport(
        source=source,
        outcome=outcome,
        article_id=article.id,
        title=article.title,
        language=article.language,
        published=article.published,
        added=added,
        removed=removed,
        unchanged=unchanged,
    )


def failure(source: str, error: Exception) -> IngestReport:
    """The report of a source that could not be read or stored."""
    return IngestReport(source=source, outcome="failed", error=str(error))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come; passages are those of the article in work that are embedded."""

    source: str
    passages_done: int
    passages: int
    """0 while the source is being read."""
    articles_done: int
    articles: int


ProgressListener = Callable[[Progress], None]
"""Called in the ingesting thread; an exception that it raises ends the call, and what was finished
until then is kept."""
