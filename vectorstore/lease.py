"""The right to write to what several processes share, for one of them at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from vectorstore.catalog import Catalog
from vectorstore.errors import IndexBusy

# Longer than any single write to a Chroma server may take.
SECONDS = 60.0
_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.05


class Lease:
    """Noted in the catalog, which all of the processes share; it runs out by itself where its
    holder died."""

    def __init__(self, catalog: Catalog, what: str) -> None:
        self._catalog = catalog
        self._key = f"lease of {what}"
        self._holder = uuid4().hex
        self._taken = 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lease in the block.

        Raises:
            IndexBusy: another process has held it for a second.
        """
        end = time.monotonic() + _WAIT_SECONDS
        while not self._take():
            if time.monotonic() >= end:
                raise IndexBusy
            time.sleep(_LOOK_SECONDS)
        try:
            yield
        finally:
            self._release()

    def renew(self) -> bool:
        """Call it before every write; False when the lease ran out and another process took it."""
        return time.time() - self._taken < SECONDS / 3 or self._take()

    def _take(self) -> bool:
        now = time.time()
        with self._catalog.database.transaction() as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (self._key,)).fetchone()
            holder, until = row["value"].split() if row else ("", "0")
            # A time far ahead is of a clock that was set back since.
            if holder != self._holder and now < float(until) < now + 2 * SECONDS:
                return False
            db.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                (self._key, f"{self._holder} {now + SECONDS}"),
            )
        self._taken = now
        return True

    def _release(self) -> None:
        with self._catalog.database.transaction() as db:
            db.execute(
                "DELETE FROM meta WHERE key = ? AND value LIKE ?", (self._key, f"{self._holder} %")
            )
