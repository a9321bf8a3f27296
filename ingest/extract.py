"""Text of any kind to a Document."""

import re
from pathlib import PurePath
from typing import Literal

from ingest.decode import scrub
from ingest.document import (
    Document,
    has_something_visible,
    opening_words,
    real_title,
    says_something,
)
from ingest.errors import NoText
from ingest.frontmatter import FrontMatter, parse_front_matter
from ingest.language import detect
from ingest.markdown import read_markdown
from ingest.webpage import read_page

Kind = Literal["plain", "markdown", "html"]

SUFFIXES: dict[str, Kind] = {
    ".txt": "plain",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
}
READ_TYPES = "text (.txt), Markdown (.md, .markdown) and HTML (.html, .htm)"

# Possessive and atomic: nothing is tried twice, however the text goes on.
_HTML = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:(?><!--.*?-->)\s*+)*+(?:<!doctype html|<html\b|<head\b)",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(r"\s*(---[ \t]*\r?\n|#[ \t]+\S)")


def kind_of(name: str) -> Kind | None:
    """What a file of this name holds; None for a type that is not read."""
    return SUFFIXES.get(PurePath(name).suffix.lower())


def sniff(text: str) -> Kind:
    """What a text without a name holds, by how it begins."""
    if _HTML.match(text):
        return "html"
    return "markdown" if _MARKDOWN.match(text) else "plain"


def extract(name: str, text: str, kind: Kind) -> Document:
    """Read a text.

    Raises:
        NoText: it is empty, or a page without an article.
        BadFrontMatter: the YAML block before it is wrong.
    """
    if not says_something(text):
        raise NoText(f"“{name}” is empty.")
    return _page(name, text) if kind == "html" else _text(name, text, kind)


def plain_paragraphs(text: str) -> list[str]:
    """Every line that is not empty, without the spaces around it.

    A line of dashes, or of characters that nobody sees, is counted too, so that others can count.
    """
    return [line for one in text.splitlines() if (line := one.strip())]


def _text(name: str, text: str, kind: Kind) -> Document:
    front, body = parse_front_matter(name, text)
    if kind == "markdown":
        heading, blocks = read_markdown(body)
        paragraphs = list(filter(has_something_visible, blocks))
    else:
        heading, paragraphs = None, plain_paragraphs(body)
    return _document(name, front, front.title or heading, paragraphs)


def _page(name: str, text: str) -> Document:
    page = read_page(name, text)
    front = FrontMatter(page.title, page.published, page.language, page.url, page.site, page.author)
    paragraphs = list(filter(has_something_visible, page.paragraphs))
    return _document(name, front, page.title, paragraphs)


def _document(name: str, front: FrontMatter, title: str | None, paragraphs: list[str]) -> Document:
    kept = tuple(map(scrub, paragraphs))
    first = next(filter(says_something, kept), None)
    if first is None:
        raise NoText(f"“{name}” has no text besides its title.")
    return Document(
        title=real_title(scrub(title)) if title else opening_words(first),
        titled=bool(title),
        paragraphs=kept,
        language=front.language or detect("\n".join(kept)),
        published=front.published,
        url=scrub(front.url) if front.url else None,
        site=scrub(front.site) if front.site else None,
        author=scrub(front.author) if front.author else None,
    )
