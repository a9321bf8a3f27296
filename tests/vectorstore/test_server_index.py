"""The index on a Chroma server that several processes share: a real server, stopped and started."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest

from tests.chroma_server import Answered, ChromaProcess, Proxy, free_port
from tests.conftest import ROOT
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.errors import IndexBusy, IndexRefused, IndexUnavailable
from vectorstore.lease import Lease

QUESTION = "Who opened the swimming pool?"
KEY = "ck-right"


pytestmark = pytest.mark.usefixtures("loaded_once")


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    """Not to be stopped: each test has a store of its own on it."""
    server = ChromaProcess(tmp_path_factory.mktemp("chroma"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaProcess]:
    server = ChromaProcess(tmp_path / "server")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def proxy(shared_server: ChromaProcess) -> Iterator[Proxy]:
    with Proxy(shared_server.port).running() as proxy:
        yield proxy


Opened = Callable[..., Vectorstore]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens stores of one folder on a server, as many processes do."""
    stores: list[Vectorstore] = []

    def open_one(url: str, folder: str = "data", **settings: Any) -> Vectorstore:
        settings = {"path": tmp_path / folder, "chroma_url": url, **settings}
        stores.append(open_vectorstore(VectorstoreSettings(_env_file=None, **settings)))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


def best(store: Vectorstore, question: str = QUESTION) -> tuple[list[str], str | None]:
    """What is found, and how it was where it was not by the index."""
    retriever = store.retriever.for_audience("shared")
    return [d.page_content for d in retriever.search(question, 3)], retriever.without_index


@contextmanager
def client_of(server: ChromaProcess) -> Iterator[Any]:
    """Chroma's own client, which leaves its connections open."""
    client: Any = chromadb.HttpClient("127.0.0.1", server.port)
    try:
        yield client
    finally:
        client._server._session.close()
        client._admin_client._server._session.close()
        client.close()


def at_server(server: ChromaProcess, store: Vectorstore, audience: str = "shared") -> Any:
    """What the server itself holds of a store's audience: vectors by passage; None for nothing."""
    name = f"{audience}.{store.catalog.id[:12]}"
    with client_of(server) as client:
        if name not in {c.name for c in client.list_collections()}:
            return None
        found = client.get_collection(name, embedding_function=None).get(include=["embeddings"])
    return {int(i): v for i, v in zip(found["ids"], found["embeddings"], strict=True)}


def assert_same(server: ChromaProcess, store: Vectorstore) -> None:
    """The server has the catalog's passages, no others, with their vectors."""
    have = at_server(server, store)
    articles = store.catalog.articles(["shared"])
    ids = [p.id for a in articles for p in store.catalog.passages_of(a.id)]
    stored = store.catalog.vectors(ids)
    assert have.keys() == stored.keys()
    for i, vectors in stored.items():
        centred = store.retriever.centring.passages(vectors.passage[np.newaxis])[0]
        assert float(centred @ have[i]) > 0.999


def many(store: Vectorstore, count: int, source: str = "many") -> None:
    """An article of so many passages: random vectors, which take no time to make."""
    rng = np.random.default_rng(len(source))
    pairs = embedded(store.embeddings, [FERRY[0]])
    passage, vectors = pairs[0]
    made = []
    for n in range(count):
        own = rng.normal(size=vectors.passage.shape).astype(np.float32)
        text = f"{source} {n}."
        made.append(
            (
                type(passage)(n + 1, 0, text, (type(passage.sentences[0])(0, len(text)),)),
                type(vectors)(own / np.linalg.norm(own), vectors.sentences),
            )
        )
    store.catalog.replace(article(source), made)


# Shared


def test_several_processes_share_a_server(
    shared_server: ChromaProcess, opened: Opened, tmp_path: Path
) -> None:
    one, two = opened(shared_server.url), opened(shared_server.url)
    one.catalog.replace(article(), embedded(one.embeddings, FERRY))
    assert one.index.apply() == 3
    assert two.index.apply() == 0
    two.catalog.replace(article(), embedded(one.embeddings, FERRY[1:]))
    assert two.index.apply() == 1
    for store in (one, two):
        found, without = best(store)
        assert found[0] == FERRY[2]
        assert FERRY[0] not in found
        assert without is None
    assert_same(shared_server, one)
    assert not (tmp_path / "data" / "chroma").exists()


def test_what_is_not_applied_is_found_all_the_same(
    shared_server: ChromaProcess, opened: Opened
) -> None:
    one, two = opened(shared_server.url), opened(shared_server.url)
    one.catalog.replace(article(), embedded(one.embeddings, FERRY[:2]))
    one.index.apply()
    two.catalog.replace(article("pool"), embedded(one.embeddings, FERRY[2:]))
    assert best(one) == ([FERRY[2], *best(one)[0][1:]], None)
    two.catalog.remove(article("pool").id)
    assert FERRY[2] not in best(one)[0]


def test_programs_that_ingest_at_once_write_all(
    shared_server: ChromaProcess, opened: Opened, tmp_path: Path
) -> None:
    store = opened(shared_server.url)
    for n in range(4):
        (tmp_path / f"{n}.txt").write_text(f"{FERRY[0]} {n}\n\n{FERRY[1]} {n}\n")
    settings = {
        "VECTORSTORE_PATH": str(tmp_path / "data"),
        "VECTORSTORE_CHROMA_URL": shared_server.url,
    }
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "ingest", "add", str(tmp_path / f"{n}.txt")],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for n in range(4)
    ]
    for program in programs:
        said, _ = program.communicate(timeout=120)
        assert program.returncode == 0, said
    store.index.apply()
    assert store.catalog.count("shared") == 8
    assert_same(shared_server, store)


def test_stores_that_share_a_server_leave_each_other_alone(
    shared_server: ChromaProcess, opened: Opened
) -> None:
    mine, other = opened(shared_server.url, "mine"), opened(shared_server.url, "other")
    mine.catalog.replace(article(), embedded(mine.embeddings, FERRY))
    other.catalog.replace(article(), embedded(mine.embeddings, FERRY[:1]))
    assert mine.index.apply() == 3
    assert other.index.apply() == 1
    assert mine.index.apply() == other.index.apply() == 0
    assert best(mine)[0][0] == FERRY[2]
    assert best(other) == (FERRY[:1], None)


def test_an_audience_that_the_server_refuses_stops_no_other(
    shared_server: ChromaProcess, opened: Opened
) -> None:
    store = opened(shared_server.url)
    store.catalog.replace(article("a", "a..b"), embedded(store.embeddings, FERRY[:1]))
    store.catalog.replace(article("b"), embedded(store.embeddings, FERRY[1:]))
    with pytest.raises(IndexUnavailable, match="does not do this"):
        store.index.apply()
    assert_same(shared_server, store)
    assert best(store)[1] is None


def test_of_a_purged_audience_the_server_keeps_nothing(
    shared_server: ChromaProcess, opened: Opened
) -> None:
    store = opened(shared_server.url)
    store.catalog.replace(article(audience="guild-7"), embedded(store.embeddings, FERRY))
    store.index.apply()
    assert len(at_server(shared_server, store, "guild-7")) == 3
    store.catalog.versions.purge("guild-7")
    store.index.drop("guild-7")
    store.index.drop("guild-7")
    assert at_server(shared_server, store, "guild-7") is None
    store.catalog.replace(article(audience="guild-7"), embedded(store.embeddings, FERRY[:1]))
    assert store.index.apply() == 1


# Down


def test_while_the_server_is_down_the_catalog_answers_and_then_it_catches_up(
    server: ChromaProcess, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store = opened(server.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY[:2]))
    store.index.apply()
    server.stop()
    store.catalog.replace(article("pool"), embedded(store.embeddings, FERRY[2:]))
    for _ in range(3):
        found, without = best(store)
        assert found[0] == FERRY[2]
        assert without == "scan"
    assert "can't be reached" in str(store.index.trouble)
    state = store.index.state
    assert (state.phase, state.indexed, state.passages) == ("failing", 2, 3)
    with pytest.raises(IndexUnavailable):
        store.index.apply()
    server.start()
    assert applied_in_time(store) == 1
    state = store.index.state
    assert (state.phase, state.reason, state.indexed, state.passages) == ("ready", "", 3, 3)
    assert store.index.trouble is None
    assert best(store) == (best(store)[0], None)
    assert_same(server, store)
    said = [record.message for record in caplog.records if "chroma" in record.name]
    assert len(said) == 2, "an outage is told once, and its end"
    assert said[1].endswith("is back.")


def applied_in_time(store: Vectorstore) -> int:
    """As the bot does it: again and again until it works."""
    end = time.monotonic() + 90
    while True:
        try:
            return store.index.apply()
        except IndexUnavailable:
            assert time.monotonic() < end
            time.sleep(0.1)


def test_of_a_large_store_only_words_are_looked_at(
    server: ChromaProcess, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vectorstore.retriever.SCANNED", 2)
    store = opened(server.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    assert best(store)[1] is None
    server.stop()
    assert best(store, "When does the ferry stop?") == (FERRY[:1], "words")


def test_a_bot_starts_without_its_server(server: ChromaProcess, opened: Opened) -> None:
    server.stop()
    store = opened(server.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    assert best(store)[1] == "scan"
    server.start()
    assert applied_in_time(store) == 3
    assert best(store)[1] is None


def test_a_connection_that_the_server_dropped_is_no_outage(
    server: ChromaProcess, opened: Opened
) -> None:
    store = opened(server.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    assert best(store)[1] is None
    server.stop()
    server.start()
    assert best(store)[1] is None
    assert store.index.trouble is None


def test_a_server_that_lost_everything_is_filled_again(
    server: ChromaProcess, opened: Opened, tmp_path: Path
) -> None:
    store = opened(server.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    server.stop()
    server.folder = tmp_path / "empty"
    server.start()
    found, _ = best(store)
    assert found[0] == FERRY[2]
    assert store.index.trouble, "the bot applies while there is trouble"
    assert applied_in_time(store) == 3
    assert store.index.trouble is None
    assert best(store)[1] is None
    assert_same(server, store)


def test_a_collection_that_lacks_passages_is_made_anew(
    shared_server: ChromaProcess, opened: Opened
) -> None:
    store = opened(shared_server.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    name = f"shared.{store.catalog.id[:12]}"
    with client_of(shared_server) as client:
        client.get_collection(name, embedding_function=None).delete(ids=["1", "2"])
    assert opened(shared_server.url).index.apply() == 3
    assert_same(shared_server, store)
    assert best(store)[1] is None


# Slow


@pytest.mark.parametrize("how", ["frozen", "dripping", "waiting"])
def test_a_slow_server_keeps_no_question_waiting(
    server: ChromaProcess, opened: Opened, how: str
) -> None:
    with Proxy(server.port).running() as proxy:
        store = opened(proxy.url, chroma_timeout=0.5)
        store.catalog.replace(article(), embedded(store.embeddings, FERRY))
        store.index.apply()
        if how == "frozen":
            server.freeze()
        elif how == "dripping":
            proxy.drip_seconds = 0.4
        else:
            proxy.before = lambda *_: None if proxy.ended.wait(60) else (504, {}, b"")
        asked = len(proxy.asked)
        for _ in range(5):
            # It would never end.
            assert best(store)[1] == "scan"
        assert "takes too long" in str(store.index.trouble)
        assert len(proxy.asked) - asked <= 3, "a server that is down is left alone"
        if how == "frozen":
            server.thaw()


# Not let in


def test_a_wrong_key_is_told_at_once(proxy: Proxy, opened: Opened) -> None:
    proxy.key = KEY
    with pytest.raises(IndexRefused, match="VECTORSTORE_CHROMA_API_KEY") as refused:
        opened(proxy.url, chroma_api_key="ck-wrong")
    assert "ck-wrong" not in str(refused.value)
    with pytest.raises(IndexRefused):
        opened(proxy.url)
    store = opened(proxy.url, chroma_api_key=f" {KEY}\n")
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    assert store.index.apply() == 3
    assert best(store)[1] is None


def test_a_key_that_is_taken_back_is_an_outage(proxy: Proxy, opened: Opened) -> None:
    proxy.key = KEY
    store = opened(proxy.url, chroma_api_key=KEY)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.index.apply()
    proxy.key = "another"
    assert best(store)[1] == "scan"
    assert "does not let Newsdesk in" in str(store.index.trouble)


@pytest.mark.parametrize(
    "wrong", [{"chroma_tenant": "nobody"}, {"chroma_database": "nowhere"}], ids=str
)
def test_a_wrong_tenant_is_told_at_once(
    shared_server: ChromaProcess, opened: Opened, wrong: dict[str, str]
) -> None:
    [(setting, value)] = wrong.items()
    with pytest.raises(IndexRefused, match=f"VECTORSTORE_{setting.upper()}") as refused:
        opened(shared_server.url, **wrong)
    assert value in str(refused.value)


def test_a_tenant_of_ones_own(shared_server: ChromaProcess, opened: Opened) -> None:
    admin = chromadb.AdminClient(
        chromadb.config.Settings(
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host="127.0.0.1",
            chroma_server_http_port=shared_server.port,
        )
    )
    admin.create_tenant("paper")
    admin.create_database("news", "paper")
    admin._server._session.close()  # type: ignore[attr-defined]
    store = opened(shared_server.url, chroma_tenant="paper", chroma_database="news")
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    assert store.index.apply() == 3
    assert best(store)[1] is None
    assert at_server(shared_server, store) is None


def test_a_key_of_one_database_tells_which(proxy: Proxy, opened: Opened) -> None:
    """As Chroma Cloud's do."""
    identity = b'{"user_id": "u", "tenant": "default_tenant", "databases": ["default_database"]}'
    proxy.before = lambda _, path, __: (200, {}, identity) if path.endswith("identity") else None
    store = opened(proxy.url, chroma_api_key=KEY)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    assert store.index.apply() == 3
    several = identity.replace(b'["default', b'["other", "default')
    proxy.before = lambda _, path, __: (200, {}, several) if path.endswith("identity") else None
    with pytest.raises(IndexRefused, match="_DATABASE"):
        opened(proxy.url, chroma_api_key=KEY)


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_what_can_be_no_key_is_said_so(opened: Opened, key: str) -> None:
    with pytest.raises(IndexUnavailable, match="characters that no key has"):
        opened(f"http://127.0.0.1:{free_port()}", chroma_api_key=key)


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://host", "http://", "http://host:99999", "http://[::1"]
)
def test_an_address_that_is_none_is_said_so(opened: Opened, url: str) -> None:
    with pytest.raises(IndexUnavailable, match="VECTORSTORE_CHROMA_URL must be"):
        opened(url)


def test_a_server_behind_a_path(proxy: Proxy, opened: Opened) -> None:
    opened(f"{proxy.url}/chroma/")
    assert all(path.startswith("/chroma/api/v2/") for _, path, _ in proxy.asked)


def test_another_kind_of_server_is_no_chroma(proxy: Proxy, opened: Opened) -> None:
    proxy.before = lambda *_: (200, {"Content-Type": "text/html"}, b"<h1>It works!</h1>")
    store = opened(proxy.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    assert best(store)[1] == "scan"
    assert "does not answer as Chroma does" in str(store.index.trouble)


# Quotas


def test_a_server_that_wants_a_pause_gets_it(proxy: Proxy, opened: Opened) -> None:
    store = opened(proxy.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    refusals = iter([(429, {"Retry-After": "0"}, b"slow down"), (503, {}, b"")])
    proxy.before = lambda _, path, __: next(refusals, None) if path.endswith("upsert") else None
    assert store.index.apply() == 3
    assert len(proxy.writes("upsert")) == 3
    assert store.index.trouble is None


def test_no_write_and_no_search_is_over_the_quota(proxy: Proxy, opened: Opened) -> None:
    store = opened(proxy.url)
    many(store, 1000)
    assert store.index.apply() == 1000
    assert sum(len(body["ids"]) for body in proxy.writes("upsert")) == 1000
    store.catalog.replace(article("many"), embedded(store.embeddings, FERRY))
    # More is gone than a search may skip: the catalog's own vectors are right.
    assert set(best(store)[0]) == set(FERRY)
    assert store.index.apply() == 1003
    assert best(store)[1] is None
    sizes = [len(b["ids"]) for kind in ("upsert", "delete") for b in proxy.writes(kind)]
    assert max(sizes) <= 300
    assert all(body["n_results"] <= 300 for body in proxy.writes("query"))


def test_a_server_that_takes_less_gets_less(proxy: Proxy, opened: Opened) -> None:
    limits = b'{"max_batch_size": 7, "supports_base64_encoding": false}'
    proxy.before = lambda _, path, __: (200, {}, limits) if path.endswith("checks") else None
    store = opened(proxy.url)
    many(store, 20)
    assert store.index.apply() == 20
    assert [len(body["ids"]) for body in proxy.writes("upsert")] == [7, 7, 6]


# Who writes


def test_only_the_holder_of_the_lease_writes(shared_server: ChromaProcess, opened: Opened) -> None:
    store = opened(shared_server.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    with Lease(store.catalog, "index").held():
        with pytest.raises(IndexBusy):
            store.index.apply()
        assert best(store)[0][0] == FERRY[2]
    assert store.index.apply() == 3


@pytest.mark.parametrize("until", [-1.0, 10_000.0], ids=["over", "of a clock set back"])
def test_a_lease_whose_holder_died_runs_out(
    shared_server: ChromaProcess, opened: Opened, until: float
) -> None:
    store = opened(shared_server.url)
    store.catalog.replace(article(), embedded(store.embeddings, FERRY))
    store.catalog.set_meta("lease of index", f"somebody {time.time() + until}")
    assert store.index.apply() == 3
    assert store.catalog.meta("lease of index") is None


@pytest.mark.parametrize("held", [True, False], ids=["another has it", "nobody has it"])
def test_who_was_held_up_beyond_its_lease_undoes_no_other_work(
    shared_server: ChromaProcess,
    proxy: Proxy,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
    held: bool,
) -> None:
    monkeypatch.setattr("vectorstore.lease.SECONDS", 3.0)
    held_up, other = opened(proxy.url), opened(shared_server.url)
    held_up.catalog.replace(article(), embedded(held_up.embeddings, FERRY))
    reached, go_on = threading.Event(), threading.Event()

    def hold_up(_: str, path: str, __: Any) -> Answered | None:
        if path.endswith("upsert"):
            reached.set()
            go_on.wait(60)
        return None

    proxy.before = hold_up
    refused: list[BaseException] = []

    def apply() -> None:
        try:
            held_up.index.apply()
        except IndexBusy as error:
            refused.append(error)

    late = threading.Thread(target=apply)
    late.start()
    assert reached.wait(60)
    time.sleep(3.1)
    other.catalog.replace(article(), embedded(other.embeddings, FERRY[1:]))
    assert other.index.apply() > 0
    with Lease(other.catalog, "index").held() if held else nullcontext():
        go_on.set()
        late.join(60)
    if held:
        # It wrote a passage that was gone by then, and set the number back: that is undone now.
        assert len(refused) == 1
        assert len(at_server(shared_server, other)) == 3
        opened(shared_server.url).index.apply()
    assert_same(shared_server, other)


def test_a_program_killed_while_it_writes_loses_nothing(
    shared_server: ChromaProcess, proxy: Proxy, opened: Opened, tmp_path: Path
) -> None:
    store = opened(shared_server.url)
    many(store, 900)
    writing = threading.Event()

    def slow(_: str, path: str, __: Any) -> Answered | None:
        if path.endswith("upsert") and len(proxy.writes("upsert")) == 2:
            writing.set()
            proxy.ended.wait(60)
        return None

    proxy.before = slow
    (tmp_path / "a.txt").write_text(f"{FERRY[0]}\n")
    settings = {"VECTORSTORE_PATH": str(tmp_path / "data"), "VECTORSTORE_CHROMA_URL": proxy.url}
    program = subprocess.Popen(
        [sys.executable, "-m", "ingest", "add", str(tmp_path / "a.txt")],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert writing.wait(120)
    program.send_signal(signal.SIGKILL)
    program.wait()
    with pytest.raises(IndexBusy):
        store.index.apply()
    holder = str(store.catalog.meta("lease of index")).split()[0]
    # A minute later.
    store.catalog.set_meta("lease of index", f"{holder} {time.time() - 1}")
    store.index.apply()
    assert store.catalog.count("shared") == 901
    assert_same(shared_server, store)
