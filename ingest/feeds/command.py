"""``python -m ingest feeds``: add, list, remove and poll feeds."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from ingest import console
from ingest.errors import FeedUnknown
from ingest.feeds.polling import Polling, add_feed
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from vectorstore import SHARED, Catalog, VectorstoreSettings, open_catalog, open_vectorstore
from vectorstore.feeds import Feeds, FeedState
from vectorstore.searchtext import fold

_FAILED = 1


def run_feeds(
    arguments: argparse.Namespace, settings: IngestSettings, store_settings: VectorstoreSettings
) -> int:
    """Run one of its commands; returns 0, or 1 where a feed or a page of one failed."""
    if arguments.feeds_command == "poll":
        return _poll(arguments, settings, store_settings)
    with closing(open_catalog(store_settings)) as catalog:
        if arguments.feeds_command == "add":
            _add(arguments, settings, catalog)
        elif arguments.feeds_command == "remove":
            _remove(arguments, catalog)
        else:
            _list(arguments, catalog)
    return 0


def feed_json(feed: FeedState) -> dict[str, Any]:
    """What `feeds list --json` gives; times are UTC, ISO 8601."""
    return {
        "feed": feed.id,
        "audience": feed.audience,
        "url": feed.url,
        "title": feed.title,
        "added_by": feed.added_by,
        "announced_in": None if feed.channel is None else str(feed.channel),
        "polled_at": feed.polled_at.isoformat() if feed.polled_at else None,
        "due_at": feed.due_at.isoformat(),
        "failures": feed.failures,
        "error": feed.error,
    }


def find_feed(feeds: Sequence[FeedState], named: str) -> FeedState:
    """The feed with this number, address or title.

    Raises:
        FeedUnknown: there is none, or there are several.
    """
    wanted = fold(named.strip())
    found = [
        feed
        for feed in feeds
        if named.strip() in (str(feed.id), feed.url) or fold(feed.title) == wanted
    ]
    if len(found) > 1:
        raise FeedUnknown(f"“{named}” could be {len(found)} feeds; give an address.")
    if not found:
        raise FeedUnknown(f"There is no feed “{named}”.")
    return found[0]


def _add(arguments: argparse.Namespace, settings: IngestSettings, catalog: Catalog) -> None:
    feed, added = add_feed(catalog, arguments.url, arguments.audience or SHARED, settings)
    if arguments.json:
        console.write_json({**feed_json(feed), "outcome": "added" if added else "unchanged"})
    else:
        told = "is polled from now on" if added else "is polled already"
        console.say(f"{_line(feed)} {told}", "added" if added else "unchanged")


def _list(arguments: argparse.Namespace, catalog: Catalog) -> None:
    for feed in Feeds(catalog.database).of(arguments.audience):
        if arguments.json:
            console.write_json(feed_json(feed))
            continue
        console.say(f"{feed.id:<4} {_line(feed)}")
        polled = f"polled {_minute(feed.polled_at)}" if feed.polled_at else "not polled yet"
        console.say(f"     {feed.audience}, {polled}, next {_minute(feed.due_at)}")
        if feed.error:
            console.say(f"     {feed.error}")


def _remove(arguments: argparse.Namespace, catalog: Catalog) -> None:
    feeds = Feeds(catalog.database)
    feed = find_feed(feeds.of(arguments.audience), arguments.feed)
    feeds.remove(feed.id)
    if arguments.json:
        console.write_json({**feed_json(feed), "outcome": "removed"})
    else:
        console.say(f"{_line(feed)}; its articles stay", "removed")


def _poll(
    arguments: argparse.Namespace, settings: IngestSettings, store_settings: VectorstoreSettings
) -> int:
    status = 0
    with closing(open_vectorstore(store_settings, rerank=False)) as store:
        feeds = Feeds(store.catalog.database)
        chosen = feeds.of() if arguments.all else feeds.due(datetime.now(UTC))
        chosen = [feed for feed in chosen if arguments.audience in (None, feed.audience)]
        if not chosen:
            console.complain("No feed is due; `feeds list` tells when each one is.")
        ingestion = Ingestion(store, settings, console.complain)
        polling = Polling(store.catalog, ingestion, settings)
        for feed in chosen:
            for report in polling.poll(feed):
                status = _FAILED if report.outcome == "failed" else status
                if arguments.json:
                    console.write_json({**report.to_json(), "feed": feed.id})
                else:
                    console.write_report(report)
    return status


def _line(feed: FeedState) -> str:
    return feed.url if feed.title == feed.url else f"“{feed.title}” {feed.url}"


def _minute(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else ""
