"""What can still be read of a damaged catalog, into a new one.

Every table is read row by row, around the pages that can't be. Nothing is written to the damaged
file; what is lost is told by article.
"""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from vectorstore import rows
from vectorstore.broken_file import TableReader, opened, pad
from vectorstore.checks import altered
from vectorstore.errors import CatalogError
from vectorstore.mending import rebuild_full_text
from vectorstore.sqlite import SqliteDatabase

# In the order in which rows refer to each other; those of full-text search are made from passages.
_DERIVED = ("words", "grams", "totals", "sqlite_")
_FIRST = ("meta", "articles", "passages", "answers", "feeds")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was brought over."""

    rows: dict[str, int]
    """By table."""
    unreadable: tuple[str, ...]
    """Tables of which some part could not be read."""
    whole: int
    """Articles that have all of their text."""
    incomplete: tuple[str, ...]
    """Titles of articles that lost paragraphs or words; what is left of them is kept."""
    filled: tuple[str, ...]
    """Titles of articles of which the backup had the very text."""
    orphans: int
    """Passages that were left out: nothing tells any more which article they are of."""


def salvage(damaged: Path, target: Path, backup: Path | None) -> Salvaged:
    """Copy what can be read of a damaged catalog into a new one at ``target``.

    Articles that lost something, and whose text has not changed since the ``backup``, are whole
    again.

    Raises:
        CatalogError: nothing can be read, or the new one can't be written.
    """
    # What reads a database ends by writing its log into it: here, into a copy.
    with TemporaryDirectory(dir=damaged.parent) as folder:
        copy = Path(folder) / "damaged.sqlite3"
        try:
            for suffix in ("", "-wal"):
                if (part := Path(f"{damaged}{suffix}")).exists():
                    shutil.copyfile(part, f"{copy}{suffix}")
            pad(copy)
            with closing(opened(copy)) as source:
                present = {row[0] for row in source.execute("SELECT name FROM sqlite_master")}
                if "passages" not in present:
                    raise CatalogError(f"Nothing can be read of {damaged}: it lists no articles.")
                return _into(source, present, target, backup)
        except (sqlite3.Error, OSError) as error:
            raise CatalogError(f"Nothing can be read of {damaged}: {error}.") from error


def _into(
    source: sqlite3.Connection, present: set[str], target: Path, backup: Path | None
) -> Salvaged:
    database = SqliteDatabase(target)
    try:
        counts: dict[str, int] = {}
        unreadable = []
        with database.transaction() as db:
            # Rows come before those that they refer to, where the latter are lost.
            db.execute("PRAGMA defer_foreign_keys = ON")
            for table in _tables(db):
                if table in present:
                    counts[table], complete = _copy(source, db, table)
                    unreadable += [] if complete else [table]
            # An index of the damaged one is not one of this.
            db.execute("DELETE FROM meta WHERE key = 'id'")
            filled = _fill(db, backup) if backup else []
            orphans = _drop_orphans(db)
            incomplete = altered(db)
            _note_texts(db, incomplete)
            total = db.execute("SELECT COUNT(*) FROM articles").fetchone()[0]
        rebuild_full_text(database)
    finally:
        database.close()
    whole = total - len(incomplete)
    return Salvaged(counts, tuple(unreadable), whole, tuple(incomplete), tuple(filled), orphans)


def _tables(db: sqlite3.Connection) -> list[str]:
    names = [
        row["name"]
        for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not row["name"].startswith(_DERIVED)
    ]
    first = [name for name in _FIRST if name in names]
    return first + [name for name in names if name not in _FIRST]


def _copy(source: sqlite3.Connection, db: sqlite3.Connection, table: str) -> tuple[int, bool]:
    """How many rows came over, and whether that is all."""
    known = [row["name"] for row in db.execute(f"PRAGMA table_info({table})")]
    there = [row["name"] for row in source.execute(f"PRAGMA table_info({table})")]
    columns = [name for name in known if name in there]
    insert = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({rows.marks(columns)})"
    reader = TableReader(source, table, columns)
    before = db.total_changes
    broken = False
    for row in reader.rows():
        try:
            entered = db.execute(insert, row).rowcount
        except (sqlite3.IntegrityError, sqlite3.InterfaceError):
            entered = 0
        # Read once more after a gap, it is there already; else a garbled row breaks a rule.
        broken |= not entered and reader.complete
    return db.total_changes - before, reader.complete and not broken


def _fill(db: sqlite3.Connection, path: Path) -> list[str]:
    """Take from a backup the articles that are not whole, where it has just their text; and those
    that are lost, unless they were removed since. Their titles."""
    filled = []
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as backup:
        backup.row_factory = sqlite3.Row
        here = {row["id"]: row["digest"] for row in db.execute("SELECT id, digest FROM articles")}
        broken = altered(db)
        removed = {
            row["article_id"]
            for row in db.execute("SELECT DISTINCT article_id FROM versions WHERE removed")
        }
        for article in backup.execute("SELECT id, title, digest FROM articles").fetchall():
            found = here.get(article["id"])
            lost = found is None and article["id"] not in removed
            if lost or (found == article["digest"] and article["title"] in broken):
                _take(db, backup, article["id"])
                filled.append(str(article["title"]))
    return filled


def _take(db: sqlite3.Connection, backup: sqlite3.Connection, article_id: str) -> None:
    db.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
    for table, key in (("articles", "id"), ("passages", "article_id")):
        found = backup.execute(f"SELECT * FROM {table} WHERE {key} = ?", (article_id,)).fetchall()
        for row in found:
            names = row.keys()
            db.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({rows.marks(names)})",
                tuple(row),
            )


def _drop_orphans(db: sqlite3.Connection) -> int:
    """Take out what belongs to a row that is lost, over and over as that leaves others alone."""
    orphans = db.execute(
        "DELETE FROM passages WHERE article_id NOT IN (SELECT id FROM articles)"
    ).rowcount
    while lost := db.execute("PRAGMA foreign_key_check").fetchall():
        for row in lost:
            db.execute(f"DELETE FROM {row['table']} WHERE rowid = ?", (row["rowid"],))
            if row["rowid"] is None:  # a table without row numbers
                _drop_unowned(db, row["table"], row["parent"])
    return orphans


def _drop_unowned(db: sqlite3.Connection, table: str, parent: str) -> None:
    for key in db.execute(f"PRAGMA foreign_key_list({table})").fetchall():
        if key["table"] == parent:
            db.execute(
                f"DELETE FROM {table} WHERE {key['from']} NOT IN (SELECT {key['to']} FROM {parent})"
            )


def _note_texts(db: sqlite3.Connection, titles: Sequence[str]) -> None:
    """What is left of an article is its text from now on: reading its source again then finds the
    difference, as for any other."""
    if not titles:
        return
    for (article_id,) in db.execute("SELECT id FROM articles").fetchall():
        found = db.execute(
            "SELECT paragraph, text FROM passages WHERE article_id = ? ORDER BY paragraph, start",
            (article_id,),
        )
        digest = rows.digest_of((row["paragraph"], row["text"]) for row in found)
        db.execute("UPDATE articles SET digest = ? WHERE id = ?", (digest, article_id))
