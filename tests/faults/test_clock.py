"""A wall clock that stands still, or is set back an hour, or ahead by a year."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.answering.answerer import Answerer
from bot.rendering import as_of
from bot.texts import words
from ingest.moving.importing import import_lines
from ingest.moving.lines import write_line
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from tests.clock import Clock, clock
from tests.conftest import settings_at
from tests.ingest.conftest import web
from tests.ingest.test_feeds import RSS, Newsroom, outcomes, page, refusing, rss
from tests.ingest.web import Web, text
from vectorstore import SHARED, Vectorstore, open_vectorstore
from vectorstore.checks import check
from vectorstore.errors import IndexBusy
from vectorstore.histories import Histories
from vectorstore.late import Constants
from vectorstore.lease import Lease

__all__ = ["clock", "web"]

pytestmark = pytest.mark.usefixtures("loaded_once")

_HOUR, _YEAR = timedelta(hours=1), timedelta(days=365)
_QUESTION = "When did the ferry strike on Ormsay end?"
_HEAD = b"---\ntitle: Ferry\npublished: 2025-03-04\n---\n"
_BEFORE = _HEAD + b"The ferry strike on Ormsay goes on.\n"
_AFTER = (
    b"---\ntitle: Ferry\npublished: 2025-03-04\n---\nThe ferry strike on Ormsay ended on Monday.\n"
)

_WAYS: dict[str, Callable[[Clock], None]] = {
    "stands still": lambda clock: clock.stop(),
    "an hour back": lambda clock: clock.leap(-_HOUR),
    "a year ahead": lambda clock: clock.leap(_YEAR),
}
ways = pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS)


@ways
def test_articles_answers_and_versions_are_right(
    way: Callable[[Clock], None], clock: Clock, store: Vectorstore, tmp_path: Path
) -> None:
    ingestion = Ingestion(store, IngestSettings(_env_file=None))
    clock.stop()
    assert ingestion.add_bytes("ferry.md", _BEFORE, SHARED).outcome == "added"
    way(clock)
    report = ingestion.add_bytes("ferry.md", _AFTER, SHARED)
    assert report.outcome == "updated"
    assert report.article_id
    store.index.apply()
    answer = Answerer(store.catalog, store.retriever).answer(_QUESTION)
    assert [c.quote for c in answer.citations] == ["The ferry strike on Ormsay ended on Monday."]
    # The article's day, not the clock's.
    assert "2025-03-04" in (as_of(answer.citations, words("en")) or "")
    versions = store.catalog.versions.of(report.article_id)
    assert [version.number for version in versions] == [1, 2]
    assert ingestion.undo(report.article_id).outcome == "updated"
    [passage] = store.catalog.passages_of(report.article_id)
    assert passage.text == "The ferry strike on Ormsay goes on."
    assert check(store.catalog, Constants.shipped().token_bytes) == []
    _check_that_it_moves(store, report.article_id, tmp_path)


def _check_that_it_moves(store: Vectorstore, article_id: str, folder: Path) -> None:
    history = Histories(store.catalog).of(article_id)
    assert history
    (folder / "all.jsonl").write_text(write_line(history) + "\n")
    other = open_vectorstore(settings_at(folder / "other", folder / "other" / "catalog.sqlite3"))
    try:
        [moved] = import_lines(str(folder / "all.jsonl"), other)
        assert (moved.outcome, moved.versions) == ("added", 3)
        [again] = import_lines(str(folder / "all.jsonl"), other)
        assert again.outcome == "unchanged"
    finally:
        other.close()


@ways
def test_what_came_in_meanwhile_is_read_from_feeds(
    way: Callable[[Clock], None], clock: Clock, store: Vectorstore, web: Web
) -> None:
    room = Newsroom(store, web)
    web.answers |= {"/feed": text(rss("/a"), RSS), "/a": page("Alpha"), "/b": page("Beta")}
    feed = room.add()
    assert outcomes(room.poll(feed)) == ["added"]
    way(clock)
    web.answers["/feed"] = text(rss("/a", "/b"), RSS)
    room.poll(feed)
    clock.go_on()
    clock.leap(_HOUR)
    assert [one.id for one in room.feeds.due(clock.now())] == [feed.id]
    assert outcomes(room.poll(feed)) == []
    assert room.titles() == {"Alpha", "Beta"}


def test_a_feed_that_failed_while_the_clock_was_ahead_is_not_put_off_for_a_year(
    clock: Clock, store: Vectorstore, web: Web
) -> None:
    room = Newsroom(store, web)
    web.answers |= {"/feed": text(rss(), RSS)}
    feed = room.add()
    web.answers["/feed"] = refusing(503, Retry_After=str(7 * 24 * 3600))
    clock.leap(_YEAR)
    assert outcomes(room.poll(feed)) == ["failed"]
    # What the site asked for holds.
    assert room.feeds.due(clock.now()) == []
    clock.leap(timedelta(days=6))
    assert room.feeds.due(clock.now()) == []
    clock.go_on()
    assert [one.id for one in room.feeds.due(clock.now())] == [feed.id]


def test_a_lease_ends_though_the_clock_stands_still(
    clock: Clock, store: Vectorstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vectorstore.lease.SECONDS", 1.5)
    clock.stop()
    dead, living = Lease(store.catalog, "index"), Lease(store.catalog, "index")
    block = dead.held()
    block.__enter__()
    # Its holder is at work: it renews.
    for _ in range(3):
        with pytest.raises(IndexBusy), living.held():
            pass
        assert dead.renew()
    # And now it died.
    with pytest.raises(IndexBusy), living.held():
        pass
    with living.held():
        assert not dead.renew()


@pytest.mark.parametrize("by", [-_HOUR, _YEAR], ids=["an hour back", "a year ahead"])
def test_two_never_hold_a_lease_after_the_clock_was_set(
    by: timedelta, clock: Clock, store: Vectorstore
) -> None:
    first, second = Lease(store.catalog, "index"), Lease(store.catalog, "index")
    with first.held():
        clock.leap(by)
        with second.held():
            assert not first.renew()
            assert second.renew()
        assert first.renew()


def test_a_lease_is_renewed_after_the_clock_was_set_back(clock: Clock, store: Vectorstore) -> None:
    first, second = Lease(store.catalog, "index"), Lease(store.catalog, "index")
    with first.held():
        clock.leap(-_HOUR)
        assert first.renew()
        with pytest.raises(IndexBusy), second.held():
            pass


def test_a_site_that_names_a_time_is_not_waited_for_longer_than_a_week(
    clock: Clock, store: Vectorstore, web: Web
) -> None:
    room = Newsroom(store, web)
    web.answers |= {"/feed": text(rss(), RSS)}
    feed = room.add()
    web.answers["/feed"] = refusing(503, Retry_After="Tue, 24 Nov 2099 08:00:00 GMT")
    clock.leap(-_YEAR)
    room.poll(feed)
    assert room.state(feed).due_at - clock.now() <= timedelta(days=7)
