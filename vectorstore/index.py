"""The Chroma index: dense search that stays fast as the catalog grows.

Chroma holds a copy of the catalog's passage vectors, centred, one collection an audience (a
``where`` filter costs linear time). Each collection notes in its metadata how far it has come, so a
copy that lags, after a crash or a deleted folder, catches up without embedding anything again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from vectorstore import rows
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
# At opening, some passages are searched by their own vectors; the graph is approximate and may
# miss one. Stored in half precision, a vector's cosine with itself is a little under 1.
_PROBES = 20
_PROBES_MISSED = 2
_SAME = 0.999


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
            gone = self._catalog.removed_after(audience, applied)
            # Room for those that Chroma has not forgotten yet.
            [found] = _nearest(collection, vector[np.newaxis], k + len(gone)) if applied else [[]]
        hits = {i: cosine for i, cosine in found if i not in gone}
        # A passage rewritten since has an old vector in Chroma: the scan's is the right one.
        hits |= dict(self._scan.search(audience, vector, k, after=applied))
        return sorted(hits.items(), key=lambda hit: -hit[1])[:k]

    def apply(self, batch: int = CHANGES_A_ROUND) -> int:
        """Bring Chroma up to the catalog; returns how many passages were written or deleted.

        Safe to call again after a crash at any point: every step can be repeated.
        """
        done = 0
        failed: IndexUnavailable | None = None
        with self._lock:
            for audience in self._catalog.audiences():
                try:
                    done += self._apply_audience(audience, batch)
                except IndexUnavailable as error:
                    # The others are not to wait for this one.
                    failed = failed or error
            if failed:
                raise failed
            if self._owned:
                self._owned.clean()
        return done

    def drop(self, audience: str) -> None:
        """Delete the copy of an audience that was purged; also if there is none."""
        with self._lock, _wrapped():
            with self._catalog.database.transaction() as db:
                rows.forget_removed(db, audience)
            self._collections.pop(audience, None)
            with suppress(NotFoundError):
                self._client.delete_collection(audience)

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

    def _apply_audience(self, audience: str, batch: int) -> int:
        done = 0
        target = self._catalog.sequence()
        with _wrapped():
            collection = self._collection(audience)
            while (applied := _applied(collection)) < target:
                done += self._apply_round(audience, collection, applied, batch)
        return done

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
        options: dict[str, Any] = {
            "configuration": _CONFIGURATION,
            "embedding_function": None,
            "metadata": {**expected, "applied": 0},
        }
        collection = self._client.get_or_create_collection(audience, **options)
        noted = dict(collection.metadata or {})
        same = all(noted.get(key) == value for key, value in expected.items())
        if same and self._complete(audience, collection):
            return collection
        self._client.delete_collection(audience)
        return self._client.create_collection(audience, **options)

    def _complete(self, audience: str, collection: Any) -> bool:
        """Whether Chroma has what it notes to have, and finds it.

        Lost files of its graph raise no error: there are only fewer hits.
        """
        applied = _applied(collection)
        if applied >= self._catalog.sequence() and (
            collection.count() != self._catalog.count(audience)
        ):
            return False
        vectors = self._catalog.vectors(self._catalog.spread(audience, applied, _PROBES))
        if not vectors:
            return True
        probes = self._centring.passages(np.stack([v.passage for v in vectors.values()]))
        # By distance: equal paragraphs have equal vectors.
        found = [bool(hits) and hits[0][1] > _SAME for hits in _nearest(collection, probes, 1)]
        return found.count(False) <= _PROBES_MISSED


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


def _nearest(collection: Any, vectors: Matrix, k: int) -> list[Hits]:
    """The hits of each vector."""
    found = collection.query(query_embeddings=vectors, n_results=k, include=["distances"])
    return [
        [(int(i), 1 - distance) for i, distance in zip(ids, distances, strict=True)]
        for ids, distances in zip(found["ids"], found["distances"], strict=True)
    ]


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
