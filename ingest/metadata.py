"""What a page says of its article: JSON-LD first, then Open Graph and other ``<meta>``, then marks.

The text itself is asked last, and by others: for its language in ``language``, for a date that is
only written out in ``dates``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from ingest import json_ld
from ingest.blocks import text_of
from ingest.dates import iso_day
from ingest.frontmatter import is_web_address, language_code

_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "datepublished", "date", "pubdate"),
    *("publishdate", "publish_date", "publish-date", "publication_date", "dc.date.issued"),
    *("dc.date", "dcterms.created", "dcterms.date", "dcterms.issued", "parsely-pub-date"),
    *(
        "sailthru.date",
        "cxenseparse:recs:publishtime",
        "article.published",
        "originalpublicationdate",
    ),
    *("citation_publication_date", "mediator_published_time", "weibo:article:create_at"),
)
_MODIFIED = (
    *("article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified"),
    *("dcterms.modified", "dc.date.modified", "revised", "article.updated", "date.modified"),
)
_AUTHOR = (
    *("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "byl"),
    *("sailthru.author", "cxenseparse:author", "citation_author", "mediator_author"),
)
_SITE = ("og:site_name", "application-name", "dc.publisher", "apple-mobile-web-app-title")
_BY = re.compile(
    r"^(?:by|par|por|von|di|da|de|text|автор|текст|文|作者|بقلم)\b\s*[:：]?\s+", re.IGNORECASE
)
_SEPARATORS = re.compile(r"\s+[|–—·•»:/-]\s+|\s*[|_｜]\s*")
_MODIFIED_MARK = re.compile(r"updat|modif|aktuali|изменен|更新", re.IGNORECASE)
_ELSEWHERE = "ancestor::aside or ancestor::nav or ancestor::footer or ancestor::a"


@dataclass(frozen=True)
class Metadata:
    """What a page says; every property is None where it doesn't."""

    tree: Any
    url: str | None = None
    """Where the page was read."""
    nodes: list[json_ld.Node] = field(default_factory=list)

    @cached_property
    def article(self) -> json_ld.Node:
        """The JSON-LD object of the article itself; empty where there is none."""
        found = [node for node in self.nodes if json_ld.types(node) & json_ld.ARTICLES]
        # A live blog holds its posts, a listing its articles; the outer one comes first.
        live = [node for node in found if "LiveBlogPosting" in json_ld.types(node)]
        return next(iter(live or found), {})

    @cached_property
    def kinds(self) -> set[str]:
        """The JSON-LD types of the page's outer objects."""
        return {name for node in self.nodes for name in json_ld.types(node)}

    @cached_property
    def is_article(self) -> bool:
        """Whether the page calls itself an article."""
        named = self.meta("og:type") or ""
        return bool(self.article) or "article" in named.lower()

    @cached_property
    def title(self) -> str | None:
        heading = self._heading
        for found in (json_ld.text(self.article.get("headline")), self.meta("og:title"), heading):
            if found:
                return self._without_site(self._whole(found))
        title = self.tree.find(".//head/title")
        return self._without_site(text_of(title)) if title is not None else None

    @cached_property
    def author(self) -> str | None:
        names = list(self._authors())
        return ", ".join(dict.fromkeys(names)) or None

    @cached_property
    def published(self) -> str | None:
        """ISO 8601 day, in the page's own time zone."""
        return self._day("datePublished", _PUBLISHED, modified=False)

    @cached_property
    def modified(self) -> str | None:
        """ISO 8601 day of the last change."""
        return self._day("dateModified", _MODIFIED, modified=True)

    @cached_property
    def site(self) -> str | None:
        publisher = json_ld.text(self.article.get("publisher"))
        return self.meta(_SITE[0]) or publisher or self.meta(*_SITE[1:])

    @cached_property
    def language(self) -> str | None:
        """ISO 639-1 code."""
        told = (
            self.tree.get("lang") or self.tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
            json_ld.text(self.article.get("inLanguage")),
            self.meta("og:locale", "content-language", "dc.language", "language"),
        )
        return next((code for one in told if one and (code := language_code(one))), None)

    @cached_property
    def canonical(self) -> str | None:
        """The address that the page gives as its own."""
        links = self.tree.xpath("//link[@rel and contains(@rel, 'canonical')]/@href")
        told = (
            *links[:1],
            self.meta("og:url"),
            json_ld.address(self.article.get("mainEntityOfPage")),
            json_ld.address(self.article.get("url")),
        )
        for one in filter(None, told):
            try:
                whole = urljoin(self.url or "", one.strip())
            except ValueError:  # “http://[” is no address, and the next one may be
                continue
            if is_web_address(whole):
                return str(whole)
        return None

    def meta(self, *names: str) -> str | None:
        """The content of the first ``<meta>`` of these names, in the names' order."""
        return next((self._meta[name] for name in names if name in self._meta), None)

    @cached_property
    def _meta(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for element in self.tree.iter("meta"):
            content = " ".join((element.get("content") or "").split())
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                if content and (name := element.get(attribute)):
                    found.setdefault(name.strip().lower(), content)
        return found

    @cached_property
    def _heading(self) -> str | None:
        headings = [text for one in self.tree.iter("h1") if (text := text_of(one))]
        return headings[0] if len(headings) == 1 else next(iter(headings), None)

    def _whole(self, title: str) -> str:
        """The heading where the title is only its beginning: search engines show 110 letters."""
        beginning = title.rstrip(". …")
        heading = self._heading
        return heading if heading and beginning and heading.startswith(beginning) else title

    def _without_site(self, title: str) -> str:
        """The title without the outlet's name before or behind it."""
        parts = [part for part in _SEPARATORS.split(title) if part]
        heading = self._heading
        if heading and len(parts) > 1 and heading in title:
            return heading
        site = (self.site or "").casefold()
        for part, rest in ((parts[-1:], parts[:-1]), (parts[:1], parts[1:])):
            if rest and site and part[0].casefold() == site:
                start = title.index(rest[0])
                return title[start : title.rindex(rest[-1]) + len(rest[-1])]
        return title

    def _authors(self) -> Iterator[str]:
        told = self.article.get("author") or self.article.get("creator")
        names = [json_ld.text(one) for one in (told if isinstance(told, list) else [told])]
        if not any(names):
            names = [self.meta(*_AUTHOR)]
        if not any(names):
            marks = self.tree.xpath(
                f"//*[@rel='author' or @itemprop='author'][not({_ELSEWHERE})]| //a[@rel='author']"
            )
            names = [text_of(one) for one in marks]
        for name in filter(None, names):
            name = _BY.sub("", name).strip(" ,;")
            if (
                name
                and not is_web_address(name)
                and name.casefold() != (self.site or "").casefold()
            ):
                yield name

    def _day(self, key: str, names: tuple[str, ...], *, modified: bool) -> str | None:
        told = [json_ld.text(self.article.get(key)), *(self.meta(name) for name in names)]
        return next((day for one in told if one and (day := iso_day(one))), None) or next(
            iter(self._times(key, modified)), None
        )

    def _times(self, key: str, modified: bool) -> Iterator[str]:
        """Days of ``<time>`` and of what is marked as a date."""
        marked = self.tree.xpath(f"//*[@itemprop='{key}'][not({_ELSEWHERE})]")
        times = self.tree.xpath(f"//time[@datetime][not({_ELSEWHERE})]")
        for element in marked:
            if day := iso_day(element.get("datetime") or element.get("content") or ""):
                yield day
        for element in times:
            parent = element.getparent()
            marks = " ".join(
                filter(None, (element.get("class"), element.get("itemprop"), text_of(element)))
            ) + (f" {parent.get('class') or ''} {parent.text or ''}" if parent is not None else "")
            if bool(_MODIFIED_MARK.search(marks)) == modified and (
                day := iso_day(element.get("datetime"))
            ):
                yield day


def read_metadata(tree: Any, url: str | None = None) -> Metadata:
    """What the page says; looked up when it is asked for, so before the tree is changed."""
    return Metadata(tree, url, json_ld.nodes(tree))
