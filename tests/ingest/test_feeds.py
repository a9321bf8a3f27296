"""Polling feeds: real servers on the loopback interface, a real store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ingest.document import Document
from ingest.errors import FetchFailed, NoFeed, RobotsRefused
from ingest.feeds.politeness import Politeness
from ingest.feeds.polling import Polling, add_feed
from ingest.lookup import find_article
from ingest.pipeline import Ingestion
from ingest.report import IngestReport
from ingest.settings import IngestSettings
from ingest.sources import Source
from tests.ingest.cli import ingest, objects
from tests.ingest.conftest import CountingEmbeddings
from tests.ingest.web import Answer, Web, endless, redirect, text
from vectorstore import SHARED, Vectorstore
from vectorstore.feeds import Feeds, FeedState

GUILD = "guild-5"
LOCAL = IngestSettings(_env_file=None, allow_private_hosts=("127.0.0.1",), timeout=5)
RSS = "application/rss+xml"


def page(title: str, head: str = "") -> Answer:
    return text(
        f'<html lang="en"><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>'
        f"<p>{title}: the Kestrel Bridge reopened on Tuesday after six months of repairs.</p>"
        "<p>The mayor, Ida Brandt, drove the first tram over it at eight in the morning, "
        "before some two hundred people who had come in spite of the rain.</p>"
        "</article></body></html>"
    )


def rss(*links: str, day: int = 1, title: str = "News") -> str:
    items = "".join(
        f"<item><title>A teaser of it</title><link>{link}</link>"
        f"<description>The teaser, which is no article.</description>"
        f"<pubDate>{day + number:02} Mar 2025 08:00:00 GMT</pubDate></item>"
        for number, link in enumerate(links)
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def tagged(body: str, etag: str, modified: str) -> Answer:
    """Answers 304 to whoever has it already."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        same = handler.headers["If-None-Match"] == etag
        handler.send_response(304 if same else 200)
        handler.send_header("ETag", etag)
        handler.send_header("Last-Modified", modified)
        handler.send_header("Content-Type", RSS)
        handler.send_header("Content-Length", "0" if same else str(len(body)))
        handler.end_headers()
        if not same:
            handler.wfile.write(body.encode())

    return answer


def refusing(status: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


class Newsroom:
    """A store, a web server, and rounds of polls that wait for nobody."""

    def __init__(self, store: Vectorstore, web: Web, settings: IngestSettings = LOCAL) -> None:
        self.store, self.web, self.settings = store, web, settings
        self.feeds = Feeds(store.catalog.database)

    def add(self, path: str = "/feed", audience: str = SHARED) -> FeedState:
        polite = Politeness(self.settings, pause=0)
        url = self.web.url + path
        return add_feed(self.store.catalog, url, audience, self.settings, politeness=polite)[0]

    def poll(self, feed: FeedState) -> list[IngestReport]:
        ingestion = Ingestion(self.store, self.settings)
        polite = Politeness(self.settings, pause=0)
        polling = Polling(self.store.catalog, ingestion, self.settings, polite)
        return list(polling.poll(self.state(feed)))

    def state(self, feed: FeedState) -> FeedState:
        [found] = [one for one in self.feeds.of() if one.id == feed.id]
        return found

    def titles(self, audience: str = SHARED) -> set[str]:
        return {article.title for article in self.store.catalog.articles([audience])}

    def asked(self) -> list[str]:
        """The paths requested since the last call."""
        paths = [path for path, _ in self.web.requests if path != "/robots.txt"]
        self.web.requests.clear()
        return paths

    def minutes(self, feed: FeedState) -> float:
        """Until the next poll."""
        return (self.state(feed).due_at - datetime.now(UTC)) / timedelta(minutes=1)


@pytest.fixture
def room(store: Vectorstore, web: Web) -> Newsroom:
    return Newsroom(store, web)


def outcomes(reports: list[IngestReport]) -> list[str]:
    return [report.outcome for report in reports]


def test_what_is_new_in_a_feed_becomes_articles(room: Newsroom, web: Web) -> None:
    web.answers |= {"/feed": text(rss("/a", "b"), RSS), "/a": page("Alpha"), "/b": page("Beta")}
    feed = room.add(audience=GUILD)
    assert (feed.title, feed.url, feed.polled_at) == ("News", f"{web.url}/feed", None)
    # The newest first.
    assert [report.title for report in room.poll(feed)] == ["Beta", "Alpha"]
    assert room.titles(GUILD) == {"Alpha", "Beta"}
    assert room.titles() == set()
    room.asked()
    assert room.poll(feed) == []
    assert room.asked() == ["/feed"]
    assert room.state(feed).error is None
    assert 25 < room.minutes(feed) <= 30


def test_a_feed_that_has_not_changed_is_not_sent_again(room: Newsroom, web: Web) -> None:
    modified = "Tue, 04 Mar 2025 08:00:00 GMT"
    web.answers |= {"/feed": tagged(rss("/a"), '"v1"', modified), "/a": page("Alpha")}
    feed = room.add()
    room.poll(feed)
    room.web.requests.clear()
    assert room.poll(feed) == []
    headers = dict(web.requests)["/feed"]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"v1"', modified)
    assert room.state(feed).etag == '"v1"'


def test_no_more_than_the_bound_in_one_poll_and_the_rest_in_the_next(
    room: Newsroom, web: Web
) -> None:
    room.settings = LOCAL.model_copy(update={"feed_articles": 2})
    web.answers["/feed"] = tagged(rss("/a", "/b", "/c"), '"v1"', "x")
    web.answers |= {f"/{name}": page(name * 3) for name in "abc"}
    feed = room.add()
    assert [report.title for report in room.poll(feed)] == ["ccc", "bbb"]
    # Were it asked conditionally, the third would never be seen.
    assert [report.title for report in room.poll(feed)] == ["aaa"]
    assert room.poll(feed) == []


@pytest.mark.parametrize("status", [404, 410, 500])
def test_a_page_that_can_not_be_had_stops_no_other_and_is_given_up(
    room: Newsroom, web: Web, status: int
) -> None:
    web.answers |= {"/feed": text(rss("/a", "/b"), RSS), "/a": page("Alpha")}
    web.answers["/b"] = refusing(status)
    feed = room.add()
    assert outcomes(room.poll(feed)) == ["failed", "added"]
    assert room.titles() == {"Alpha"}
    tries = 1
    while room.poll(feed):
        tries += 1
    # A page that is gone is gone; one whose server is out of order may come back.
    assert tries == (3 if status == 500 else 1)


def test_a_page_that_goes_later_keeps_its_article(room: Newsroom, web: Web) -> None:
    web.answers |= {"/feed": text(rss("/a"), RSS), "/a": page("Alpha")}
    feed = room.add()
    room.poll(feed)
    web.answers |= {"/feed": text(rss("/a", day=7), RSS), "/a": refusing(410)}
    assert outcomes(room.poll(feed)) == ["failed"]
    assert room.titles() == {"Alpha"}


def test_an_entry_that_was_updated_is_read_again(room: Newsroom, web: Web) -> None:
    web.answers |= {"/feed": text(rss("/a"), RSS), "/a": page("Alpha")}
    feed = room.add()
    room.poll(feed)
    web.answers |= {"/feed": text(rss("/a", day=2), RSS), "/a": page("Alpha corrected")}
    assert outcomes(room.poll(feed)) == ["updated"]
    assert room.titles() == {"Alpha corrected"}


def test_what_two_feeds_have_is_read_once(
    room: Newsroom, web: Web, embeddings: CountingEmbeddings
) -> None:
    web.answers |= {
        "/feed": text(rss("/a"), RSS),
        "/other": text(rss("/a?utm_source=other", "/amp/a"), RSS),
        "/a": page("Alpha"),
        "/amp/a": page("Alpha", f'<link rel="canonical" href="{web.url}/a">'),
    }
    first, second = room.add("/feed"), room.add("/other")
    room.poll(first)
    room.asked()
    embedded = len(embeddings.texts)
    assert outcomes(room.poll(second)) == ["unchanged"]
    assert room.asked() == ["/other", "/amp/a"]
    assert len(embeddings.texts) == embedded
    assert [a.source for a in room.store.catalog.articles([SHARED])] == [f"{web.url}/a"]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refusing(404), "answers 404"),
        (refusing(410), "any more"),
        (refusing(500), "answers 500"),
        (text("<rss version='2.0'><channel", RSS), "is a broken feed"),
        (text('<!DOCTYPE x [<!ENTITY a "b">]><rss/>', RSS), "defines entities"),
        (text("<html><body>We moved.</body></html>"), "is a web page now"),
        (endless(RSS), "more than 100.0 kB"),
        (redirect("http://127.0.0.2/feed"), "private network"),
        (redirect("http://169.254.169.254/feed"), "private network"),
    ],
)
def test_a_feed_that_fails_is_asked_less_and_less_often(
    room: Newsroom, web: Web, answer: Answer, sentence: str
) -> None:
    room.settings = LOCAL.model_copy(update={"max_bytes": 100_000})
    web.answers |= {"/feed": text(rss("/a"), RSS), "/a": page("Alpha")}
    feed = room.add()
    room.poll(feed)
    web.answers["/feed"] = answer
    waits = []
    for _ in range(8):
        [report] = room.poll(feed)
        waits.append(round(room.minutes(feed)))
    assert sentence in (report.error or "")
    assert waits == [60, 120, 240, 480, 960, 1440, 1440, 1440]
    assert (room.state(feed).failures, room.state(feed).error) == (8, report.error)
    assert room.titles() == {"Alpha"}
    web.answers["/feed"] = text(rss("/a"), RSS)
    assert room.poll(feed) == []
    assert (room.state(feed).failures, room.state(feed).error) == (0, None)
    assert round(room.minutes(feed)) == 30


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("path", ["/feed", "/b"])
def test_a_server_that_asks_for_a_pause_gets_it(
    room: Newsroom, web: Web, path: str, dated: bool
) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    after = format_datetime(later, usegmt=True) if dated else "7200"
    web.answers |= {"/feed": text(rss("/a", "/b"), RSS), "/a": page("A"), "/b": page("B")}
    feed = room.add()
    web.answers[path] = refusing(429, Retry_After=after)
    [report] = room.poll(feed)
    assert "429" in (report.error or "")
    # Nothing more is asked of it, though there would be another page.
    assert room.asked()[-1] == path
    assert 110 < room.minutes(feed) <= 120


def test_a_pause_of_years_is_a_week(room: Newsroom, web: Web) -> None:
    web.answers["/feed"] = text(rss("/a"), RSS)
    feed = room.add()
    web.answers["/feed"] = refusing(503, Retry_After="9" * 400)
    room.poll(feed)
    assert round(room.minutes(feed)) == 7 * 24 * 60


def test_entries_never_lead_into_a_private_network(store: Vectorstore, web: Web) -> None:
    with Web() as inside:
        inside.answers["/secret"] = page("Secret")
        # Only the name of the first server is allowed.
        settings = LOCAL.model_copy(update={"allow_private_hosts": ("localhost",)})
        room = Newsroom(store, web, settings)
        links = (f"{inside.url}/secret", "/hop", "file:///etc/passwd", "http://[::1]/x")
        web.answers |= {"/feed": text(rss(*links), RSS), "/hop": redirect(f"{inside.url}/secret")}
        url = f"http://localhost:{web.port}/feed"
        feed, _ = add_feed(
            store.catalog, url, SHARED, settings, politeness=Politeness(settings, pause=0)
        )
        reports = room.poll(feed)
        assert outcomes(reports) == ["failed"] * 3
        assert all("private network" in (report.error or "") for report in reports)
        assert inside.connections == []


def test_robots_txt_is_respected(room: Newsroom, web: Web) -> None:
    web.answers |= {
        "/robots.txt": text("User-agent: newsdesk\nDisallow: /b\n", "text/plain"),
        "/feed": text(rss("/a", "/b", "/hop"), RSS),
        "/a": page("Alpha"),
        "/b": page("Beta"),
        "/hop": redirect("/b"),
    }
    feed = room.add()
    reports = room.poll(feed)
    assert outcomes(reports) == ["failed", "failed", "added"]
    assert "the robots.txt of its site asks not to" in (reports[0].error or "")
    assert "/b" not in room.asked()
    assert room.poll(feed) == []


def test_robots_txt_is_asked_for_once_a_run(room: Newsroom, web: Web) -> None:
    web.answers |= {"/feed": text(rss("/a"), RSS), "/a": page("Alpha")}
    feed = room.add()
    web.requests.clear()
    room.poll(feed)
    assert [path for path, _ in web.requests] == ["/robots.txt", "/feed", "/a"]


def test_a_feed_that_robots_txt_forbids_is_not_added(room: Newsroom, web: Web) -> None:
    web.answers["/robots.txt"] = text("User-agent: *\nDisallow: /\n", "text/plain")
    with pytest.raises(RobotsRefused):
        room.add()
    web.answers["/robots.txt"] = refusing(500)
    with pytest.raises(FetchFailed, match="nobody knows what may be read"):
        room.add()
    assert room.asked() == []


def test_a_host_gets_its_requests_one_after_another_with_a_pause(web: Web) -> None:
    web.answers["/robots.txt"] = text("User-agent: *\nCrawl-delay: 4\n", "text/plain")
    waits: list[float] = []
    polite = Politeness(LOCAL, pause=1, sleep=waits.append)
    for path in ("/a", "/b"):
        polite.visit(web.url + path)
    with Web() as other:
        polite.visit(f"{other.url}/a")
    # After robots.txt, and before the second page, as long as the site wants; the other host has
    # one request only to wait for.
    assert [round(wait) for wait in waits] == [4, 4, 1]


@pytest.mark.parametrize("kind", ["application/rss+xml", "application/atom+xml; charset=utf-8"])
def test_a_page_leads_to_the_feed_that_it_names(room: Newsroom, web: Web, kind: str) -> None:
    web.answers |= {
        "/": text(
            '<html><head><link rel="alternate" type="text/html" hreflang="de" href="/de">'
            f'<link rel="alternate" type="{kind}" href="rss.xml"></head><body>News</body></html>'
        ),
        "/rss.xml": text(rss("/a", title="Found"), RSS),
    }
    feed = room.add("/")
    assert (feed.url, feed.title) == (f"{web.url}/rss.xml", "Found")


def test_a_page_without_one_says_so(room: Newsroom, web: Web) -> None:
    web.answers["/"] = page("Front page")
    with pytest.raises(NoFeed, match="names no feed; give the address of the feed itself"):
        room.add("/")
    assert room.feeds.of() == []


def test_a_feed_removed_meanwhile_gets_no_more_articles(room: Newsroom, web: Web) -> None:
    web.answers |= {"/feed": text(rss("/a", "/b"), RSS), "/a": page("A"), "/b": page("B")}
    feed = room.add()
    polite = Politeness(LOCAL, pause=0)
    ingestion = Ingestion(room.store, LOCAL)
    reports = Polling(room.store.catalog, ingestion, LOCAL, polite).poll(feed)
    assert next(reports).title == "B"
    assert room.feeds.remove(feed.id)
    assert list(reports) == []
    assert room.titles() == {"B"}


def test_two_processes_do_not_poll_one_feed_at_once(room: Newsroom, web: Web) -> None:
    web.answers |= {"/feed": text(rss("/a"), RSS), "/a": page("A")}
    feed = room.add()
    assert room.feeds.claim(feed)
    polling = Polling(room.store.catalog, Ingestion(room.store, LOCAL), LOCAL)
    assert list(polling.poll(feed)) == []
    assert room.feeds.due(datetime.now(UTC)) == []


@dataclass
class Secure:
    """A page on a port that a test can't have."""

    label: str
    paragraph: str

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        return self.label, Document("Bridge", True, (self.paragraph,), url=self.label)

    def parts(self, settings: IngestSettings) -> Sequence[Source]:
        return [self]


@pytest.mark.parametrize("schemes", [("http", "https"), ("https", "http")])
def test_http_and_https_are_one_article(room: Newsroom, web: Web, schemes: tuple[str, ...]) -> None:
    first, second = (f"{scheme}://harbourchronicle.example/bridge" for scheme in schemes)
    ingestion = Ingestion(room.store, LOCAL)
    added = ingestion.add_source(Secure(first, "The bridge reopened on Tuesday."), SHARED)
    other = ingestion.add_source(Secure(second, "The bridge reopened on Monday."), SHARED)
    assert (other.outcome, other.article_id) == ("updated", added.article_id)
    [article] = room.store.catalog.articles([SHARED])
    assert (article.source, article.url) == (first, second)
    for named in (first, second, f"{second}?utm_source=x"):
        assert find_article(room.store.catalog, SHARED, named) == article
    # In a feed it is not even asked for.
    web.answers["/feed"] = text(rss(f"{second}#top", "/a"), RSS)
    web.answers["/a"] = page("Alpha")
    assert [report.title for report in room.poll(room.add())] == ["Alpha"]


def test_the_command(tmp_path: Path, web: Web) -> None:
    web.answers |= {"/feed": text(rss("/a"), RSS), "/a": page("Alpha")}
    url = f"{web.url}/feed"

    def run(*arguments: str, status: int = 0) -> str:
        done = ingest(tmp_path, "feeds", *arguments, INGEST_ALLOW_PRIVATE_HOSTS="127.0.0.1")
        assert done.returncode == status, done.stderr
        return (done.stdout + done.stderr).decode()

    assert f"added     “News” {url} is polled from now on" in run("add", url, "--audience", GUILD)
    assert "“Alpha”, 2 added" in run("poll")
    assert "No feed is due" in run("poll")
    done = ingest(tmp_path, "feeds", "list", "--json")
    [listed] = objects(done)
    assert (listed["url"], listed["audience"], listed["error"]) == (url, GUILD, None)
    web.answers["/feed"] = refusing(500)
    assert "answers 500" in run("poll", "--all", status=1)
    assert "answers 500" in run("list")
    assert "no feed “/x”" in run("remove", "/x", status=1)
    assert "its articles stay" in run("remove", "News")
