"""One websocket to the gateway: what it may send, and how it is closed [topics/opcodes]."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from .intents import KNOWN, PRIVILEGED, Intent
from .refusals import Json

if TYPE_CHECKING:
    from .gateway import Gateway, Session

MOST_BYTES = 4096
MOST_SENDS_A_MINUTE = 120
INVALIDATING = (1000, 1001)
CLOSE_SECONDS = 1


class Connection:
    def __init__(self, gateway: Gateway, request: web.Request) -> None:
        self.gateway = gateway
        self.socket = web.WebSocketResponse(timeout=CLOSE_SECONDS, max_msg_size=1 << 16)
        self.session: Session | None = None
        self._request = request
        self._outgoing: asyncio.Queue[Json | int] = asyncio.Queue()
        self._over = asyncio.Event()
        self._closing = False
        self.heartbeats = 0
        #: By the monotonic clock.
        self.heard_at: list[float] = []
        self._received_at: deque[float] = deque(maxlen=MOST_SENDS_A_MINUTE)

    async def serve(self) -> None:
        """Until either side closes."""
        await self.socket.prepare(self._request)
        self.gateway.connections.add(self)
        writer = asyncio.create_task(self._write())
        self.send({"op": 10, "d": {"heartbeat_interval": self._interval_ms}})
        code: int | None = None
        try:
            code = await self._read()
            if self._closing:
                await asyncio.wait([writer], timeout=CLOSE_SECONDS)
        finally:
            writer.cancel()
            await asyncio.wait([writer])
            self._gone(code)

    def send(self, payload: Json) -> None:
        self._outgoing.put_nowait(payload)

    def close(self, code: int) -> None:
        """After everything sent before."""
        self._closing = True
        self._outgoing.put_nowait(code)

    def cut(self) -> None:
        """Without a close frame, as a failing network does."""
        if self._request.transport:
            self._request.transport.abort()

    async def closed(self, within: float) -> None:
        over = asyncio.ensure_future(self._over.wait())
        await asyncio.wait([over], timeout=within)
        over.cancel()

    @property
    def _interval_ms(self) -> int:
        return int(self.gateway.heartbeat_interval * 1000)

    async def _read(self) -> int | None:
        """Until the end; the code of the client's own close frame, if it came first."""
        while True:
            frame = await self.socket.receive()
            if frame.type is WSMsgType.TEXT:
                self._receive(frame.data)
            elif frame.type is not WSMsgType.BINARY:
                return int(frame.data) if frame.type is WSMsgType.CLOSE else None

    async def _write(self) -> None:
        while True:
            payload = await self._outgoing.get()
            try:
                if isinstance(payload, int):
                    await self.socket.close(code=payload)
                    return
                await self.socket.send_str(json.dumps(payload))
            except ConnectionError:
                return

    def _gone(self, code: int | None) -> None:
        """A client that says goodbye ends its session, one that is cut off may resume it."""
        self.gateway.connections.discard(self)
        self._over.set()
        self.gateway.changes.happened()
        if self.session and self.session.connection is self:
            self.session.connection = None
            if code in INVALIDATING:
                self.gateway.sessions.pop(self.session.id, None)

    def _receive(self, text: str) -> None:
        if self._too_many():
            self.close(4008)
            return
        try:
            payload = json.loads(text) if len(text.encode()) <= MOST_BYTES else None
        except ValueError:
            payload = None
        if isinstance(payload, dict):
            self._handle(payload.get("op"), payload.get("d"))
        else:
            self.close(4002)

    def _too_many(self) -> bool:
        """[topics/rate-limits, gateway]: 120 events a minute."""
        self._received_at.append(time.monotonic())
        full = len(self._received_at) == MOST_SENDS_A_MINUTE
        return full and self._received_at[-1] - self._received_at[0] < 60

    def _handle(self, op: object, data: object) -> None:
        if op == 1:
            self.heartbeats += 1
            self.heard_at.append(time.monotonic())
            self.gateway.changes.happened()
            if self.gateway.answers_heartbeats:
                self.send({"op": 11})
        elif op == 2 and isinstance(data, dict):
            self._identify(data)
        elif op == 6 and isinstance(data, dict):
            self._resume(data)
        elif op not in (3, 4, 8, 31):
            self.close(4001)
        elif self.session is None:
            self.close(4003)
        elif op == 3 and isinstance(data, dict):
            self.gateway.presences.append(data)
        elif op == 8 and isinstance(data, dict):
            self.gateway.send_members(self.session, data)

    def _identify(self, data: Json) -> None:
        self.gateway.identify_payloads.append(data)
        wanted = data.get("intents")
        if self.session:
            self.close(4005)
        elif data.get("token") != self.gateway.token:
            self.close(4004)
        elif not _is_shard(data.get("shard", [0, 1])):
            self.close(4010)
        elif not isinstance(wanted, int) or wanted & ~KNOWN:
            self.close(4013)
        elif Intent(wanted) & PRIVILEGED & ~self.gateway.allowed_privileged_intents:
            self.close(4014)
        else:
            if "presence" in data:
                self.gateway.presences.append(data["presence"])
            number, count = data.get("shard", (0, 1))
            self.session = self.gateway.start(Intent(wanted), self, (int(number), int(count)))

    def _resume(self, data: Json) -> None:
        self.gateway.resume_payloads.append(data)
        if data.get("token") != self.gateway.token:
            self.close(4004)
        elif not self.gateway.resume(data.get("session_id"), data.get("seq"), self):
            self.send({"op": 9, "d": False})


def _is_shard(value: object) -> bool:
    """A number and how many there are: the number is the smaller."""
    if not isinstance(value, list) or len(value) != 2:
        return False
    number, count = value
    return isinstance(number, int) and isinstance(count, int) and 0 <= number < count
