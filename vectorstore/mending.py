"""What puts right what ``checks`` finds wrong, of what is made from the passages' texts."""

from collections.abc import Sequence

from vectorstore import fingerprints, writing
from vectorstore.article import Passage, PassageVectors
from vectorstore.checks import FULL_TEXT_TABLES, HIGHEST_SEQUENCE
from vectorstore.database import Database
from vectorstore.searchtext import words


def rebuild_full_text(database: Database) -> None:
    """Feed both full-text tables and the totals from the passages again, in one transaction; then
    the fingerprints."""
    with database.transaction() as db:
        for table in FULL_TEXT_TABLES:
            db.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
        db.execute("DELETE FROM totals")
        db.execute("INSERT INTO totals VALUES (0, 0, 0)")
        for row in db.execute("SELECT id, text FROM passages").fetchall():
            terms = " ".join(words(row["text"]))
            db.execute("UPDATE passages SET terms = ? WHERE id = ?", (terms, row["id"]))
            writing.index_terms(db, row["id"], terms)
    fingerprints.renew(database)


def mend_vectors(database: Database, pairs: Sequence[tuple[Passage, PassageVectors]]) -> None:
    """Give passages these sentences and vectors, in one transaction; the index is told."""
    with database.transaction() as db:
        sequence = writing.next_sequence(db)
        for passage, vectors in pairs:
            old = db.execute("SELECT * FROM passages WHERE id = ?", (passage.id,)).fetchone()
            # Somebody else may have written another text meanwhile.
            if old is not None and old["text"] == passage.text:
                writing.keep(db, old, passage, vectors, sequence)


def raise_sequence(database: Database) -> None:
    """Bring the sequence number above all that were given."""
    with database.transaction() as db:
        (highest,) = db.execute(HIGHEST_SEQUENCE).fetchone()
        writing.next_sequence(db)
        db.execute("UPDATE meta SET value = ? WHERE key = 'sequence'", (str(highest + 1),))
