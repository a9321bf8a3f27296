"""What servers send that is no page, or far too much of one."""

import gzip
import tracemalloc
import zlib
from typing import Any

import pytest

from ingest.errors import FetchFailed, Gone, NotText, TooLarge
from ingest.fetch import fetch
from tests.ingest.test_fetch import LOCAL
from tests.ingest.web import PAGE, Web, endless, redirect, text


def packed(data: bytes, encoding: str = "gzip", content_type: str = "text/html") -> Any:
    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Encoding", encoding)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def test_a_packed_page_is_unpacked(web: Web) -> None:
    web.answers["/a"] = packed(gzip.compress(PAGE.encode()))
    assert fetch(f"{web.url}/a", LOCAL).data == PAGE.encode()
    assert web.requests[0][1]["Accept-Encoding"] == "gzip"


def test_a_gzip_bomb_is_cut_at_the_limit(web: Web) -> None:
    """A gigabyte in a megabyte; never more of it is unpacked than may be read."""
    packing = zlib.compressobj(9, wbits=31)
    zeros = bytes(10_000_000)
    bomb = b"".join(packing.compress(zeros) for _ in range(100)) + packing.flush()
    assert len(bomb) < 1_100_000
    web.answers["/a"] = packed(bomb)
    tracemalloc.start()
    with pytest.raises(TooLarge, match=r"has more than 2\.0 MB; at most 2\.0 MB are read"):
        fetch(f"{web.url}/a", LOCAL.model_copy(update={"max_bytes": 2_000_000}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,deflate,gzip", "br", "zstd", "x-bomb"])
def test_what_is_packed_twice_or_strangely_is_refused(web: Web, encoding: str) -> None:
    web.answers["/a"] = packed(gzip.compress(gzip.compress(PAGE.encode())), encoding)
    with pytest.raises(FetchFailed, match=f"packed in a way that is not read: {encoding}"):
        fetch(f"{web.url}/a", LOCAL)


def test_a_damaged_packing_is_told(web: Web) -> None:
    web.answers["/a"] = packed(b"no gzip at all")
    with pytest.raises(NotText, match="is broken: it can't be unpacked"):
        fetch(f"{web.url}/a", LOCAL)


def status(code: int, **headers: str) -> Any:
    def answer(handler: Any) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if code != 304:
            handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (status(404), Gone, "answers 404 Not Found: there is no such page."),
        (status(410), Gone, "answers 410 Gone: there is no such page any more."),
        (status(429), FetchFailed, "answers 429 Too Many Requests."),
        (status(429, Retry_After="120"), FetchFailed, "asks to try again in 120 seconds."),
        (
            status(503, Retry_After="Fri, 31 Dec 2027 23:59:59 GMT"),
            *(FetchFailed, "asks to try again after Fri, 31 Dec 2027 23:59:59 GMT."),
        ),
        (status(304), FetchFailed, "answers 304 without a page."),
        (status(403), FetchFailed, "the site doesn't show it to a program"),
    ],
)
def test_statuses_that_are_no_page(
    web: Web, answer: Any, kind: type[FetchFailed], sentence: str
) -> None:
    web.answers["/a"] = answer
    with pytest.raises(kind) as caught:
        fetch(f"{web.url}/a", LOCAL)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "content_type", ["image/png", "video/mp4", "application/json", "text/css", "audio/mpeg"]
)
def test_wrong_types_are_refused_before_they_are_read(web: Web, content_type: str) -> None:
    web.answers["/a"] = endless(content_type)
    with pytest.raises(FetchFailed, match=f"is {content_type}, which is not read"):
        fetch(f"{web.url}/a", LOCAL)


def test_a_circle_of_redirects_ends(web: Web) -> None:
    web.answers |= {"/a": redirect("/b"), "/b": redirect("/a")}
    with pytest.raises(FetchFailed, match="redirects more than 5 times"):
        fetch(f"{web.url}/a", LOCAL)
    assert len(web.requests) == 6


def test_the_body_of_a_redirect_is_not_read(web: Web) -> None:
    def answer(handler: Any) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/b")
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(100_000))

    web.answers |= {"/a": answer, "/b": text(PAGE)}
    fetched = fetch(f"{web.url}/a", LOCAL)
    assert (fetched.data, fetched.url) == (PAGE.encode(), f"{web.url}/b")


def test_headers_without_end(web: Web) -> None:
    def answer(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"X-Filler: " + b"a" * 1000 + b"\r\n")

    web.answers["/a"] = answer
    with pytest.raises(FetchFailed, match="doesn't answer as a web server should"):
        fetch(f"{web.url}/a", LOCAL)


def test_a_page_that_breaks_off_is_no_page(web: Web) -> None:
    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(PAGE.encode())
        handler.close_connection = True

    web.answers["/a"] = answer
    with pytest.raises(FetchFailed, match="doesn't answer as a web server should"):
        fetch(f"{web.url}/a", LOCAL)
