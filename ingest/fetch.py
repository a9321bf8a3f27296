"""One page from the web, within limits of time, size, type and address."""

import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from urllib.parse import urlsplit

import httpcore
import httpx

from ingest.addresses import AddressPolicy
from ingest.errors import FetchFailed, NotText, TooLarge
from ingest.kinds import MEDIA_TYPES, UNTOLD_TYPES, Kind, kind_of
from ingest.settings import IngestSettings
from ingest.statuses import refuse_errors
from ingest.transport import GuardedTransport

_REDIRECTS = 5
_CHUNK = 65_536
# A server may pack what it sends; twice packed is a trick. 15 bits of window, 16 for gzip's header,
# 32 for either that or zlib's (zlib manual, inflateInit2).
_WINDOW_BITS = {"gzip": 47, "x-gzip": 47, "deflate": 47}


@dataclass(frozen=True, slots=True)
class Fetched:
    """The body of an answer and what its headers say of it."""

    data: bytes
    kind: Kind
    charset: str | None
    url: str
    """Where the redirects led."""


def fetch(
    url: str,
    settings: IngestSettings,
    trusted_host: str | None = None,
    *,
    before: Callable[[str], None] | None = None,
) -> Fetched:
    """Download a page; the arguments are those of ``opened``.

    Raises:
        FetchFailed: a wrong address, no connection, an HTTP error, another type than text.
        AddressRefused: it leads into a private network.
        TooLarge: it is over INGEST_MAX_BYTES.
    """
    with opened(url, settings, trusted_host, before=before) as response:
        return _read(url, response, settings.max_bytes)


@contextmanager
def opened(
    url: str,
    settings: IngestSettings,
    trusted_host: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    before: Callable[[str], None] | None = None,
) -> Iterator[httpx.Response]:
    """The answer of a server, of any status, after its redirects; the body is not read yet.

    ``trusted_host`` is the host that an operator typed: it may be private, on the port of ``url``;
    a redirect from there to another private host is refused all the same. Proxies of the
    environment are not used: through one, nobody knows where a name leads. ``before`` is called
    with each address that is about to be requested, the redirects' too, and may wait or raise.

    Raises:
        FetchFailed: a wrong address, no connection, too many redirects.
        AddressRefused: it leads into a private network.
    """
    request_url = _checked(url)
    policy = AddressPolicy(
        frozenset(settings.allow_private_hosts), _trusted(request_url, trusted_host)
    )
    visit = before or (lambda _: None)
    visit(url)
    deadline = time.monotonic() + settings.timeout
    transport = GuardedTransport(policy, deadline)
    with (
        _sentences(url, settings.timeout),
        httpx.Client(transport=transport, headers=_headers() | dict(headers or {})) as client,
    ):
        request = client.build_request("GET", request_url)
        for _ in range(_REDIRECTS + 1):
            response = client.send(request, stream=True)
            try:
                if response.next_request is None:
                    yield response
                    return
                request = response.next_request
                _checked(str(request.url))
                visit(str(request.url))
            finally:
                response.close()
    raise FetchFailed(f"“{url}” redirects more than {_REDIRECTS} times.")


def user_agent() -> str:
    """``Newsdesk/VERSION``, with the version that is installed."""
    try:
        return f"Newsdesk/{version('newsdesk')}"
    except PackageNotFoundError:  # run from a checkout
        return "Newsdesk/0"


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


def _headers() -> dict[str, str]:
    return {"User-Agent": user_agent(), "Accept": "text/html, */*;q=0.8", "Accept-Encoding": "gzip"}


def _read(url: str, response: httpx.Response, limit: int) -> Fetched:
    refuse_errors(url, response)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    path = urlsplit(str(response.url)).path
    kind = MEDIA_TYPES.get(media_type)
    if media_type in UNTOLD_TYPES or kind == "plain":
        kind = kind_of(PurePath(path).name) or kind
    if kind is None:
        raise FetchFailed(
            f"“{url}” is {media_type or 'of an unnamed type'}, which is not read; web pages, plain "
            "text, Markdown, PDF, Word (.docx) and EPUB are."
        )
    data = body_of(url, response, limit)
    return Fetched(data, kind, response.charset_encoding, str(response.url))


def body_of(url: str, response: httpx.Response, limit: int) -> bytes:
    """The body, unpacked; raises ``TooLarge`` where it has more bytes than ``limit``."""
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge(url, limit, int(announced))
    unpack = _unpacker(url, response.headers.get("content-encoding", ""))
    data = bytearray()
    for chunk in response.iter_raw(_CHUNK):
        data += unpack(chunk, limit + 1 - len(data))
        if len(data) > limit:
            raise TooLarge(url, limit)
    return bytes(data)


def _unpacker(url: str, encoding: str) -> Callable[[bytes, int], bytes]:
    """What unpacks the next bytes, to no more than a number of them.

    httpx unpacks whole chunks, however much comes out: 64 kB of a bomb are 64 MB.
    """
    names = [name for part in encoding.lower().split(",") if (name := part.strip())]
    names = [name for name in names if name != "identity"]
    if not names:
        return lambda chunk, most: chunk[:most]
    if len(names) > 1 or names[0] not in _WINDOW_BITS:
        raise FetchFailed(f"“{url}” is packed in a way that is not read: {encoding[:60]}.")
    unpacking = zlib.decompressobj(_WINDOW_BITS[names[0]])

    def unpack(chunk: bytes, most: int) -> bytes:
        try:
            return unpacking.decompress(chunk, most)
        except zlib.error as error:
            raise NotText(f"“{url}” is broken: it can't be unpacked ({names[0]}).") from error

    return unpack


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
    except UnicodeError as error:  # a redirect to a host that is no name (IDNA)
        raise FetchFailed(f"“{url}” redirects to an address that is none.") from error
    except (httpx.InvalidURL, httpx.HTTPError, httpcore.NetworkError, OSError) as error:
        raise FetchFailed(f"“{url}” can't be fetched: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """“[Errno -2] Name or service not known” without what is only for programmers."""
    text = re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)", "", str(error)) or type(error).__name__
    return text.rstrip(".")
