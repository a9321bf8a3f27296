"""The index on a Chroma server, which several processes share.

Any of them may write, one at a time by a lease in the catalog. Every step can be repeated, and
whoever finds that the lease was lost meanwhile sets the collection's number back, so that the next
one repeats what may have been overwritten. A collection bears the catalog's id in its name: stores
that share a server's database leave each other alone.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any

import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.errors import NotFoundError

from vectorstore import writing
from vectorstore.article import IndexChanges, Matrix
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.change_log import ChangeLog
from vectorstore.chroma_client import Unreachable
from vectorstore.chroma_server import ChromaServer, Result
from vectorstore.collection import (
    applied_to,
    applied_to_each,
    complete,
    delete,
    merged,
    nearest,
    upsert,
)
from vectorstore.errors import IndexBusy, IndexUnavailable
from vectorstore.index_damage import IndexState, Phase
from vectorstore.lease import Lease
from vectorstore.scan import CHANGES_A_ROUND, SCANNED, CatalogScan, Hits
from vectorstore.settings import VectorstoreSettings

# Of Chroma Cloud, which takes as many records a write (docs.trychroma.com/cloud/quotas-limits).
_MOST_RESULTS = 300
# A distributed Chroma has no hnsw, and takes only the space of it.
_CONFIGURATION: CreateCollectionConfiguration = {"hnsw": {"space": "cosine"}}
_WRITE_SECONDS = 20.0
_LACKING = "The Chroma server does not have most of the articles yet."
# Of the catalog's id: enough to tell the stores of one server apart, short enough for a name.
_ID_DIGITS = 12


class ServerIndex:
    """The catalog's vectors on a Chroma server, kept up to date by ``apply``."""

    def __init__(self, server: ChromaServer, catalog: Catalog, centring: Centring) -> None:
        self._server = server
        self._catalog = catalog
        self._changes = ChangeLog(catalog)
        self._centring = centring
        self._scan = CatalogScan(catalog, centring)
        self._collections: dict[str, Any] = {}
        self._checked: set[str] = set()
        self._lacking = False
        self._lease = Lease(catalog, "index")
        # An ingest and the bot's own clock may both apply.
        self._applying = threading.Lock()

    @property
    def trouble(self) -> str | None:
        return self._server.trouble or (_LACKING if self._lacking else None)

    @property
    def phase(self) -> Phase:
        if self._server.trouble:
            return "failing"
        return "rebuilding" if self._lacking else "ready"

    @property
    def state(self) -> IndexState:
        """As the server was seen last, which is not asked; raises ``CatalogError``."""
        passages = self._catalog.totals().passages
        indexed = passages - self._catalog.pending(self._seen)
        return IndexState(self.phase, self.trouble or "", max(0, indexed), passages)

    def look(self) -> None:
        """See how the server's collections are, for ``state``; changes nothing.

        Raises:
            IndexUnavailable: the server does not answer.
        """
        for audience in self._catalog.audiences():
            self._known(audience)

    def search(self, audience: str, vector: Matrix, k: int) -> Hits:
        """The nearest passages, those that were not applied yet included.

        Raises:
            IndexUnavailable: the server does not answer, or lacks too much.
        """
        if not self._catalog.count(audience):
            return []
        try:
            return self._searched(audience, vector, k)
        except _Replaced:
            self._collections.pop(audience, None)
            return self._searched(audience, vector, k)

    def apply(self, batch: int = CHANGES_A_ROUND) -> int:
        """Bring the server up to the catalog; returns how many passages were written or deleted.

        Raises:
            IndexBusy: another process is at it.
            IndexUnavailable: the server does not answer, or refuses some audience's passages.
        """
        with self._applying:
            if self._server.trouble:
                self._server.call(lambda client: client.heartbeat())
            behind = [a for a in self._catalog.audiences() if self._is_behind(a)]
            with self._lease.held() if behind else nullcontext():
                done = applied_to_each(behind, lambda a: self._apply_audience(a, batch))
        self._lacking = False
        return done

    def drop(self, audience: str) -> None:
        """Delete the copy of an audience that was purged; also if there is none."""
        with self._applying, self._lease.held():
            self._collections.pop(audience, None)
            self._written(partial(_drop, self._name(audience)))
            with self._catalog.database.transaction() as db:
                writing.forget_removed(db, audience)

    def close(self) -> None:
        self._server.close()

    # Searching

    def _searched(self, audience: str, vector: Matrix, k: int) -> Hits:
        collection = self._known(audience)
        applied = applied_to(collection) if collection else 0
        if self._catalog.count(audience, applied) > SCANNED:
            raise IndexUnavailable(_LACKING)
        gone = self._changes.removed_after(audience, applied)
        # Room for those that the server has not forgotten yet.
        wanted = k + len(gone)
        if wanted > _MOST_RESULTS:
            raise IndexUnavailable("The Chroma server does not know yet what was removed.")
        found = self._server.call(lambda _: _found(collection, vector, wanted)) if applied else []
        return merged(found, gone, self._scan.search(audience, vector, k, after=applied), k)

    def _known(self, audience: str) -> Any:
        """The audience's collection as it was seen last; None where there is none of use."""
        if audience not in self._collections:
            name = self._name(audience)
            collection = self._server.call(lambda client: _get(client, name))
            if collection is None or not self._is_ours(collection):
                self._lacking = True
                return None
            self._collections[audience] = collection
        return self._collections[audience]

    # Applying

    def _is_behind(self, audience: str) -> bool:
        return self._changes.head(audience) > self._seen(audience)

    def _seen(self, audience: str) -> int:
        collection = self._collections.get(audience)
        return applied_to(collection) if collection else 0

    def _apply_audience(self, audience: str, batch: int) -> int:
        done = 0
        target = self._changes.head(audience)
        # Another process may have come further since it was seen last.
        collection = self._written(lambda client: self._opened(client, audience))
        most = self._written(lambda client: client.get_max_batch_size())
        if most > 0:
            batch = min(batch, most)
        while (applied := applied_to(collection)) < target:
            changes = self._changes.since(audience, applied, CHANGES_A_ROUND)
            for step in self._steps(collection, changes, min(batch, CHANGES_A_ROUND)):
                if not self._lease.renew():
                    break
                self._written(partial(_done, step))
            kept = self._lease.renew()
            noting = partial(_noted, collection, applied, changes.sequence if kept else applied)
            collection = self._written(noting)
            if not kept:
                raise IndexBusy
            done += len(changes.upserts) + len(changes.deletes)
        self._collections[audience] = collection
        return done

    def _steps(self, collection: Any, changes: IndexChanges, batch: int) -> Iterator[partial[None]]:
        """The single writes that the changes take."""
        vectors = self._centring.passages(changes.vectors) if changes.upserts else changes.vectors
        for i in range(0, len(changes.upserts), batch):
            upserts = slice(i, i + batch)
            yield partial(upsert, collection, changes.upserts[upserts], vectors[upserts])
        for i in range(0, len(changes.deletes), batch):
            yield partial(delete, collection, changes.deletes[i : i + batch])

    def _written(self, work: Callable[[Client], Result]) -> Result:
        return self._server.call(work, _WRITE_SECONDS)

    def _opened(self, client: Client, audience: str) -> Any:
        """The audience's collection; one of another model, or of another length, is made anew."""
        name = self._name(audience)
        collection = _get(client, name)
        if collection is not None:
            if self._is_ours(collection) and self._is_complete(audience, collection):
                return collection
            client.delete_collection(name)
        return client.create_collection(
            name,
            configuration=_CONFIGURATION,
            embedding_function=None,
            metadata={**self._expected(), "applied": 0},
        )

    def _is_complete(self, audience: str, collection: Any) -> bool:
        """Looked at once for each audience, as a folder is when it is opened."""
        if audience not in self._checked:
            if not complete(collection, audience, self._catalog, self._centring):
                return False
            self._checked.add(audience)
        return True

    def _is_ours(self, collection: Any) -> bool:
        noted = collection.metadata or {}
        return all(noted.get(key) == value for key, value in self._expected().items())

    def _expected(self) -> dict[str, Any]:
        return {"catalog": self._catalog.id, "centring": self._centring.fingerprint}

    def _name(self, audience: str) -> str:
        return f"{audience}.{self._catalog.id[:_ID_DIGITS]}"


class _Replaced(IndexUnavailable):
    """Another process made the collection anew."""


def open_server_index(
    settings: VectorstoreSettings, catalog: Catalog, centring: Centring
) -> ServerIndex:
    """The index on a server, which need not be up yet.

    Raises:
        IndexRefused: it does not take the key, the tenant or the database.
        IndexUnavailable: the address or the key can't be one.
    """
    server = ChromaServer(settings)
    try:
        server.call(lambda client: client.heartbeat())
    except Unreachable:
        # It is logged, and tried again.
        pass
    except BaseException:
        server.close()
        raise
    return ServerIndex(server, catalog, centring)


def _get(client: Client, name: str) -> Any:
    try:
        return client.get_collection(name, embedding_function=None)
    except NotFoundError:
        return None


def _done(step: partial[None], _: Client) -> None:
    step()


def _drop(name: str, client: Client) -> None:
    with suppress(NotFoundError):
        client.delete_collection(name)


def _found(collection: Any, vector: Matrix, k: int) -> Hits:
    try:
        return nearest(collection, vector[np.newaxis], k)[0]
    except NotFoundError as error:
        raise _Replaced("Another process makes the Chroma collection anew.") from error


def _noted(collection: Any, applied: int, sequence: int, client: Client) -> Any:
    """The collection, with the number that it has come to from ``applied``.

    Where it is not at ``applied`` any more, somebody else wrote at the same time: the lower number
    is noted, from which everything is repeated.
    """
    now = client.get_collection(collection.name, embedding_function=None)
    if applied_to(now) != applied:
        sequence = min(applied, applied_to(now))
    now.modify(metadata={**(now.metadata or {}), "applied": sequence})
    return now
