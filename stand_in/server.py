"""The stand-in Discord that tests talk to."""

# A wait that fails says what there was instead, so the waits take their own time limit.
# ruff: noqa: ASYNC109

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from aiohttp import web

from .backend import Backend, RequestRecord
from .building import Building
from .connection import Connection
from .faults import Bucket, Fault
from .gateway import Gateway
from .intents import Intent
from .invoking import Invoking
from .redirect import redirected
from .refusals import Json
from .rest import Rest
from .speaking import Speaking
from .world import User, World

#: A resumed session is gone for these [topics/opcodes, Gateway Close Event Codes].
_FORGETTING = (4007, 4009)


class DiscordServer(Building, Speaking, Invoking):
    """REST, gateway and CDN on one port of 127.0.0.1, and the people who use the bot."""

    def __init__(
        self,
        *,
        ack_seconds: float = 3.0,
        token_seconds: float = 900.0,
        allowed_privileged_intents: int = 0,
        bot_name: str = "Newsdesk",
        token: str | None = None,
    ) -> None:
        world = World(bot_name)
        self.token = token or f"{world.bot.id}.{secrets.token_urlsafe(24)}"
        self.gateway = Gateway(world, self.token, Intent(allowed_privileged_intents))
        self.backend = Backend(world, self.gateway, ack_seconds, token_seconds)
        self.port = 0
        self._rest = Rest(self.backend)
        self._runner = web.AppRunner(self._application(), shutdown_timeout=0.2)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        # Hundreds of answers at once are no burst to Discord: with aiohttp's 128, some would wait
        # for the kernel to try their connection again.
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.backend.base_url = f"http://127.0.0.1:{self.port}"
        self.gateway.resume_url = f"ws://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing stays open; a bug of the stand-in itself fails the test."""
        self._rest.close()
        self.gateway.available = False
        for connection in list(self.gateway.connections):
            connection.close(1001)
            await connection.closed(within=1)
        await self._runner.cleanup()
        if self.backend.crashes and error is None:
            raise self.backend.crashes[0]

    def redirect(self) -> AbstractContextManager[None]:
        """While it lasts, discord.py in this process talks to this server."""
        return redirected(self.port)

    @property
    def bot(self) -> User:
        return self.backend.world.bot

    @property
    def allowed_privileged_intents(self) -> int:
        """Which privileged intents the application has switched on."""
        return self.gateway.allowed_privileged_intents

    @allowed_privileged_intents.setter
    def allowed_privileged_intents(self, intents: int) -> None:
        self.gateway.allowed_privileged_intents = Intent(intents)

    @property
    def requests(self) -> list[RequestRecord]:
        return self.backend.requests

    @property
    def errors(self) -> list[RequestRecord]:
        """Every refusal, and none of the failures that a test ordered."""
        return [record for record in self.requests if record.code is not None]

    @property
    def identify_payloads(self) -> list[Json]:
        return self.gateway.identify_payloads

    @property
    def resume_payloads(self) -> list[Json]:
        return self.gateway.resume_payloads

    @property
    def connected(self) -> bool:
        return any(session.connection for session in self.gateway.sessions.values())

    def commands(self, guild_id: int | None = None) -> list[Json]:
        """The registered ones, global or a server's."""
        return self.backend.commands.listed(guild_id)

    def fail_next(
        self,
        method: str,
        path_pattern: str,
        *,
        status: int,
        times: int = 1,
        retry_after: float = 0.1,
        is_global: bool = False,
        via: bool = True,
        done: bool = False,
    ) -> None:
        """Paths as in "/channels/*/messages", without /api/v10; 429 without `via` is a ban, and
        what is `done` all the same only lacks its answer."""
        fault = Fault(method, path_pattern, status, times, retry_after, 0, is_global, via, done)
        self.backend.faults.ordered.append(fault)

    def slow_next(self, method: str, path_pattern: str, seconds: float, *, times: int = 1) -> None:
        fault = Fault(method, path_pattern, None, times, delay=seconds)
        self.backend.faults.ordered.append(fault)

    def limit(self, method: str, path_pattern: str, requests: int, seconds: float) -> None:
        """A rate limit as real ones are: announced in headers, 429 for those who ignore it."""
        self.backend.faults.buckets.append(Bucket(method, path_pattern, requests, seconds))

    async def drop_gateway(self, code: int | None = 4000) -> None:
        """Closes every connection; without a code the network fails."""
        for connection in list(self.gateway.connections):
            if code in _FORGETTING and connection.session:
                self.gateway.sessions.pop(connection.session.id, None)
            if code is None:
                connection.cut()
            else:
                connection.close(code)
            await connection.closed(within=5)

    async def ask_to_reconnect(self) -> None:
        """Opcode 7: the client closes and resumes."""
        for connection in list(self.gateway.connections):
            connection.send({"op": 7, "d": None})
            await connection.closed(within=5)

    async def invalidate_session(self, *, resumable: bool = False) -> None:
        """Opcode 9; discord.py waits 5 s (`before_identify_hook`) before it identifies again."""
        for connection in list(self.gateway.connections):
            if not resumable and connection.session:
                self.gateway.sessions.pop(connection.session.id, None)
            connection.send({"op": 9, "d": resumable})
            await connection.closed(within=5)

    async def wait_until_connected(self, timeout: float = 10) -> None:
        await self.backend.changes.until(
            lambda: self.connected or None, timeout, lambda: "no bot is connected"
        )

    async def delivered(self, timeout: float = 5) -> None:
        """Every event so far has reached the bot's cache: it answers a heartbeat asked for after.

        Its own handlers of those events may still be running.
        """
        asked = {c: c.heartbeats + 1 for c in self.gateway.connections}
        for connection in asked:
            connection.send({"op": 1, "d": None})
        await self.backend.changes.until(
            lambda: all(c.heartbeats >= due for c, due in asked.items()) or None,
            timeout,
            lambda: "the bot does not answer the gateway",
        )

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=64 << 20)
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            if not self.gateway.available:
                return web.Response(status=503)
            connection = Connection(self.gateway, request)
            await connection.serve()
            return connection.socket
        return await self._rest.answer(request)
