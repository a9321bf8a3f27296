"""Real parts, made once: the bundled embedder, a store of the sample articles, one of the seed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from tests.postgres_server import PostgresProcess, running_or_skipped
from vectorstore import Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.embeddings import BUNDLED, BundledEmbeddings, NamedEmbeddings, load_embeddings
from vectorstore.sqlite import SqliteDatabase

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
def loaded_once(monkeypatch: pytest.MonkeyPatch, embeddings: BundledEmbeddings) -> None:
    """Loading the embedding model takes longer than most tests: all stores share one."""

    def loaded(name: str, cache: Path | None = None, **_: bool) -> NamedEmbeddings:
        return embeddings if name == BUNDLED else load_embeddings(name, cache)

    monkeypatch.setattr("vectorstore.store.load_embeddings", loaded)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresProcess]:
    """A server to make schemas on; not to be stopped."""
    with running_or_skipped() as server:
        yield server


CatalogAt = Callable[[Path], Path | str]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The tests of a module that says so, by ``CATALOGS``, run on several databases."""
    kinds = getattr(metafunc.module, "CATALOGS", None)
    if kinds and "catalog_at" in metafunc.fixturenames:
        metafunc.parametrize("catalog_at", kinds, indirect=True)


@pytest.fixture
def catalog_at(request: pytest.FixtureRequest) -> CatalogAt:
    """Where the catalog of a folder is: in it, or on PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return lambda folder: folder / "catalog.sqlite3"
    server: PostgresProcess = request.getfixturevalue("postgres")
    schemas: dict[Path, str] = {}

    def on_postgres(folder: Path) -> str:
        if folder not in schemas:
            schemas[folder] = server.new_schema()
        return schemas[folder]

    return on_postgres


def settings_at(folder: Path, at: Path | str, **settings: Any) -> VectorstoreSettings:
    """Of a store in a folder with its catalog there."""
    url = SecretStr(at) if isinstance(at, str) else None
    return VectorstoreSettings(_env_file=None, path=folder, catalog_url=url, **settings)


def folder_of(store: Vectorstore) -> Path:
    """The folder of a store whose catalog is a file."""
    database = store.catalog.database
    assert isinstance(database, SqliteDatabase)
    return database.path.parent


@pytest.fixture
def make_store(tmp_path: Path, catalog_at: CatalogAt) -> Iterator[Callable[..., Vectorstore]]:
    """Opens stores that are closed when the test ends; in ``tmp_path`` unless told otherwise."""
    opened: list[Vectorstore] = []

    def make(path: Path | None = None) -> Vectorstore:
        folder = path or tmp_path / "data"
        store = open_vectorstore(settings_at(folder, catalog_at(folder)))
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
