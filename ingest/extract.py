"""Text of any kind to a Document."""

import re
from pathlib import PurePath
from typing import Literal

from ingest.decode import scrub
from ingest.document import Document, has_something_visible, opening_words, real_title
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

_LINE_ENDS = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_HTML = re.compile(
    r"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*(<!doctype html|<html\b|<head\b)", re.I | re.S
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
    if not has_something_visible(text):
        raise NoText(f"“{name}” is empty.")
    return _page(name, text) if kind == "html" else _text(name, text, kind)


def plain_paragraphs(text: str) -> list[str]:
    """Every line that has something to see, without the spaces around it."""
    lines = (line.strip() for line in _LINE_ENDS.split(text))
    return [line for line in lines if has_something_visible(line)]


def _text(name: str, text: str, kind: Kind) -> Document:
    front, body = parse_front_matter(name, text)
    if kind == "markdown":
        heading, paragraphs = read_markdown(body)
    else:
        heading, paragraphs = None, plain_paragraphs(body)
    return _document(name, front, front.title or heading, paragraphs)


def _page(name: str, text: str) -> Document:
    page = read_page(name, text)
    front = FrontMatter(page.title, page.published, page.language, page.url, page.site, page.author)
    return _document(name, front, page.title, page.paragraphs)


def _document(name: str, front: FrontMatter, title: str | None, paragraphs: list[str]) -> Document:
    kept = tuple(scrub(p) for p in paragraphs if has_something_visible(p))
    if not kept:
        raise NoText(f"“{name}” has no text besides its title.")
    return Document(
        title=real_title(scrub(title)) if title else opening_words(kept[0]),
        titled=bool(title),
        paragraphs=kept,
        language=front.language or detect("\n".join(kept)),
        published=front.published,
        url=scrub(front.url) if front.url else None,
        site=scrub(front.site) if front.site else None,
        author=scrub(front.author) if front.author else None,
    )
