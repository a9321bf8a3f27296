from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.vectorstore.texts import article, embedded
from vectorstore import (
    Article,
    Passage,
    PassageVectors,
    Period,
    Scope,
    Span,
    Vectorstore,
    read_period,
)
from vectorstore.errors import EmptyPeriod, WrongDate
from vectorstore.period import first_day, last_day

CATALOGS = ("sqlite", "postgres")


DATES = {
    "old": "2024-12-31",
    "first": "2025-02-01",
    "night": "2025-02-28T23:59:00+01:00",
    "new": "2025-03-01",
    "undated": None,
}


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        (" 2025-12 ", date(2025, 12, 1), date(2025, 12, 31)),
        ("2025-02-18", date(2025, 2, 18), date(2025, 2, 18)),
    ],
)
def test_dates_as_people_write_them(written: str, first: date, last: date) -> None:
    assert first_day(written) == first
    assert last_day(written) == last


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2025-13",
        "2025-02-30",
        "0000",
        "18.02.2025",
        "2025-2-1",
        "20250218",
        "٢٠٢٥",
    ],
)
def test_what_is_no_date_is_refused(written: str) -> None:
    for read in (first_day, last_day):
        with pytest.raises(WrongDate, match="is no date: write a day as 2025-02-18"):
            read(written)


def test_a_period_may_be_open_and_a_day_long_and_not_end_before_it_begins() -> None:
    assert read_period(None, None) is None
    assert read_period("2025-02", None) == Period(since=date(2025, 2, 1))
    assert read_period(None, "2025-02") == Period(until=date(2025, 2, 28))
    assert read_period("2025", "2025") == Period(date(2025, 1, 1), date(2025, 12, 31))
    with pytest.raises(EmptyPeriod, match="from 2025-02-02 until 2025-02-01 ends before it begins"):
        read_period("2025-02-02", "2025-02-01")


@pytest.fixture
def dated(store: Vectorstore) -> Vectorstore:
    """The same paragraph in articles of five dates, one of them a server's own."""
    for source, published in DATES.items():
        audience = "guild-1" if source == "new" else "shared"
        text = f"The ferry to Ormsay will stop running, wrote the {source} paper."
        store.catalog.replace(
            replace(article(source, audience), published=published),
            embedded(store.embeddings, [text]),
        )
    store.index.apply()
    return store


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, {"old", "first", "night", "new", "undated"}),
        ("2025-02-01", "2025-02-28", {"first", "night"}),
        ("2025-02", "2025-02", {"first", "night"}),
        ("2025-02-28", None, {"night", "new"}),
        ("2025-03-01", None, {"new"}),
        (None, "2024", {"old"}),
        (None, "2025-02-01", {"old", "first"}),
        ("1990", "1999", set()),
    ],
)
def test_exactly_the_articles_of_the_period_are_found(
    dated: Vectorstore, since: str | None, until: str | None, expected: set[str]
) -> None:
    retriever = dated.retriever.for_audience("guild-1", Scope(read_period(since, until)))
    found = retriever.search("When will the ferry stop?", 9)
    assert {document.metadata["source"] for document in found} == expected
    shared = dated.retriever.for_audience("shared", Scope(read_period(since, until)))
    found = shared.search("When will the ferry stop?", 9)
    assert {document.metadata["source"] for document in found} == expected - {"new"}


def test_nothing_of_the_period_is_missed_behind_better_passages(store: Vectorstore) -> None:
    """More passages outside come nearer, by words and by meaning, than candidates are taken."""
    text = "Why was the bridge closed?"
    vectors = np.asarray([store.embeddings.embed_query(text)], np.float32)
    none = np.empty((0, vectors.shape[1]), np.float32)
    near = [
        (Passage(n + 1, 0, f"{text} {n}", (Span(0, len(text)),)), PassageVectors(vectors[0], none))
        for n in range(120)
    ]
    store.catalog.replace(Article("outside", "Bridge", published="2025-01-01"), near)
    inside = replace(article("inside"), published="2025-02-01")
    store.catalog.replace(inside, embedded(store.embeddings, ["The pool opened on Monday."]))
    store.index.apply()
    retriever = store.retriever.for_audience("shared", Scope(read_period("2025-02", "2025-02")))
    found = retriever.search(text, 8)
    assert [document.page_content for document in found] == ["The pool opened on Monday."]


def test_a_date_that_changes_counts_at_once(dated: Vectorstore) -> None:
    moved = replace(article("old"), published="2025-02-10")
    passages = dated.catalog.passages_of(moved.id)
    vectors = dated.catalog.vectors([passages[0].id])
    dated.catalog.replace(moved, [(passages[0], vectors[passages[0].id])])
    day = Scope(read_period("2025-02-10", "2025-02-10"))
    retriever = dated.retriever.for_audience("shared", day)
    found = retriever.search("When will the ferry stop?", 9)
    assert [document.metadata["source"] for document in found] == ["old"]
