"""A page that is gone, or is no article any more, keeps its article, marked; and what pages say of
their own last change."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answerer import Answerer
from ingest.document import Document
from ingest.extract import read_document
from ingest.feeds.politeness import Politeness
from ingest.feeds.polling import Polling, add_feed
from ingest.pipeline import Ingestion
from ingest.report import IngestReport
from ingest.settings import IngestSettings
from tests.ingest.cli import ingest, objects
from tests.ingest.web import PAGE, Answer, Web, text
from vectorstore import SHARED, Article, Vectorstore
from vectorstore.feeds import Feeds

LOCAL = IngestSettings(_env_file=None, sources=(), allow_private_hosts=("127.0.0.1",), timeout=5)
LISTING = "<html><head><title>News</title></head><body>" + "".join(
    f"<h2><a href='/{n}'>Headline number {n} of the day</a></h2><p>A teaser.</p>" for n in range(9)
)


@pytest.fixture
def ingestion(store: Vectorstore) -> Ingestion:
    return Ingestion(store, LOCAL)


def article(store: Vectorstore, audience: str = SHARED) -> Article:
    [found] = store.catalog.articles([audience])
    return found


def refreshed(ingestion: Ingestion) -> IngestReport:
    [report] = ingestion.refresh([SHARED], operator=True)
    return report


@pytest.mark.parametrize(
    "answer",
    [text("no such page", status=404), text("", status=410), text(LISTING), text("<html></html>")],
    ids=["404", "410", "a listing", "nothing"],
)
def test_a_page_that_is_gone_keeps_its_article_until_it_comes_back(
    answer: Answer, web: Web, ingestion: Ingestion, store: Vectorstore
) -> None:
    web.answers["/a"] = text(PAGE)
    list(ingestion.add([f"{web.url}/a"], operator=True))
    before = store.catalog.passages_of(article(store).id)

    web.answers["/a"] = answer
    # It may be midnight meanwhile.
    days = {datetime.now(UTC).date().isoformat()}
    report = refreshed(ingestion)
    days.add(datetime.now(UTC).date().isoformat())
    assert (report.outcome, report.title) == ("failed", "Bridge reopens")
    assert report.error is not None
    gone = article(store).gone
    assert gone is not None
    assert gone[:10] in days
    assert report.error.endswith(f" The article stays as it was, marked as gone since {gone[:10]}.")
    assert report.to_json()["gone"] == gone
    assert store.catalog.passages_of(article(store).id) == before
    assert len(store.catalog.versions.of(article(store).id)) == 1
    assert store.retriever.search("Who drove the first tram?", 1)[0].metadata["gone"] == gone

    assert refreshed(ingestion).gone == gone  # since the first time

    web.answers["/a"] = text(PAGE)
    assert refreshed(ingestion).outcome == "unchanged"
    assert article(store).gone is None
    assert len(store.catalog.versions.of(article(store).id)) == 1


def test_what_can_not_be_had_now_is_not_gone(
    web: Web, ingestion: Ingestion, store: Vectorstore
) -> None:
    web.answers["/a"] = text(PAGE)
    list(ingestion.add([f"{web.url}/a"], operator=True))
    for status in (403, 429, 500, 503):
        web.answers["/a"] = text("", status=status)
        assert refreshed(ingestion).gone is None
        assert article(store).gone is None


def test_a_dry_run_marks_nothing(web: Web, ingestion: Ingestion, store: Vectorstore) -> None:
    web.answers["/a"] = text(PAGE)
    list(ingestion.add([f"{web.url}/a"], operator=True))
    del web.answers["/a"]
    [report] = ingestion.refresh([SHARED], operator=True, dry_run=True)
    assert report.gone
    assert article(store).gone is None


def test_only_the_audience_that_asked_is_told(
    web: Web, ingestion: Ingestion, store: Vectorstore
) -> None:
    web.answers["/a"] = text(PAGE)
    list(ingestion.add([f"{web.url}/a"], SHARED, operator=True))
    del web.answers["/a"]
    [report] = ingestion.add([f"{web.url}/a"], "guild-1", operator=True)
    assert (report.outcome, report.gone, report.article_id) == ("failed", None, None)
    assert article(store).gone is None


def test_undo_and_removal_leave_it_to_people(
    web: Web, ingestion: Ingestion, store: Vectorstore
) -> None:
    web.answers["/a"] = text(PAGE)
    list(ingestion.add([f"{web.url}/a"], operator=True))
    web.answers["/a"] = text(PAGE.replace("eight", "nine"))
    refreshed(ingestion)
    del web.answers["/a"]
    refreshed(ingestion)
    ingestion.undo(article(store).id)
    assert article(store).gone
    store.catalog.remove(article(store).id)
    assert store.catalog.articles([SHARED]) == []


def test_a_feed_whose_entry_changed_finds_the_page_gone(web: Web, store: Vectorstore) -> None:
    def feed(day: int) -> str:
        return (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><id>1</id>'
            f'<link href="{web.url}/a"/><updated>2025-03-{day:02}T08:00:00Z</updated>'
            "<published>2025-03-04T08:00:00Z</published></entry></feed>"
        )

    def poll() -> list[IngestReport]:
        polling = Polling(store.catalog, Ingestion(store, LOCAL), LOCAL, Politeness(LOCAL, pause=0))
        return list(polling.poll(Feeds(store.catalog.database).of()[0]))

    web.answers |= {"/feed": text(feed(7), "application/atom+xml"), "/a": text(PAGE)}
    add_feed(store.catalog, f"{web.url}/feed", SHARED, LOCAL, politeness=Politeness(LOCAL, pause=0))
    assert [report.outcome for report in poll()] == ["added"]
    # The page doesn't say when it was modified, the feed does.
    assert article(store).modified == "2025-03-07"

    web.answers["/feed"] = text(feed(8), "application/atom+xml")
    web.answers["/a"] = text("", status=410)
    [report] = poll()
    assert report.gone == article(store).gone is not None

    web.answers["/feed"] = text(feed(9), "application/atom+xml")
    web.answers["/a"] = text(PAGE)
    assert [report.outcome for report in poll()] == ["unchanged"]
    assert (article(store).gone, article(store).modified) == (None, "2025-03-09")


@pytest.fixture
def answering(store: Vectorstore) -> Answerer:
    return Answerer(store.catalog, store.retriever)


def test_an_answer_says_when_an_article_was_modified(
    web: Web, ingestion: Ingestion, store: Vectorstore, answering: Answerer
) -> None:
    said = '<meta property="article:modified_time" content="{}T08:00:00Z"></head>'
    question = "Who drove the first tram over the Kestrel Bridge?"
    web.answers["/a"] = text(PAGE.replace("</head>", said.format("2025-03-05")))
    list(ingestion.add([f"{web.url}/a"], operator=True))
    assert "modified" not in answering.answer(question).text  # a day after it was published
    web.answers["/a"] = text(PAGE.replace("</head>", said.format("2025-03-06")))
    # Many pages say a new day every day; that alone is no version.
    assert refreshed(ingestion).outcome == "unchanged"
    assert len(store.catalog.versions.of(article(store).id)) == 1
    answer = answering.answer(question)
    assert "(article of 4 March 2025; modified 6 March 2025)" in answer.text
    assert answer.citations[0].later_change == "2025-03-06"
    web.answers["/a"] = text(PAGE)
    refreshed(ingestion)
    assert article(store).modified == "2025-03-06"


def read(data: str, name: str) -> Document:
    return read_document(name, data.encode(), "html" if name.endswith("html") else "markdown")


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Bridge reopens",'
        '"dateModified": "2025-03-09T10:00:00+01:00"}</script>',
        '<meta property="article:modified_time" content="2025-03-09T08:00:00Z">',
        '<meta itemprop="dateModified" content="2025-03-09">',
    ],
)
def test_pages_say_when_they_were_modified(head: str) -> None:
    found = read(PAGE.replace("</head>", f"{head}</head>"), "a.html")
    assert (found.published, found.modified) == ("2025-03-04", "2025-03-09")


def test_a_time_element_and_front_matter_say_so_too() -> None:
    mark = "<h1>Bridge reopens</h1><p>Updated <time datetime='2025-03-09'>9 March</time></p>"
    page = PAGE.replace("<h1>Bridge reopens</h1>", mark)
    assert read(page, "a.html").modified == "2025-03-09"
    front = "---\ntitle: T\npublished: 2025-03-04\nmodified: 2025-03-09\n---\nThe bridge reopened."
    assert read(front, "a.md").modified == "2025-03-09"


def test_list_and_show_tell_both_at_the_command_line(web: Web, tmp_path: Path) -> None:
    local: dict[str, Any] = {"INGEST_ALLOW_PRIVATE_HOSTS": "127.0.0.1", "INGEST_SOURCES": ""}
    said = '<meta property="article:modified_time" content="2025-03-09T08:00:00Z"></head>'
    web.answers["/a"] = text(PAGE.replace("</head>", said))
    ingest(tmp_path, "add", f"{web.url}/a", **local)
    [there] = objects(ingest(tmp_path, "list", "--json"))
    assert (there["modified"], there["gone"]) == ("2025-03-09", None)

    web.answers["/a"] = text("", status=410)
    done = ingest(tmp_path, "--json", **local)
    assert done.returncode == 1
    [report] = objects(done)
    assert report["outcome"] == "failed"
    [listed] = objects(ingest(tmp_path, "list", "--json"))
    [shown] = objects(ingest(tmp_path, "show", "--json", "Bridge reopens"))
    assert report["gone"] == listed["gone"] == shown["gone"]
    line = ingest(tmp_path, "list").stdout.decode()
    assert f"; modified 2025-03-09; gone since {report['gone'][:10]})" in line
    told = ingest(tmp_path, "show", "Bridge reopens").stdout.decode()
    assert "modified: 2025-03-09\n" in told
    assert "gone: " in told
