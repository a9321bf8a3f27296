"""The page's own web server: loopback only, and only for the page itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from stand_in import NotOffered

from .acts import Acts
from .newsroom import FILE_BYTES, Newsroom
from .view import parts

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PAGE = Path(__file__).parent / "page"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_ORDER_BYTES = 1 << 20
#: What changes while this passes is told at once: an answer changes several things.
_PAUSE_SECONDS = 0.03


class Pages:
    """Serves the page, its files, and one websocket a browser."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        self._sockets: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        application = web.Application(middlewares=[_guarded], client_max_size=FILE_BYTES)
        application.router.add_get("/", self._page)
        application.router.add_get("/page/{name}", self._page)
        application.router.add_get("/attachments/{path:.*}", self._attachment)
        application.router.add_get("/live", self._live)
        application.router.add_post("/files", self._upload)
        application.on_shutdown.append(self._goodbye)
        return application

    async def _page(self, request: web.Request) -> web.StreamResponse:
        path = _PAGE / request.match_info.get("name", "index.html")
        kind = _KINDS.get(path.suffix)
        if kind is None or path.parent != _PAGE or not path.is_file():
            raise web.HTTPNotFound
        return web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8")

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        """As a download: what a person attached must not run as a page of this origin."""
        file = self._newsroom.server.backend.files.get(request.path)
        if file is None:
            raise web.HTTPNotFound
        return web.Response(
            body=file.content,
            content_type="application/octet-stream",
            headers={"Content-Disposition": "attachment"},
        )

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        name = Path(request.query.get("name", "")).name or "file"
        return web.json_response({"file": self._newsroom.keep((name, await request.read()))})

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=_ORDER_BYTES, heartbeat=30)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await _Browser(self._newsroom, socket).serve()
        finally:
            self._sockets.discard(socket)
        return socket

    async def _goodbye(self, application: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close()


class _Browser:
    """One open page: told what changes, and doing what it is told."""

    def __init__(self, newsroom: Newsroom, socket: web.WebSocketResponse) -> None:
        self._newsroom = newsroom
        self._socket = socket
        self._acts = Acts(newsroom)
        self._told: dict[str, str] = {}
        self._changed = asyncio.Event()

    async def serve(self) -> None:
        """Until the browser leaves."""
        observers = self._newsroom.server.backend.changes.observers
        observers.add(self._changed.set)
        self._changed.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(self._tell())
                async for frame in self._socket:
                    if frame.type is WSMsgType.TEXT:
                        tasks.create_task(self._act(frame.data))
                telling.cancel()
        finally:
            observers.discard(self._changed.set)

    async def _tell(self) -> None:
        with suppress(ConnectionError):
            while True:
                await self._changed.wait()
                await asyncio.sleep(_PAUSE_SECONDS)
                self._changed.clear()
                now = parts(self._newsroom, self._acts.user)
                written = {key: json.dumps(part) for key, part in now.items()}
                new = {key: now[key] for key in now if self._told.get(key) != written[key]}
                gone = [key for key in self._told if key not in written]
                self._told = written
                if new or gone:
                    await self._socket.send_json({"set": new, "gone": gone})

    async def _act(self, text: str) -> None:
        order = _order(text)
        try:
            answer: Json = {"result": await self._acts.act(order)}
        except NotOffered as refusal:
            answer = {"refusal": str(refusal)}
        self._changed.set()
        with suppress(ConnectionError):
            await self._socket.send_json({"answers": order.get("number")} | answer)


def _order(text: str) -> Json:
    try:
        order = json.loads(text)
    except ValueError:
        order = None
    return order if isinstance(order, dict) else {}


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Another site can neither reach this server by a name of its own (DNS rebinding) nor use the
    websocket or the uploads from the person's browser."""
    socket = request.get_extra_info("sockname")
    port = socket[1] if socket else None
    names = ("127.0.0.1", "localhost")
    hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())
    if request.host not in hosts:
        raise web.HTTPForbidden(text="This page is only for the machine that it runs on.")
    origin = request.headers.get("Origin")
    needs_origin = request.path in ("/live", "/files")
    if (needs_origin or origin is not None) and origin != f"http://{request.host}":
        raise web.HTTPForbidden(text="Only the page itself may do that.")
    if request.path != "/live":
        response = await handler(request)
        response.headers.update(_HEADERS)
        return response
    return await handler(request)
