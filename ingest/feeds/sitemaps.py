"""News sitemaps, indexes of them, and packed ones."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from ingest.canonical import is_url
from ingest.errors import NoFeed, TooLarge
from ingest.feeds.feed import MOST_ENTRIES, Feed, feed_of, reason, stamp

_GZIP = b"\x1f\x8b"
# 15 bits of window, 16 for a header of gzip (zlib manual, inflateInit2).
_GZIP_WINDOW = 31


def read_sitemap(url: str, data: bytes) -> Feed:
    """Its articles; raises ``NoFeed``."""
    root = _tree(url, data)
    entries: list[tuple[str | None, str | None, datetime | None, bool]] = []
    for one in root.iterfind("{*}url"):
        link = (one.findtext("{*}loc") or "").strip()
        dates = (one.findtext("{*}lastmod"), one.findtext("{*}news/{*}publication_date"))
        changed = _iso(dates[0])
        entries.append((link, link, changed or _iso(dates[1]), changed is not None))
    # It may have 50,000 addresses, in any order.
    entries.sort(key=lambda entry: stamp(entry[2]) or "", reverse=True)
    name = root.findtext("{*}url/{*}news/{*}publication/{*}name")
    return feed_of(url, name, entries)


def read_sitemap_index(url: str, data: bytes) -> Feed:
    """The sitemaps that it lists, as a feed without entries; raises ``NoFeed``."""
    found: dict[str, str] = {}
    for one in _tree(url, data).iterfind("{*}sitemap"):
        link = (one.findtext("{*}loc") or "").strip()
        if is_url(link):
            found[link] = stamp(_iso(one.findtext("{*}lastmod"))) or ""
    # Of those without a date, the one for news is the one that is kept up to date.
    ordered = sorted(found, key=lambda link: (found[link], "news" in link.lower()), reverse=True)
    if not ordered:
        raise NoFeed(f"“{url}” is a list of sitemaps that lists none.")
    return Feed(None, (), tuple(ordered))


def together(index: Feed, feeds: Sequence[Feed]) -> Feed:
    """The entries of the sitemaps that an index lists, as one feed."""
    entries = {entry.id: entry for feed in feeds for entry in feed.entries}
    ordered = sorted(entries.values(), key=lambda entry: entry.updated or "", reverse=True)
    title = next((feed.title for feed in feeds if feed.title), None)
    return Feed(title, tuple(ordered[:MOST_ENTRIES]), index.sitemaps)


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


def _tree(url: str, data: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise NoFeed(f"“{url}” is a broken sitemap: {reason(error)}.") from error
    if root is None:
        raise NoFeed(f"“{url}” is a broken sitemap.")
    return root


def _iso(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
