"""A news site on the loopback interface whose stories change, with a feed."""

from dataclasses import dataclass
from itertools import count, product
from typing import Self

from aiohttp import web

_BEGINNINGS = ("Al", "Bor", "Cor", "Den", "El", "Fen", "Gar", "Hol", "Ive", "Kel", "Lan", "Mar")
_ENDS = ("dham", "wick", "sley", "holm", "stow", "combe", "mouth", "bury")
# An hour takes seconds here, and polls are minutes apart: no story leaves the feed in between.
_NEWEST = 96


@dataclass
class Story:
    """How many berths a harbour let."""

    number: int
    town: str
    figure: int
    url: str

    @property
    def title(self) -> str:
        return f"Berths in {self.town}"

    @property
    def question(self) -> str:
        return f"How many berths did the harbour of {self.town} let?"

    @property
    def answer(self) -> str:
        return f"{self.figure} berths"

    def page(self) -> str:
        return f"""<!doctype html><html lang="en"><head><title>{self.title}</title>
<meta property="article:published_time" content="2025-03-04T08:00:00Z"></head><body><article>
<h1>{self.title}</h1>
<p>The harbour of {self.town} let {self.answer} to ferry companies this spring, its master said.</p>
<p>Those who found no place in {self.town} will lie at anchor in the bay until the autumn.</p>
<p>The quay of {self.town} was lengthened last year, after a storm had torn its end away.</p>
</article></body></html>"""


class Site:
    """Serves while it is entered."""

    def __init__(self) -> None:
        self.stories: list[Story] = []
        self._numbers = count()
        self._towns = product(_BEGINNINGS, _ENDS)
        application = web.Application()
        application.router.add_get("/feed.xml", self._feed)
        application.router.add_get("/story/{number}", self._story)
        self._runner = web.AppRunner(application)
        self._port = 0

    @property
    def feed(self) -> str:
        return f"http://127.0.0.1:{self._port}/feed.xml"

    def publish(self) -> Story:
        """A story about a town that there was none about; there are names for 96."""
        number = next(self._numbers)
        town = "".join(next(self._towns))
        url = f"http://127.0.0.1:{self._port}/story/{number}"
        story = Story(number, town, 100 + 7 * number, url)
        self.stories.append(story)
        return story

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _story(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        return web.Response(text=self.stories[number].page(), content_type="text/html")

    async def _feed(self, _: web.Request) -> web.Response:
        items = "".join(
            f"<item><title>{s.title}</title><link>{s.url}</link><guid>{s.url}</guid></item>"
            for s in self.stories[-_NEWEST:]
        )
        text = f'<rss version="2.0"><channel><title>Berths</title>{items}</channel></rss>'
        return web.Response(text=text, content_type="application/rss+xml")
