import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import CatalogAt
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import Catalog
from vectorstore.change_log import ChangeLog
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.errors import CatalogError

CATALOGS = ("sqlite", "postgres")


@pytest.fixture
def catalog(tmp_path: Path, catalog_at: CatalogAt) -> Iterator[Catalog]:
    catalog = Catalog(catalog_at(tmp_path))
    yield catalog
    catalog.close()


def terms_in_index(catalog: Catalog) -> dict[str, int]:
    rows = catalog.query("SELECT term, doc FROM words_vocabulary")
    return {row["term"]: row["doc"] for row in rows}


def test_text_comes_back_verbatim(catalog: Catalog, embeddings: BundledEmbeddings) -> None:
    odd = "L’« appel »\0 a été\u200b fait  — «ﬁn»"
    catalog.replace(article(), embedded(embeddings, [odd]))
    assert [p.text for p in catalog.passages_of(article().id)] == [odd]


def test_a_changed_paragraph_is_one_removed_and_one_added(
    catalog: Catalog, embeddings: BundledEmbeddings
) -> None:
    first = catalog.replace(article(), embedded(embeddings, FERRY))
    assert (first.added, first.removed, first.unchanged) == (3, 0, 0)
    before = {p.text: p.id for p in catalog.passages_of(article().id)}

    edited = [FERRY[0], "Le pont de Kerval est rouvert.", FERRY[2]]
    changes = catalog.replace(article(), embedded(embeddings, edited))

    assert (changes.added, changes.removed, changes.unchanged) == (1, 1, 2)
    after = {p.text: p.id for p in catalog.passages_of(article().id)}
    assert after[FERRY[0]] == before[FERRY[0]]
    assert after[edited[1]] > max(before.values()), "an id is never given twice"
    assert "fissure" not in terms_in_index(catalog)
    assert terms_in_index(catalog)["rouvert"] == 1


def test_the_tokens_of_an_unchanged_paragraph_stay(
    catalog: Catalog, embeddings: BundledEmbeddings
) -> None:
    pairs = embedded(embeddings, FERRY)
    catalog.replace(article(), [(p, replace(v, tokens=b"tokens")) for p, v in pairs])
    catalog.replace(article(), pairs)
    ids = [p.id for p in catalog.passages_of(article().id)]
    assert catalog.tokens(ids) == dict.fromkeys(ids, b"tokens")

    catalog.replace(article(), [(p, replace(v, tokens=b"others")) for p, v in pairs])
    assert catalog.tokens(ids) == dict.fromkeys(ids, b"others")


def test_a_moved_paragraph_keeps_its_id_and_needs_no_index_change(
    catalog: Catalog, embeddings: BundledEmbeddings
) -> None:
    catalog.replace(article(), embedded(embeddings, FERRY))
    before = {p.text: p.id for p in catalog.passages_of(article().id)}
    sequence = catalog.sequence()

    catalog.replace(article(), embedded(embeddings, FERRY[::-1]))

    moved = catalog.passages_of(article().id)
    assert [p.text for p in moved] == FERRY[::-1]
    assert {p.text: p.id for p in moved} == before
    changes = ChangeLog(catalog).since("shared", sequence, 100)
    assert (changes.upserts, changes.deletes) == ((), ())


def test_equal_paragraphs_are_kept_apart(catalog: Catalog, embeddings: BundledEmbeddings) -> None:
    catalog.replace(article(), embedded(embeddings, [FERRY[0], FERRY[0]]))
    changes = catalog.replace(article(), embedded(embeddings, [FERRY[0]]))
    assert (changes.added, changes.removed, changes.unchanged) == (0, 1, 1)


def test_totals_follow_every_change(catalog: Catalog, embeddings: BundledEmbeddings) -> None:
    catalog.replace(article(), embedded(embeddings, FERRY))
    catalog.replace(article(), embedded(embeddings, FERRY[:1]))
    assert catalog.totals().passages == 1
    assert catalog.totals().words == len(catalog.query("SELECT terms FROM passages")[0][0].split())
    assert catalog.remove(article().id)
    assert not catalog.remove(article().id)
    assert (catalog.totals().passages, catalog.totals().words, catalog.totals().grams) == (0, 0, 0)
    assert terms_in_index(catalog) == {}


def test_changes_are_told_once_and_in_parts(
    catalog: Catalog, embeddings: BundledEmbeddings
) -> None:
    for n in range(4):
        catalog.replace(article(f"source {n}"), embedded(embeddings, FERRY[:2]))
    catalog.remove(article("source 0").id)

    first = ChangeLog(catalog).since("shared", 0, limit=2)
    rest = ChangeLog(catalog).since("shared", first.sequence, limit=100)

    assert len(first.upserts) + len(rest.upserts) == 6
    assert len(first.deletes) + len(rest.deletes) == 2
    assert rest.sequence == catalog.sequence()
    assert not ChangeLog(catalog).since("shared", rest.sequence, limit=100).upserts


def test_articles_are_listed_newest_first_and_undated_last(
    catalog: Catalog, embeddings: BundledEmbeddings
) -> None:
    from dataclasses import replace

    for source, published in [("a", "2025-02-15"), ("b", None), ("c", "2025-02-18")]:
        catalog.replace(
            replace(article(source), published=published), embedded(embeddings, FERRY[:1])
        )
    assert [a.source for a in catalog.articles(["shared"])] == ["c", "a", "b"]


def test_a_snapshot_is_of_one_moment(tmp_path: Path, catalog_at: CatalogAt) -> None:
    at = catalog_at(tmp_path)
    with closing(Catalog(at)) as reader, closing(Catalog(at)) as writer:
        writer.set_meta("first", "1")
        with reader.database.snapshot():
            assert reader.meta("first") == "1"
            writer.set_meta("second", "2")
            assert reader.meta("second") is None
        assert reader.meta("second") == "2"


def test_two_processes_write_at_the_same_time(tmp_path: Path, catalog_at: CatalogAt) -> None:
    script = (
        "import sys, numpy as np\n"
        "from vectorstore import *\n"
        "import pathlib\n"
        "at = sys.argv[1] if '//' in sys.argv[1] else pathlib.Path(sys.argv[1])\n"
        "catalog = Catalog(at)\n"
        "none = np.empty((0, 4), 'f4')\n"
        "for n in range(40):\n"
        "    a = Article(source=f'{sys.argv[2]}-{n}', title='t')\n"
        "    p = Passage(1, 0, f'{sys.argv[2]} {n}', (Span(0, 3),))\n"
        "    catalog.replace(a, [(p, PassageVectors(np.ones(4, 'f4'), none))])\n"
        "catalog.close()\n"
    )
    at = catalog_at(tmp_path)
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(at), name]) for name in ("one", "two")
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    catalog = Catalog(at)
    assert len(catalog.articles(["shared"])) == 80
    assert catalog.sequence() == 80
    catalog.close()


def test_a_catalog_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(CatalogError, match=r"newer Newsdesk \(schema 99"):
        Catalog(path)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    path.write_text("These are notes, not a database. " * 100)
    with pytest.raises(CatalogError, match="is damaged: file is not a database"):
        Catalog(path)
    assert path.read_text().startswith("These are notes")
