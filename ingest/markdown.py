"""Markdown to a title and paragraphs: markdown-it reads it, this keeps what a reader would see."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Articles are indented for looks more often than they hold code.
_PARSER_WITHOUT = "code"
# No “<” in it: a text of nothing but those would take quadratic time.
_TAG = re.compile(r"<[^<>]*>")
# markdown-it takes quadratic time over brackets, stars and the like that are never closed.
_WINDOW = 4_000
_MOST_BRACKETS = 200


def read_markdown(text: str) -> tuple[str | None, list[str]]:
    """The first top heading, and the blocks: paragraphs, list items, table rows.

    Other headings are no passages. Code stays: in an article, fences hold verse and statements,
    and text that is lost can't be asked for.
    """
    parser = MarkdownIt("commonmark").enable("table").disable(_PARSER_WITHOUT)
    parser.core.ruler.disable(["inline", "text_join"])  # done below, a window at a time
    references: dict[str, Any] = {}
    tokens = parser.parse(text, references)
    title: str | None = None
    paragraphs = []
    for kind, content in _blocks(tokens, lambda inline: _inline_text(parser, inline, references)):
        if kind == "paragraph":
            paragraphs.append(content)
        elif kind == "h1" and title is None and content:
            title = content
    return title, paragraphs


def _blocks(tokens: list[Token], read: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    kind = "paragraph"
    cells: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            # A line of dashes under a paragraph is meant as a rule more often than as a heading.
            kind = "paragraph" if token.markup == "-" else token.tag
        elif token.type == "heading_close":
            kind = "paragraph"
        elif token.type == "tr_open":
            kind, cells = "cell", []
        elif token.type == "tr_close":
            kind = "paragraph"
            yield kind, " | ".join(filter(None, cells))
        elif token.type == "inline" and kind == "cell":
            cells.append(read(token.content))
        elif token.type == "inline":
            yield kind, read(token.content)
        elif token.type == "fence":
            yield kind, token.content.strip()
        elif token.type == "html_block":
            yield kind, " ".join(unescape(_without_markup(token.content)).split())


def _inline_text(parser: MarkdownIt, source: str, references: dict[str, Any]) -> str:
    parts = []
    for window in _windows(source):
        if window.count("[") > _MOST_BRACKETS:
            parts.append(window.replace("\n", " "))
            continue
        children: list[Token] = []
        parser.inline.parse(window, parser, references, children)
        for child in children:
            if child.type in {"text", "text_special", "code_inline"}:
                parts.append(child.content)
            elif child.type in {"softbreak", "hardbreak"} or child.content.startswith("<br"):
                parts.append(" ")
    return "".join(parts).strip()


def _windows(source: str) -> Iterator[str]:
    """The text in parts, cut behind a line end or a space where there is one."""
    start = 0
    while len(source) - start > _WINDOW:
        stop = start + _WINDOW
        cut = source.rfind("\n", start, stop) + 1 or source.rfind(" ", start, stop) + 1 or stop
        yield source[start:cut]
        # The parser drops spaces that begin a text.
        start = cut
    yield source[start:]


def _without_markup(html: str) -> str:
    *commented, rest = html.split("-->")
    parts = []
    for part in commented:
        text, opened, _ = part.partition("<!--")
        parts.append(text if opened else f"{part}-->")
    return _TAG.sub(" ", " ".join((*parts, rest)))
