"""A feed from the web: only if it changed, and found in the page that names it."""

from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree, html

from ingest.canonical import is_url
from ingest.errors import IngestError, NoFeed
from ingest.feeds.feed import Feed
from ingest.feeds.formats import read_feed
from ingest.feeds.politeness import Politeness
from ingest.feeds.sitemaps import together, unpacked
from ingest.fetch import body_of, opened
from ingest.settings import IngestSettings
from ingest.statuses import refuse_errors

_NOT_MODIFIED = 304
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "text/html;q=0.8, */*;q=0.5"
)
_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
}
_MOST_LINKS = 3
# A site may list thousands; what is new is in those that changed last.
_MOST_SITEMAPS = 5


@dataclass(frozen=True, slots=True)
class Download:
    """What a server answered."""

    data: bytes | None
    """None: nothing changed (304)."""
    url: str
    """Where the redirects led."""
    etag: str | None = None
    modified: str | None = None
    """Last-Modified, as the server wrote it."""


def download(
    url: str,
    settings: IngestSettings,
    politeness: Politeness,
    etag: str | None = None,
    modified: str | None = None,
) -> Download:
    """Ask for a feed, or (with what came with the last answer) whether it changed since
    (RFC 9110, 13.1).

    Raises:
        FetchFailed: it can't be had.
        TooLarge: it is over INGEST_MAX_BYTES.
    """
    known = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {"Accept": _ACCEPT} | {name: value for name, value in known.items() if value}
    with opened(url, settings, headers=headers, before=politeness.visit) as response:
        led_to = str(response.url)
        if response.status_code == _NOT_MODIFIED:
            return Download(None, led_to, etag, modified)
        refuse_errors(url, response)
        return Download(
            unpacked(url, body_of(url, response, settings.max_bytes), settings.max_bytes),
            led_to,
            response.headers.get("etag"),
            response.headers.get("last-modified"),
        )


def find_feed(url: str, settings: IngestSettings, politeness: Politeness) -> tuple[str, Feed]:
    """The feed at an address, or the first that the page there names; with its own address.

    Raises:
        FetchFailed: the address can't be had.
        NoFeed: there is no feed.
    """
    found = download(url, settings, politeness)
    data = found.data or b""
    feed = read_feed(found.url, data)
    if feed is not None:
        return url, gathered(feed, settings, politeness)
    failure: IngestError | None = None
    for link in _linked(found.url, data)[:_MOST_LINKS]:
        try:
            named = download(link, settings, politeness)
            feed = read_feed(named.url, named.data or b"")
        except IngestError as error:
            failure = failure or error
            continue
        if feed is not None:
            return link, feed
    if failure:
        raise failure
    raise NoFeed(f"“{url}” is a page that names no feed; give the address of the feed itself.")


def gathered(feed: Feed, settings: IngestSettings, politeness: Politeness) -> Feed:
    """The same feed; of a sitemap index, what the sitemaps that changed last list.

    Raises:
        FetchFailed, TooLarge, NoFeed: none of them can be had.
    """
    if not feed.sitemaps:
        return feed
    found: list[Feed] = []
    failure: IngestError | None = None
    for url in feed.sitemaps[:_MOST_SITEMAPS]:
        try:
            got = download(url, settings, politeness)
            one = read_feed(got.url, got.data or b"")
        except IngestError as error:
            failure = failure or error
            continue
        if one is not None and not one.sitemaps:
            found.append(one)
    if found:
        return together(feed, found)
    raise failure or NoFeed("The list of sitemaps lists no sitemap, but other lists or pages.")


def _linked(url: str, data: bytes) -> list[str]:
    """Addresses that a page gives as its alternate form for feed readers."""
    try:
        page = html.document_fromstring(data)
    except (etree.LxmlError, ValueError):  # nothing but comments, for instance: it names none
        return []
    found = []
    for link in page.iterfind(".//link[@href]"):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in rel and kind in _FEED_TYPES:
            found.append(_joined(url, link.get("href").strip()))
    return [address for address in dict.fromkeys(found) if is_url(address)]


def _joined(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:  # "http://["
        return ""
