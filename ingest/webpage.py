"""A web page to its article: trafilatura finds it, ``blocks`` cuts it into paragraphs."""

import re
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import islice
from typing import Any

from ingest import json_ld
from ingest.blocks import paragraphs, text_of
from ingest.boilerplate import is_label, standfirst, without_boilerplate
from ingest.dates import day_in_address, is_date_line, written_day
from ingest.document import Reading
from ingest.errors import NoText
from ingest.frontmatter import iso_date
from ingest.judging import judge, read_marks, without_article
from ingest.language import confident_language
from ingest.metadata import Metadata, read_metadata

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TAG = re.compile(r"<[^<>]*>")
# The longest pages of news have a fifth of it; reading takes about 0.3 ms each.
_MOST_ELEMENTS = 50_000
# A page that a script fills has its text in its metadata alone, or a hint of it in its elements.
_FILLED_BY_SCRIPT = 1.5
# Templates say “en” where nobody changed it.
_TEMPLATE_LANGUAGE = "en"
_DATE_MARKS = re.compile(r"\b(?:date|time|published|posted|pub|meta|submitted)\b|дата|fecha|datum")
_DATED_LINES = 3
_MOST_MARKED = 50


def read_page(name: str, html: str, url: str | None = None) -> Reading:
    """The article in a page; ``url`` is where it was read.

    Raises:
        NotAnArticle: it is a listing, a teaser, a consent form, an error page or the like.
        NoText: it has more elements than any article.
    """
    html = _XML_DECLARATION.sub("", html.replace("\0", ""))
    tree = _tree(name, html)
    metadata = read_metadata(tree, url)
    marks = read_marks(tree)
    page = without_boilerplate(tree)
    found = _extract(name, page)
    texts = [] if found is None else [one for one in paragraphs(found.body) if not is_label(one)]
    if texts and (summary := standfirst(page, texts)):
        texts.insert(0, summary)
    texts = _fuller(texts, metadata)
    language = _language(metadata, texts)
    lines = [one for one in texts[:_DATED_LINES] if is_date_line(one)]
    texts = [one for one in texts if one not in lines]
    judge(name, metadata, marks, texts)
    return Reading(
        title=metadata.title,
        paragraphs=texts,
        language=language,
        published=metadata.published or _published(found, tree, lines, metadata, language),
        modified=metadata.modified,
        url=metadata.canonical,
        site=metadata.site,
        author=metadata.author or (found and found.author) or None,
    )


def _tree(name: str, html: str) -> Any:
    from trafilatura import load_html  # 0.3 s, only when there is a page to read

    try:
        tree = load_html(html)
    except Exception as error:  # lxml and trafilatura promise no error of their own
        raise without_article(name) from error
    if tree is None:
        raise without_article(name)
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        raise NoText(f"“{name}” has more than {_MOST_ELEMENTS:,} elements; no article has.")
    return tree


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
        raise without_article(name) from error


def _fuller(texts: list[str], metadata: Metadata) -> list[str]:
    """The text, or the one that the page gives in its metadata where its elements hold less."""
    if str(metadata.article.get("isAccessibleForFree", "")).lower() == "false":
        return texts
    told = list(_told(metadata.article))
    length = sum(map(len, texts))
    return told if sum(map(len, told)) > _FILLED_BY_SCRIPT * length else texts


def _told(article: json_ld.Node) -> Iterator[str]:
    updates = article.get("liveBlogUpdate")
    for node in (article, *(updates if isinstance(updates, list) else ())):
        body = node.get("articleBody") if isinstance(node, dict) else None
        for line in str(body or "").splitlines():
            if text := " ".join(unescape(_TAG.sub(" ", line)).split()):
                yield text


def _language(metadata: Metadata, texts: Sequence[str]) -> str | None:
    declared = metadata.language
    if declared in {None, _TEMPLATE_LANGUAGE}:
        return confident_language("\n".join(texts)) or declared
    return declared


def _published(
    found: Any, tree: Any, lines: Sequence[str], metadata: Metadata, language: str | None
) -> str | None:
    """A day that is only written out, near the top or in the address."""
    if found is not None and found.date and (day := iso_date(found.date)):
        return day
    if language:
        for text in (*lines, *_marked_as_dates(tree)):
            if day := written_day(text, language):
                return day
    return day_in_address(metadata.canonical or "")


def _marked_as_dates(tree: Any) -> Iterator[str]:
    marked = tree.xpath("//*[@class][not(ancestor::aside or ancestor::nav or ancestor::a)]")
    dated = (one for one in marked if _DATE_MARKS.search(one.get("class")[:200].lower()))
    for element in islice(dated, _MOST_MARKED):
        if is_date_line(text := text_of(element)):
            yield text
