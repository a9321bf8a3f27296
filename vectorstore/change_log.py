"""What changed since a sequence number, for an index that follows the catalog.

An index that has applied all changes up to a number is told the later ones by ``since``; a passage
that only moved keeps its id and its vector, and needs none there.
"""

from vectorstore import rows
from vectorstore.article import IndexChanges
from vectorstore.catalog import Catalog


class ChangeLog:
    """The written and the removed passages of each audience by the number of their change."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def head(self, audience: str) -> int:
        """The number of the last change to an audience's passages; 0 before any."""
        [row] = self._catalog.query(
            "SELECT MAX(sequence) AS head FROM (SELECT MAX(sequence) AS sequence FROM passages "
            "WHERE audience = ? UNION ALL SELECT MAX(sequence) FROM removed WHERE audience = ?) "
            "AS changes",
            (audience, audience),
        )
        return int(row["head"] or 0)

    def since(self, audience: str, after: int, limit: int) -> IndexChanges:
        """The first changes after a sequence number: about ``limit`` passages, never part of
        one sequence number, so that an index can note how far it has come."""
        last = self._catalog.query(
            "SELECT sequence FROM (SELECT sequence FROM passages WHERE audience = :audience "
            "AND sequence > :after UNION ALL SELECT sequence FROM removed "
            "WHERE audience = :audience AND sequence > :after) AS changes ORDER BY sequence "
            "LIMIT 1 OFFSET :limit",
            {"audience": audience, "after": after, "limit": limit},
        )
        upto = last[0]["sequence"] if last else self._catalog.sequence()
        bounds = (audience, after, upto)
        written = self._catalog.query(
            f"SELECT {rows.PASSAGE}, p.vector FROM passages p "
            "WHERE p.audience = ? AND p.sequence > ? AND p.sequence <= ?",
            bounds,
        )
        gone = self._catalog.query(
            "SELECT passage_id FROM removed WHERE audience = ? AND sequence > ? AND sequence <= ?",
            bounds,
        )
        self._catalog.check_model()
        return IndexChanges(
            upto,
            tuple(rows.passage(row) for row in written),
            rows.matrix(row["vector"] for row in written),
            tuple(row["passage_id"] for row in gone),
        )

    def removed_after(self, audience: str, sequence: int) -> set[int]:
        """Ids of the passages that went after a sequence number."""
        found = self._catalog.query(
            "SELECT passage_id FROM removed WHERE audience = ? AND sequence > ?",
            (audience, sequence),
        )
        return {row["passage_id"] for row in found}

    def spread(self, audience: str, upto: int, most: int) -> list[int]:
        """A few ids, evenly over the passages written up to a sequence number."""
        found = self._catalog.query(
            "SELECT id FROM passages WHERE audience = ? AND sequence <= ? ORDER BY id",
            (audience, upto),
        )
        return [row["id"] for row in found[:: max(1, len(found) // most)]][:most]
