"""Which feeds are polled, for whom, when next, and what of them was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vectorstore.database import Database, Row

# A poll that was killed is repeated after this; no other process polls the feed until then.
_CLAIM = timedelta(minutes=15)
# No interval and no site's wish is longer than a week.
_FARTHEST = timedelta(days=8)
# Entries that a feed no longer has are forgotten: it may list them again, but not for so long.
_FORGET = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed of an audience."""

    id: int
    audience: str
    url: str
    title: str
    added_by: str | None
    """A Discord user's id; None: whoever runs this."""
    channel: int | None
    """Where new articles are announced."""
    etag: str | None
    modified: str | None
    polled_at: datetime | None
    due_at: datetime
    failures: int
    """Polls in a row that failed."""
    error: str | None
    """A sentence: why the last poll failed."""


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """What became of an entry."""

    updated: str | None
    """As the feed said then."""
    failures: int
    """How often reading its page failed; 0: it was read, or is never to be read."""


class Feeds:
    """The feeds in a catalog's file; every method does blocking I/O and may raise
    ``CatalogError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, audience: str, url: str, title: str, added_by: str | None = None) -> bool:
        """Add a feed, due at once; False where the audience has it already."""
        now = _stamp(datetime.now(UTC))
        with self._database.transaction() as db:
            added = db.execute(
                "INSERT OR IGNORE INTO feeds (audience, url, title, added_by, added_at, due_at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (audience, url, title, added_by, now, now),
            )
            return added.rowcount > 0

    def remove(self, feed_id: int) -> bool:
        """Poll a feed no more; its articles stay. False where there is none."""
        with self._database.transaction() as db:
            return db.execute("DELETE FROM feeds WHERE id = ?", (feed_id,)).rowcount > 0

    def of(self, audience: str | None = None) -> list[FeedState]:
        """The feeds of an audience, or (None) all."""
        found = self._database.rows(
            "SELECT * FROM feeds WHERE ? IN (audience, '') ORDER BY audience, title, url",
            (audience or "",),
        )
        return [_feed(row) for row in found]

    def added_by(self, member: str) -> list[FeedState]:
        """The feeds that a Discord user added."""
        found = self._database.rows("SELECT * FROM feeds WHERE added_by = ?", (member,))
        return [_feed(row) for row in found]

    def due(self, now: datetime) -> list[FeedState]:
        """The feeds to be polled by now, the one that waits longest first; those too that are due
        so late that a clock must have been ahead."""
        found = self._database.rows(
            "SELECT * FROM feeds WHERE due_at <= ? OR due_at > ? ORDER BY due_at",
            (_stamp(now), _stamp(now + _FARTHEST)),
        )
        return [_feed(row) for row in found]

    def exists(self, feed_id: int) -> bool:
        return bool(self._database.rows("SELECT 1 FROM feeds WHERE id = ?", (feed_id,)))

    def claim(self, feed: FeedState) -> bool:
        """Keep other processes from polling it now; False where one of them was first."""
        until = datetime.now(UTC) + _CLAIM
        with self._database.transaction() as db:
            claimed = db.execute(
                "UPDATE feeds SET due_at = ? WHERE id = ? AND due_at = ?",
                (_stamp(until), feed.id, _stamp(feed.due_at)),
            )
            return claimed.rowcount > 0

    def polled(self, feed_id: int, due: datetime, etag: str | None, modified: str | None) -> None:
        """Note a poll that went well, and when the next one is due."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE feeds SET etag = ?, modified = ?, polled_at = ?, due_at = ?, failures = 0, "
                "error = NULL WHERE id = ?",
                (etag, modified, _stamp(datetime.now(UTC)), _stamp(due), feed_id),
            )

    def failed(self, feed_id: int, due: datetime, error: str) -> None:
        """Note a poll that failed, and when it is tried again."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE feeds SET polled_at = ?, due_at = ?, failures = failures + 1, error = ? "
                "WHERE id = ?",
                (_stamp(datetime.now(UTC)), _stamp(due), error, feed_id),
            )

    def announce(self, feed_id: int, channel: int | None) -> None:
        """Set the channel where a feed's new articles are announced; None: nowhere."""
        with self._database.transaction() as db:
            db.execute("UPDATE feeds SET channel = ? WHERE id = ?", (channel, feed_id))

    def entries(self, feed_id: int) -> dict[str, SeenEntry]:
        """What became of a feed's entries, by what identifies them."""
        found = self._database.rows(
            "SELECT entry, updated, failures FROM feed_entries WHERE feed_id = ?", (feed_id,)
        )
        return {row["entry"]: SeenEntry(row["updated"], row["failures"]) for row in found}

    def seen(self, feed_id: int, entry: str, updated: str | None, failures: int = 0) -> None:
        """Note what became of an entry; nothing where the feed was removed meanwhile."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO feed_entries SELECT id, ?, ?, ?, ? FROM feeds WHERE id = ?",
                (entry, updated, failures, _stamp(datetime.now(UTC)), feed_id),
            )

    def present(self, feed_id: int, entries: Iterable[str]) -> None:
        """Note which entries the feed has now; those that it hasn't had for long are forgotten."""
        now = datetime.now(UTC)
        with self._database.transaction() as db:
            db.executemany(
                "UPDATE feed_entries SET seen_at = ? WHERE feed_id = ? AND entry = ?",
                [(_stamp(now), feed_id, entry) for entry in entries],
            )
            db.execute(
                "DELETE FROM feed_entries WHERE feed_id = ? AND seen_at < ?",
                (feed_id, _stamp(now - _FORGET)),
            )

    def forget_audience(self, audience: str) -> None:
        """Remove all feeds of an audience."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM feeds WHERE audience = ?", (audience,))

    def forget_member(self, added_by: str) -> None:
        """Forget who added what."""
        with self._database.transaction() as db:
            db.execute("UPDATE feeds SET added_by = NULL WHERE added_by = ?", (added_by,))


def _feed(row: Row) -> FeedState:
    polled = row["polled_at"]
    return FeedState(
        id=row["id"],
        audience=row["audience"],
        url=row["url"],
        title=row["title"],
        added_by=row["added_by"],
        channel=row["channel"],
        etag=row["etag"],
        modified=row["modified"],
        polled_at=datetime.fromisoformat(polled) if polled else None,
        due_at=datetime.fromisoformat(row["due_at"]),
        failures=row["failures"],
        error=row["error"],
    )


def _stamp(time: datetime) -> str:
    # Always with microseconds: equal lengths compare as times do.
    return time.astimezone(UTC).isoformat(timespec="microseconds")
