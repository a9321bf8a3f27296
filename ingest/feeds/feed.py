"""A feed and its entries, whatever format they came in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from ingest.canonical import is_url
from ingest.decode import scrub
from ingest.document import real_title

# More than any feed has; a news sitemap has at most 1,000 [developers.google.com, "News sitemaps"].
MOST_ENTRIES = 1000


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


def feed_of(
    url: str,
    title: str | None,
    entries: Sequence[tuple[str | None, str | None, datetime | None, bool]],
) -> Feed:
    """Entries with a web page, each once, the newest first; of each its id, its link, a time, and
    whether that is of a change."""
    found: dict[str, Entry] = {}
    for own_id, link, time, changed in entries[:MOST_ENTRIES]:
        try:
            page = urljoin(url, scrub((link or "").strip()))
        except ValueError:  # "http://[": it has no page
            continue
        if link and is_url(page):
            identity = scrub(own_id or page)
            when = stamp(time)
            modified = when[:10] if when and changed else None
            found.setdefault(identity, Entry(identity, page, when, modified))
    ordered = sorted(found.values(), key=lambda entry: entry.updated or "", reverse=True)
    return Feed(real_title(scrub(title)) if title and title.strip() else None, tuple(ordered))


def stamp(time: datetime | None) -> str | None:
    """UTC, ISO 8601; a time without a zone is taken for UTC, one out of range for none."""
    if time is None:
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError:
        return None


def reason(error: object) -> str:
    """What a parser said, as a part of a sentence."""
    # "<unknown>:3:35: undefined entity"
    text = re.sub(r"^<unknown>:", "", str(error or "it ends too early"))
    return " ".join(text.split()).rstrip(".")[:200]
