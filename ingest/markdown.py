"""Markdown to a title and paragraphs: markdown-it reads it, this keeps what a reader would see."""

import re
from collections.abc import Iterator
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Articles are indented for looks more often than they hold code.
_PARSER_WITHOUT = "code"
_MARKUP = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


def read_markdown(text: str) -> tuple[str | None, list[str]]:
    """The first top heading, and the blocks: paragraphs, list items, table rows.

    Other headings are no passages. Code stays: in an article, fences hold verse and statements,
    and text that is lost can't be asked for.
    """
    tokens = MarkdownIt("commonmark").enable("table").disable(_PARSER_WITHOUT).parse(text)
    title: str | None = None
    paragraphs = []
    for kind, content in _blocks(tokens):
        if kind == "paragraph":
            paragraphs.append(content)
        elif kind == "h1" and title is None and content:
            title = content
    return title, paragraphs


def _blocks(tokens: list[Token]) -> Iterator[tuple[str, str]]:
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
            cells.append(_inline_text(token))
        elif token.type == "inline":
            yield kind, _inline_text(token)
        elif token.type == "fence":
            yield kind, token.content.strip()
        elif token.type == "html_block":
            yield kind, " ".join(unescape(_MARKUP.sub(" ", token.content)).split())


def _inline_text(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"} or child.content.startswith("<br"):
            parts.append(" ")
    return "".join(parts).strip()
