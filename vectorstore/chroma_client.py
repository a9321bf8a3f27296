"""Chroma's HTTP client with limits of time, and with errors that say what is to be done.

chromadb's own waits forever, and raises a bare ``Exception`` with the body of an answer that it
does not know.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from chromadb.api.client import Client
from chromadb.auth import UserIdentity
from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings
from chromadb.errors import AuthorizationError, ChromaAuthError, ChromaError, NotFoundError

from vectorstore.errors import IndexRefused, IndexUnavailable, because
from vectorstore.settings import VectorstoreSettings

_NOT_LET_IN = frozenset({401, 403})
_NOT_NOW = frozenset({408, 425, 429, 502, 503, 504})


class Unreachable(IndexUnavailable):
    """The server gives no answer, or none that is one of Chroma's."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        """``retry_after``: seconds that the server wants to be left alone."""
        super().__init__(message)
        self.retry_after = retry_after


class TooSlow(Unreachable):
    """The time is over."""

    def __init__(self, server: str) -> None:
        super().__init__(f"The Chroma server {server} takes too long to answer.")


class BoundedClient(Client):
    """A client of one tenant's database, with connections of its own."""

    def __init__(self, settings: VectorstoreSettings, deadline: float) -> None:
        """Connect, until a time of ``time.monotonic()``.

        Raises:
            IndexRefused: the server does not take the key, the tenant or the database.
            IndexUnavailable: there is no answer, or what is set can't be a server's address or key.
        """
        url = server_url(settings)
        self.name = url.hostname
        self._bounds = threading.local()
        key = _key(settings)
        # A key of Chroma Cloud may be of one database: then the server tells which.
        tenant = settings.chroma_tenant or (None if key else DEFAULT_TENANT)
        database = settings.chroma_database or (None if key else DEFAULT_DATABASE)
        port = url.port or (443 if url.scheme == "https" else 80)
        host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
        options = Settings(
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=f"{url.scheme}://{host}:{port}{url.path.rstrip('/')}",
            chroma_server_http_port=port,
            chroma_server_ssl_enabled=url.scheme == "https",
            chroma_server_headers={"X-Chroma-Token": key} if key else None,
            chroma_overwrite_singleton_tenant_database_access_from_auth=not (tenant and database),
        )
        with self.until(deadline):
            try:
                super().__init__(tenant, database, options)
            except BaseException:
                self._close_connections()
                raise

    @contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """In the block, this thread's requests end at that time of ``time.monotonic()``.

        Raises:
            IndexRefused: the server does not take the key, the tenant or the database.
            Unreachable: it gives no answer, or none that is one of Chroma's.
            IndexUnavailable: it does not do what was asked of it.
        """
        self._bounds.deadline = deadline
        server = f"The Chroma server {self.name}"
        try:
            yield
        except IndexUnavailable:
            raise
        except (ChromaAuthError, AuthorizationError) as error:
            raise self._refused() from error
        except httpx.TimeoutException as error:
            raise TooSlow(str(self.name)) from error
        except (httpx.HTTPError, OSError) as error:
            raise Unreachable(f"{server} can't be reached{because(error)}") from error
        except ChromaError as error:
            raise IndexUnavailable(f"{server} does not do this{because(error)}") from error
        except Exception as error:
            if type(error) is not Exception and not isinstance(error, ValueError | LookupError):
                raise
            raise Unreachable(f"{server} does not answer as Chroma does.") from error

    def get_user_identity(self) -> UserIdentity:
        """Of the constructor's requests the first."""
        session = self._session(self)
        session.event_hooks = {"request": [self._limit], "response": [self._judge]}
        return self._server.get_user_identity()

    def _validate_tenant_database(self, tenant: str, database: str) -> None:
        # Not by Chroma's admin client: that has connections of its own, without limits.
        try:
            setting, named = "VECTORSTORE_CHROMA_TENANT", tenant
            self._server.get_tenant(tenant)
            setting, named = "VECTORSTORE_CHROMA_DATABASE", database
            self._server.get_database(database, tenant)
        except NotFoundError as error:
            raise IndexRefused(
                f"The Chroma server {self.name} has no “{named}”: correct {setting}, or make it "
                "there."
            ) from error

    def close(self) -> None:
        super().close()
        self._close_connections()

    def _limit(self, request: httpx.Request) -> None:
        left = self._bounds.deadline - time.monotonic()
        if left <= 0:
            raise TooSlow(str(self.name))
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), left)

    def _judge(self, response: httpx.Response) -> None:
        if response.status_code in _NOT_LET_IN:
            raise self._refused()
        if response.status_code in _NOT_NOW:
            raise Unreachable(
                f"The Chroma server {self.name} can't answer now (HTTP {response.status_code}).",
                _seconds(response.headers.get("Retry-After")),
            )

    def _refused(self) -> IndexRefused:
        return IndexRefused(
            f"The Chroma server {self.name} does not let Newsdesk in: check "
            "VECTORSTORE_CHROMA_API_KEY, _TENANT and _DATABASE."
        )

    def _close_connections(self) -> None:
        # Chroma 1.5 leaves them open, its own and its admin client's.
        for client in (self, getattr(self, "_admin_client", None)):
            with suppress(AttributeError, KeyError):
                self._session(client).close()

    @staticmethod
    def _session(client: Any) -> httpx.Client:
        session: httpx.Client = client._server._session
        return session


def server_url(settings: VectorstoreSettings) -> SplitResult:
    """Raises ``IndexUnavailable`` where it can't be the address of a server."""
    with suppress(ValueError):
        url = urlsplit(settings.chroma_url or "")
        # The port is read where it is asked for.
        if url.scheme in {"http", "https"} and url.hostname and url.port != 0:
            return url
    raise IndexUnavailable(
        f"VECTORSTORE_CHROMA_URL must be an http or https address, not “{settings.chroma_url}”."
    )


def _key(settings: VectorstoreSettings) -> str | None:
    key = settings.chroma_api_key.get_secret_value().strip() if settings.chroma_api_key else ""
    if not (key.isascii() and key.isprintable()):
        # It goes into a header. It isn't shown: most of it may be right.
        raise IndexUnavailable("VECTORSTORE_CHROMA_API_KEY has characters that no key has.")
    return key or None


def _seconds(retry_after: str | None) -> float:
    """Of a ``Retry-After``; 0 where it is a date, or none."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
