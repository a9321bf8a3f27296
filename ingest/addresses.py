"""Which addresses may be connected to: a stranger's URL must not reach a private network.

The check is made where the connection is made, on the very address that is then connected to: a
name that resolves differently a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass, field

from ingest.errors import AddressRefused

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Unicast addresses of the internet (IANA, "IPv6 Address Space"); all others are local or reserved.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Prefixes before an IPv4 address: NAT64 (RFC 6052), IPv4-compatible (RFC 4291, 2.5.5.1) and
# IPv4-translated ones (RFC 7915).
_IPV4_BEHIND = tuple(
    ipaddress.IPv6Network(net) for net in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")
)
# Interface identifiers of ISATAP, the last four bytes being an IPv4 address (RFC 5214, 6.1).
_ISATAP = {0x00005EFE, 0x02005EFE}
_REFUSED = tuple(
    ipaddress.ip_network(net)
    for net in (
        # Clouds' own services behind addresses that Python calls global: Azure's and Oracle's.
        *("168.63.129.16/32", "192.0.0.0/24"),
        # 6to4 relays (RFC 7526), AS112 (RFC 7534), documentation (RFC 9637), segment routing.
        *("192.88.99.0/24", "192.31.196.0/24", "3fff::/20", "5f00::/16", "2620:4f:8000::/48"),
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address is of the internet at large.

    Private, loopback, link-local, shared, reserved and multicast ones are not, nor are IPv6 forms
    that lead to such an IPv4 address.
    """
    ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not (
        ip.is_multicast or ip.is_reserved or any(ip in net for net in _REFUSED)
    )


def _unwrapped(ip: _Address) -> _Address:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    last = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if any(ip in net for net in _IPV4_BEHIND) or (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
        return last
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
