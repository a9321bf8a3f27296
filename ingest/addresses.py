"""Which addresses may be connected to: a stranger's URL must not reach a private network.

The check is made where the connection is made, on the very address that is then connected to: a
name that resolves differently a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpcore

from ingest.errors import AddressRefused

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Clouds' own services behind addresses that Python calls global: Azure's and Oracle's.
_METADATA = (ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("192.0.0.0/24"))


def is_public(address: str) -> bool:
    """Whether an IP address is of the internet at large.

    Private, loopback, link-local, shared, reserved and multicast ones are not, nor are IPv6 forms
    that lead to such an IPv4 address.
    """
    ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _METADATA)


def _unwrapped(ip: _Address) -> _Address:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What is allowed besides public addresses."""

    hosts: frozenset[str] = frozenset()
    """Names or addresses, lower case."""
    trusted: frozenset[tuple[str, int]] = field(default=frozenset())
    """Host and port that the operator named."""

    def choose(self, host: str, port: int) -> list[str]:
        """The addresses of a host that may be connected to.

        Raises:
            AddressRefused: it has only private ones.
            OSError: it has none.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if host.lower() in self.hosts or (host.lower(), port) in self.trusted:
            return addresses
        allowed = [address for address in addresses if is_public(address)]
        if not allowed:
            raise AddressRefused(
                f"“{host}” leads into a private network, which is not read; an operator can allow "
                "it by INGEST_ALLOW_PRIVATE_HOSTS."
            )
        return allowed


class GuardedBackend(httpcore.NetworkBackend):
    """Connects where the policy allows it, and stops everything at the deadline.

    A timeout of httpx is of each read: a page that drips would never end.
    """

    def __init__(self, policy: AddressPolicy, deadline: float) -> None:
        """``deadline`` is a time of ``time.monotonic()``."""
        self._policy = policy
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._policy.choose(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        last: httpcore.ConnectError | None = None
        for address in addresses:
            try:
                left = _left(self._deadline, httpcore.ConnectTimeout)
                stream = self._sockets.connect_tcp(
                    address, port, left, local_address, socket_options
                )
                return _DeadlineStream(stream, self._deadline)
            except httpcore.ConnectError as error:
                last = error
        raise last or httpcore.ConnectError("no address")


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which nothing waits longer than the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._deadline, httpcore.ConnectTimeout)
        return _DeadlineStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise timeout("deadline")
    return left
