"""The Chroma index: dense search that stays fast as the catalog grows.

Chroma holds a copy of the catalog's passage vectors, centred, one collection an audience (a
``where`` filter costs linear time). Each collection notes in its metadata how far it has come, so a
copy that lags, after a crash or a deleted folder, catches up without embedding anything again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.config import Settings
from chromadb.errors import ChromaError

from vectorstore.article import Matrix
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.errors import IndexUnavailable
from vectorstore.owned import OwnedFolder
from vectorstore.scan import CHANGES_A_ROUND, CatalogScan, DenseSearch, Hits
from vectorstore.searchtext import clean
from vectorstore.settings import VectorstoreSettings

# Chroma's local index writes its graph to disk every so many rows (default 1000); its quotas allow
# 300 records a write. A smaller batch keeps an event loop alive: a write holds the GIL.
_CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "sync_threshold": 1000}
}
_MAX_DOCUMENT_BYTES = 16_000


class ChromaIndex:
    """The catalog's vectors in Chroma, kept up to date by ``apply``."""

    def __init__(
        self, client: Client, catalog: Catalog, centring: Centring, owned: OwnedFolder | None
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

    def apply(self, batch: int = CHANGES_A_ROUND) -> int:
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
        # Chroma 1.5 leaves the connections to its server open, its own and its admin client's.
        for client in (self._client, self._client._admin_client):
            session = getattr(getattr(client, "_server", None), "_session", None)
            if isinstance(session, httpx.Client):
                session.close()
        if self._owned:
            self._owned.release()

    def _apply_round(self, audience: str, collection: Any, applied: int, batch: int) -> int:
        changes = self._catalog.changes_since(audience, applied, CHANGES_A_ROUND)
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
