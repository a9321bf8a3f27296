"""A thread that reads one source after the other, ahead of who stores them."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from ingest.document import Document
from ingest.settings import IngestSettings
from ingest.sources import Source
from ingest.split import split
from vectorstore import Passage

# A file is read and split long before; a download that is not is left to end by itself.
_END_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Read:
    """What a source says."""

    identity: str
    """Canonical."""
    document: Document
    passages: list[Passage]


def read(source: Source, settings: IngestSettings) -> Read:
    """Read a source and split what it says; raises ``IngestError``."""
    identity, document = source.read(settings)
    return Read(identity, document, split(document.paragraphs, document.language))


class ReaderThread:
    """Begun with the first source; close it when done.

    An executor's thread would keep a program from ending while it waits for a slow server.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed = False

    def begin(self, source: Source, settings: IngestSettings) -> Future[Read]:
        """Read it after those before it."""
        future: Future[Read] = Future()

        def job() -> None:
            try:
                future.set_result(read(source, settings))
            except BaseException as error:
                # Whoever asks for the result gets it.
                future.set_exception(error)

        if self._thread is None:
            self._thread = Thread(target=self._work, name="reading", daemon=True)
            self._thread.start()
        self._jobs.put(job)
        return future

    def close(self) -> None:
        """Read no further source."""
        self._closed = True
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not self._closed:
            job()
