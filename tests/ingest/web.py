"""A web server on the loopback interface that answers as a test says."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Answer = Callable[[BaseHTTPRequestHandler], None]

PAGE = """<!doctype html><html lang="en"><head><title>Bridge reopens</title>
<meta property="article:published_time" content="2025-03-04T08:00:00Z"></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a></nav>
<article><h1>Bridge reopens</h1>
<p>The Kestrel Bridge reopened on Tuesday after six months of repairs to its cables.</p>
<p>The mayor, Ida Brandt, drove the first tram over it at eight in the morning.</p>
</article><footer>© 2021 The Harbour Chronicle</footer></body></html>"""


def text(
    body: str | bytes, content_type: str = "text/html; charset=utf-8", status: int = 200
) -> Answer:
    """An answer with a body."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def redirect(to: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(content_type: str = "text/plain", pause: float = 0.0) -> Answer:
    """A body that never ends, with a pause (in seconds) before each piece."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", content_type)
        handler.end_headers()
        waiting = threading.Event()
        while True:
            waiting.wait(pause)
            handler.wfile.write(b"A sentence without end. " * (1 if pause else 1000))
            handler.wfile.flush()

    return answer


class Web:
    """Answers by path; remembers the headers of every request, and every connection."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.connections: list[object] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.requests.append((self.path, dict(self.headers)))
                answer = web.answers.get(self.path, text("not here", status=404))
                try:
                    answer(self)
                except OSError:  # the client went away, which is what these tests are about
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nobody reads it."""

        class Server(ThreadingHTTPServer):
            def process_request(self, request: Any, client_address: Any) -> None:
                web.connections.append(client_address)
                super().process_request(request, client_address)

            # A connection that is no HTTP, or that was cut, is nothing to write to stderr.
            def handle_error(self, request: object, client_address: object) -> None: ...

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
