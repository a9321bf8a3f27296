"""Every HTTP request passes here: log, ordered faults, token, handler, answer."""

from __future__ import annotations

import asyncio
import json
import time
from hashlib import md5

from aiohttp import web

from stand_in.backend import Backend, RequestRecord
from stand_in.faults import Fault
from stand_in.messages import Attachment
from stand_in.refusals import Refusal, no_such_route, unauthorized

from . import channels, commands, interactions, messages, people, reactions, threads, webhooks
from .bodies import read_body
from .calls import Answer, Call, Route

API = "/api/v10"
_MODULES = (messages, reactions, channels, threads, people, commands, interactions, webhooks)


class Rest:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._routes = [route for module in _MODULES for route in module.routes.listed]
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Slow answers come at once now."""
        self._closing.set()

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(API)
        started = time.monotonic()
        at = started - self._backend.started
        record = RequestRecord(request.method, path, dict(request.query), None, [], at)
        self._backend.requests.append(record)
        headers: dict[str, str] = {}
        try:
            answer = await self._answer(request, record, headers)
        except Refusal as refusal:
            record.code, record.refusal = refusal.code, refusal.body
            answer = Answer(refusal.body, refusal.status)
        except Exception as crash:
            # A bug of the stand-in; the server reports it when it closes.
            self._backend.crashes.append(crash)
            answer = Answer({"message": f"stand-in: {crash!r}", "code": 0}, 400)
        record.status = answer.status
        record.seconds = time.monotonic() - started
        self._backend.changes.happened()
        return _response(answer, headers)

    async def _answer(
        self, request: web.Request, record: RequestRecord, headers: dict[str, str]
    ) -> Answer:
        call = Call(self._backend, record.query)
        await read_body(request, call)
        record.body = call.body
        record.files = [upload.filename for upload in call.uploads]
        file = self._backend.files.get(request.path)
        if file:
            fault = self._backend.faults.take(record.method, record.path)
            return await self._ordered(fault, record, headers) or Answer(file)
        route, call.params = self._find(request)
        if route.bot and request.headers.get("Authorization") != f"Bot {self._token}":
            raise unauthorized()
        headers["X-RateLimit-Bucket"] = md5(f"{route.method} {route.template}".encode()).hexdigest()
        fault = self._backend.faults.take(record.method, record.path)
        if fault and fault.done:
            route.handler(call)
        return await self._ordered(fault, record, headers) or route.handler(call)

    async def _ordered(
        self, fault: Fault | None, record: RequestRecord, headers: dict[str, str]
    ) -> Answer | None:
        """What a test ordered instead of an answer, or a full rate limit; delays are waited for."""
        if fault:
            await self._delay(fault)
        if fault is None or fault.status is None:
            fault, limits = self._backend.faults.limited(record.method, record.path)
            headers.update(limits)
        if fault is None:
            return None
        headers.update(fault.headers)
        record.refusal = fault.body
        return Answer(fault.body, fault.status or 0)

    async def _delay(self, fault: Fault) -> None:
        closing = asyncio.ensure_future(self._closing.wait())
        await asyncio.wait([closing], timeout=fault.delay)
        closing.cancel()
        await asyncio.wait([closing])

    def _find(self, request: web.Request) -> tuple[Route, dict[str, str]]:
        if request.path.startswith(API + "/"):
            for route in self._routes:
                params = route.match(request.method, request.path.removeprefix(API))
                if params is not None:
                    return route, params
        raise no_such_route()

    @property
    def _token(self) -> str:
        return self._backend.gateway.token


def _response(answer: Answer, headers: dict[str, str]) -> web.Response:
    """The content type without a charset, as discord.py compares it for equality."""
    if answer.payload is None:
        return web.Response(status=answer.status, headers=headers)
    if isinstance(answer.payload, Attachment):
        kind = answer.payload.content_type or "application/octet-stream"
        headers = headers | {"Content-Type": kind}
        return web.Response(body=answer.payload.content, headers=headers)
    body = json.dumps(answer.payload).encode()
    headers = headers | {"Content-Type": "application/json"}
    return web.Response(status=answer.status, body=body, headers=headers)
