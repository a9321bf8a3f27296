"""Dense search: the Chroma index, and an exact scan of the catalog where Chroma can't be used.

Chroma holds a copy of the catalog's passage vectors, centred, one collection an audience (a
``where`` filter costs linear time). Each collection notes in its metadata how far it has come, so a
copy that lags, after a crash or a deleted folder, catches up without embedding anything again.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.config import Settings
from chromadb.errors import ChromaError
from filelock import FileLock, Timeout

from vectorstore.article import Matrix
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.errors import IndexUnavailable
from vectorstore.searchtext import clean
from vectorstore.settings import VectorstoreSettings

Hits = list[tuple[int, float]]
"""Passage ids with the cosine of the centred vectors, best first."""

# Chroma's local index writes its graph to disk every so many rows (default 1000); its quotas allow
# 300 records a write. A smaller batch keeps an event loop alive: a write holds the GIL.
_CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "sync_threshold": 1000}
}
_CHANGES_A_ROUND = 300
_MAX_DOCUMENT_BYTES = 16_000


class DenseSearch(Protocol):
    """Finds the passages whose vectors are nearest."""

    def search(self, audience: str, vector: Matrix, k: int) -> Hits: ...

    def apply(self, batch: int = _CHANGES_A_ROUND) -> int: ...

    def close(self) -> None: ...


class CatalogScan:
    """Exact search over the catalog's own vectors: linear, always right, needs no index."""

    def __init__(self, catalog: Catalog, centring: Centring) -> None:
        self._catalog = catalog
        self._centring = centring

    def search(self, audience: str, vector: Matrix, k: int, after: int = 0) -> Hits:
        """The nearest passages among those written after a sequence number."""
        hits: Hits = []
        for ids, raw in self._catalog.vector_batches(audience, after):
            cosines = self._centring.passages(raw) @ vector
            best = np.argsort(-cosines)[:k]
            hits += [(ids[i], float(cosines[i])) for i in best]
        return sorted(hits, key=lambda hit: -hit[1])[:k]

    def apply(self, batch: int = _CHANGES_A_ROUND) -> int:
        """Nothing to do: there is no copy."""
        return 0

    def close(self) -> None:
        """Nothing to close: the catalog is its owner's."""


class ChromaIndex:
    """The catalog's vectors in Chroma, kept up to date by ``apply``."""

    def __init__(
        self, client: Client, catalog: Catalog, centring: Centring, owned: "OwnedFolder | None"
    ) -> None:
        self._client = client
        self._catalog = catalog
        self._scan = CatalogScan(catalog, centring)
        self._centring = centring
        self._owned = owned
        self._collections: dict[str, Any] = {}
        # An ingest and the bot's own clock may both apply; Chroma's part of a search needs no lock.
        self._lock = threading.RLock()

    def search(self, audience: str, vector: Matrix, k: int) -> Hits:
        """The nearest passages, those that were not applied yet included.

        Raises:
            IndexUnavailable: Chroma does not answer.
        """
        with _wrapped():
            collection = self._collection(audience)
            applied = _applied(collection)
            found = (
                collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
                if applied
                else {"ids": [[]], "distances": [[]]}
            )
        hits = {int(i): 1 - d for i, d in zip(found["ids"][0], found["distances"][0], strict=True)}
        # A passage rewritten since has an old vector in Chroma: the scan's is the right one.
        hits |= dict(self._scan.search(audience, vector, k, after=applied))
        return sorted(hits.items(), key=lambda hit: -hit[1])[:k]

    def apply(self, batch: int = _CHANGES_A_ROUND) -> int:
        """Bring Chroma up to the catalog; returns how many passages were written or deleted.

        Safe to call again after a crash at any point: every step can be repeated.
        """
        with self._lock, _wrapped():
            target = self._catalog.sequence()
            done = 0
            for audience in self._catalog.audiences():
                collection = self._collection(audience)
                while (applied := _applied(collection)) < target:
                    done += self._apply_round(audience, collection, applied, batch)
            if self._owned:
                self._owned.clean()
        return done

    def close(self) -> None:
        """Close Chroma and give the folder to the next owner."""
        self._collections.clear()
        self._client.close()
        # Chroma 1.5 leaves the connections to its server open.
        session = getattr(self._client._server, "_session", None)
        if isinstance(session, httpx.Client):
            session.close()
        if self._owned:
            self._owned.release()

    def _apply_round(self, audience: str, collection: Any, applied: int, batch: int) -> int:
        changes = self._catalog.changes_since(audience, applied, _CHANGES_A_ROUND)
        if self._owned and (changes.upserts or changes.deletes):
            self._owned.dirty()
        vectors = self._centring.passages(changes.vectors) if changes.upserts else changes.vectors
        for i in range(0, len(changes.upserts), batch):
            part = changes.upserts[i : i + batch]
            collection.upsert(
                ids=[str(p.id) for p in part],
                embeddings=vectors[i : i + batch],
                documents=[_document(p.text) for p in part],
                metadatas=[{"article_id": p.article_id} for p in part],
            )
        for i in range(0, len(changes.deletes), batch):
            collection.delete(ids=[str(d) for d in changes.deletes[i : i + batch]])
        collection.modify(metadata={**collection.metadata, "applied": changes.sequence})
        return len(changes.upserts) + len(changes.deletes)

    def _collection(self, audience: str) -> Any:
        with self._lock:
            if audience not in self._collections:
                self._collections[audience] = self._open_collection(audience)
            return self._collections[audience]

    def _open_collection(self, audience: str) -> Any:
        """The audience's collection; one of another store, model or length is made anew."""
        expected = {"catalog": self._catalog.id, "centring": self._centring.fingerprint}
        collection = self._client.get_or_create_collection(
            audience,
            configuration=_CONFIGURATION,
            embedding_function=None,
            metadata={**expected, "applied": 0},
        )
        noted = dict(collection.metadata or {})
        same = all(noted.get(key) == value for key, value in expected.items())
        in_step = _applied(collection) < self._catalog.sequence() or (
            collection.count() == self._catalog.count(audience)
        )
        if same and in_step:
            return collection
        self._client.delete_collection(audience)
        return self._client.create_collection(
            audience,
            configuration=_CONFIGURATION,
            embedding_function=None,
            metadata={**expected, "applied": 0},
        )


class OwnedFolder:
    """The folder of a local Chroma index, which only one process may open (two corrupt it)."""

    def __init__(self, path: Path) -> None:
        self.path = path / "chroma"
        self._mark = path / "chroma.dirty"
        self._lock = FileLock(path / "chroma.lock", timeout=0)

    def acquire(self) -> bool:
        """Take the folder; False where another process has it.

        A folder that was being written when its owner died may crash whoever reads it: it is
        deleted, and filled again from the catalog.
        """
        try:
            self._lock.acquire()
        except Timeout:
            return False
        if self._mark.exists():
            shutil.rmtree(self.path, ignore_errors=True)
            self.clean()
        return True

    def release(self) -> None:
        self._lock.release()

    def dirty(self) -> None:
        """Note that a write has begun."""
        self._mark.touch()

    def clean(self) -> None:
        """Note that all writes have ended."""
        self._mark.unlink(missing_ok=True)


def open_index(settings: VectorstoreSettings, catalog: Catalog, centring: Centring) -> DenseSearch:
    """The Chroma index, or an exact scan where another process owns it.

    Raises:
        IndexUnavailable: the Chroma server, or the folder, can't be opened.
    """
    options = Settings(anonymized_telemetry=False)
    if settings.chroma_url:
        with _wrapped():
            client = _server_client(settings, options)
        return ChromaIndex(client, catalog, centring, None)
    owned = OwnedFolder(settings.path)
    if not owned.acquire():
        return CatalogScan(catalog, centring)
    try:
        with _wrapped():
            client = cast(Client, chromadb.PersistentClient(owned.path, settings=options))
    except IndexUnavailable:
        owned.release()
        raise
    return ChromaIndex(client, catalog, centring, owned)


def _server_client(settings: VectorstoreSettings, options: Settings) -> Client:
    url = urlsplit(settings.chroma_url or "")
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise IndexUnavailable(
            f"VECTORSTORE_CHROMA_URL must be an http or https address, not “{settings.chroma_url}”."
        )
    token = settings.chroma_token
    client = chromadb.HttpClient(
        host=url.hostname,
        port=url.port or (443 if url.scheme == "https" else 80),
        ssl=url.scheme == "https",
        headers={"X-Chroma-Token": token.get_secret_value()} if token else None,
        settings=options,
    )
    return cast(Client, client)


def _applied(collection: Any) -> int:
    return int((collection.metadata or {}).get("applied", 0))


def _document(text: str) -> str:
    """The passage for people who look into Chroma; the catalog's text is the one that is used."""
    return clean(text).encode()[:_MAX_DOCUMENT_BYTES].decode(errors="ignore")


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except (ChromaError, httpx.HTTPError, OSError, ValueError) as error:
        raise IndexUnavailable(f"The Chroma index can't be used: {error}.") from error
