"""Dense search over the catalog itself: exact, and right when no index can be used."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from vectorstore.article import Matrix
from vectorstore.catalog import Catalog
from vectorstore.centring import Centring
from vectorstore.index_damage import IndexState, Phase
from vectorstore.rows import marks, matrix
from vectorstore.scope import EVERYTHING, Scope

Hits = list[tuple[int, float]]
"""Passage ids with the cosine of the centred vectors, best first."""

# Chroma's quotas allow 300 records a write.
CHANGES_A_ROUND = 300
# Passages of an audience that are read through for one question when the index is of no use.
SCANNED = 20_000


class Exact(NamedTuple):
    """A passage as the catalog has it."""

    cosine: float
    sequence: int
    """Of the change that wrote its vector."""


class DenseSearch(Protocol):
    """Finds the passages whose vectors are nearest."""

    @property
    def trouble(self) -> str | None:
        """Why questions have to do without the index now, a sentence; None while it works."""

    @property
    def phase(self) -> Phase:
        """As in ``IndexState``; no I/O."""

    @property
    def state(self) -> IndexState:
        """Opens nothing, asks no server and waits for nothing; raises ``CatalogError``."""

    def search(self, audience: str, vector: Matrix, k: int) -> Hits: ...

    def apply(self, batch: int = CHANGES_A_ROUND) -> int: ...

    def drop(self, audience: str) -> None: ...

    def close(self) -> None: ...


class CatalogScan:
    """Exact search over the catalog's own vectors: linear, always right, needs no index."""

    def __init__(self, catalog: Catalog, centring: Centring) -> None:
        self._catalog = catalog
        self._centring = centring

    @property
    def trouble(self) -> None:
        """A scan needs nothing but the catalog."""
        return None

    @property
    def phase(self) -> Phase:
        return "absent"

    @property
    def state(self) -> IndexState:
        return IndexState("absent", "", 0, self._catalog.totals().passages)

    def search(
        self,
        audience: str,
        vector: Matrix,
        k: int,
        after: int = 0,
        scope: Scope = EVERYTHING,
    ) -> Hits:
        """The nearest passages among those written after a sequence number, of a scope."""
        hits: Hits = []
        for ids, raw in self._catalog.vector_batches(audience, after, scope):
            cosines = self._centring.passages(raw) @ vector
            best = np.argsort(-cosines)[:k]
            hits += [(ids[i], float(cosines[i])) for i in best]
        return sorted(hits, key=lambda hit: -hit[1])[:k]

    def cosines(self, ids: Sequence[int], vector: Matrix) -> dict[int, Exact]:
        """Of the passages that exist among these."""
        found = self._catalog.query(
            f"SELECT id, vector, sequence FROM passages WHERE id IN ({marks(ids)})", ids
        )
        if not found:
            return {}
        cosines = self._centring.passages(matrix(row["vector"] for row in found)) @ vector
        return {
            row["id"]: Exact(float(cosine), row["sequence"])
            for row, cosine in zip(found, cosines, strict=True)
        }

    def apply(self, batch: int = CHANGES_A_ROUND) -> int:
        """Nothing to do: there is no copy."""
        return 0

    def drop(self, audience: str) -> None:
        """Nothing to do: the index that another process has open forgets by what was removed."""

    def close(self) -> None:
        """Nothing to close: the catalog is its owner's."""
