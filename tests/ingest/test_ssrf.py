"""Addresses of strangers that would lead into the private network: refused, and none reached.

A server on loopback waits behind every one of them; its log stays empty.
"""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.addresses import is_public
from ingest.errors import AddressRefused, FetchFailed
from ingest.fetch import fetch
from ingest.settings import IngestSettings
from tests.ingest.web import PAGE, Web, redirect, text

STRANGER = IngestSettings(_env_file=None, timeout=5)

# {port} is the waiting server's.
LOOPBACK = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.255.255.254:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://127.0.0.1.:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.0.0.01:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7F.0x0.0x0.0x1:{port}/",
    "http://0x7f.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.0.0.1%2f@localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b:1::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://１２７.０.０.１:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://ⓛocalhost:{port}/",
    "http://ｌｏｃａｌｈｏｓｔ:{port}/",
    "http://xn--localhost-:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "http://news.example@127.0.0.1:{port}/",
    "http://news.example:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@news.example/",
    "http://127.0.0.1:{port}#@news.example/",
    "http://127.0.0.1:{port}?@news.example/",
    "http:///127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nX-Injected: 1",
    "http://127.0.0.1\r\n:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1\0.news.example:{port}/",
    "http://127.0.0.1 :{port}/",
    " http://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "file://127.0.0.1:{port}/etc/passwd",
    "FILE:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET%20/",
    "ftp://127.0.0.1:{port}/",
    "dict://127.0.0.1:{port}/",
    "ldap://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "jar:http://127.0.0.1:{port}!/",
    "ws://127.0.0.1:{port}/",
    "data:text/html,<p>x",
    "javascript:alert(1)",
    "view-source:http://127.0.0.1:{port}/",
]
ELSEWHERE = [
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/metadata/",
    "http://192.0.0.192/opc/v2/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[ff02::1]/",
    "http://[fec0::1]/",
    "http://[2001:0:7f00:1:0:0:f5ff:fffe]/",
]


@pytest.fixture
def inside() -> Iterator[Web]:
    """What must not be reached."""
    with Web() as server:
        server.answers["/"] = text(PAGE)
        yield server
        assert not server.requests
        assert not server.connections


@pytest.mark.parametrize("url", LOOPBACK + ELSEWHERE)
def test_an_address_that_leads_inside_is_refused(url: str, inside: Web) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetch(url.format(port=inside.port), STRANGER)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("url", LOOPBACK + ELSEWHERE)
def test_a_redirect_that_leads_inside_is_refused(url: str, inside: Web, web: Web) -> None:
    """From a site that may be read: its port is the trusted one, those of others are not."""
    to = url.format(port=inside.port).strip()
    # A header can't hold these; a server that tries sends them so.
    to = to.replace("\r\n", "%0d%0a").replace("\t", "%09").replace("\0", "%00")
    web.answers |= {"/a": redirect("/b"), "/b": redirect(to)}
    with pytest.raises(FetchFailed) as caught:
        fetch(f"{web.url}/a", STRANGER, "127.0.0.1")
    assert str(caught.value).endswith(".")
    assert [path for path, _ in web.requests][:2] == ["/a", "/b"]


def test_there_are_enough_tricks() -> None:
    assert len(set(LOOPBACK + ELSEWHERE)) >= 80


class Resolver:
    """A name server that changes its mind: each answer is given once, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not name.endswith("news.example"):
            return self._real(host, port, *arguments, **named)
        self.asked.append(name)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in ip], socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]


@pytest.mark.parametrize(
    "answers",
    [
        (["127.0.0.1"],),
        (["::1"],),
        (["::ffff:127.0.0.1"],),
        (["10.0.0.7", "127.0.0.1"],),
        (["127.0.0.1"], ["93.184.216.34"]),
    ],
)
def test_a_name_that_means_an_address_inside(
    answers: tuple[list[str], ...], inside: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(*answers))
    with pytest.raises(AddressRefused, match=r"“news\.example” leads into a private network"):
        fetch(f"http://news.example:{inside.port}/", STRANGER)


def test_a_name_that_changes_its_mind_is_asked_once(
    inside: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is checked, loopback when it is connected to."""
    resolver = Resolver(["192.0.2.1"], ["127.0.0.1"])
    monkeypatch.setattr("ingest.addresses.is_public", lambda ip: ip == "192.0.2.1")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    quick = STRANGER.model_copy(update={"timeout": 0.5})
    # 192.0.2.1 is for documentation: nobody answers there (RFC 5737).
    with pytest.raises(FetchFailed):
        fetch(f"http://news.example:{inside.port}/", quick)
    assert resolver.asked == ["news.example"]


def test_a_name_that_changes_its_mind_between_redirects(
    inside: Web, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.answers["/a"] = redirect(f"http://cdn.news.example:{inside.port}/")
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(["127.0.0.1"]))
    with pytest.raises(AddressRefused, match=r"“cdn\.news\.example”"):
        fetch(f"{web.url}/a", STRANGER, "127.0.0.1")


@pytest.mark.parametrize(
    "address",
    [
        *("0.1.2.3", "10.0.0.1", "100.64.0.1", "127.8.8.8", "169.254.0.1", "172.31.255.255"),
        *("192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1"),
        *("203.0.113.1", "224.0.0.251", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
        *("::", "::1", "::a00:1", "::ffff:192.168.0.1", "::ffff:0:10.0.0.1", "64:ff9b::a00:1"),
        *("64:ff9b:1::1", "100::1", "2001:db8::1", "2001:10::1", "2002:a00:1::", "3fff::1"),
        *("5f00::1", "fc00::1", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff05::2"),
        *("2a00::5efe:a00:1", "2a00::200:5efe:7f00:1", "2001:0:0:0:0:0:f5ff:fffe"),
    ],
)
def test_addresses_that_are_not_of_the_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "192.167.1.1"),
        *("2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"),
    ],
)
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(address)
