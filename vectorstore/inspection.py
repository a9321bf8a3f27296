"""A look at a store that changes nothing: no folder is made, no schema brought up to date."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from vectorstore.database import SCHEMA_VERSION
from vectorstore.embeddings import identity_of
from vectorstore.errors import CatalogError, EmbeddingsMismatch
from vectorstore.settings import VectorstoreSettings

_MOST_SAID = 3


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a catalog's file is and holds."""

    path: Path
    schema: int
    articles: int
    passages: int
    damage: tuple[str, ...]
    """What SQLite finds wrong; empty where that is nothing."""

    @property
    def behind(self) -> bool:
        """Whether the next start brings its schema up to date."""
        return self.schema < SCHEMA_VERSION


def inspect(settings: VectorstoreSettings) -> Inspection | None:
    """The store of these settings; None where there is none yet.

    Raises:
        CatalogError: its file can't be read, or is of a newer Newsdesk.
        EmbeddingsMismatch: it holds vectors of another model than the one that is set.
    """
    path = settings.path / "catalog.sqlite3"
    if not path.exists():
        return None
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as db:
            found = _read(db, path)
            [stored] = db.execute("SELECT value FROM meta WHERE key = 'embeddings'").fetchone() or [
                None
            ]
    except (sqlite3.Error, OSError) as error:
        raise CatalogError(f"The catalog {path} can't be read: {error}.") from error
    identity = identity_of(settings.embeddings)
    if found.passages and stored and stored != identity:
        raise EmbeddingsMismatch(stored, identity)
    return found


def _read(db: sqlite3.Connection, path: Path) -> Inspection:
    [schema] = db.execute("PRAGMA user_version").fetchone()
    if schema > SCHEMA_VERSION:
        raise CatalogError(
            f"The catalog {path} was made by a newer Newsdesk (schema {schema}; this one knows "
            f"{SCHEMA_VERSION})."
        )
    said = [line for (line,) in db.execute(f"PRAGMA quick_check({_MOST_SAID})") if line != "ok"]
    [articles] = db.execute("SELECT COUNT(*) FROM articles").fetchone()
    [passages] = db.execute("SELECT COUNT(*) FROM passages").fetchone()
    return Inspection(path, schema, articles, passages, tuple(said))
