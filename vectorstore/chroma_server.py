"""A Chroma server, asked within bounds: of time, of quotas, and of patience while it is down."""

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chromadb.api.client import Client

from vectorstore.chroma_client import BoundedClient, TooSlow, Unreachable, server_url
from vectorstore.errors import IndexRefused, IndexUnavailable
from vectorstore.settings import VectorstoreSettings

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# Chroma Cloud takes 10 reads and 10 writes of a collection at once
# (docs.trychroma.com/cloud/quotas-limits).
_CONCURRENT = 8
# A server that was started anew has dropped the connections: the next attempt may do.
_RETRY_PAUSES = (0.05, 0.2)
# Between two attempts while it is down.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class ChromaServer:
    """Calls may come from several threads at once; none waits longer than it says."""

    def __init__(self, settings: VectorstoreSettings) -> None:
        """Connects at the first call; raises ``IndexUnavailable`` where the address is none."""
        self._name = str(server_url(settings).hostname)
        self._settings = settings
        self._workers = ThreadPoolExecutor(_CONCURRENT, thread_name_prefix="chroma")
        self._client: BoundedClient | None = None
        self._connecting = threading.Lock()
        self._state = threading.Lock()
        self._trouble: str | None = None
        self._pause = 0.0
        self._next_try = 0.0

    @property
    def trouble(self) -> str | None:
        """Why the server is of no use now, a sentence; None while it is."""
        return self._trouble

    def call(self, work: Callable[[Client], Result], seconds: float | None = None) -> Result:
        """What the work gives within so many seconds, by default those that a search may take.

        While the server is down, nothing is asked of it until the next attempt is due. The work may
        be begun up to three times.

        Raises:
            IndexRefused: the server does not take the key, the tenant or the database.
            IndexUnavailable: it is down, too slow, or does not do this.
        """
        seconds = seconds or self._settings.chroma_timeout
        self._wait_for_turn(seconds)
        deadline = time.monotonic() + seconds
        try:
            result = self._repeated(work, deadline)
        except (Unreachable, IndexRefused) as error:
            self._went_down(error)
            raise
        except IndexUnavailable:
            # It answered: what it does not do is this work.
            self._came_back()
            raise
        self._came_back()
        return result

    def close(self) -> None:
        """End the connections; who still waits for an answer gets none."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        if self._client:
            self._client.close()

    def _wait_for_turn(self, seconds: float) -> None:
        """Raises what the last attempt said while the next one is not due."""
        with self._state:
            if self._trouble is None:
                return
            now = time.monotonic()
            if now < self._next_try:
                raise IndexUnavailable(self._trouble)
            # One attempt at a time: the others do without the server.
            self._next_try = now + seconds

    def _repeated(self, work: Callable[[Client], Result], deadline: float) -> Result:
        for pause in _RETRY_PAUSES:
            try:
                return self._once(work, deadline)
            except Unreachable as error:
                pause = max(pause, error.retry_after)
                if time.monotonic() + pause >= deadline:
                    raise
                time.sleep(pause)
        return self._once(work, deadline)

    def _once(self, work: Callable[[Client], Result], deadline: float) -> Result:
        # In a thread: a limit of httpx is of each read, and a server that drips has no end.
        working = self._workers.submit(self._worked, work, deadline)
        try:
            return working.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError as error:
            working.cancel()
            raise TooSlow(self._name) from error

    def _worked(self, work: Callable[[Client], Result], deadline: float) -> Result:
        client = self._connected(deadline)
        with client.until(deadline):
            return work(client)

    def _connected(self, deadline: float) -> BoundedClient:
        with self._connecting:
            if self._client is None:
                self._client = BoundedClient(self._settings, deadline)
            return self._client

    def _went_down(self, error: IndexUnavailable) -> None:
        with self._state:
            if self._trouble is None:
                self._pause = _FIRST_PAUSE
                log.warning("%s Questions are answered from the catalog until it is back.", error)
            else:
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            wanted = error.retry_after if isinstance(error, Unreachable) else 0.0
            pause = min(max(self._pause, wanted), _LONGEST_PAUSE)
            self._next_try = time.monotonic() + pause * random.uniform(0.8, 1.2)
            self._trouble = str(error)

    def _came_back(self) -> None:
        with self._state:
            if self._trouble is not None:
                log.info("The Chroma server %s is back.", self._name)
            self._trouble = None
