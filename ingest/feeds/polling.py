"""Polling feeds: what changed since the last time, and the articles that are new in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ingest.canonical import canonical_url, other_scheme
from ingest.document import Document
from ingest.errors import (
    AddressRefused,
    Gone,
    IngestError,
    NoFeed,
    NoText,
    NotText,
    RobotsRefused,
    TryLater,
)
from ingest.feeds.download import Download, download, find_feed, gathered
from ingest.feeds.feed import Entry, Feed
from ingest.feeds.formats import read_feed
from ingest.feeds.politeness import Politeness
from ingest.pipeline import Ingestion
from ingest.report import IngestReport, failure
from ingest.settings import IngestSettings
from ingest.sources import Source, WebSource
from vectorstore import SHARED, Catalog, article_id
from vectorstore.feeds import Feeds, FeedState, SeenEntry

_LONGEST_BACK_OFF = timedelta(days=1)
# A Retry-After of years would be the end of a feed.
_LONGEST_WAIT = timedelta(days=7)
# After that many polls a page that can't be had is given up.
_MOST_TRIES = 3
# Trying again would give the same.
_FOR_GOOD = (AddressRefused, Gone, NotText, NoText, RobotsRefused)


@dataclass(slots=True)
class _Page:
    """The page of an entry, and why it can't be read."""

    source: WebSource
    modified: str | None
    """As the feed says."""
    error: IngestError | None = field(default=None)

    @property
    def label(self) -> str:
        return self.source.label

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        try:
            identity, document = self.source.read(settings)
            return identity, replace(document, modified=document.modified or self.modified)
        except IngestError as error:
            self.error = error
            raise

    def parts(self, settings: IngestSettings) -> Sequence[Source]:
        return [self]


class Polling:
    """One round of polls; one thread at a time. Feeds and their pages are fetched as strangers'
    addresses: what an operator may do by hand, a feed may not."""

    def __init__(
        self,
        catalog: Catalog,
        ingestion: Ingestion,
        settings: IngestSettings,
        politeness: Politeness | None = None,
    ) -> None:
        self._catalog = catalog
        self._feeds = Feeds(catalog.database)
        self._ingestion = ingestion
        self._settings = settings
        self._politeness = politeness or Politeness(settings)

    def poll(self, feed: FeedState) -> Iterator[IngestReport]:
        """Read what is new in a feed, a report an entry; nothing where another process is at it.

        A failure of the feed itself is the only report, and the next poll is put off.
        """
        if not self._feeds.claim(feed):
            return
        try:
            found = download(feed.url, self._settings, self._politeness, feed.etag, feed.modified)
            parsed = _parsed(found)
            if parsed and parsed.sitemaps:
                parsed = gathered(parsed, self._settings, self._politeness)
                # An index may stay as it is while what it lists changes.
                found = replace(found, etag=None, modified=None)
        except IngestError as error:
            self._feeds.failed(feed.id, self._put_off(feed.failures, error), str(error))
            yield failure(feed.url, error)
            return
        if parsed is None:
            self._feeds.polled(feed.id, self._next(), found.etag, found.modified)
            return
        yield from self._entries(feed, parsed, found)

    def _entries(self, feed: FeedState, parsed: Feed, found: Download) -> Iterator[IngestReport]:
        seen = self._feeds.entries(feed.id)
        self._feeds.present(feed.id, [entry.id for entry in parsed.entries])
        wanted = [entry for entry in parsed.entries if self._is_wanted(feed, entry, seen)]
        # What failed before must not keep new articles out.
        wanted.sort(key=lambda entry: entry.id in seen and seen[entry.id].failures > 0)
        left = len(wanted) > self._settings.feed_articles
        for entry in wanted[: self._settings.feed_articles]:
            if not self._feeds.exists(feed.id):  # removed meanwhile
                return
            address = canonical_url(entry.url)
            page = _Page(WebSource(entry.url, address, before=self._visit), entry.modified)
            report = self._ingestion.add_source(page, feed.audience)
            yield report
            again = self._note(feed, entry, seen.get(entry.id), report, page.error)
            left = left or again
            if isinstance(page.error, TryLater):
                self._feeds.failed(
                    feed.id, self._put_off(feed.failures, page.error), str(page.error)
                )
                return
        # While something is left to read, an answer "not modified" would hide it.
        etag, modified = (None, None) if left else (found.etag, found.modified)
        self._feeds.polled(feed.id, self._next(), etag, modified)

    def _is_wanted(self, feed: FeedState, entry: Entry, seen: dict[str, SeenEntry]) -> bool:
        before = seen.get(entry.id)
        if before is not None:
            tried = before.failures
            return 0 < tried < _MOST_TRIES or (not tried and before.updated != entry.updated)
        if self._is_there(feed.audience, entry.url):
            # Another feed brought it, or a person: INGEST_SOURCES and /ingest keep it fresh.
            self._feeds.seen(feed.id, entry.id, entry.updated)
            return False
        return True

    def _is_there(self, audience: str, url: str) -> bool:
        try:
            address = canonical_url(url)
        except ValueError:
            return False
        ids = [
            article_id(place, written)
            for place in dict.fromkeys((audience, SHARED))
            for written in (address, other_scheme(address))
        ]
        return bool(self._catalog.articles_by_id(ids))

    def _note(
        self,
        feed: FeedState,
        entry: Entry,
        before: SeenEntry | None,
        report: IngestReport,
        error: IngestError | None,
    ) -> bool:
        """Note what became of an entry; whether it is to be tried again."""
        if report.outcome != "failed" or isinstance(error, _FOR_GOOD):
            self._feeds.seen(feed.id, entry.id, entry.updated)
            return False
        failures = (before.failures if before else 0) + 1
        self._feeds.seen(feed.id, entry.id, entry.updated, failures)
        return failures < _MOST_TRIES

    def _visit(self, url: str) -> None:
        self._politeness.visit(url)

    def _next(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=self._settings.feed_minutes)

    def _put_off(self, failures: int, error: IngestError) -> datetime:
        interval = timedelta(minutes=self._settings.feed_minutes)
        # 2 ** 20 minutes are years.
        wait = max(interval, min(interval * (1 << min(failures + 1, 20)), _LONGEST_BACK_OFF))
        if isinstance(error, TryLater):
            asked = timedelta(seconds=min(error.seconds, _LONGEST_WAIT.total_seconds()))
            wait = max(wait, asked)
        return datetime.now(UTC) + wait


def add_feed(
    catalog: Catalog,
    url: str,
    audience: str,
    settings: IngestSettings,
    added_by: str | None = None,
    politeness: Politeness | None = None,
) -> tuple[FeedState, bool]:
    """Find the feed at an address and add it, due at once; and whether it is new.

    Raises:
        IngestError: there is no feed, or the address can't be had.
    """
    address, feed = find_feed(url.strip(), settings, politeness or Politeness(settings))
    feeds = Feeds(catalog.database)
    added = feeds.add(audience, address, feed.title or address, added_by)
    [state] = [one for one in feeds.of(audience) if one.url == address]
    return state, added


def _parsed(found: Download) -> Feed | None:
    """None: nothing changed."""
    if found.data is None:
        return None
    feed = read_feed(found.url, found.data)
    if feed is None:
        raise NoFeed(f"“{found.url}” is a web page now, and no feed.")
    return feed
