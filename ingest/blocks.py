"""Elements to paragraphs: the text of each block, of a list's items, and of a table's rows."""

import re
from collections.abc import Iterator
from typing import Any

from ingest.document import has_something_visible

# HTML's names, and those that trafilatura gives to what it found.
_BLOCKS = {
    *("p", "div", "section", "article", "main", "header", "body", "blockquote", "pre", "address"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "figure", "details", "summary", "hr", "center"),
    *("list", "item", "quote", "code", "fw", "row", "tr", "td", "th"),
}
_HEADINGS = {"head", "h1", "h2", "h3", "h4", "h5", "h6"}
_UNSEEN = {
    *("script", "style", "template", "noscript", "nav", "aside", "footer", "form", "button"),
    *("iframe", "svg", "math", "select", "textarea", "figcaption", "object", "title"),
}
_ROWS = {"row", "tr"}
_CELLS = {"cell", "td", "th"}
# A table with more in a cell is there for the looks of the page.
_LONGEST_CELL = 300


def paragraphs(root: Any) -> Iterator[str]:
    """The text of each block under an lxml element, in reading order, without headings.

    An empty line within a block parts it too. A table's rows read ``Team: Vellmar — Points: 12``
    where it has a row of headings, ``Vellmar: 12 — 3`` where it has none.
    """
    block = ""
    for piece in (*_pieces(root), None):
        if piece is not None:
            block += piece
            continue
        for part in re.split(r"\n\s*\n", block):
            if has_something_visible(line := " ".join(part.split())):
                yield line
        block = ""


def text_of(element: Any) -> str:
    """All its text in one line."""
    return " ".join("".join(element.itertext()).split())


def row_text(cells: list[str], headings: list[str] | None = None) -> str:
    """A table's row as a sentence that can be read by itself."""
    if headings and len(headings) == len(cells):
        pairs = zip(headings, cells, strict=True)
        return " — ".join(f"{head}: {cell}" if head else cell for head, cell in pairs if cell)
    filled = [cell for cell in cells if cell]
    if len(filled) < 2:
        return "".join(filled)
    return f"{filled[0].rstrip(':')}: {' — '.join(filled[1:])}"


def _pieces(root: Any) -> Iterator[str | None]:
    """Texts in reading order; None where a block begins or ends. Pages nest too deep to recurse."""
    stack = [(root, False)]
    while stack:
        element, is_end = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        block = tag in _BLOCKS or tag in _HEADINGS or tag in _UNSEEN
        if block and not _goes_on(element, is_end):
            yield None
        if is_end:
            if _is_term(element):
                yield ": "
            elif element is not root:
                yield (element.tail or "").replace("\n", " ")
            continue
        stack.append((element, True))
        rows = _rows(element) if tag == "table" else None
        if rows is not None:
            for row in rows:
                yield row
                yield None
        elif tag in {"lb", "br"}:
            yield "\n"
        elif tag and tag not in _HEADINGS and tag not in _UNSEEN:
            yield (element.text or "").replace("\n", " ")
            stack.extend((child, False) for child in reversed(element))


def _goes_on(element: Any, is_end: bool) -> bool:
    """Whether a term and what is said of it meet here: “Buyer: Calder Estates”."""
    return (
        _is_term(element) if is_end else _is_term(element.getprevious()) and _rank(element) == "dd"
    )


def _is_term(element: Any) -> bool:
    following = None if element is None else element.getnext()
    return _rank(element) == "dt" and _rank(following) == "dd"


def _rank(element: Any) -> str:
    """``dt`` or ``dd``, which trafilatura keeps as ``<item rend="dt-1">``."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return str(element.get("rend") or "")[:2] if element.tag == "item" else str(element.tag)


def _rows(table: Any) -> list[str] | None:
    """The rows of a table of facts; None for one that only lays out a page."""
    found = [element for element in table.iter() if element.tag in _ROWS]
    rows = [cells for row in found if (cells := [one for one in row if one.tag in _CELLS])]
    texts = [[text_of(cell) for cell in row] for row in rows]
    if any(one.tag == "table" for one in table.iterdescendants()):
        return None
    if max(map(len, texts), default=0) < 2 or any(
        len(text) > _LONGEST_CELL for row in texts for text in row
    ):
        return None
    heads = texts[0] if len(texts) > 1 and all(map(_is_heading, rows[0])) else None
    return [row_text(row, heads) for row in texts[1 if heads else 0 :] if any(row)]


def _is_heading(cell: Any) -> bool:
    return bool(cell.tag == "th" or cell.get("role") == "head")
