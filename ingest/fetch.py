"""One page from the web, within limits of time, size, type and address."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from urllib.parse import urlsplit

import httpcore
import httpx

from ingest.addresses import AddressPolicy, GuardedBackend
from ingest.errors import FetchFailed, TooLarge
from ingest.extract import Kind, kind_of
from ingest.settings import IngestSettings

_REDIRECTS = 5
_KINDS: dict[str, Kind] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "plain",
}
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Fetched:
    """The body of an answer and what its headers say of it."""

    data: bytes
    kind: Kind
    charset: str | None


def fetch(url: str, settings: IngestSettings, trusted_host: str | None = None) -> Fetched:
    """Download a page.

    ``trusted_host`` is the host that an operator typed: it may be private, on the port of ``url``;
    a redirect from there to another private host is refused all the same. Proxies of the
    environment are not used: through one, nobody knows where a name leads.

    Raises:
        FetchFailed: a wrong address, no connection, an HTTP error, another type than text.
        AddressRefused: it leads into a private network.
        TooLarge: it is over INGEST_MAX_BYTES.
    """
    request_url = _checked(url)
    policy = AddressPolicy(
        frozenset(settings.allow_private_hosts), _trusted(request_url, trusted_host)
    )
    deadline = time.monotonic() + settings.timeout
    transport = _GuardedTransport(GuardedBackend(policy, deadline))
    with (
        _sentences(url, settings.timeout),
        httpx.Client(transport=transport, headers={"User-Agent": user_agent()}) as client,
    ):
        request = client.build_request("GET", request_url)
        for _ in range(_REDIRECTS + 1):
            response = client.send(request, stream=True)
            try:
                if response.next_request is None:
                    return _read(url, response, settings.max_bytes)
                request = response.next_request
                _checked(str(request.url))
            finally:
                response.close()
    raise FetchFailed(f"“{url}” redirects more than {_REDIRECTS} times.")


def user_agent() -> str:
    """``Newsdesk/VERSION``, with the version that is installed."""
    try:
        return f"Newsdesk/{version('newsdesk')}"
    except PackageNotFoundError:  # run from a checkout
        return "Newsdesk/0"


class _GuardedTransport(httpx.BaseTransport):
    """httpx over our own connections: its own transport takes no network backend."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=backend
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(request.method, url, headers=request.headers.raw)
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _checked(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
        host = parsed.host
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchFailed(f"“{url}” is no valid address.") from error
    if parsed.scheme not in {"http", "https"}:
        raise FetchFailed(f"“{url}” can't be fetched: only http and https addresses can.")
    if not host:
        raise FetchFailed(f"“{url}” names no host.")
    if parsed.userinfo:
        raise FetchFailed("An address with a user name or password in it is not fetched.")
    return parsed


def _trusted(url: httpx.URL, host: str | None) -> frozenset[tuple[str, int]]:
    if host is None or host.lower() != url.host.lower():
        return frozenset()
    port = url.port or (443 if url.scheme == "https" else 80)
    # The usual first redirect, to the same host over TLS, is not another place.
    ports = {port, 443} if port == 80 else {port}
    return frozenset((url.raw_host.decode("ascii").lower(), p) for p in ports)


def _read(url: str, response: httpx.Response, limit: int) -> Fetched:
    if response.status_code >= 400:
        raise FetchFailed(
            f"“{url}” answers {response.status_code} {response.reason_phrase}".rstrip() + "."
        )
    if response.status_code != 200:
        raise FetchFailed(f"“{url}” answers {response.status_code} without a page.")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind = _KINDS.get(media_type)
    if kind is None:
        raise FetchFailed(
            f"“{url}” is {media_type or 'of an unnamed type'}; only HTML, plain text and Markdown "
            "pages are read."
        )
    if kind == "plain" and kind_of(PurePath(urlsplit(url).path).name) == "markdown":
        kind = "markdown"
    return Fetched(_body(url, response, limit), kind, response.charset_encoding)


def _body(url: str, response: httpx.Response, limit: int) -> bytes:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge(url, limit, int(announced))
    data = bytearray()
    for chunk in response.iter_bytes(_CHUNK):
        data += chunk
        if len(data) > limit:
            raise TooLarge(url, limit)
    return bytes(data)


@contextmanager
def _sentences(url: str, timeout: float) -> Iterator[None]:
    """Turn the errors of httpx and httpcore into ``FetchFailed``."""
    host = urlsplit(url).hostname
    try:
        yield
    except (httpcore.TimeoutException, httpx.TimeoutException) as error:
        raise FetchFailed(
            f"“{url}” took longer than {timeout:g} seconds (INGEST_TIMEOUT)."
        ) from error
    except httpcore.ConnectError as error:
        if "SSL" in str(error):
            raise FetchFailed(
                f"“{host}” has no TLS connection to trust: {_reason(error)}."
            ) from error
        raise FetchFailed(f"“{host}” can't be reached: {_reason(error)}.") from error
    except (httpx.DecodingError, httpcore.ProtocolError, httpx.ProtocolError) as error:
        raise FetchFailed(f"“{url}” doesn't answer as a web server should: {error}.") from error
    except (httpx.InvalidURL, httpx.HTTPError, httpcore.NetworkError, OSError) as error:
        raise FetchFailed(f"“{url}” can't be fetched: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """“[Errno -2] Name or service not known” without what is only for programmers."""
    text = re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)", "", str(error)) or type(error).__name__
    return text.rstrip(".")
