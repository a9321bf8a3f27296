"""Real parts, made once: the bundled embedder, a store of the sample articles, one of the seed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from vectorstore import Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.embeddings import BundledEmbeddings

# Before anything imports huggingface_hub: a test that names a hub model must not wait for the hub.
os.environ["HF_HUB_OFFLINE"] = "1"

ROOT = Path(__file__).parents[1]
SEED = ROOT.parent / "shared" / "seed" / "rubio-lavrov.fr.txt"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in os.environ:
        if name.startswith(("VECTORSTORE_", "INGEST_", "BOT_", "DISCORD_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def embeddings() -> BundledEmbeddings:
    return BundledEmbeddings()


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[Callable[..., Vectorstore]]:
    """Opens stores that are closed when the test ends; in ``tmp_path`` unless told otherwise."""
    opened: list[Vectorstore] = []

    def make(path: Path | None = None) -> Vectorstore:
        store = open_vectorstore(VectorstoreSettings(path=path or tmp_path / "data"))
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(make_store: Callable[..., Vectorstore]) -> Vectorstore:
    return make_store()


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vectorstore]:
    """The sample articles; not to be written to."""
    yield from _ingested(tmp_path_factory.mktemp("samples"), ROOT / "articles")


@pytest.fixture(scope="session")
def seed_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vectorstore]:
    """The user's own article, where it is at hand; not to be written to."""
    if not SEED.exists():
        pytest.skip("the user's article is not beside this checkout")
    yield from _ingested(tmp_path_factory.mktemp("seed"), SEED)


def _ingested(path: Path, source: Path) -> Iterator[Vectorstore]:
    store = open_vectorstore(VectorstoreSettings(path=path))
    reports = list(Ingestion(store, IngestSettings()).add([str(source)], operator=True))
    assert {report.outcome for report in reports} == {"added"}
    yield store
    store.close()
