"""``/healthz``, ``/readyz`` and ``/metrics``, for whoever operates the bot.

They are served by the bot's own event loop: where that hangs, they do not answer at all, which
every prober takes for a failure.
"""

import asyncio
import logging
import platform
from collections.abc import Mapping
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, get_args

import discord
from aiohttp import web
from prometheus_client.exposition import choose_encoder

from bot.diagnosis import newsdesk_version
from bot.errors import ConfigurationError
from bot.gateway import SILENT_SECONDS, STATES
from bot.settings import BotSettings, host_and_port
from vectorstore import VectorstoreError
from vectorstore.index_damage import Phase

if TYPE_CHECKING:
    from bot.client import Newsdesk

log = logging.getLogger(__name__)

PATHS = ("/healthz", "/readyz", "/metrics")
_STORE_SECONDS = 2.0
_LAG_EVERY_SECONDS = 1.0


class Health:
    """The server; it starts before the bot connects, and ends after the last answer."""

    def __init__(self, bot: "Newsdesk") -> None:
        self._bot = bot
        self._runner: web.AppRunner | None = None
        self._measuring: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None
        self.address: tuple[str, int] | None = None
        """Where it listens; None where it does not."""

    async def start(self) -> None:
        """Listen where BOT_HEALTH_ADDRESS says; nowhere where that is empty.

        Raises:
            ConfigurationError: that can't be had. The default address is only tried: two bots on
                a machine are no reason to stop one of them.
        """
        settings = self._bot.settings
        if not settings.health_address:
            return
        host, port = host_and_port(settings.health_address)
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            sentence = (
                f"BOT_HEALTH_ADDRESS is {settings.health_address}, where nothing can be served: "
                f"{(error.strerror or str(error)).rstrip('.')}. Another bot may run there; choose "
                "another port, or leave it empty to have no /healthz, /readyz and /metrics."
            )
            # Who copied .env.example set it too, and chose nothing by that.
            if settings.health_address != BotSettings.model_fields["health_address"].default:
                raise ConfigurationError(sentence) from error
            log.warning("%s", sentence)
            return
        _watch(self._bot)
        self._measuring = asyncio.create_task(self._measure())
        self._runner = runner
        self.address = runner.addresses[0][:2]

    async def close(self) -> None:
        if self._measuring:
            self._measuring.cancel()
        if self._runner:
            await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application()
        handlers = (self._healthz, self._readyz, self._metrics)
        for path, handler in zip(PATHS, handlers, strict=True):
            application.router.add_get(path, handler)
        return application

    async def _healthz(self, request: web.Request) -> web.Response:
        silent = self._bot.gateway.silent_seconds
        told = {"gateway": self._bot.gateway.state, "silent_seconds": round(silent, 1)}
        return _told(silent <= SILENT_SECONDS, told)

    async def _readyz(self, request: web.Request) -> web.Response:
        gateway, stopping = self._bot.gateway.state, self._bot.stopping
        store = not stopping and await self._store_answers()
        told = {"gateway": gateway, "store": "open" if store else "closed", "draining": stopping}
        return _told(gateway == "ready" and store, told)

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._bot.stopping:
            await self._store_answers()
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        text = encode(self._bot.metrics.registry)
        return web.Response(body=text, headers={"Content-Type": content_type})

    async def _store_answers(self) -> bool:
        """Whether the catalog can be read; its counts are noted.

        However many ask, one thread counts: where the catalog hangs, the others are left to those
        who wait for an answer.
        """
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._bot.lookups.run(partial(_count, self._bot)))
            self._counting.add_done_callback(_seen)
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                await asyncio.shield(self._counting)
        except (VectorstoreError, TimeoutError, RuntimeError) as error:
            # RuntimeError: its threads have ended.
            log.warning("The catalog does not answer: %s", error)
            return False
        return True

    async def _measure(self) -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(_LAG_EVERY_SECONDS)
            late = perf_counter() - began - _LAG_EVERY_SECONDS
            self._bot.metrics.loop_lag.observe(max(0.0, late))


def _seen(counting: asyncio.Task[None]) -> None:
    """Its error is noted, also where nobody waited so long."""
    if not counting.cancelled():
        counting.exception()


def _told(good: bool, told: Mapping[str, object]) -> web.Response:
    return web.json_response({"ok": good, **told}, status=200 if good else 503)


def _count(bot: "Newsdesk") -> None:
    catalog = bot.store.catalog
    state = bot.store.index.state
    bot.metrics.passages.set(state.passages)
    bot.metrics.index_passages.set(state.indexed)
    [row] = catalog.query("SELECT COUNT(*) AS n FROM articles")
    bot.metrics.articles.set(row["n"])


def _watch(bot: "Newsdesk") -> None:
    """What is asked for at each scrape."""
    metrics = bot.metrics
    metrics.version.info(
        {
            "version": newsdesk_version(),
            "python": platform.python_version(),
            "discord_py": discord.__version__,
        }
    )
    for queue, workers in (("question", bot.questions), ("ingest", bot.ingests)):
        metrics.queued.labels(queue).set_function(partial(lambda w: w.accepted, workers))
    for state in STATES:
        is_it = partial(lambda s: float(bot.gateway.state == s), state)
        metrics.gateway_state.labels(state).set_function(is_it)
    metrics.gateway_latency.set_function(lambda: bot.gateway.latency)
    metrics.gateway_silent.set_function(lambda: bot.gateway.silent_seconds)
    for phase in get_args(Phase):
        in_it = partial(lambda p: float(bot.store.index.phase == p), phase)
        metrics.index_phase.labels(phase).set_function(in_it)
    metrics.index_trouble.set_function(lambda: float(bot.store.index.trouble is not None))
    metrics.servers.set_function(lambda: len(bot.guilds))
    metrics.stopping.set_function(lambda: float(bot.stopping))
