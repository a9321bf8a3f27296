"""Which articles have a quote too, and which of several copies of a passage stands for all."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from langchain_core.documents import Document

from tests.vectorstore.wire import CORRECTED, CREDIT, OWN, TRANSLATED, TRIMMED, WIRE, saying, store
from vectorstore import Article, Catalog, Period, Scope
from vectorstore.copies import Copies

CATALOGS = ("sqlite", "postgres")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


def test_copies_are_found_by_sentences_in_every_shape(catalog: Catalog) -> None:
    wire = store(catalog, "wire", WIRE)
    store(catalog, "trimmed", TRIMMED)
    store(catalog, "merged", [" ".join(WIRE)])
    store(catalog, "corrected", CORRECTED)
    store(catalog, "own", OWN)
    store(catalog, "translated", TRANSLATED, language="fr")
    assert sorted(saying(wire, catalog, "Dockworkers")) == ["corrected", "merged", "trimmed"]
    # The sentence that one of them cut, and the one that has another number.
    assert sorted(saying(wire, catalog, "Trains are not")) == ["corrected", "merged"]
    assert sorted(saying(wire, catalog, "412 members")) == ["merged", "trimmed"]
    # The mended typo.
    assert sorted(saying(wire, catalog, "mediator")) == ["corrected", "merged", "trimmed"]


def test_a_language_that_was_not_told_is_no_difference(catalog: Catalog) -> None:
    wire = store(catalog, "wire", WIRE)
    store(catalog, "trimmed", TRIMMED, language="und")
    assert saying(wire, catalog, "Dockworkers") == ["trimmed"]


def test_a_corrected_number_name_or_date_is_no_copy(catalog: Catalog) -> None:
    wire = store(catalog, "wire", WIRE)
    for before, after in [
        ("412", "413"),
        ("412", "some 412"),
        ("Tardieu", "Tardiou"),
        ("Louise", "Luise"),
    ]:
        store(catalog, f"{before} {after}", [WIRE[1].replace(before, after)])
    store(catalog, "day", [WIRE[0].replace("Monday", "Sunday")])
    assert saying(wire, catalog, "412 members") == []
    assert saying(wire, catalog, "Dockworkers") == []
    assert saying(wire, catalog, "Trains are not") == ["day"]


def test_the_same_words_long_after_are_about_another_day(catalog: Catalog) -> None:
    notice = "There will be no trams between the harbour and the old town this weekend, they say."
    short = "Shares rose a little on Tuesday."
    wire = store(catalog, "today", [notice, short], published="2026-04-14T08:00:00+02:00")
    for source, published in [
        ("same day", "2026-04-14"),
        ("next day", "2026-04-15"),
        ("after six", "2026-04-20"),
        ("next week", "2026-04-21"),
        ("undated", None),
        ("odd", "spring"),
    ]:
        store(catalog, source, [notice, short], published=published)
    assert sorted(saying(wire, catalog, "no trams")) == [
        *("after six", "next day", "odd", "same day", "undated")
    ]
    assert sorted(saying(wire, catalog, "Shares")) == ["odd", "same day", "undated"]


def test_no_link_leaves_what_an_audience_sees(catalog: Catalog) -> None:
    shared = store(catalog, "shared", WIRE)
    one = store(catalog, "one", TRIMMED, audience="guild-1")
    store(catalog, "two", TRIMMED, audience="guild-2")
    assert saying(shared, catalog, "Dockworkers", "shared") == []
    assert saying(shared, catalog, "Dockworkers", "shared", "guild-1") == ["one"]
    assert saying(one, catalog, "Dockworkers", "shared", "guild-1") == ["shared"]


def test_other_servers_do_not_make_a_story_common(catalog: Catalog) -> None:
    shared = store(catalog, "shared", WIRE[:1])
    for number in range(300):
        store(catalog, "own", WIRE[:1], audience=f"guild-{number}")
    assert saying(shared, catalog, "Dockworkers", "shared", "guild-7") == ["own"]


def test_only_what_is_asked_of(catalog: Catalog) -> None:
    wire = store(catalog, "wire", WIRE)
    store(catalog, "later", WIRE, published="2026-04-15")
    passage = catalog.passages_of(wire.id)[1]
    where = (passage.text, passage.id, ["shared"])
    copies = Copies(catalog)
    day = Period(date(2026, 4, 14), date(2026, 4, 14))
    assert [a.source for a in copies.saying(*where)] == ["later"]
    assert copies.saying(*where, Scope(period=day)) == []
    assert copies.saying(*where, Scope(article=wire.id)) == []
    assert copies.saying(passage.text, 0, ["shared"]) == []


def test_a_page_is_named_once(catalog: Catalog) -> None:
    address = "https://wire.example/a"
    wire = store(catalog, "wire", WIRE, url=address)
    store(catalog, "again", WIRE, url=address, audience="guild-1")
    store(catalog, "paper", WIRE, url="https://paper.example/b")
    store(catalog, "paper", WIRE, url="https://paper.example/b", audience="guild-1")
    assert saying(wire, catalog, "Dockworkers", "shared", "guild-1") == ["paper"]


# Which stands for all.


def document(catalog: Catalog, article: Article, paragraph: int, score: float) -> Document:
    passage = catalog.passages_of(article.id)[paragraph - 1]
    metadata = {
        "passage_id": passage.id,
        "article_id": article.id,
        "language": article.language,
        "published": article.published,
        "url": article.url,
        "source": article.source,
        "score": score,
        "cosine": score - 0.1,
        "lexical": 0.5,
    }
    return Document(id=str(passage.id), page_content=passage.text, metadata=metadata)


def folded(catalog: Catalog, *documents: Document) -> list[tuple[str, float]]:
    found = Copies(catalog).folded(documents)
    return [(str(d.metadata["source"]), float(d.metadata["score"])) for d in found]


def test_one_stands_for_all_at_the_place_of_the_best(catalog: Catalog) -> None:
    undated = store(catalog, "undated", WIRE, published=None, url="https://u.example/")
    unlinked = store(catalog, "unlinked", WIRE, published="2026-04-13")
    later = store(catalog, "later", WIRE, url="https://l.example/", published="2026-04-15")
    first = store(catalog, "first", WIRE, url="https://f.example/")
    own = store(catalog, "own", OWN)
    found = [
        document(catalog, article, 2, score)
        for article, score in ((undated, 0.9), (later, 0.8), (own, 0.7), (first, 0.6))
    ]
    assert folded(catalog, *found, document(catalog, unlinked, 2, 0.5)) == [
        ("first", 0.9),
        ("own", 0.7),
    ]
    # Of an article's other paragraphs nothing is folded away.
    assert folded(catalog, found[3], document(catalog, first, 3, 0.5)) == [
        ("first", 0.6),
        ("first", 0.5),
    ]
    assert folded(catalog) == []


def test_what_says_more_stands(catalog: Catalog) -> None:
    trimmed = store(catalog, "trimmed", TRIMMED, published="2026-04-13", url="https://t.example/")
    whole = store(catalog, "whole", WIRE)
    assert folded(
        catalog, document(catalog, trimmed, 1, 0.9), document(catalog, whole, 1, 0.8)
    ) == [("whole", 0.9)]


def test_differences_stay_side_by_side(catalog: Catalog) -> None:
    articles = [
        store(catalog, "wire", WIRE),
        store(catalog, "corrected", CORRECTED),
        store(catalog, "another", CORRECTED, published="2026-04-15"),
        store(catalog, "translated", TRANSLATED, language="fr"),
    ]
    found = [document(catalog, a, 2, 0.9 - n / 10) for n, a in enumerate(articles)]
    assert [source for source, _ in folded(catalog, *found)] == ["wire", "corrected", "translated"]


def test_passages_that_overlap_tell_both_all_of_it(catalog: Catalog) -> None:
    one = store(catalog, "one", [f"{WIRE[1]} {WIRE[3]}"])
    other = store(catalog, "other", [f"{WIRE[3]} {WIRE[4]}"])
    found = [document(catalog, one, 1, 0.9), document(catalog, other, 1, 0.8)]
    assert [source for source, _ in folded(catalog, *found)] == ["one", "other"]
    assert saying(one, catalog, "About forty") == ["other"]


def test_a_credit_line_links_only_itself(catalog: Catalog) -> None:
    wire = store(catalog, "wire", [*WIRE, CREDIT])
    store(catalog, "own", [*OWN, CREDIT])
    assert saying(wire, catalog, "Reporting by") == ["own"]
    assert saying(wire, catalog, "Dockworkers") == []
