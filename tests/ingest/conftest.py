"""A real store in a temporary folder, and real web servers on the loopback interface."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from tests.conftest import CatalogAt, settings_at
from tests.ingest.web import Web
from vectorstore import LateInteraction, Vectorstore, open_vectorstore
from vectorstore.bundled import TokenStates
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.late import Constants


class CountingEmbeddings(BundledEmbeddings):
    """The real model, and what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts += texts
        return super().embed_documents(texts)

    def states(self, texts: Sequence[str], *, query: bool) -> list[TokenStates]:
        if not query:
            self.texts += texts
        return super().states(texts, query=query)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IngestSettings:
    """The defaults, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return IngestSettings(_env_file=None)


@pytest.fixture
def embeddings() -> CountingEmbeddings:
    return CountingEmbeddings()


@pytest.fixture
def store(
    tmp_path: Path, embeddings: CountingEmbeddings, catalog_at: CatalogAt
) -> Iterator[Vectorstore]:
    folder = tmp_path / "data"
    opened = open_vectorstore(settings_at(folder, catalog_at(folder)))
    late = LateInteraction(embeddings, Constants.shipped())
    yield replace(opened, embeddings=embeddings, late=late)
    opened.close()


@pytest.fixture
def ingestion(store: Vectorstore, settings: IngestSettings) -> Ingestion:
    return Ingestion(store, settings)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server
