"""A look at a store that changes nothing: no folder is made, no schema brought up to date."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vectorstore.catalog import driver_wanted
from vectorstore.database import SCHEMA_VERSION
from vectorstore.errors import CatalogDamaged, CatalogError
from vectorstore.settings import VectorstoreSettings
from vectorstore.sqlite import refuse_what_is_cut
from vectorstore.store import postgres_at

_MOST_SAID = 3
# A file of 100,000 passages takes a few seconds to read.
_READING_SECONDS = 5.0
_STEPS = 10_000
_META = "SELECT value FROM meta WHERE key = '{}'"

Ask = Callable[[str], Any]
"""The first value of a query's first row; None where there is none."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a catalog is and holds."""

    name: str
    """The file, or the database."""
    schema: int
    articles: int
    passages: int
    model: str | None
    """The embedding model that its vectors are of."""
    coming: str | None
    """The model of a reindex that was begun and has not ended."""
    whole: bool = False
    """Whether all of it was read, and nothing found wrong."""
    ahead: float | None = None
    """Seconds that this machine's clock is ahead of the database's, where that has one."""

    @property
    def behind(self) -> bool:
        """Whether the next start brings its schema up to date."""
        return self.schema < SCHEMA_VERSION


def inspect(settings: VectorstoreSettings, *, thorough: bool = True) -> Inspection | None:
    """The store of these settings; None where there is none yet.

    ``thorough``: a file is read to its end, as far as seconds go.

    Raises:
        CatalogDamaged: its file is broken.
        CatalogError: it can't be read or reached, or is of a newer Newsdesk.
    """
    url = postgres_at(settings)
    return _database(url) if url else _file(settings.path / "catalog.sqlite3", thorough)


def _database(url: str) -> Inspection | None:
    with driver_wanted():
        from vectorstore.postgres import looked_at
    with looked_at(url) as (name, ask):
        if ask("SELECT to_regclass('schema_version')::text") is None:
            return None
        found = _read(name, ask("SELECT version FROM schema_version"), ask)
        ahead = time.time() - float(ask("SELECT extract(epoch FROM clock_timestamp())"))
    return replace(found, ahead=ahead)


def _file(path: Path, thorough: bool) -> Inspection | None:
    try:
        refuse_what_is_cut(path)
        if not path.exists():
            return None
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as db:
            found = _read(str(path), db.execute("PRAGMA user_version").fetchone()[0], _asker(db))
            return replace(found, whole=thorough and _is_whole(db, path))
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if isinstance(error, sqlite3.OperationalError):
            raise CatalogError(f"The catalog {path} can't be read: {error}.") from error
        raise CatalogDamaged(path, f"is damaged: {error}") from error
    except (sqlite3.Error, OSError) as error:
        raise CatalogError(f"The catalog {path} can't be read: {error}.") from error


def _asker(db: sqlite3.Connection) -> Ask:
    def ask(query: str) -> Any:
        row = db.execute(query).fetchone()
        return row[0] if row else None

    return ask


def _read(name: str, schema: int, ask: Ask) -> Inspection:
    if schema > SCHEMA_VERSION:
        raise CatalogError(
            f"The catalog {name} was made by a newer Newsdesk (schema {schema}; this one knows "
            f"{SCHEMA_VERSION})."
        )
    return Inspection(
        name,
        schema,
        ask("SELECT COUNT(*) FROM articles"),
        ask("SELECT passages FROM totals") or 0,
        ask(_META.format("embeddings")),
        ask(_META.format("reindexed with")),
    )


def _is_whole(db: sqlite3.Connection, path: Path) -> bool:
    """False where reading all of it takes too long; raises ``CatalogDamaged``."""
    until = time.monotonic() + _READING_SECONDS
    db.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        # Not quick_check: SQLite 3.40, Debian 12's, finds NULL in every answer_citations there.
        said = [line for (line,) in db.execute(f"PRAGMA integrity_check({_MOST_SAID})")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return False
    if said != ["ok"]:
        raise CatalogDamaged(path, f"is damaged: {'; '.join(' '.join(s.split()) for s in said)}")
    return True
