"""What a page says of itself in JSON-LD (schema.org), by kind of thing."""

import json
import re
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

ARTICLES = frozenset(
    {
        *("Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "BlogPosting"),
        *("OpinionNewsArticle", "BackgroundNewsArticle", "ReviewNewsArticle", "Report"),
        *("LiveBlogPosting", "TechArticle", "ScholarlyArticle", "SocialMediaPosting"),
        *("AskPublicNewsArticle", "AdvertiserContentArticle", "SatiricalArticle"),
    }
)
LISTINGS = frozenset({"CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage"})
GALLERIES = frozenset({"ImageGallery", "MediaGallery"})
RECORDINGS = frozenset({"VideoObject", "AudioObject", "PodcastEpisode", "VideoGallery"})

_MOST_NODES = 2_000
# Sites break strings over lines and end lists with a comma; both are plain to read.
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_WRAPPINGS = (("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("<![CDATA[", "]]>"))


def nodes(tree: Any) -> list[Node]:
    """Every object in the page's JSON-LD, the outer ones first; what can't be read is left out."""
    found: list[Node] = []
    for script in tree.iter("script"):
        kind = (script.get("type") or "").partition(";")[0].strip().lower()
        if kind == "application/ld+json" and len(found) < _MOST_NODES:
            found += _walk(_load(script.text or ""), _MOST_NODES - len(found))
    return found


def types(node: Node) -> set[str]:
    """The names of its types, without a vocabulary's address before them."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return {re.split("[/#:]", name)[-1] for name in names if isinstance(name, str)}


def text(value: Any) -> str | None:
    """A scalar as one line; of a list the first, of an object its name."""
    if isinstance(value, list):
        return next((found for one in value if (found := text(one))), None)
    if isinstance(value, dict):
        return text(value.get("name") or value.get("@value"))
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return " ".join(str(value).split()) or None
    return None


def address(value: Any) -> str | None:
    """A URL, or that of an object."""
    if isinstance(value, list):
        return next((found for one in value if (found := address(one))), None)
    if isinstance(value, dict):
        return address(value.get("@id") or value.get("url"))
    return value.strip() if isinstance(value, str) and value.strip() else None


def _load(source: str) -> Any:
    source = source.strip()
    for opening, closing in _WRAPPINGS:
        source = source.removeprefix(opening).removesuffix(closing).strip()
    for attempt in (source, _TRAILING_COMMA.sub(r"\1", source)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None  # a page's metadata is a gift: without it, its text is read all the same


def _walk(value: Any, most: int) -> Iterator[Node]:
    """Breadth first: an article's publisher comes after the article."""
    waiting = [value]
    for one in waiting:  # grows while it is walked
        if isinstance(one, list):
            waiting.extend(one[: max(0, most - len(waiting))])
        elif isinstance(one, dict):
            yield one
            inner = (held for held in one.values() if isinstance(held, dict | list))
            waiting.extend(held for held, _ in zip(inner, range(most - len(waiting)), strict=False))
