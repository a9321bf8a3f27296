"""What became of articles, as Discord messages; pure, like ``rendering``."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import discord

from bot.answering.invisible import visible
from bot.citing import dates, detail, linked, named
from bot.escaping import escape, without_paths
from bot.rendering import Reply
from bot.splitting import CONTENT_LIMIT, EMBED_LIMIT, shorten
from bot.texts import Words
from ingest.differences import Edit, FieldChange
from ingest.report import IngestReport, Outcome, Progress
from vectorstore import SHARED, Article

_NAME_LIMIT = 100
_ERROR_LIMIT = 300
_MOST_CHANGES = 3
_WORDS_LIMIT = 80
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
    if report.same_story:
        line += "; " + said.same_story.format(names=named(report.same_story, said, links=False))
    # That something says the same in another place is of the least interest.
    edits = sorted(report.edits, key=lambda edit: edit.kind == "moved")
    changes = [*map(_field, report.fields), *map(_edit, edits)]
    shown = [f"\n  {change}" for change in changes[:_MOST_CHANGES]]
    if len(changes) > _MOST_CHANGES:
        shown.append("\n  " + said.more.format(count=len(changes) - _MOST_CHANGES))
    return line + "".join(shown)


def _field(change: FieldChange) -> str:
    return _then_now(change.before, change.after)


def _edit(edit: Edit) -> str:
    """What became of a paragraph: the words that went, struck out, and those that came."""
    if edit.kind == "moved":
        return f"¶ {edit.paragraph_before} → ¶ {edit.paragraph_after}"
    words = [_then_now(one.before, one.after) for one in edit.words[:_MOST_CHANGES]]
    if len(edit.words) > _MOST_CHANGES:
        words.append("…")
    told = "; ".join(words) or _then_now(edit.before, edit.after)
    return f"¶ {edit.paragraph_after or edit.paragraph_before}: {told}"


def _then_now(before: str | None, after: str | None) -> str:
    parts = (_short(before, "~~"), _short(after, "**"))
    return " → ".join(part for part in parts if part)


def _short(text: str | None, mark: str) -> str:
    shown = shorten(escape(" ".join((text or "").split())), _WORDS_LIMIT)
    return f"{mark}{shown}{mark}" if shown else ""


def article_line(article: Article, said: Words) -> str:
    """One line on one article."""
    language = article.language if article.language != "und" else ""
    details = [
        linked(article.title, article.url, said),
        *map(detail, dates(article.published, article.modified, article.gone, said)),
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
    name = visible(name_of(source)).replace("`", "'")
    return f"`{shorten(name, _NAME_LIMIT) or '-'}`"


def _listing(head: str, lines: Iterable[str], said: Words, embeds: bool) -> Reply:
    """As many lines as fit, then how many more there are."""
    rest = list(lines)
    limit = EMBED_LIMIT if embeds else CONTENT_LIMIT
    limit -= len(said.more.format(count=len(rest))) + 1
    text = head
    while rest and len(text) + 1 + len(rest[0]) <= limit:
        text += "\n" + rest.pop(0)
    if rest:
        text += "\n" + said.more.format(count=len(rest))
    return Reply(None, discord.Embed(description=text)) if embeds else Reply(text)
