"""Sitemaps as feeds: packed ones, indexes of them, within limits."""

import gzip
import zlib

import pytest

from ingest.errors import IngestError, NoFeed, TooLarge
from ingest.feeds.formats import read_feed
from ingest.feeds.sitemaps import unpacked
from ingest.settings import IngestSettings
from tests.ingest.test_feeds import LOCAL, Newsroom, page
from tests.ingest.web import Web, text
from vectorstore import Vectorstore

XML = "application/xml"
GZIP = "application/x-gzip"


def sitemap(*links: str, day: int = 1, news: bool = True) -> str:
    about = (
        "<n:news><n:publication><n:name>A Paper</n:name></n:publication>"
        "<n:publication_date>2025-03-{:02}T08:00:00Z</n:publication_date></n:news>"
    )
    urls = "".join(
        f"<url><loc>{link}</loc>{about.format(day + number) if news else ''}</url>"
        for number, link in enumerate(links)
    )
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )


def index(*links: str, dates: tuple[str, ...] = ()) -> str:
    dated = [*(f"<lastmod>{date}</lastmod>" for date in dates), *[""] * len(links)]
    listed = "".join(
        f"<sitemap><loc>{link}</loc>{date}</sitemap>"
        for link, date in zip(links, dated, strict=False)
    )
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<sitemapindex xmlns="{space}">{listed}</sitemapindex>'


@pytest.fixture
def newsroom(store: Vectorstore, web: Web) -> Newsroom:
    return Newsroom(store, web)


def test_a_packed_news_sitemap_is_polled(newsroom: Newsroom, web: Web) -> None:
    packed = gzip.compress(sitemap(f"{web.url}/a").encode())
    web.answers |= {"/news.xml.gz": text(packed, GZIP), "/a": page("Bridge")}
    feed = newsroom.add("/news.xml.gz")
    assert feed.title == "A Paper"
    assert [report.outcome for report in newsroom.poll(feed)] == ["added"]
    assert newsroom.titles() == {"Bridge"}


def test_an_index_of_packed_sitemaps_is_followed_each_time(newsroom: Newsroom, web: Web) -> None:
    web.answers |= {
        "/sitemap.xml": text(
            index(
                f"{web.url}/old.xml.gz",
                f"{web.url}/new.xml.gz",
                dates=("2024-01-01", "2025-03-04T08:00:00Z"),
            ),
            XML,
        ),
        "/old.xml.gz": text(gzip.compress(sitemap(f"{web.url}/a").encode()), GZIP),
        "/new.xml.gz": text(gzip.compress(sitemap(f"{web.url}/b", day=5).encode()), GZIP),
        "/a": page("Old"),
        "/b": page("New"),
    }
    feed = newsroom.add("/sitemap.xml")
    assert newsroom.asked() == ["/sitemap.xml", "/new.xml.gz", "/old.xml.gz"]
    assert [report.title for report in newsroom.poll(feed)] == ["New", "Old"]
    # The index is the same, a sitemap has one more.
    web.answers["/c"] = page("Newest")
    links = f"{web.url}/b", f"{web.url}/c"
    web.answers["/new.xml.gz"] = text(gzip.compress(sitemap(*links, day=5).encode()), GZIP)
    assert [report.title for report in newsroom.poll(feed)] == ["Newest"]
    # One of them being broken keeps nothing from the others.
    web.answers["/old.xml.gz"] = text("", status=500)
    web.answers["/d"] = page("Still there")
    packed = gzip.compress(sitemap(*links, f"{web.url}/d", day=5).encode())
    web.answers["/new.xml.gz"] = text(packed, GZIP)
    assert [report.title for report in newsroom.poll(feed)] == ["Still there"]
    # All of them is a failure of the feed.
    web.answers["/new.xml.gz"] = text("", status=500)
    [failed] = newsroom.poll(feed)
    assert failed.outcome == "failed"
    assert newsroom.state(feed).failures == 1


def test_the_sitemaps_for_news_come_first_and_not_all_are_read(
    newsroom: Newsroom, web: Web
) -> None:
    links = [f"{web.url}/{n}.xml" for n in range(9)] + [f"{web.url}/news.xml"]
    web.answers |= {
        f"/{n}.xml": text(sitemap(f"{web.url}/p{n}", news=False), XML) for n in range(9)
    }
    web.answers |= {
        "/sitemap.xml": text(index(*links), XML),
        "/news.xml": text(sitemap(f"{web.url}/a"), XML),
    }
    newsroom.add("/sitemap.xml")
    asked = newsroom.asked()
    assert asked[:2] == ["/sitemap.xml", "/news.xml"]
    assert len(asked) == 6


def test_an_index_of_indexes_is_refused(newsroom: Newsroom, web: Web) -> None:
    web.answers["/sitemap.xml"] = text(index(f"{web.url}/sitemap.xml"), XML)
    with pytest.raises(NoFeed, match="lists no sitemap"):
        newsroom.add("/sitemap.xml")
    web.answers["/sitemap.xml"] = text(index(), XML)
    with pytest.raises(NoFeed, match="that lists none"):
        newsroom.add("/sitemap.xml")


def test_the_newest_of_a_large_sitemap_are_kept() -> None:
    links = [f"https://a.example/{n}" for n in range(1200)]
    dated = "".join(
        f"<url><loc>{link}</loc><lastmod>{2000 + n // 100}-01-01</lastmod></url>"
        for n, link in enumerate(links)
    )
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    data = f'<urlset xmlns="{space}">{dated}</urlset>'
    feed = read_feed("https://a.example/s.xml", data.encode())
    assert feed is not None
    assert feed.entries[0].modified == "2011-01-01"
    assert len(feed.entries) == 1000


BOMB = gzip.compress(b"<urlset>" + b" " * 20_000_000)
WHOLE = gzip.compress(sitemap("https://a.example/1").encode())


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (BOMB, TooLarge, "INGEST_MAX_BYTES"),
        (gzip.compress(b" " * 9_999_999) + gzip.compress(b"  "), TooLarge, "INGEST_MAX_BYTES"),
        (gzip.compress(WHOLE), NoFeed, "packed twice"),
        (WHOLE[:-20], NoFeed, "broken"),
        (WHOLE[:20] + b"!!!!" + WHOLE[24:], NoFeed, "broken"),
        (b"\x1f\x8b", NoFeed, "broken"),
    ],
)
def test_archives_are_unpacked_within_limits(
    data: bytes, error: type[IngestError], said: str, newsroom: Newsroom, web: Web
) -> None:
    web.answers["/s.xml.gz"] = text(data, GZIP)
    with pytest.raises(error, match=said):
        newsroom.add("/s.xml.gz")


def test_an_archive_of_several_members_is_one_text() -> None:
    parts = gzip.compress(b"<urlset>") + gzip.compress(b"</urlset>")
    assert unpacked("u", parts, 100) == b"<urlset></urlset>"
    assert unpacked("u", b"<rss/>", 1) == b"<rss/>"
    raw = zlib.compress(b"<rss/>")  # without gzip's header it is nothing that is known
    assert unpacked("u", raw, 100) == raw


def test_settings_bound_the_size() -> None:
    small = IngestSettings(_env_file=None, max_bytes=10)
    with pytest.raises(TooLarge):
        unpacked("u", WHOLE, small.max_bytes)
    assert LOCAL.max_bytes == 10_000_000
