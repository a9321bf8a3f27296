"""JSON Lines (.jsonl, .ndjson): exports of other tools, an article an object, an object a line."""

import json
from collections.abc import Iterator
from typing import Any

from ingest.dates import iso_day
from ingest.document import Document, Reading, finished
from ingest.errors import NotText
from ingest.frontmatter import is_web_address, language_code
from ingest.kinds import sniff
from ingest.markdown import read_markdown
from ingest.plaintext import plain_paragraphs
from ingest.webpage import read_page

_TEXT = ("text", "content", "body", "article_text", "maintext", "markdown", "article", "html")
_TITLE = ("title", "headline")
_URL = ("url", "link", "source_url", "canonical_url", "permalink")
_PUBLISHED = ("published", "date", "date_published", "published_at", "publication_date", "datetime")
_MODIFIED = ("modified", "date_modified", "updated", "updated_at")
_AUTHOR = ("author", "authors", "byline")
_SITE = ("site", "sitename", "site_name", "publisher", "source", "outlet")
_LANGUAGE = ("language", "lang")
_ID = ("id", "_id", "guid", "uuid")
_MOST_RECORDS = 100_000


def lines(name: str, text: str) -> list[tuple[int, str]]:
    """The lines that hold something, with their numbers.

    Raises:
        NotText: there are more of them than can be meant.
    """
    # Not splitlines(): a paragraph may hold U+2028, which JSON doesn't escape.
    found = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(found) > _MOST_RECORDS:
        raise NotText(
            f"“{name}” has more than {_MOST_RECORDS:,} lines; split it into several files."
        )
    return found


def read_record(label: str, line: str) -> tuple[str | None, Document]:
    """What identifies the article besides its text (an id or address), and the article.

    Raises:
        NotText: the line is no JSON object with a text.
        NoText: its text is empty, or a page without an article.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotText(
            f"{label} is no JSON; a .jsonl file has an object in each line, as "
            '{"title": "…", "text": "…", "url": "…", "date": "YYYY-MM-DD"}.'
        ) from error
    if not isinstance(record, dict):
        raise NotText(f"{label} is no JSON object.")
    if "newsdesk_article" in record:
        raise NotText(
            f"{label} is one of `python -m ingest export`, which `python -m ingest import` reads."
        )
    record = {str(key).lower(): value for key, value in record.items()}
    field, text = next(((k, v) for k in _TEXT if (v := _text(record.get(k)))), (None, ""))
    if field is None:
        raise NotText(f"{label} has no text: none of {', '.join(_TEXT)} is filled.")
    url = _first(record, _URL)
    url = url if url and is_web_address(url) else None
    body = _body(label, text, url, as_markdown=field == "markdown")
    language, published = _first(record, _LANGUAGE), _first(record, _PUBLISHED)
    reading = Reading(
        title=_first(record, _TITLE) or body.title,
        paragraphs=body.paragraphs,
        language=(language_code(language) if language else None) or body.language,
        published=(iso_day(published) if published else None) or body.published,
        modified=iso_day(_first(record, _MODIFIED) or "") or body.modified,
        url=url or body.url,
        site=_first(record, _SITE) or body.site,
        author=_first(record, _AUTHOR) or body.author,
    )
    return _first(record, _ID) or reading.url, finished(label, reading)


def _body(label: str, text: str, url: str | None, *, as_markdown: bool) -> Reading:
    kind = sniff(text)
    if kind == "html":
        return read_page(label, text, url)
    if as_markdown:
        return Reading(*read_markdown(text))
    return Reading(None, plain_paragraphs(text))


def _text(value: Any) -> str:
    """A text, or the paragraphs of one."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return value if isinstance(value, str) and value.strip() else ""


def _first(record: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next(filter(None, _scalars(record, names)), None)


def _scalars(record: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = record.get(name)
        values = value if isinstance(value, list) else [value]
        named = [one.get("name") if isinstance(one, dict) else one for one in values]
        yield ", ".join(
            str(one) for one in named if isinstance(one, str | int) and str(one).strip()
        )
