"""Markdown to a title and paragraphs: markdown-it reads it, this keeps what a reader would see."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.blocks import row_text

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
    table = _Table(read)
    for token in tokens:
        if token.type == "heading_open":
            # A line of dashes under a paragraph is meant as a rule more often than as a heading.
            kind = "paragraph" if token.markup == "-" else token.tag
        elif token.type == "heading_close":
            kind = "paragraph"
        elif token.type == "table_open" or table.is_open:
            if row := table.take(token):
                yield kind, row
        elif token.type == "inline":
            yield kind, read(token.content)
        elif token.type == "fence":
            yield kind, token.content.strip()
        elif token.type == "html_block":
            yield kind, " ".join(unescape(_without_markup(token.content)).split())


class _Table:
    """A table while its tokens come: each row is told with the headings of its columns."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self.is_open = False
        self._heads: list[str] | None = None
        self._cells: list[str] = []
        self._rows = 0

    def take(self, token: Token) -> str | None:
        """Its row, where the token ends one."""
        if token.type == "table_open":
            self.is_open, self._heads, self._rows = True, None, 0
        elif token.type == "tr_open":
            self._cells = []
        elif token.type == "inline":
            self._cells.append(self._read(token.content))
        elif token.type == "tr_close" and self._heads is None:
            self._heads = self._cells
        elif token.type == "tr_close":
            self._rows += 1
            return row_text(self._cells, self._heads)
        elif token.type == "table_close":
            self.is_open = False
            return row_text(self._heads or []) if not self._rows else None
        return None


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
