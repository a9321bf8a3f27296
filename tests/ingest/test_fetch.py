"""Pages from the web: limits of time, size, type and address, against real servers."""

import socket
import time
from typing import Any

import pytest

from ingest.addresses import AddressPolicy, is_public
from ingest.errors import AddressRefused, FetchFailed, TooLarge
from ingest.fetch import fetch
from ingest.settings import IngestSettings
from tests.ingest.web import PAGE, Web, endless, redirect, text

LOCAL = IngestSettings(_env_file=None, allow_private_hosts=("127.0.0.1",), timeout=5)


def test_a_page(web: Web) -> None:
    web.answers["/a"] = text(PAGE)
    fetched = fetch(f"{web.url}/a", LOCAL)
    assert (fetched.data, fetched.kind, fetched.charset) == (PAGE.encode(), "html", "utf-8")
    [(_, headers)] = web.requests
    assert headers["User-Agent"].startswith("Newsdesk/")
    assert headers["Host"] == f"127.0.0.1:{web.port}"


@pytest.mark.parametrize(
    ("path", "content_type", "kind"),
    [
        ("/a", "text/plain", "plain"),
        ("/a.md", "text/plain; charset=utf-8", "markdown"),
        ("/a", "text/markdown", "markdown"),
        ("/a", "application/xhtml+xml", "html"),
        ("/a", "application/pdf", "pdf"),
        ("/a.docx", "application/octet-stream", "docx"),
        ("/a.epub", "application/zip", "epub"),
        ("/a.html", "", "html"),
    ],
)
def test_kinds(web: Web, path: str, content_type: str, kind: str) -> None:
    web.answers[path] = text("x", content_type)
    assert fetch(web.url + path, LOCAL).kind == kind


def test_redirects_are_followed(web: Web) -> None:
    web.answers |= {"/a": redirect("/b"), "/b": redirect(f"{web.url}/c"), "/c": text(PAGE)}
    assert fetch(f"{web.url}/a", LOCAL).data == PAGE.encode()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (text("oops", status=500), "answers 500 Internal Server Error."),
        (text("", status=204), "answers 204 without a page."),
        (text("x", "image/png"), "is image/png, which is not read"),
        (text("x", ""), "is of an unnamed type, which is not read"),
        (redirect("/a"), "redirects more than 5 times."),
        (redirect("file:///etc/passwd"), "only http and https"),
        (redirect("http://u:p@127.0.0.1/"), "user name or password"),
    ],
)
def test_answers_that_are_no_page(web: Web, answer: Any, sentence: str) -> None:
    web.answers["/a"] = answer
    with pytest.raises(FetchFailed) as caught:
        fetch(f"{web.url}/a", LOCAL)
    assert sentence in str(caught.value)


def test_an_endless_page_is_cut(web: Web) -> None:
    web.answers["/a"] = endless()
    with pytest.raises(TooLarge, match=r"more than 1\.0 MB"):
        fetch(f"{web.url}/a", LOCAL.model_copy(update={"max_bytes": 1_000_000}))


def test_an_announced_size_is_enough_to_refuse(web: Web) -> None:
    web.answers["/a"] = text("x" * 2000)
    with pytest.raises(TooLarge, match=r"has 2\.0 kB; at most 1\.0 kB"):
        fetch(f"{web.url}/a", LOCAL.model_copy(update={"max_bytes": 1000}))


def test_a_slow_page_ends_at_the_deadline(web: Web) -> None:
    web.answers["/a"] = endless(pause=0.1)
    began = time.monotonic()
    with pytest.raises(FetchFailed, match=r"took longer than 0\.5 seconds"):
        fetch(f"{web.url}/a", LOCAL.model_copy(update={"timeout": 0.5}))
    assert time.monotonic() - began < 2


def test_a_server_that_says_nothing_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(FetchFailed, match=r"took longer than 0\.3 seconds"):
            fetch(url, LOCAL.model_copy(update={"timeout": 0.3}))


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(FetchFailed, match=r"“127\.0\.0\.1” can't be reached: Connection refused\."):
        fetch(f"http://127.0.0.1:{port}/", LOCAL)


def test_no_such_host() -> None:
    with pytest.raises(FetchFailed, match=r"“nowhere\.invalid” can't be reached"):
        fetch("http://nowhere.invalid/", LOCAL)


def test_no_tls(web: Web) -> None:
    with pytest.raises(FetchFailed, match=r"no TLS connection to trust"):
        fetch(f"https://127.0.0.1:{web.port}/", LOCAL)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "http://", "http://a:b@c.example/", "http://a b/"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(FetchFailed):
        fetch(url, LOCAL)


STRANGER = IngestSettings(_env_file=None, timeout=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.1", "[::1]"])
def test_private_hosts_are_refused(web: Web, host: str) -> None:
    web.answers["/a"] = text(PAGE)
    with pytest.raises(AddressRefused, match="private network"):
        fetch(f"http://{host}:{web.port}/a", STRANGER)
    assert not web.requests


def test_the_host_that_an_operator_typed_may_be_private(web: Web) -> None:
    web.answers |= {"/a": redirect("/b"), "/b": text(PAGE)}
    assert fetch(f"{web.url}/a", STRANGER, "127.0.0.1").data == PAGE.encode()


def test_a_redirect_to_another_private_host_is_refused(web: Web) -> None:
    with Web() as inner:
        web.answers["/host"] = redirect(f"http://localhost:{inner.port}/")
        web.answers["/port"] = redirect(f"{inner.url}/")
        web.answers["/metadata"] = redirect("http://169.254.169.254/latest/meta-data/")
        for path in web.answers:
            with pytest.raises(AddressRefused):
                fetch(web.url + path, STRANGER, "127.0.0.1")
        assert not inner.requests


def test_a_name_is_resolved_once_and_kept_in_the_request(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    real = socket.getaddrinfo

    def resolve(host: str, *arguments: Any, **named: Any) -> Any:
        if host == "news.example":
            asked.append(host)
            host = "127.0.0.1"
        return real(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    web.answers["/"] = text(PAGE)
    url = f"http://news.example:{web.port}/"
    with pytest.raises(AddressRefused):
        fetch(url, STRANGER)
    asked.clear()
    fetch(url, STRANGER.model_copy(update={"allow_private_hosts": ("news.example",)}))
    # A second look-up, for the connection, could have led elsewhere.
    assert asked == ["news.example"]
    assert web.requests[-1][1]["Host"] == f"news.example:{web.port}"


def test_of_several_addresses_only_public_ones_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(2, 1, 6, "", (ip, 80)) for ip in ("10.0.0.1", "93.184.216.34")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    assert AddressPolicy().choose("two.example", 80) == ["93.184.216.34"]


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "0.0.0.0", "169.254.169.254"),
        *("100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255", "192.0.0.192"),
        *("::1", "::", "fe80::1%eth0", "fd00:ec2::254", "::ffff:10.0.0.1", "ff02::1"),
        *("64:ff9b::a00:1", "2002:a00:1::", "2001:0:0:0:0:0:f5ff:fffe"),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_public(address: str) -> None:
    assert is_public(address)
