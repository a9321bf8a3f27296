"""Opens the index of a folder, in a thread, and rebuilds it from the catalog when it is damaged."""

import logging
import threading
import time
from importlib.metadata import version
from typing import Any

from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.errors import IndexUnavailable
from vectorstore.examination import examine
from vectorstore.index_damage import Phase, close_damaged, is_failure, is_refusal, sentence_of
from vectorstore.owned import OwnedFolder
from vectorstore.scan import SCANNED

log = logging.getLogger(__name__)

# A write to Chroma holds the GIL: a larger one lets a bot miss a heartbeat.
_BATCH = 50
_CLOSE_SECONDS = 20.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
# So long without damage, the next one is no repetition of the last.
_FORGIVEN_SECONDS = 600.0


class Keeper:
    """Of a folder that nobody else has open; ``chroma`` is its index while that can be used."""

    def __init__(self, folder: OwnedFolder, catalog: Catalog, centring: Centring) -> None:
        """Nothing is read before ``start``."""
        self._folder = folder
        self._catalog = catalog
        self._centring = centring
        # A ChromaIndex; its module takes most of a second to import.
        self.chroma: Any = None
        self.phase: Phase = "opening"
        self.reason = ""
        self.settled = threading.Event()
        """Set while it is ready, fails, or ends: while there is nothing to wait for."""
        self.ending = threading.Event()
        self.catches_up = catalog.sequence() > 0
        """Whether to apply what is not applied, once it is open; an empty store has nothing."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._woken = threading.Event()
        self._pause = 0.0
        self._damaged_at = -_FORGIVEN_SECONDS
        self._applied_all = -1

    @property
    def started(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Open it, if that was not begun before."""
        with self._lock:
            if self._thread is None and not self.ending.is_set():
                self._thread = threading.Thread(target=self._keep, name="index", daemon=True)
                self._thread.start()

    def apply(self, chroma: Any, batch: int) -> int:
        """Bring it up to the catalog, and note how far it is."""
        sequence = self._catalog.sequence()
        done: int = chroma.apply(batch)
        if not self.ending.is_set():
            self._applied_all = sequence
        return done

    def found_damaged(self, chroma: Any, error: BaseException) -> None:
        """Rebuild it, unless that is being done; a repeated damage waits longer and longer."""
        with self._lock:
            if self.chroma is not chroma or self.ending.is_set():
                return
            self.chroma = None
            self.phase, self.reason = "rebuilding", sentence_of(error)
            now = time.monotonic()
            if now - self._damaged_at > _FORGIVEN_SECONDS:
                self._pause = 0.0
            self._damaged_at = now
            log.warning("The index is damaged. %s", self.reason)
            self.settled.clear()
            close_damaged(chroma)
            self._woken.set()

    def close(self) -> None:
        """End what goes on, seal the folder, and give it to the next owner."""
        with self._lock:
            self.ending.set()
        self._woken.set()
        self.settled.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_SECONDS)
            if self._thread.is_alive():
                # Native code that does not end: the folder stays ours until the process ends.
                log.warning("The Chroma index can't be closed; it is examined at the next start.")
                return
        chroma, self.chroma = self.chroma, None
        try:
            if chroma is not None:
                chroma.close()
                self._folder.close(self._noted(self._applied_all))
        except IndexUnavailable as error:
            log.warning("The index is examined at the next start. %s", error)
        finally:
            self._folder.release()

    def examined(self) -> str | None:
        """What is wrong with the files, a sentence; None: nothing. Before it is opened only."""
        if self._folder.is_new:
            return None
        if self._folder.is_dirty:
            return "It was being written when the process ended that wrote it."
        seal = self._folder.seal if self._folder.is_sealed else None
        problem = examine(self._folder.path, self._catalog, self._centring, self.ending)
        if seal and problem is None:
            # Chroma writes into what it only reads.
            self._folder.close(seal.of)
        return problem

    def was_left_up_to_date(self) -> bool:
        """Whether it was sealed with all of the catalog, so that there is no need to open it."""
        if self._folder.is_new or self._folder.is_dirty:
            return False
        return self._folder.seal.of == self._noted(self._catalog.sequence())

    # In the thread

    def _keep(self) -> None:
        damage: str | None = None
        examined = False
        while not self.ending.wait(self._pause):
            self._pause = min(max(_FIRST_PAUSE, 2 * self._pause), _LONGEST_PAUSE)
            try:
                if not examined:
                    examined, damage = True, self._damage()
                self._open(damage)
            except BaseException as error:
                if not is_failure(error):
                    raise
                damage = self._failed(error)
            else:
                self.settled.set()
                if not self.ending.is_set():
                    self._woken.wait()
                damage = self.reason

    def _damage(self) -> str | None:
        """Why the folder can't be used as it is; None: it can."""
        folder = self._folder
        if folder.is_new:
            lost = bool(folder.seal.of) and self._catalog.sequence() > 0
            return "Its folder was empty." if lost else None
        if folder.is_dirty:
            return "It was being written when the process ended that wrote it."
        if folder.is_sealed and folder.seal.of.get("chroma") == version("chromadb"):
            return None
        if folder.keeps_crashing:
            return "One process after the other ended while it used it."
        return examine(folder.path, self._catalog, self._centring, self.ending)

    def _open(self, damage: str | None) -> None:
        from vectorstore.index import open_folder

        self._woken.clear()
        self.settled.clear()
        if damage:
            log.warning("The index is rebuilt from the catalog. %s", damage)
            self.phase, self.reason = "rebuilding", damage
            self._folder.empty()
        if self.ending.is_set():
            return
        self._applied_all = -1
        self._folder.opened()
        chroma = open_folder(self._folder, self._catalog, self._centring, self.ending)
        self.chroma = chroma
        if damage is None and self._most_is_there(chroma):
            self.phase = "ready"
            if not self.catches_up:
                return
            self.settled.set()
        else:
            self.phase = "rebuilding"
        self._catch_up(chroma)
        with self._lock:
            if self.ending.is_set() or self.chroma is not chroma:
                return
            self.phase, self.reason = "ready", ""
        if damage:
            log.info("The index is whole again.")

    def _most_is_there(self, chroma: Any) -> bool:
        """Whether what is not applied yet can be read through for each question."""
        for audience in self._catalog.audiences():
            try:
                applied = chroma.applied(audience)
            except IndexUnavailable as error:
                if not is_refusal(error):
                    raise
                continue
            if self._catalog.count(audience, applied) > SCANNED:
                return False
        return True

    def _catch_up(self, chroma: Any) -> None:
        """Until nothing came meanwhile: others do not apply while this does."""
        while not self.ending.is_set() and self._applied_all < self._catalog.sequence():
            try:
                self.apply(chroma, _BATCH)
            except IndexUnavailable as error:
                if not is_refusal(error):
                    raise
                log.warning("Some articles can't be indexed. %s", error)
                return

    def _failed(self, error: BaseException) -> str:
        """Let go of it; the sentence that says why it is rebuilt."""
        with self._lock:
            chroma, self.chroma = self.chroma, None
            if chroma is None and self._woken.is_set():
                # A search found the damage first, and closed it meanwhile.
                return self.reason
            self.phase, self.reason = "failing", sentence_of(error)
        log.warning("The index can't be used; trying again. %s", self.reason, exc_info=error)
        # Who waits is told so.
        self.settled.set()
        if chroma is not None:
            close_damaged(chroma)
        return self.reason

    def _noted(self, sequence: int) -> dict[str, Any]:
        return {
            "catalog": self._catalog.id,
            "centring": self._centring.fingerprint,
            "sequence": sequence,
            "chroma": version("chromadb"),
        }
