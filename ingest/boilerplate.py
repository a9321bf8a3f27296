"""What stands around and within an article on its page and is none of it."""

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from ingest.blocks import text_of
from ingest.split import weight

_ELEMENTS = (
    *("nav", "form", "dialog", "button", "figcaption", "noscript", "template"),
    *("amp-sidebar", "amp-consent", "amp-ad", "amp-list", "amp-social-share"),
)
_ROLES = {
    *("navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary"),
}
# Words of class names and ids; one is enough.
_WORDS = {
    *("related", "newsletter", "share", "sharing", "sharedaddy", "social", "breadcrumb", "tags"),
    *(
        "breadcrumbs",
        "comments",
        "cookie",
        "cookies",
        "consent",
        "promo",
        "advert",
        "advertisement",
    ),
    *("sponsored", "recommended", "recommendations", "kicker", "caption", "taboola", "outbrain"),
    *("poll", "paywall", "jp-relatedposts", "inset", "subscribe", "keywords", "pullquote"),
}
_PAIRS = {
    ("pull", "quote"),
    ("author", "bio"),
    ("most", "read"),
    ("most", "popular"),
    ("read", "more"),
    ("read", "also"),
}
_STANDFIRSTS = {
    *("standfirst", "dek", "lede", "lead", "intro", "chapo", "chapeau", "vorspann", "entradilla"),
    *("sommario", "subheadline", "subtitle", "antetitulo"),
}
_SHORTEST_STANDFIRST = 40
_ADS = {
    *("advertisement", "ad", "anzeige", "werbung", "publicité", "publicidad", "pubblicità"),
    *("publicidade", "реклама", "إعلان", "広告", "广告", "廣告", "विज्ञापन"),
}
_CARD_CHARACTERS = 500
_LABEL_CHARACTERS = 30
_LEAST_LINK_CHARACTERS = 15
_CLOCK = re.compile(r"\W*\d{1,2}[:.h]\d{2}(?:\s*(?:[ap]\.?m\.?|uhr))?\W*", re.IGNORECASE)
_MAIN = {"html", "head", "body", "main"}
_CARD_HEADINGS = {"h2", "h3", "h4"}
_LONGEST_NAMES = 1_000


@dataclass(slots=True)
class _Inside:
    """What an element holds, in characters of a script with spaces."""

    text: int = 0
    links: int = 0
    paragraphs: int = 0
    headings: int = 0
    """How many ``<h1>``."""
    cards: int = 0
    """How many headings are links."""


def without_boilerplate(tree: Any) -> Any:
    """A copy of the page without menus, banners, links to other articles and the like.

    What holds the page's heading, or half of its paragraphs, is never taken out: sites name
    whole articles ``social`` or ``has-related``.
    """
    copy = deepcopy(tree)
    inside = _measured(copy)
    half = inside[copy].paragraphs / 2
    for element, held in inside.items():
        if held.headings or (half and held.paragraphs > half) or element.tag in _MAIN:
            continue
        if element.getparent() is not None and (
            _is_named_so(element) or _leads_elsewhere(element, inside)
        ):
            element.drop_tree()
    return copy


def _measured(tree: Any) -> dict[Any, _Inside]:
    """By element, in document order; each is looked at once, however deep the page nests."""
    inside = {element: _Inside() for element in tree.iter() if isinstance(element.tag, str)}
    for element in reversed(inside):
        held = inside[element]
        held.text += weight(" ".join((element.text or "").split()))
        if element.tag == "a":
            held.links = held.text
        elif element.tag == "p":
            held.paragraphs = held.text
        elif element.tag in _CARD_HEADINGS and (held.links or _tag(element.getparent()) == "a"):
            held.cards += 1
        held.headings += element.tag == "h1"
        outer = inside.get(element.getparent())
        if outer is not None:
            outer.text += held.text
            outer.links += held.links
            outer.paragraphs += held.paragraphs
            outer.headings += held.headings
            outer.cards += held.cards
            outer.text += weight(" ".join((element.tail or "").split()))
    return inside


def _tag(element: Any) -> Any:
    return None if element is None else element.tag


def is_label(paragraph: str) -> bool:
    """Whether a paragraph is but a time, as above each post of a live blog, or marks an ad."""
    return paragraph.strip("[]() :").casefold() in _ADS or bool(_CLOCK.fullmatch(paragraph))


def standfirst(page: Any, paragraphs: Sequence[str]) -> str | None:
    """The lines that sum an article up beneath its heading, where the paragraphs lack them."""
    named = (one for one in page.iter("p", "div", "h2") if _STANDFIRSTS & set(_words(one)))
    for element in islice(named, 1):
        text = text_of(element)
        known = any(text in paragraph for paragraph in paragraphs)
        if _SHORTEST_STANDFIRST < weight(text) < _CARD_CHARACTERS and not known:
            return text
    return None


def _is_named_so(element: Any) -> bool:
    if element.tag in _ELEMENTS or element.get("role") in _ROLES:
        return True
    if element.get("hidden") is not None:
        return True
    words = _words(element)
    return not _WORDS.isdisjoint(words) or any(pair in _PAIRS for pair in pairwise(words))


def _words(element: Any) -> list[str]:
    """Of its class names and id: “RelatedLinks” and “related-links”, but not “unrelated”."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}"[:_LONGEST_NAMES]
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", names).lower())


def _leads_elsewhere(element: Any, inside: dict[Any, _Inside]) -> bool:
    held = inside[element]
    if held.text > _CARD_CHARACTERS:
        return False
    if element.tag in {"p", "div"}:
        return not held.paragraphs * (element.tag == "div") and _is_pointer(element, held)
    if element.tag in {"ul", "ol"}:
        items = [inside[one] for one in element if one.tag == "li"]
        return bool(items) and all(0 < one.text == one.links for one in items)
    return element.tag in {"article", "li"} and held.cards > 0


def _is_pointer(element: Any, held: _Inside) -> bool:
    """“Read more: *another headline*”, or a headline that is a link and nothing else."""
    if held.links < _LEAST_LINK_CHARACTERS:
        return False
    parts = element.xpath(".//text()[not(ancestor::a)]")
    label = " ".join("".join(parts).split())
    return not label or (len(label) <= _LABEL_CHARACTERS and label.endswith((":", "：")))
