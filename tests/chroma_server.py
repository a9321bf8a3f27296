"""A real Chroma server on loopback, and a proxy before it that makes it slow or unwilling."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answered = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ChromaProcess:
    """``chroma run``, which can be stopped and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).parent / "chroma"), "run", "--host", "127.0.0.1"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), "--path", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, "the server ended"
            assert time.monotonic() < end, "the server does not come up"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """It takes connections and answers nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/api/v2/heartbeat")
            answered = connection.getresponse().status == 200
            connection.close()
        except OSError:
            return False
        return answered


class Proxy:
    """Passes requests on to a server, and keeps what was asked.

    ``before`` is called with method, path and body of each request, and may wait; what it returns,
    if anything, is the answer.
    """

    def __init__(self, port: int) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.before: Callable[[str, str, Any], Answered | None] | None = None
        self.key: str | None = None
        self.drip_seconds = 0.0
        self.ended = threading.Event()
        self.port = port
        self._server = _Listening(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def writes(self, kind: str) -> list[Any]:
        """The bodies of the requests whose path ends so."""
        return [body for _, path, body in self.asked if path.endswith(f"/{kind}")]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Listening"

    def do_GET(self) -> None:
        proxy = self.server.proxy
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        proxy.asked.append((self.command, self.path, body))
        if proxy.key is not None and self.headers.get("X-Chroma-Token") != proxy.key:
            self._answer(401, {}, b"no such key")
            return
        instead = proxy.before(self.command, self.path, body) if proxy.before else None
        self._answer(*(instead or self._passed(raw)))

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _passed(self, raw: bytes) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.proxy.port, timeout=60)
        try:
            connection.request(self.command, self.path, raw, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, {"Content-Type": "application/json"}, answer.read()
        except OSError:
            return 502, {}, b"Bad gateway"
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        proxy = self.server.proxy
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for i in range(len(body)) if proxy.drip_seconds else ():
                if proxy.ended.wait(proxy.drip_seconds):
                    break
                self.wfile.write(body[i : i + 1])
                self.wfile.flush()
            if not proxy.drip_seconds:
                self.wfile.write(body)
        except OSError:
            # Whoever asked waits no longer.
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Not to the tests' output."""


class _Listening(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy
