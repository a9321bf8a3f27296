"""Versions: every text that an article ever had, its metadata too, and what an undo gives back."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import CatalogAt
from tests.vectorstore.texts import FERRY, article
from vectorstore import Catalog, Passage, PassageVectors, Span
from vectorstore.change_log import ChangeLog

ID = article().id
SCHEMA = Path(__file__).parents[2] / "vectorstore" / "schema"


def pairs(texts: Sequence[str]) -> list[tuple[Passage, PassageVectors]]:
    vectors = PassageVectors(np.ones(4, np.float32), np.empty((0, 4), np.float32))
    return [
        (Passage(n, 0, text, (Span(0, len(text)),)), vectors) for n, text in enumerate(texts, 1)
    ]


CATALOGS = ("sqlite", "postgres")


@pytest.fixture
def catalog(tmp_path: Path, catalog_at: CatalogAt) -> Iterator[Catalog]:
    catalog = Catalog(catalog_at(tmp_path))
    yield catalog
    catalog.close()


def texts(catalog: Catalog, number: int) -> list[str]:
    return [p.text for p in catalog.versions.passages(ID, number)]


def test_every_version_is_kept_verbatim_and_numbered(catalog: Catalog) -> None:
    odd = "L’« appel »\0 a été\u200b fait  — «ﬁn»"
    catalog.replace(article(), pairs([odd, FERRY[1]]))
    catalog.replace(replace(article(), title="Bridge", published="2025-03-04"), pairs(FERRY))
    first, second = catalog.versions.of(ID)
    assert (first.number, second.number) == (1, 2)
    assert first.article == article()
    assert (second.article.title, second.article.published) == ("Bridge", "2025-03-04")
    assert texts(catalog, 1) == [odd, FERRY[1]]
    assert texts(catalog, 2) == FERRY
    assert texts(catalog, 3) == []
    assert first.until is not None
    assert second.until is None
    assert first.since <= first.until == second.since
    stored = [(p.paragraph, p.start, p.text, p.sentences) for p in catalog.passages_of(ID)]
    kept = catalog.versions.passages(ID, 2)
    assert [(p.paragraph, p.start, p.text, p.sentences) for p in kept] == stored


def test_what_changes_nothing_is_no_version(catalog: Catalog) -> None:
    catalog.replace(article(), pairs(FERRY))
    before = catalog.versions.of(ID)
    catalog.replace(article(), pairs(FERRY))
    assert catalog.versions.of(ID) == before
    # Not the words, but their order.
    catalog.replace(article(), pairs(FERRY[::-1]))
    assert [v.number for v in catalog.versions.of(ID)] == [1, 2]


def test_a_removed_article_keeps_its_versions_and_never_gives_a_number_twice(
    catalog: Catalog,
) -> None:
    catalog.replace(article(), pairs(FERRY[:1]))
    catalog.remove(ID)
    (last,) = catalog.versions.of(ID)
    assert last.removed
    assert last.until is not None
    assert catalog.versions.removed_articles(["shared"]) == [article()]
    assert catalog.versions.removed_articles(["guild-1"]) == []
    assert catalog.versions.before(ID) == last

    catalog.replace(article(), pairs(FERRY[:2]))
    assert [v.number for v in catalog.versions.of(ID)] == [1, 2]
    assert catalog.versions.removed_articles(["shared"]) == []
    catalog.remove(ID)
    assert len(catalog.versions.removed_articles(["shared"])) == 1, "the last version only"


def test_one_undo_after_the_other_goes_further_back(catalog: Catalog) -> None:
    for upto in (1, 2, 3):
        catalog.replace(article(), pairs(FERRY[:upto]))

    def undo() -> int:
        before = catalog.versions.before(ID)
        assert before is not None
        passages = catalog.versions.passages(ID, before.number)
        catalog.replace(before.article, pairs([p.text for p in passages]), before.original)
        return before.original

    assert undo() == 2
    assert undo() == 1
    assert catalog.versions.before(ID) is None
    catalog.remove(ID)
    assert undo() == 1, "of a removed article, its last text"
    assert catalog.versions.before(ID) is None
    catalog.replace(article(), pairs(FERRY))
    assert undo() == 1
    assert [v.restores for v in catalog.versions.of(ID)] == [None, None, None, 2, 1, 1, None, 1]


def test_what_ended_is_told_after_a_sequence_number(catalog: Catalog) -> None:
    catalog.replace(article(), pairs(FERRY))
    assert catalog.versions.ended_after(0) == []
    catalog.replace(article(), pairs(FERRY[:1]))
    changed = catalog.sequence()
    catalog.remove(ID)
    removed = catalog.sequence()
    assert [e.sequence for e in catalog.versions.ended_after(0)] == [changed, removed]
    assert [e.article_id for e in catalog.versions.ended_after(changed)] == [ID]
    assert catalog.versions.ended_after(removed) == []


def test_a_purge_leaves_nothing_of_an_audience_and_all_of_the_others(catalog: Catalog) -> None:
    own = article(audience="guild-1")
    for one in (article(), own):
        catalog.replace(one, pairs(FERRY))
        catalog.replace(one, pairs(FERRY[:2]))
    gone = article("gone", audience="guild-1")
    catalog.replace(gone, pairs(FERRY[:1]))
    catalog.remove(gone.id)
    ids = {p.id for p in catalog.passages_of(own.id)}

    catalog.versions.purge("guild-1")

    assert catalog.versions.of(own.id) == catalog.versions.of(gone.id) == []
    assert catalog.passages_of(own.id) == []
    assert catalog.totals().passages == 2
    assert ids <= ChangeLog(catalog).removed_after("guild-1", 0), "the index is told"
    assert len(catalog.versions.of(ID)) == 2


def test_a_catalog_of_schema_1_has_its_present_text_as_version_1(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    old = sqlite3.connect(path)
    old.executescript((SCHEMA / "1.sql").read_text(encoding="utf-8"))
    old.execute(
        "INSERT INTO articles VALUES (?, 'shared', 'ferry', 'Ferry', 1, 'en', '2025-03-04', NULL, "
        "NULL, NULL, 'x', '2025-03-05T10:00:00+00:00')",
        (ID,),
    )
    old.execute(
        "INSERT INTO passages (article_id, audience, paragraph, start, text, terms, sentences, "
        "vector, sentence_vectors, sequence) VALUES (?, 'shared', 1, 0, ?, '', ?, x'', x'', 1)",
        (ID, FERRY[0], f"[[0, {len(FERRY[0])}]]"),
    )
    old.execute("INSERT INTO meta VALUES ('sequence', '1')")
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()

    catalog = Catalog(path)
    (first,) = catalog.versions.of(ID)
    assert (first.number, first.since, first.until) == (1, "2025-03-05T10:00:00+00:00", None)
    catalog.replace(article(), pairs(FERRY[1:]))
    assert [v.number for v in catalog.versions.of(ID)] == [1, 2]
    assert texts(catalog, 1) == FERRY[:1]
    assert catalog.versions.of(ID)[0].article.published == "2025-03-04"
    catalog.close()
