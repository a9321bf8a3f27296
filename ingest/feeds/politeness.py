"""Being a guest on other people's servers: one request at a time to a host, not too soon after the
one before, and only where its robots.txt (RFC 9309) lets programs in."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

from ingest.errors import FetchFailed, IngestError, RobotsRefused
from ingest.fetch import body_of, opened
from ingest.settings import IngestSettings

PAUSE = 1.0
"""Seconds from one request to a host to the next one."""
# A larger Crawl-delay would hold up all other feeds.
_LONGEST_PAUSE = 10.0
# More than RFC 9309 (2.5) asks to be read.
_ROBOTS_BYTES = 1_000_000
_AGENT = "Newsdesk"


class Politeness:
    """For one run: what it learned of robots.txt is not kept. For one thread at a time."""

    def __init__(
        self,
        settings: IngestSettings,
        pause: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``pause`` in seconds; None is ``PAUSE``."""
        self._settings = settings
        self._pause = PAUSE if pause is None else pause
        self._sleep = sleep
        self._robots: dict[str, Protego | str] = {}
        self._visited: dict[str, float] = {}

    def visit(self, url: str) -> None:
        """To be called before an address is requested: waits for the host's turn.

        Raises:
            RobotsRefused: its robots.txt asks programs to stay away.
            FetchFailed: nobody knows, for the robots.txt can't be had at the moment.
        """
        root = _root(url)
        robots = self._robots_of(root)
        if isinstance(robots, str):
            raise FetchFailed(robots)
        if not robots.can_fetch(url, _AGENT):
            raise RobotsRefused(f"“{url}” is not read: the robots.txt of its site asks not to.")
        delay = min(robots.crawl_delay(_AGENT) or 0.0, _LONGEST_PAUSE)
        self._wait(url, max(delay, self._pause))

    def _robots_of(self, root: str) -> Protego | str:
        """The rules of a site, or why they can't be had."""
        if root not in self._robots:
            try:
                self._robots[root] = self._fetched(f"{root}/robots.txt")
            except IngestError as error:
                self._robots[root] = str(error)
        return self._robots[root]

    def _fetched(self, url: str) -> Protego:
        def wait(address: str) -> None:
            self._wait(address, self._pause)

        with opened(url, self._settings, before=wait) as response:
            # A site without the file has no wishes; one that is broken may have some
            # (RFC 9309, 2.3.1.3 and 2.3.1.4).
            if 400 <= response.status_code < 500 and response.status_code != 429:
                return Protego.parse("")
            if response.status_code != 200:
                raise FetchFailed(
                    f"“{url}” answers {response.status_code}, so nobody knows what may be read."
                )
            text = body_of(url, response, _ROBOTS_BYTES).decode("utf-8", "replace")
        return Protego.parse(text)

    def _wait(self, url: str, pause: float) -> None:
        host = urlsplit(url).netloc.lower()
        if host in self._visited:
            left = self._visited[host] + pause - time.monotonic()
            if left > 0:
                self._sleep(left)
        self._visited[host] = time.monotonic()


def _root(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))
