"""The Chroma index in a folder, which mends itself.

It is opened and, unless its last owner sealed it, examined in a thread, while questions are
answered from the catalog. What is damaged, then or later, is deleted and filled again from the
catalog's vectors; nothing is embedded again.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from vectorstore.article import Matrix
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.errors import IndexUnavailable, VectorstoreError
from vectorstore.index_damage import (
    Damaged,
    IndexState,
    Phase,
    TooLittle,
    is_failure,
    is_refusal,
    sentence_of,
)
from vectorstore.keeper import Keeper
from vectorstore.owned import OwnedFolder
from vectorstore.scan import CHANGES_A_ROUND, SCANNED, CatalogScan, Hits

Result = TypeVar("Result")

# While it is opened; to examine it may take longer.
_OPENING_SECONDS = 30.0
_LOOK_SECONDS = 0.1
# How far a cosine of Chroma's may be from the catalog's, which has half the precision, and how many
# of the hits may be further.
_TOLERANCE = 0.01
_STRANGE_SHARE = 0.1


class LocalIndex:
    """The owner of a folder that nobody else has open; close it to let others have it."""

    def __init__(
        self, folder: OwnedFolder, catalog: Catalog, centring: Centring, *, at_once: bool = True
    ) -> None:
        """``folder`` is ours already.

        ``at_once``: for questions. It is opened now, and who applies does not wait for a rebuild,
        which catches up by itself. Otherwise, for an ingest, it is opened when it is needed, and
        waited for.
        """
        self._catalog = catalog
        self._scan = CatalogScan(catalog, centring)
        self._keeper = Keeper(folder, catalog, centring)
        self._folder = folder
        self._waits = not at_once
        if at_once:
            self._keeper.start()

    @property
    def trouble(self) -> str | None:
        """Why questions have to do without the index now, a sentence; None while it works."""
        keeper = self._keeper
        if keeper.phase == "rebuilding":
            return f"The index is being rebuilt. {keeper.reason}".strip()
        return keeper.reason if keeper.phase == "failing" else None

    @property
    def phase(self) -> Phase:
        return self._keeper.phase

    @property
    def state(self) -> IndexState:
        """Opens and waits for nothing; raises ``CatalogError``."""
        keeper = self._keeper
        chroma = keeper.chroma
        passages = self._catalog.totals().passages
        # While it is opened nobody knows.
        indexed = 0 if chroma is None else passages - self._catalog.pending(chroma.seen)
        return IndexState(keeper.phase, keeper.reason, max(0, indexed), passages)

    def settle(self, seconds: float | None = None) -> bool:
        """Wait until it is ready or fails; whether it is so in time."""
        self._keeper.start()
        return self._keeper.settled.wait(seconds)

    def examined(self) -> str | None:
        """What is wrong with its files, a sentence; None: nothing. Before it is opened only."""
        return self._keeper.examined()

    def rebuild(self) -> None:
        """Delete it and fill it again; before it is opened only. Blocks until that is done.

        Raises:
            IndexUnavailable: it can't be filled.
        """
        self._folder.empty()
        self.settle()
        self.apply()

    def search(self, audience: str, vector: Matrix, k: int) -> Hits:
        """The nearest passages, by their exact cosines; those not applied yet included.

        Raises:
            IndexUnavailable: it is damaged, and rebuilt from now on, or still being rebuilt.
        """
        self._keeper.start()
        chroma = self._keeper.chroma
        if chroma is None:
            if self._keeper.phase == "opening":
                return self._scan.search(audience, vector, k)
            raise IndexUnavailable(self.trouble or "The index is being closed.")

        def searched() -> Hits:
            applied = chroma.applied(audience)
            self._refuse_if_too_little(audience, applied)
            hits: Hits = chroma.search(audience, vector, k)
            return self._checked(audience, vector, k, hits, applied)

        return self._guarded(chroma, searched)

    def apply(self, batch: int = CHANGES_A_ROUND) -> int:
        """Bring it up to the catalog; returns how many passages this call wrote or deleted.

        Raises:
            IndexUnavailable: it fails, or has just been found damaged.
        """
        keeper = self._keeper
        if not keeper.started and keeper.was_left_up_to_date():
            return 0
        if not self._waited():
            keeper.catches_up = True
            return 0
        if keeper.ending.is_set():
            return 0
        chroma = keeper.chroma
        if chroma is None:
            raise IndexUnavailable(self.trouble or "The index is being rebuilt.")
        return self._guarded(chroma, lambda: keeper.apply(chroma, batch), refusable=True)

    def drop(self, audience: str) -> None:
        """Delete the copy of an audience that was purged; also if there is none."""
        self.settle()
        chroma = self._keeper.chroma
        if chroma is None:
            raise IndexUnavailable(self.trouble or "The index is being closed.")
        self._guarded(chroma, lambda: chroma.drop(audience))

    def close(self) -> None:
        """End what goes on, seal the folder, and give it to the next owner."""
        self._keeper.close()

    def _waited(self) -> bool:
        """Whether there is nothing to wait for any more."""
        if self._waits:
            return self.settle()
        # A bot that is told to end waits for who applies: that is not to take as long as a rebuild.
        deadline = time.monotonic() + _OPENING_SECONDS
        while not self.settle(_LOOK_SECONDS):
            if self._keeper.phase != "opening" or time.monotonic() > deadline:
                return self._keeper.settled.is_set()
        return True

    def _guarded(
        self, chroma: Any, work: Callable[[], Result], *, refusable: bool = False
    ) -> Result:
        """The work's result; what Chroma fails with, or what can't be right, rebuilds it.

        ``refusable``: Chroma may refuse what it is given, which is no damage.

        Raises:
            IndexUnavailable: either.
        """
        try:
            return work()
        except IndexUnavailable as error:
            if not isinstance(error, TooLittle) and not (refusable and is_refusal(error)):
                self._keeper.found_damaged(chroma, error)
            raise
        except VectorstoreError:
            raise
        except BaseException as error:
            if not is_failure(error):
                raise
            self._keeper.found_damaged(chroma, error)
            raise IndexUnavailable(sentence_of(error)) from error

    def _refuse_if_too_little(self, audience: str, applied: int) -> None:
        """Raises where reading through what is not applied yet would take too long, or where the
        rebuilding has only begun."""
        if self._keeper.phase != "rebuilding":
            return
        if not applied or self._catalog.count(audience, applied) > SCANNED:
            raise TooLittle(self.trouble or "The index is being rebuilt.")

    def _checked(self, audience: str, vector: Matrix, k: int, hits: Hits, applied: int) -> Hits:
        """The hits with the catalog's own cosines.

        Raises:
            Damaged: Chroma's are others, or it found far fewer than there are.
        """
        exact = self._scan.cosines([i for i, _ in hits], vector)
        strange = sum(
            not abs(exact[i].cosine - cosine) <= _TOLERANCE
            for i, cosine in hits
            if i in exact and exact[i].sequence <= applied
        )
        if strange > _STRANGE_SHARE * len(hits):
            raise Damaged(f"Chroma gave {strange} of {len(hits)} passages a wrong distance.")
        if 2 * len(hits) < k and 2 * len(hits) < self._catalog.count(audience):
            raise Damaged(f"Chroma found {len(hits)} passages where there are more.")
        found = [(i, one.cosine) for i, one in exact.items()]
        return sorted(found, key=lambda hit: -hit[1])
