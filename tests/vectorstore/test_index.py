import shutil
from collections.abc import Callable
from pathlib import Path

import chromadb
import pytest

from tests.conftest import folder_of
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.errors import IndexUnavailable
from vectorstore.local_index import LocalIndex
from vectorstore.scan import CatalogScan

MakeStore = Callable[..., Vectorstore]
QUESTION = "Who opened the swimming pool?"


def best(store: Vectorstore, question: str = QUESTION) -> list[str]:
    return [document.page_content for document in store.retriever.search(question, 3)]


def chroma_ids(path: Path, audience: str = "shared") -> set[int]:
    """What Chroma itself holds; only while nobody else has the folder open."""
    client = chromadb.PersistentClient(path / "data" / "chroma")
    try:
        return {int(i) for i in client.get_collection(audience).get(include=[])["ids"]}
    finally:
        client.close()  # type: ignore[attr-defined]


def test_chroma_holds_what_the_catalog_holds(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store()
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    assert store.index.apply() == 3
    assert store.index.apply() == 0
    store.catalog.replace(article(), embedded(store.embeddings, FERRY[1:]))
    assert store.index.apply() == 1
    ids = {p.id for p in store.catalog.passages_of(article().id)}
    store.index.close()
    assert chroma_ids(tmp_path) == ids


def test_of_a_purged_audience_chroma_keeps_nothing(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store()
    mine = article(audience="guild-7")
    store.catalog.replace(mine, embedded(store.embeddings, FERRY))
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    store.catalog.versions.purge("guild-7")
    store.index.drop("guild-7")
    store.index.drop("guild-7")
    store.index.apply()
    again = store.retriever.question_vector(QUESTION)
    assert len(store.index.search("shared", again, 3)) == 3
    store.index.close()
    client = chromadb.PersistentClient(tmp_path / "data" / "chroma")
    names = [collection.name for collection in client.list_collections()]
    client.close()  # type: ignore[attr-defined]
    assert names == ["shared"]


def test_an_audience_can_come_back_after_it_was_purged(store: Vectorstore) -> None:
    store.catalog.replace(article(audience="guild-7"), embedded(store.embeddings, FERRY))
    store.index.apply()
    store.catalog.versions.purge("guild-7")
    store.index.drop("guild-7")
    store.catalog.replace(article(audience="guild-7"), embedded(store.embeddings, FERRY[:1]))
    assert store.index.apply() == 1
    vector = store.retriever.question_vector(QUESTION)
    assert len(store.index.search("guild-7", vector, 3)) == 1


def test_the_collection_measures_cosines_of_centred_vectors(store: Vectorstore) -> None:
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    vector = store.retriever.question_vector(QUESTION)
    pending = store.index.search("shared", vector, 3)
    store.index.apply()
    applied = store.index.search("shared", vector, 3)
    assert [i for i, _ in applied] == [i for i, _ in pending]
    for (_, cosine), (_, exact) in zip(applied, pending, strict=True):
        assert cosine == pytest.approx(exact, abs=1e-3)


def test_passages_are_found_before_they_are_applied(store: Vectorstore) -> None:
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    assert best(store)[0] == FERRY[2]


def test_removed_passages_are_found_no_more_before_that_is_applied(store: Vectorstore) -> None:
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    store.catalog.replace(article(), embedded(store.embeddings, FERRY[:2]))
    assert FERRY[2] not in best(store)


def test_a_second_opener_searches_the_catalog_and_sees_new_articles(make_store: MakeStore) -> None:
    owner, other = make_store(), make_store()
    assert isinstance(owner.index, LocalIndex)
    assert isinstance(other.index, CatalogScan)
    other.catalog.replace(article(), embedded(other.embeddings, FERRY))
    assert best(owner)[0] == FERRY[2]
    assert best(other)[0] == FERRY[2]
    assert owner.index.apply() == 3


@pytest.mark.parametrize("how", ["deleted", "dirty", "emptied"])
def test_a_lost_index_is_filled_again_without_embedding(
    make_store: MakeStore, tmp_path: Path, how: str
) -> None:
    store = make_store()
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    store.close()
    if how == "deleted":
        shutil.rmtree(tmp_path / "data" / "chroma")
    elif how == "dirty":
        # As a process leaves it that is killed while it writes.
        (tmp_path / "data" / "chroma.dirty").touch()
    else:
        client = chromadb.PersistentClient(tmp_path / "data" / "chroma")
        client.get_collection("shared").delete(ids=["1", "2"])
        client.close()  # type: ignore[attr-defined]

    again = make_store()
    assert best(again)[0] == FERRY[2]
    assert isinstance(again.index, LocalIndex)
    assert again.index.settle(60)
    assert best(again)[0] == FERRY[2]
    assert not (tmp_path / "data" / "chroma.dirty").exists()
    again.index.close()
    assert len(chroma_ids(tmp_path)) == 3


def test_a_graph_whose_files_are_lost_is_noticed(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store()
    texts = [f"{FERRY[n % 3]} Note {n}." for n in range(40)]
    pairs = embedded(store.embeddings, texts)
    # Over the number of rows after which Chroma writes its graph into files.
    for n in range(30):
        store.catalog.replace(article(f"source {n}"), pairs)
    store.index.apply()
    store.close()
    [graph] = [f for f in (tmp_path / "data" / "chroma").iterdir() if f.is_dir()]
    shutil.rmtree(graph)
    again = make_store()
    assert len(best(again)) == 3
    assert isinstance(again.index, LocalIndex)
    assert again.index.settle(60)
    again.index.close()
    assert len(chroma_ids(tmp_path)) == 1200


def test_removed_passages_take_no_places_of_others(make_store: MakeStore) -> None:
    store = make_store()
    store.catalog.replace(article("one"), embedded(store.embeddings, FERRY))
    store.catalog.replace(
        article("many"), embedded(store.embeddings, [f"{FERRY[2]} {n}" for n in range(60)])
    )
    store.index.apply()
    store.catalog.remove(article("many").id)
    assert set(best(store)) == set(FERRY)


def test_an_audience_that_chroma_refuses_stops_no_other(make_store: MakeStore) -> None:
    store = make_store()
    store.catalog.replace(article("a", "a..b"), embedded(store.embeddings, FERRY[:1]))
    store.catalog.replace(article("b", "guild-1"), embedded(store.embeddings, FERRY[1:]))
    with pytest.raises(IndexUnavailable):
        store.index.apply()
    assert store.index.search("guild-1", store.retriever.question_vector("pool"), 3)
    store.index.close()
    assert len(chroma_ids(folder_of(store).parent, "guild-1")) == 2


def test_the_index_of_another_catalog_is_not_used(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store()
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    store.close()
    for file in (tmp_path / "data").glob("catalog.sqlite3*"):
        file.unlink()
    again = make_store()
    assert best(again) == []
    again.catalog.replace(article(), embedded(again.embeddings, FERRY[:1]))
    again.index.apply()
    assert best(again) == FERRY[:1]


def test_an_address_that_is_none_is_said_so(tmp_path: Path) -> None:
    settings = VectorstoreSettings(path=tmp_path, chroma_url="localhost:8000")
    with pytest.raises(IndexUnavailable, match="VECTORSTORE_CHROMA_URL must be"):
        open_vectorstore(settings)
