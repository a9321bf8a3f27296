"""What a feed says: RSS, RDF and Atom, JSON Feed, news sitemaps and indexes of them."""

import re
import zlib
from calendar import timegm
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser
from lxml import etree
from pydantic import BaseModel, ValidationError

from ingest.canonical import is_url
from ingest.decode import scrub
from ingest.document import real_title
from ingest.errors import NoFeed, TooLarge

# More than any feed has; a news sitemap has at most 1,000 [developers.google.com, "News sitemaps"].
_MOST_ENTRIES = 1000
_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
# 15 bits of window, 16 for a header of gzip (zlib manual, inflateInit2).
_GZIP_WINDOW = 31


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one article."""

    id: str
    """What identifies it within its feed."""
    url: str
    """Of its page."""
    updated: str | None
    """When it changed last, or appeared: UTC, ISO 8601."""
    modified: str | None = None
    """ISO 8601 day of its last change, where the feed tells that apart."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it is now."""

    title: str | None
    entries: tuple[Entry, ...]
    """The newest first; undated ones in the feed's order, after those with a date."""
    sitemaps: tuple[str, ...] = ()
    """Of a sitemap index, which has no entries itself: the sitemaps that it lists, the one that
    changed last first."""


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
        return _sitemap(url, data)
    if name == b"sitemapindex":
        return _sitemap_index(url, data)
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
        raise NoFeed(f"“{url}” is a broken feed: {_reason(error)}.") from error
    if not parsed.entries and not parsed.version:
        if b"<html" in data[:10_000].lower() or b"<head" in data[:10_000].lower():
            return None
        raise NoFeed(f"“{url}” is no feed: neither RSS, Atom, JSON Feed nor a news sitemap.")
    wrong = parsed.get("bozo_exception")
    # That it was told no content type is no fault of a feed that has no entries yet.
    if wrong and not parsed.entries and not isinstance(wrong, feedparser.NonXMLContentType):
        raise NoFeed(f"“{url}” is a broken feed: {_reason(wrong)}.")
    entries = [
        (one.get("id"), one.get("link"), _time(one), "updated_parsed" in one)
        for one in parsed.entries
    ]
    return _feed(url, parsed.feed.get("title"), entries)


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
    return _feed(url, found.title, entries)


def together(index: Feed, feeds: Sequence[Feed]) -> Feed:
    """The entries of the sitemaps that an index lists, as one feed."""
    entries = {entry.id: entry for feed in feeds for entry in feed.entries}
    ordered = sorted(entries.values(), key=lambda entry: entry.updated or "", reverse=True)
    title = next((feed.title for feed in feeds if feed.title), None)
    return Feed(title, tuple(ordered[:_MOST_ENTRIES]), index.sitemaps)


def unpacked(url: str, data: bytes, limit: int) -> bytes:
    """The feed in a file that is packed with gzip (``sitemap.xml.gz``); others as they are.

    Raises:
        TooLarge: it unpacks to more bytes than ``limit``.
        NoFeed: it is broken, or packed twice.
    """
    found = b""
    packed = data
    try:
        while packed.startswith(_GZIP):  # it may have several members (RFC 1952, 2.2)
            unpacking = zlib.decompressobj(_GZIP_WINDOW)
            found += unpacking.decompress(packed, limit + 1 - len(found))
            if len(found) > limit:
                raise TooLarge(url, limit)
            if not unpacking.eof:
                raise NoFeed(f"“{url}” is broken: its archive ends too early.")
            packed = unpacking.unused_data
    except zlib.error as error:
        raise NoFeed(f"“{url}” is broken: it can't be unpacked.") from error
    if found.startswith(_GZIP):
        raise NoFeed(f"“{url}” is packed twice; it is not read.")
    return found or data


def _sitemap_index(url: str, data: bytes) -> Feed:
    found: dict[str, str] = {}
    for one in _sitemap_tree(url, data).iterfind("{*}sitemap"):
        link = (one.findtext("{*}loc") or "").strip()
        if is_url(link):
            found[link] = _stamp(_iso(one.findtext("{*}lastmod"))) or ""
    # Of those without a date, the one for news is the one that is kept up to date.
    ordered = sorted(found, key=lambda link: (found[link], "news" in link.lower()), reverse=True)
    if not ordered:
        raise NoFeed(f"“{url}” is a list of sitemaps that lists none.")
    return Feed(None, (), tuple(ordered))


def _sitemap_tree(url: str, data: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise NoFeed(f"“{url}” is a broken sitemap: {_reason(error)}.") from error
    if root is None:
        raise NoFeed(f"“{url}” is a broken sitemap.")
    return root


def _sitemap(url: str, data: bytes) -> Feed:
    root = _sitemap_tree(url, data)
    entries: list[tuple[str | None, str | None, datetime | None, bool]] = []
    for one in root.iterfind("{*}url"):
        link = (one.findtext("{*}loc") or "").strip()
        dates = (one.findtext("{*}lastmod"), one.findtext("{*}news/{*}publication_date"))
        changed = _iso(dates[0])
        entries.append((link, link, changed or _iso(dates[1]), changed is not None))
    # It may have 50,000 addresses, in any order.
    entries.sort(key=lambda entry: _stamp(entry[2]) or "", reverse=True)
    name = root.findtext("{*}url/{*}news/{*}publication/{*}name")
    return _feed(url, name, entries)


def _iso(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None


def _feed(
    url: str,
    title: str | None,
    entries: Sequence[tuple[str | None, str | None, datetime | None, bool]],
) -> Feed:
    """Entries with a web page, each once, the newest first; of each its id, its link, a time, and
    whether that is of a change."""
    found: dict[str, Entry] = {}
    for own_id, link, time, changed in entries[:_MOST_ENTRIES]:
        try:
            page = urljoin(url, scrub((link or "").strip()))
        except ValueError:  # "http://[": it has no page
            continue
        if link and is_url(page):
            identity = scrub(own_id or page)
            stamp = _stamp(time)
            modified = stamp[:10] if stamp and changed else None
            found.setdefault(identity, Entry(identity, page, stamp, modified))
    ordered = sorted(found.values(), key=lambda entry: entry.updated or "", reverse=True)
    return Feed(real_title(scrub(title)) if title and title.strip() else None, tuple(ordered))


def _stamp(time: datetime | None) -> str | None:
    if time is None:
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError:
        return None


def _reason(error: object) -> str:
    # "<unknown>:3:35: undefined entity"
    text = re.sub(r"^<unknown>:", "", str(error or "it ends too early"))
    return " ".join(text.split()).rstrip(".")[:200]
