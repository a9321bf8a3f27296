"""An index that is damaged, in any way and at any time, is whole again without embedding."""

import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answerer import Answerer
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import SHARED, Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.embeddings import BundledEmbeddings, NamedEmbeddings
from vectorstore.examination import examine
from vectorstore.index import ChromaIndex
from vectorstore.local_index import LocalIndex
from vectorstore.owned import OwnedFolder

# How many random ways; `FAULTS=50 pytest tests/vectorstore/test_local_index.py` for more.
_CASES = int(os.environ.get("FAULTS", "5"))
_QUESTION = "Who opened the swimming pool?"
_PASSAGES = 1200


@pytest.fixture(autouse=True)
def embeddings_counted(monkeypatch: pytest.MonkeyPatch, embeddings: BundledEmbeddings) -> list[str]:
    """What was embedded of articles; all stores share the model."""
    embedded_texts: list[str] = []
    states = embeddings.states

    def counted(texts: Any, *, query: bool) -> Any:
        if not query:
            embedded_texts.extend(texts)
        return states(texts, query=query)

    def counted_documents(texts: list[str]) -> list[list[float]]:
        embedded_texts.extend(texts)
        return []

    def loaded(name: str, cache: Path | None = None, **_: bool) -> NamedEmbeddings:
        return embeddings

    monkeypatch.setattr(embeddings, "states", counted)
    monkeypatch.setattr(embeddings, "embed_documents", counted_documents)
    monkeypatch.setattr("vectorstore.store.load_embeddings", loaded)
    return embedded_texts


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, embeddings: BundledEmbeddings) -> Path:
    """A store whose index is over the number of rows after which Chroma writes its graph into
    files; not to be written to."""
    path = tmp_path_factory.mktemp("whole") / "data"
    store = open_vectorstore(VectorstoreSettings(_env_file=None, path=path))
    pairs = embedded(embeddings, [f"{FERRY[n % 3]} Note {n}." for n in range(40)])
    for n in range(_PASSAGES // 40):
        store.catalog.replace(article(f"source {n}"), pairs)
    store.index.apply()
    store.close()
    return path


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "data")
    return tmp_path / "data"


def opened(folder: Path) -> Vectorstore:
    return open_vectorstore(VectorstoreSettings(_env_file=None, path=folder))


def local(store: Vectorstore) -> LocalIndex:
    assert isinstance(store.index, LocalIndex)
    return store.index


def asked(store: Vectorstore) -> str:
    """The quote that answers, after the same from a person's point of view."""
    answer = Answerer(store.catalog, store.retriever).answer(_QUESTION)
    assert answer.status == "answered"
    assert "Schwimmbad" in answer.citations[0].quote
    return answer.text


def check_that_it_heals(folder: Path, embedded_texts: list[str]) -> None:
    """The next question is answered, and the index whole afterwards."""
    store = opened(folder)
    try:
        asked(store)
        check_that_it_is_ready(store)
        asked(store)
        store.index.close()
        check_that_it_is_whole(folder, store)
    finally:
        store.close()
    assert embedded_texts == []


def check_that_it_is_ready(store: Vectorstore) -> None:
    assert local(store).settle(120)
    store.index.apply()
    state = local(store).state
    assert (state.phase, state.indexed, state.passages) == ("ready", _PASSAGES, _PASSAGES)
    assert store.index.trouble is None


def check_that_it_is_whole(folder: Path, store: Vectorstore) -> None:
    owned = OwnedFolder(folder)
    assert owned.is_sealed
    centring = store.retriever.centring
    assert examine(owned.path, store.catalog, centring, threading.Event()) is None


def some_file(choose: random.Random, folder: Path) -> Path:
    files = sorted(f for f in (folder / "chroma").rglob("*") if f.is_file() and f.stat().st_size)
    return choose.choice(files)


def flip(choose: random.Random, folder: Path) -> None:
    file = some_file(choose, folder)
    data = bytearray(file.read_bytes())
    for _ in range(choose.choice([1, 8, 200])):
        data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
    file.write_bytes(data)


def truncate(choose: random.Random, folder: Path) -> None:
    file = some_file(choose, folder)
    os.truncate(file, choose.randrange(file.stat().st_size))


def overwrite(choose: random.Random, folder: Path) -> None:
    file = some_file(choose, folder)
    data = bytearray(file.read_bytes())
    at = choose.randrange(len(data))
    length = min(choose.choice([16, 4096, 100_000]), len(data) - at)
    data[at : at + length] = choose.choice([bytes(length), choose.randbytes(length)])
    file.write_bytes(data)


def unlink(choose: random.Random, folder: Path) -> None:
    some_file(choose, folder).unlink()


DAMAGES = (flip, flip, overwrite, truncate, unlink)


@pytest.fixture
def running(folder: Path) -> Iterator[Vectorstore]:
    """A store that is open and has answered."""
    store = opened(folder)
    assert local(store).settle(60)
    asked(store)
    yield store
    store.close()


@pytest.mark.parametrize("seed", range(_CASES))
def test_random_damage_heals(seed: int, folder: Path, embeddings_counted: list[str]) -> None:
    choose = random.Random(seed)
    damage = DAMAGES[seed % len(DAMAGES)]
    damage(choose, folder)
    if choose.random() < 0.5:
        # As after a crash: nothing tells that the bytes are others than they were.
        (folder / "chroma.seal").unlink()
    check_that_it_heals(folder, embeddings_counted)


@pytest.mark.parametrize("how", ["deleted", "a file", "dirty", "crashes", "garbage seal"])
def test_what_is_found_at_opening_heals(
    how: str, folder: Path, embeddings_counted: list[str]
) -> None:
    if how in {"deleted", "a file"}:
        shutil.rmtree(folder / "chroma")
    if how == "a file":
        (folder / "chroma").write_text("This is no index.")
    if how == "dirty":
        (folder / "chroma.dirty").touch()
    if how == "crashes":
        (folder / "chroma.seal").write_text('{"of": {}, "files": {}, "crashes": 3}')
    if how == "garbage seal":
        (folder / "chroma.seal").write_bytes(b"\x00\xff")
    check_that_it_heals(folder, embeddings_counted)


def test_an_index_as_it_was_left_is_opened_without_reading_it_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_child(*arguments: object, **named: object) -> None:
        raise AssertionError("A sealed index needs no examination.")

    monkeypatch.setattr(subprocess, "Popen", no_child)
    store = opened(folder)
    check_that_it_is_ready(store)
    store.close()


def test_after_a_crash_a_whole_index_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "chroma.seal").unlink()
    store = opened(folder)
    monkeypatch.setattr(OwnedFolder, "empty", lambda _: pytest.fail("It was rebuilt."))
    check_that_it_is_ready(store)
    store.close()
    assert OwnedFolder(folder).is_sealed


def test_an_examination_that_never_ends_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch, embeddings_counted: list[str]
) -> None:
    (folder / "chroma.seal").unlink()
    monkeypatch.setattr("vectorstore.examination._SECONDS", -_PASSAGES * 0.002 + 0.1)
    store = opened(folder)
    asked(store)
    assert local(store).settle(60)
    store.close()
    monkeypatch.undo()
    assert OwnedFolder(folder).is_sealed


def test_questions_are_answered_while_it_is_examined(folder: Path) -> None:
    (folder / "chroma.seal").unlink()
    store = opened(folder)
    asked(store)
    assert local(store).state.phase == "opening"
    store.close()


def test_files_that_break_under_it_are_noticed(
    running: Vectorstore, folder: Path, embeddings_counted: list[str]
) -> None:
    sqlite = folder / "chroma" / "chroma.sqlite3"
    sqlite.write_bytes(random.Random(0).randbytes(sqlite.stat().st_size))
    asked(running)
    check_that_it_is_ready(running)
    # Another that opened it would break the seal.
    running.index.close()
    check_that_it_is_whole(folder, running)


def test_it_is_filled_again_with_nobody_asking_for_it(running: Vectorstore) -> None:
    assert local(running).state.indexed == _PASSAGES
    before = chroma_of(running)
    local(running)._keeper.found_damaged(before, ValueError("its graph is broken"))
    assert local(running).phase == "rebuilding"
    assert local(running).settle(120)
    state = local(running).state
    assert (state.phase, state.indexed, state.passages) == ("ready", _PASSAGES, _PASSAGES)
    assert chroma_of(running) is not before


def test_a_second_process_has_none_and_says_so(running: Vectorstore, folder: Path) -> None:
    second = opened(folder)
    asked(second)
    state = second.index.state
    assert (state.phase, state.indexed, state.passages) == ("absent", 0, _PASSAGES)
    second.close()


def chroma_of(store: Vectorstore) -> ChromaIndex:
    chroma: ChromaIndex = local(store)._keeper.chroma
    return chroma


def test_other_vectors_than_the_catalogs_are_noticed(running: Vectorstore, folder: Path) -> None:
    collection = chroma_of(running)._collection(SHARED)
    ids = collection.get(include=[])["ids"]
    shift = random.Random(1)
    moved = [[shift.gauss(0, 1) for _ in range(384)] for _ in ids]
    for i in range(0, len(ids), 300):
        collection.update(ids=ids[i : i + 300], embeddings=moved[i : i + 300])
    before = chroma_of(running)
    text = asked(running)
    assert "*The index" in text
    check_that_it_is_ready(running)
    assert chroma_of(running) is not before
    assert "*The index" not in asked(running)


@pytest.mark.parametrize("how", ["hangs", "panics", "fails", "finds nothing"])
def test_a_search_that_fails_heals(
    how: str, running: Vectorstore, monkeypatch: pytest.MonkeyPatch, embeddings_counted: list[str]
) -> None:
    never = threading.Event()

    class PanicException(BaseException):
        pass

    PanicException.__module__ = "pyo3_runtime"

    def broken(collection: Any, vectors: Any, k: int) -> list[Any]:
        if how == "hangs":
            never.wait(60)
        if how == "panics":
            raise PanicException("index out of bounds")
        if how == "fails":
            raise TypeError("'NoneType' object is not iterable")
        return [[]]

    with monkeypatch.context() as patched:
        patched.setattr("vectorstore.index._SEARCH_SECONDS", 0.2)
        patched.setattr("vectorstore.index.nearest", broken)
        text = asked(running)
    assert "*The index" in text
    check_that_it_is_ready(running)
    assert "*The index" not in asked(running)
    assert embeddings_counted == []
    never.set()


def test_a_rebuilding_that_is_interrupted_goes_on(
    folder: Path, embeddings_counted: list[str]
) -> None:
    shutil.rmtree(folder / "chroma")
    store = opened(folder)
    while local(store).state.phase != "rebuilding":
        threading.Event().wait(0.01)
    store.close()
    check_that_it_heals(folder, embeddings_counted)


def test_a_full_disk_is_said_and_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, embeddings_counted: list[str]
) -> None:
    monkeypatch.setattr("vectorstore.keeper._FIRST_PAUSE", 0.1)
    shutil.rmtree(folder / "chroma")
    fails = threading.Event()
    dirty = OwnedFolder.dirty

    def full(owned: OwnedFolder) -> None:
        if not fails.is_set():
            from vectorstore.errors import IndexUnavailable

            raise IndexUnavailable("No space left on device.")
        dirty(owned)

    monkeypatch.setattr(OwnedFolder, "dirty", full)
    store = opened(folder)
    assert local(store).settle(60)
    state = local(store).state
    assert (state.phase, state.indexed) == ("failing", 0)
    assert state.reason == store.index.trouble == "No space left on device."
    assert "*The index" in asked(store)
    fails.set()
    while not (local(store).settle(60) and local(store).state.phase == "ready"):
        threading.Event().wait(0.05)
    check_that_it_is_ready(store)
    store.close()
    assert embeddings_counted == []


def test_an_ingest_with_nothing_new_opens_no_index(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from vectorstore import VectorstoreSettings, open_vectorstore\n"
        f"store = open_vectorstore(VectorstoreSettings(path=Path({str(folder)!r})), rerank=False)\n"
        "assert store.index.apply() == 0; store.close()\n"
        "assert 'chromadb' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert OwnedFolder(folder).is_sealed
