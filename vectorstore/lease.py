"""The right to write to what several processes share, for one of them at a time."""

import random
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
        # When it was taken: by the wall clock, which others read too, and by one that never jumps.
        self._taken = (0.0, 0.0)
        self._seen = ("", 0.0)

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
        wall, steady = self._taken
        # A wall clock can be set back, and a steady one stands still while a machine sleeps.
        fresh = 0 <= time.time() - wall < SECONDS / 3 and time.monotonic() - steady < SECONDS / 3
        return fresh or self._take()

    def _take(self) -> bool:
        now = time.time()
        with self._catalog.database.transaction() as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (self._key,)).fetchone()
            value = row["value"] if row else " 0"
            holder, until = value.split(" ")
            # A time far ahead is of a clock that was set back since.
            running = now < float(until) < now + 2 * SECONDS
            if holder != self._holder and running and not self._stands_still(value):
                return False
            # Another time at each renewal, also where the clock stands still.
            until = str(now + SECONDS + random.random() / 1000)
            db.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", (self._key, f"{self._holder} {until}")
            )
        self._taken = (now, time.monotonic())
        return True

    def _stands_still(self, value: str) -> bool:
        """Whether nobody has renewed it for its time, whatever the wall clock says."""
        steady = time.monotonic()
        if value != self._seen[0]:
            self._seen = (value, steady)
        return steady - self._seen[1] >= SECONDS

    def _release(self) -> None:
        with self._catalog.database.transaction() as db:
            db.execute(
                "DELETE FROM meta WHERE key = ? AND value LIKE ?", (self._key, f"{self._holder} %")
            )
