"""A web page to its article: trafilatura finds it, this cuts it into paragraphs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest.errors import NoText
from ingest.frontmatter import is_web_address, iso_date, language_code

_BLOCKS = {"p", "list", "item", "quote", "row", "table", "div", "code", "fw"}
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# A login or error page has a line or two; a page that calls itself an article may be as short.
_SHORTEST = 150
_SHORTEST_ARTICLE = 40
# The longest pages of news have a tenth of it; reading takes about 0.2 ms each.
_MOST_ELEMENTS = 100_000


@dataclass(frozen=True, slots=True)
class Page:
    """What trafilatura found in a page."""

    title: str | None
    paragraphs: list[str]
    language: str | None
    published: str | None
    url: str | None
    site: str | None
    author: str | None


def read_page(name: str, html: str) -> Page:
    """The article in a page.

    Raises:
        NoText: there is none, as in a login page, or one that a script fills.
    """
    html = _XML_DECLARATION.sub("", html.replace("\0", ""))
    tree = _tree(name, html)
    found = _extract(name, tree)
    paragraphs = [] if found is None else list(_paragraphs(found.body))
    shortest = _SHORTEST_ARTICLE if _calls_itself_article(html, tree) else _SHORTEST
    if found is None or sum(map(len, paragraphs)) < shortest:
        raise _without_article(name)
    language = tree.get("lang") or ""
    return Page(
        title=found.title or None,
        paragraphs=paragraphs,
        language=language_code(language),
        published=iso_date(found.date) if found.date else None,
        url=found.url if found.url and is_web_address(found.url) else None,
        site=found.sitename or None,
        author=found.author or None,
    )


def _tree(name: str, html: str) -> Any:
    from trafilatura import load_html  # 0.3 s, only when there is a page to read

    try:
        tree = load_html(html)
    except Exception as error:  # lxml and trafilatura promise no error of their own
        raise _without_article(name) from error
    if tree is None:
        raise _without_article(name)
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        raise NoText(f"“{name}” has more than {_MOST_ELEMENTS:,} elements; no article has.")
    return tree


def _calls_itself_article(html: str, tree: Any) -> bool:
    types = tree.xpath("//meta[@property='og:type' or @name='og:type']/@content")
    return (
        tree.find(".//article") is not None
        or "newsarticle" in html.lower()
        or any("article" in one.lower() for one in types)
    )


def _extract(name: str, tree: Any) -> Any:
    from trafilatura import bare_extraction

    try:
        return bare_extraction(
            tree,
            favor_precision=True,
            with_metadata=True,
            include_comments=False,
            # Without the limit a copyright year in the footer becomes a date.
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except Exception as error:
        raise _without_article(name) from error


def _without_article(name: str) -> NoText:
    return NoText(
        f"No article was found in “{name}”; when it is behind a login or made by a script, save "
        "its text to a file and add that."
    )


def _paragraphs(body: Any) -> Iterator[str]:
    """The text of each block, headings left out; an empty line within a block parts it too."""
    block = ""
    for piece in (*_pieces(body), None):
        if piece is not None:
            block += piece
            continue
        for part in re.split(r"\n\s*\n", block):
            if line := " ".join(part.split()):
                yield line
        block = ""


def _pieces(body: Any) -> Iterator[str | None]:
    """Texts in reading order; None where a block begins or ends. Pages nest too deep to recurse."""
    stack = [(body, False)]
    while stack:
        element, is_end = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _BLOCKS or tag == "head":
            yield None
        if not is_end:
            stack.append((element, True))
            if tag == "lb":
                yield "\n"
            elif tag != "head" and tag:
                yield (element.text or "").replace("\n", " ")
                stack.extend((child, False) for child in reversed(element))
            continue
        if tag == "cell":
            yield " | " if element.getnext() is not None else ""
        yield (element.tail or "").replace("\n", " ")
