"""What became of articles, as Discord messages; pure, like ``rendering``."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import discord

from bot.rendering import (
    CONTENT_LIMIT,
    EMBED_LIMIT,
    Reply,
    day,
    detail,
    escape,
    linked,
    shorten,
    without_paths,
)
from bot.texts import Words
from ingest.report import IngestReport, Outcome, Progress
from vectorstore import SHARED, Article

_MOST_ARTICLES = 25
_NAME_LIMIT = 100
_ERROR_LIMIT = 300
# What somebody may have to act on comes first.
_OUTCOMES: tuple[Outcome, ...] = ("failed", "added", "updated", "duplicate", "unchanged")


def progress_line(progress: Progress, said: Words) -> str:
    """How far an ingest is."""
    line = said.reading.format(
        article=min(progress.articles_done + 1, progress.articles),
        articles=progress.articles,
        source=code(progress.source),
    )
    if progress.passages:
        line += " · " + said.progress.format(done=progress.passages_done, total=progress.passages)
    return line


def report_list(reports: Sequence[IngestReport], said: Words, embeds: bool) -> Reply:
    """The counts, then a line an article, as many as fit."""
    if not reports:
        return Reply(said.nothing_to_ingest)
    counts = Counter(report.outcome for report in reports)
    head = " · ".join(f"{getattr(said, o)}: {counts[o]}" for o in _OUTCOMES if counts[o])
    ordered = sorted(reports, key=lambda report: _OUTCOMES.index(report.outcome))
    return _listing(f"**{head}**", [_report(each, said) for each in ordered], said, embeds)


def _report(report: IngestReport, said: Words) -> str:
    title = " ".join((report.title or "").split())
    name = shorten(escape(title), _NAME_LIMIT) or code(report.source)
    line = f"• {name} — {getattr(said, report.outcome)}"
    if report.added or report.removed:
        line += ", " + said.passages.format(added=report.added, removed=report.removed)
    if report.error:
        error = report.error.replace(report.source, name_of(report.source))
        line += ": " + shorten(escape(without_paths(error)), _ERROR_LIMIT)
    return line


def article_list(found: Sequence[Article], said: Words, embeds: bool) -> Reply:
    """The first articles, in the order given."""
    if not found:
        return Reply(said.no_articles)
    lines = [_article(article, said) for article in found[:_MOST_ARTICLES]]
    head = said.articles.format(count=len(found))
    return _listing(f"**{head}**", lines, said, embeds, beyond=len(found) - len(lines))


def _article(article: Article, said: Words) -> str:
    language = article.language if article.language != "und" else ""
    details = [
        linked(article.title, article.url, said),
        detail(day(article.published, said)),
        detail(language),
        detail(article.site) or f"`{article.id[:8]}`",
        "" if article.audience == SHARED else said.own,
    ]
    return "• " + " · ".join(part for part in details if part)


def name_of(source: str) -> str:
    """An address as it is, a file by its name only: where it lies is nobody's business."""
    if source.startswith(("http://", "https://")):
        return source
    return re.split(r"[/\\]", source.rstrip("/\\"))[-1]


def code(source: str) -> str:
    """A source in code style, so that an address gets no preview."""
    name = name_of(source).replace("`", "'")
    return f"`{shorten(name, _NAME_LIMIT) or '-'}`"


def _listing(head: str, lines: Iterable[str], said: Words, embeds: bool, beyond: int = 0) -> Reply:
    """As many lines as fit, then how many more there are."""
    rest = list(lines)
    limit = EMBED_LIMIT if embeds else CONTENT_LIMIT
    limit -= len(said.more.format(count=len(rest) + beyond)) + 1
    text = head
    while rest and len(text) + 1 + len(rest[0]) <= limit:
        text += "\n" + rest.pop(0)
    if left := len(rest) + beyond:
        text += "\n" + said.more.format(count=left)
    return Reply(None, discord.Embed(description=text)) if embeds else Reply(text)
