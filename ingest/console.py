"""What `python -m ingest` writes: data to stdout, progress and complaints to stderr."""

import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from ingest.decode import scrub
from ingest.differences import Edit, FieldChange, whole_paragraphs
from ingest.document import shortened
from ingest.errors import OutputFailed
from ingest.report import IngestReport, named_stories
from vectorstore import Article, Passage
from vectorstore.article import later_change

_OUTCOME_STYLES = {"added": "green", "updated": "cyan", "duplicate": "yellow", "failed": "red"}
_MOST_EDITS = 20
_MOST_NAMED = 3
_WORDS_CHARACTERS = 100


def prepare_output(as_json: bool) -> None:
    """Make standard output take every character: JSON is UTF-8, whatever the locale.

    Raises:
        OutputFailed: it is closed.
    """
    if sys.stdout is None:
        raise OutputFailed("Standard output is closed: there is nowhere to write to.")
    if isinstance(sys.stdout, io.TextIOWrapper):
        if as_json:
            sys.stdout.reconfigure(encoding="utf-8")
        else:
            sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def writing() -> Iterator[None]:
    """For what writes to standard output, flushing included.

    Raises:
        OutputFailed: it can't be written, for instance to a full disk.
        BrokenPipeError: its reader has gone.
    """
    try:
        yield
    except BrokenPipeError:
        abandon_output()
        raise
    except OSError as error:
        abandon_output()
        raise OutputFailed(f"The output can't be written: {error.strerror}.") from error


def abandon_output() -> None:
    """Let Python write what is left to nowhere at its exit, instead of failing once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_json(value: dict[str, Any]) -> None:
    """One object, one line."""
    _write(scrub(json.dumps(value, ensure_ascii=False)))


def write_report(report: IngestReport) -> None:
    """One line on one source."""
    if report.error:
        say(f"{report.source}: {report.error}", report.outcome)
        return
    title = f"“{report.title}”"
    counts = f"{report.added} added, {report.removed} removed, {report.unchanged} unchanged"
    if report.outcome == "duplicate":
        counts = f"has the text of {report.article_id}"
    say(f"{report.source}: {title}, {counts}", report.outcome)
    if report.same_story:
        say(f"{'':<9} same story as {_listed(report.same_story)}")
    told = [*map(_field_line, report.fields), *map(_edit_line, report.edits)]
    for line in told[:_MOST_EDITS]:
        say(f"{'':<9} {line}")
    if len(told) > _MOST_EDITS:
        say(f"{'':<9} … and {len(told) - _MOST_EDITS} more changes; diff tells them")


def _listed(articles: Sequence[Article]) -> str:
    """The first few by title and id."""
    shown = [f"“{article.title}” ({article.id})" for article in articles[:_MOST_NAMED]]
    more = len(articles) - _MOST_NAMED
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _field_line(change: FieldChange) -> str:
    return f"{change.field}: {_quoted(change.before)} → {_quoted(change.after)}"


def _edit_line(edit: Edit) -> str:
    number = edit.paragraph_after or edit.paragraph_before
    if edit.kind == "moved":
        return f"¶ {number} moved, was ¶ {edit.paragraph_before}"
    if edit.kind != "changed":
        return f"¶ {number} {edit.kind}: {_quoted(edit.after or edit.before)}"
    words = "; ".join(f"{_quoted(one.before)} → {_quoted(one.after)}" for one in edit.words)
    return f"¶ {number} changed: {words or 'spaces'}"


def _quoted(text: str | None) -> str:
    return f"“{shortened(' '.join(text.split()), _WORDS_CHARACTERS)}”" if text else "nothing"


def article_json(article: Article, same_story: Sequence[Article] = ()) -> dict[str, Any]:
    """An article's metadata as `list --json` and `show --json` give it."""
    told: dict[str, Any] = {
        "article_id": article.id,
        "audience": article.audience,
        "source": article.source,
        "title": article.title,
        "language": article.language,
        "published": article.published,
        "modified": article.modified,
        "gone": article.gone,
        "url": article.url,
        "site": article.site,
        "author": article.author,
    }
    return told | named_stories(same_story)


def whole_article_json(
    article: Article, passages: Sequence[Passage], same_story: Sequence[Article] = ()
) -> dict[str, Any]:
    """The metadata and the paragraphs, as `show --json` gives them."""
    paragraphs = [
        {"paragraph": number, "text": text} for number, text in whole_paragraphs(passages).items()
    ]
    return {**article_json(article, same_story), "paragraphs": paragraphs}


def write_article(article: Article, same_story: Sequence[Article] = ()) -> None:
    """One line on one article, and one on those that tell its story."""
    date = (article.published or "undated")[:10]
    told = "; ".join((article.source, *_since(article)))
    say(f"{article.id}  {date:<10}  {article.language:<3}  {article.title}  ({told})")
    if same_story:
        say(f"{'':<16}  same story as {_listed(same_story)}")


def _since(article: Article) -> Iterator[str]:
    if day := later_change(article.published, article.modified):
        yield f"modified {day}"
    if article.gone:
        yield f"gone since {article.gone[:10]}"


def write_removed(article: Article) -> None:
    """One line on an article that is gone."""
    say(f"removed {article.id}  {article.title}  ({article.source})")


def write_whole_article(
    article: Article, passages: Sequence[Passage], same_story: Sequence[Article] = ()
) -> None:
    """The metadata, and the paragraphs with the numbers that citations give."""
    for key, value in article_json(article).items():
        if value is not None:
            say(f"{key}: {value}")
    if same_story:
        say(f"same story as: {_listed(same_story)}")
    for number, text in whole_paragraphs(passages).items():
        say(f"\n{number}. {text}")


def complain(sentence: str) -> None:
    """A sentence on stderr, if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(visible(sentence) + "\n")


def say(line: str, outcome: str | None = None) -> None:
    """A line on standard output, with an outcome before it."""
    word = f"{outcome:<9} " if outcome else ""
    if not sys.stdout.isatty():
        _write(word + visible(line))
        return
    console = Console(highlight=False, soft_wrap=True)
    with writing():
        console.print(word, style=_OUTCOME_STYLES.get(outcome or ""), end="")
        console.print(visible(line), markup=False)


def _write(line: str) -> None:
    with writing():
        sys.stdout.write(line + "\n")
        # A reader of the other end of a pipe wants it now.
        sys.stdout.flush()


def visible(text: str) -> str:
    """The text without what could command a terminal, or can't be encoded."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in scrub(text))
