"""What a feed says: RSS, RDF and Atom, JSON Feed, news sitemaps and indexes of them."""

import re
from calendar import timegm
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser
from pydantic import BaseModel, ValidationError

from ingest.errors import NoFeed
from ingest.feeds.feed import Feed, feed_of, reason
from ingest.feeds.sitemaps import read_sitemap, read_sitemap_index

_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
_BOM = b"\xef\xbb\xbf"


class _JsonItem(BaseModel):
    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    date_published: datetime | None = None
    date_modified: datetime | None = None


class _JsonFeed(BaseModel):
    """The parts of JSON Feed 1.1 [jsonfeed.org] that are used."""

    version: str
    title: str | None = None
    items: list[_JsonItem]


def read_feed(url: str, data: bytes) -> Feed | None:
    """Read a feed that came from an address; None for a web page.

    Raises:
        NoFeed: it is none, or too broken for any entry to be told.
    """
    start = data.removeprefix(_BOM).lstrip()
    if not start:
        raise NoFeed(f"“{url}” is empty.")
    if start.startswith(b"{"):
        return _json_feed(url, start)
    if b"<!ENTITY" in data:
        raise NoFeed(f"“{url}” defines entities, as no feed needs to; it is not read.")
    root = _ROOT.search(data[:10_000])
    name = root[1].lower() if root else b""
    if name == b"html":
        return None
    if name == b"urlset":
        return read_sitemap(url, data)
    if name == b"sitemapindex":
        return read_sitemap_index(url, data)
    return _xml_feed(url, data)


def _xml_feed(url: str, data: bytes) -> Feed | None:
    # As a file: what is no file, feedparser takes for an address or a path. It reads broken XML
    # too, as far as entries can be told.
    try:
        parsed: Any = feedparser.parse(
            BytesIO(data), response_headers={"content-location": url}, sanitize_html=False
        )
    except Exception as error:
        # Its parser of broken XML has errors of any kind.
        raise NoFeed(f"“{url}” is a broken feed: {reason(error)}.") from error
    if not parsed.entries and not parsed.version:
        if b"<html" in data[:10_000].lower() or b"<head" in data[:10_000].lower():
            return None
        raise NoFeed(f"“{url}” is no feed: neither RSS, Atom, JSON Feed nor a news sitemap.")
    wrong = parsed.get("bozo_exception")
    # That it was told no content type is no fault of a feed that has no entries yet.
    if wrong and not parsed.entries and not isinstance(wrong, feedparser.NonXMLContentType):
        raise NoFeed(f"“{url}” is a broken feed: {reason(wrong)}.")
    entries = [
        (one.get("id"), one.get("link"), _time(one), "updated_parsed" in one)
        for one in parsed.entries
    ]
    return feed_of(url, parsed.feed.get("title"), entries)


def _time(entry: Any) -> datetime | None:
    # Asked for "updated" where there is none, feedparser warns that it gives "published" instead.
    known = entry.get("updated_parsed" if "updated_parsed" in entry else "published_parsed")
    try:
        return datetime.fromtimestamp(timegm(known), UTC) if known else None
    except (ValueError, OverflowError, OSError):
        return None


def _json_feed(url: str, data: bytes) -> Feed:
    try:
        found = _JsonFeed.model_validate_json(data)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) or "its JSON"
        raise NoFeed(f"“{url}” is no JSON Feed: {place} is missing or wrong.") from error
    if "jsonfeed.org" not in found.version:
        raise NoFeed(f"“{url}” is JSON, but no JSON Feed.")
    entries = [
        (
            None if one.id is None else str(one.id),
            one.url or one.external_url,
            one.date_modified or one.date_published,
            one.date_modified is not None,
        )
        for one in found.items
    ]
    return feed_of(url, found.title, entries)
