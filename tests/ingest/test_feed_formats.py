"""What feeds of every format say, well-formed or not."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import NoFeed
from ingest.feeds.feed import Entry, Feed
from ingest.feeds.formats import read_feed

URL = "https://harbourchronicle.example/feeds/news.xml"
RSS2 = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>
<title>The Harbour Chronicle</title><link>https://harbourchronicle.example/</link>
<item><title>Older</title><link>/older</link><guid isPermaLink="false">n-1</guid>
<pubDate>Mon, 03 Mar 2025 08:00:00 GMT</pubDate></item>
<item><title>Newer</title><link>https://harbourchronicle.example/newer?utm_source=rss</link>
<pubDate>Tue, 04 Mar 2025 09:00:00 +0100</pubDate></item>
<item><title>No page</title><description>A teaser alone.</description></item>
<item><title>A script</title><link>javascript:alert(1)</link></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://harbourchronicle.example/x/">
<title>Atom</title><entry><id>tag:1</id><title>One</title><link rel="alternate" href="one"/>
<updated>2025-03-04T08:00:00Z</updated><published>2025-03-01T08:00:00Z</published></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>RDF</title></channel>
<item rdf:about="https://a.example/1"><title>One</title><link>https://a.example/1</link></item>
</rdf:RDF>"""
RSS091 = """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>Old</title>
<item><title>One</title><link>https://a.example/1</link></item></channel></rss>"""
SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>
<loc>https://a.example/1</loc><news:news><news:publication><news:name>A Paper</news:name>
</news:publication><news:publication_date>2025-03-04</news:publication_date></news:news></url>
</urlset>"""
BOMB = """<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
<rss version="2.0"><channel><title>&d;</title></channel></rss>"""


def read(text: str | bytes) -> Feed:
    found = read_feed(URL, text.encode() if isinstance(text, str) else text)
    assert found is not None
    return found


def one(
    url: str, updated: str | None = None, own_id: str | None = None, modified: str | None = None
) -> tuple[Entry, ...]:
    return (Entry(own_id or url, url, updated, modified),)


def test_rss() -> None:
    newer = "https://harbourchronicle.example/newer?utm_source=rss"
    assert read(RSS2) == Feed(
        "The Harbour Chronicle",
        (
            Entry(newer, newer, "2025-03-04T08:00:00+00:00"),
            Entry("n-1", "https://harbourchronicle.example/older", "2025-03-03T08:00:00+00:00"),
        ),
    )


def test_atom_with_a_base() -> None:
    expected = one(
        "https://harbourchronicle.example/x/one", "2025-03-04T08:00:00+00:00", "tag:1", "2025-03-04"
    )
    assert read(ATOM) == Feed("Atom", expected)


@pytest.mark.parametrize(("text", "title"), [(RDF, "RDF"), (RSS091, "Old")])
def test_older_formats(text: str, title: str) -> None:
    assert read(text) == Feed(title, one("https://a.example/1"))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_json_feed(mark: bytes) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "JSON",
        "items": [
            {"id": 7, "url": "/1", "date_published": "2025-03-04T09:00:00+01:00"},
            {"id": "x", "content_text": "no page"},
        ],
    }
    found = read(mark + json.dumps(feed).encode())
    expected = one("https://harbourchronicle.example/1", "2025-03-04T08:00:00+00:00", "7")
    assert found == Feed("JSON", expected)


def test_a_news_sitemap() -> None:
    assert read(SITEMAP) == Feed("A Paper", one("https://a.example/1", "2025-03-04T00:00:00+00:00"))


def test_a_feed_may_have_no_entries_yet() -> None:
    empty = "<rss version='2.0'><channel><title>The Harbour Chronicle</title></channel></rss>"
    assert read(empty) == Feed("The Harbour Chronicle", ())


def test_broken_xml_gives_the_entries_that_can_be_told() -> None:
    broken = RSS2.replace("<title>Older</title>", "<title>Older & <b>wiser</title>")
    assert [entry.id for entry in read(broken).entries][-1] == "n-1"
    assert "n-1" in [entry.id for entry in read(RSS2[: RSS2.index("<item><title>Newer")]).entries]


def test_the_same_entry_twice_is_one() -> None:
    item = "<item><guid>1</guid><link>https://a.example/1</link></item>"
    assert len(read(f'<rss version="2.0"><channel>{item}{item}</channel></rss>').entries) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "defines entities"),
        (BOMB.replace("rss", "urlset"), "defines entities"),
        ("<rss version='2.0'><channel", "is a broken feed"),
        ("Only a text.", "is no feed"),
        ("", "is empty"),
        ("<opml><body/></opml>", "is no feed"),
        ('{"version": 1', "its JSON is missing or wrong"),
        ('{"version": "https://jsonfeed.org/version/1"}', "items is missing"),
        ('{"version": "2", "items": []}', "no JSON Feed"),
        ("<sitemapindex><sitemap/></sitemapindex>", "a list of sitemaps"),
    ],
)
def test_what_is_no_feed(text: str, sentence: str) -> None:
    with pytest.raises(NoFeed) as caught:
        read(text)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_bomb_in_another_encoding_unfolds_nothing() -> None:
    """feedparser drops entities that name others."""
    data = BOMB.replace("<!DOCTYPE", '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE', 1)
    with pytest.raises(NoFeed, match="undefined entity"):
        read(data.encode("utf-16"))


def test_a_web_page_is_told_apart() -> None:
    for page in ("<!doctype html><html><head>", "<html xmlns='x'>", "<head><title>x</title>"):
        assert read_feed(URL, page.encode()) is None


CUTS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 40), st.binary(max_size=12)), max_size=6
)


@settings(max_examples=150, deadline=None)
@given(text=st.sampled_from([RSS2, ATOM, RDF, RSS091, SITEMAP]), cuts=CUTS)
def test_whatever_is_broken_gives_entries_with_a_page_or_a_sentence(
    text: str, cuts: list[tuple[int, int, bytes]]
) -> None:
    data = text.encode()
    for start, length, put in cuts:
        data = data[:start] + put + data[start + length :]
    try:
        found = read_feed(URL, data)
    except NoFeed:
        return
    for entry in found.entries if found else ():
        assert entry.url.startswith(("http://", "https://"))
        assert entry.id
