"""The Chroma index: dense search that stays fast as the catalog grows.

Chroma holds a copy of the catalog's passage vectors, centred, one collection an audience (a
``where`` filter costs linear time). Each collection notes in its metadata how far it has come, so a
copy that lags, after a crash or a deleted folder, catches up without embedding anything again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, cast

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from vectorstore import writing
from vectorstore.article import Matrix
from vectorstore.bounded import within
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.change_log import ChangeLog
from vectorstore.collection import (
    applied_to,
    applied_to_each,
    complete,
    delete,
    merged,
    nearest,
    upsert,
)
from vectorstore.errors import IndexUnavailable
from vectorstore.owned import OwnedFolder
from vectorstore.scan import CHANGES_A_ROUND, CatalogScan, Hits

# Chroma's local index writes its graph to disk every so many rows (default 1000).
_CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "sync_threshold": 1000}
}
# A search takes milliseconds; in a damaged graph it might take for ever.
_SEARCH_SECONDS = 15.0


class ChromaIndex:
    """The catalog's vectors in Chroma, kept up to date by ``apply``."""

    def __init__(
        self,
        client: Client,
        catalog: Catalog,
        centring: Centring,
        owned: OwnedFolder,
        ending: threading.Event,
    ) -> None:
        """``ending``: once it is set, ``apply`` stops after the round that it is in."""
        self._client = client
        self._ending = ending
        self._catalog = catalog
        self._changes = ChangeLog(catalog)
        self._scan = CatalogScan(catalog, centring)
        self._centring = centring
        self._owned = owned
        self._collections: dict[str, Any] = {}
        # An ingest and the bot's own clock may both apply; a search waits for neither.
        self._applying = threading.RLock()
        self._lock = threading.RLock()

    def search(self, audience: str, vector: Matrix, k: int) -> Hits:
        """The nearest passages, those that were not applied yet included.

        Raises:
            IndexUnavailable: Chroma does not answer.
        """
        with _wrapped():
            collection = self._collection(audience)
            applied = applied_to(collection)
            gone = self._changes.removed_after(audience, applied)
            # Room for those that Chroma has not forgotten yet.
            found: Hits = []
            if applied:
                ask = partial(nearest, collection, vector[np.newaxis], k + len(gone))
                [found] = within(_SEARCH_SECONDS, ask)
        return merged(found, gone, self._scan.search(audience, vector, k, after=applied), k)

    def applied(self, audience: str) -> int:
        """The number of the last change of the audience's passages that Chroma has.

        Raises:
            IndexUnavailable: Chroma does not answer.
        """
        with _wrapped():
            return applied_to(self._collection(audience))

    def seen(self, audience: str) -> int:
        """``applied`` as it was seen last, without asking Chroma; 0 before that."""
        collection = self._collections.get(audience)
        return applied_to(collection) if collection else 0

    def apply(self, batch: int = CHANGES_A_ROUND) -> int:
        """Bring Chroma up to the catalog; returns how many passages were written or deleted.

        Safe to call again after a crash at any point: every step can be repeated.
        """
        with self._applying:
            audiences = self._catalog.audiences()
            done = applied_to_each(audiences, lambda a: self._apply_audience(a, batch))
            self._owned.clean()
        return done

    def drop(self, audience: str) -> None:
        """Delete the copy of an audience that was purged; also if there is none."""
        with self._applying, self._lock, _wrapped():
            with self._catalog.database.transaction() as db:
                writing.forget_removed(db, audience)
            self._collections.pop(audience, None)
            with suppress(NotFoundError):
                self._client.delete_collection(audience)

    def close(self) -> None:
        """Close Chroma; the folder stays its owner's."""
        self._collections.clear()
        self._client.close()

    def _apply_audience(self, audience: str, batch: int) -> int:
        done = 0
        target = self._catalog.sequence()
        with _wrapped():
            collection = self._collection(audience)
            while (applied := applied_to(collection)) < target and not self._ending.is_set():
                done += self._apply_round(audience, collection, applied, batch)
        return done

    def _apply_round(self, audience: str, collection: Any, applied: int, batch: int) -> int:
        changes = self._changes.since(audience, applied, CHANGES_A_ROUND)
        if changes.upserts or changes.deletes:
            self._owned.dirty()
        vectors = self._centring.passages(changes.vectors) if changes.upserts else changes.vectors
        for i in range(0, len(changes.upserts), batch):
            upsert(collection, changes.upserts[i : i + batch], vectors[i : i + batch])
        for i in range(0, len(changes.deletes), batch):
            delete(collection, changes.deletes[i : i + batch])
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
        if same and complete(collection, audience, self._catalog, self._centring):
            return collection
        self._client.delete_collection(audience)
        return self._client.create_collection(audience, **options)


def open_folder(
    owned: OwnedFolder, catalog: Catalog, centring: Centring, ending: threading.Event
) -> ChromaIndex:
    """The index in a folder that is ours; ``ending`` as in ``ChromaIndex``.

    Raises:
        IndexUnavailable: it can't be opened.
    """
    options = Settings(anonymized_telemetry=False)
    with _wrapped():
        client = cast(Client, chromadb.PersistentClient(owned.path, settings=options))
    return ChromaIndex(client, catalog, centring, owned, ending)


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except (ChromaError, OSError, ValueError) as error:
        raise IndexUnavailable(f"The Chroma index can't be used: {error}.") from error
