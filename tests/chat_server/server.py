"""A stand-in for an OpenAI-compatible server, over real sockets, that misbehaves as told.

It speaks ``POST /v1/chat/completions`` with ``stream: true`` (server-sent events).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, ClassVar


@dataclass
class Script:
    """What the server does; ``text`` is what the model writes."""

    text: str = ""
    translations: str = ""
    """What it writes when it is asked to translate."""
    status: int = 200
    """Another than 200 is sent with an error object."""
    silent: bool = False
    """Accept the request and never answer."""
    cut: bool = False
    """Close the connection in the middle of the stream."""
    endless: str = ""
    """Goes on with this for ever."""
    pause: float = 0.0
    """Seconds between two pieces."""
    raw: str = ""
    """Sent in place of the events."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    ended: Event = field(default_factory=Event)


@contextmanager
def chat_server(script: Script) -> Iterator[str]:
    """The base URL of a server that follows the script."""
    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        script.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: ClassVar[Script]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        request = json.loads(self.rfile.read(length))
        self.script.requests.append(request)
        self.close_connection = True
        try:
            self._answer(request)
        except OSError:
            # The client has given up: that is what some tests are about.
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Quiet."""

    def _answer(self, request: dict[str, Any]) -> None:
        script = self.script
        if script.silent:
            script.ended.wait()
            return
        if script.status != 200:
            self._send(json.dumps({"error": {"message": "no", "type": "error", "code": None}}))
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        if script.raw:
            self.wfile.write(script.raw.encode())
            return
        translate = "You translate" in request["messages"][0]["content"]
        text = script.translations if translate else script.text
        self._stream(text)

    def _send(self, body: str) -> None:
        self.send_response(self.script.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def _stream(self, text: str) -> None:
        script = self.script
        for i in range(0, len(text), 7):
            self._event({"content": text[i : i + 7]}, None)
            if script.ended.wait(script.pause):
                return
        if script.cut:
            # Half an event, and no end of the stream.
            self.wfile.write(b'data: {"id": "x", "choi')
            return
        while script.endless:
            self._event({"content": script.endless}, None)
            if script.ended.wait(script.pause):
                return
        self._event({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, delta: dict[str, str], finish: str | None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
        event = {
            "id": "x",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "stand-in",
            "choices": [choice],
        }
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()
