"""Backups of the catalog: whole copies, made while it is in use, checked, the newest few kept.

The index needs none: it is made from the catalog.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from vectorstore.catalog import Catalog
from vectorstore.database import SCHEMA_VERSION
from vectorstore.errors import BackupError
from vectorstore.sqlite import SqliteDatabase

_NAME = re.compile(r"catalog-(\d{8}T\d{6}Z)\.sqlite3")
_TIME = "%Y%m%dT%H%M%SZ"
_EVERY = timedelta(days=1)
# Copied between two looks at whether others want to write.
_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the catalog."""

    path: Path
    made: datetime


class Backups:
    """The backups in a folder; every method does blocking I/O."""

    def __init__(self, folder: Path, keep: int) -> None:
        """``keep``: so many of the newest ones stay."""
        self.folder = folder
        self._keep = keep
        self.trouble: str | None = None
        """Why ``make_if_due`` failed the last time, a sentence; None: it did not."""

    @property
    def wanted(self) -> bool:
        return self._keep > 0

    def all(self) -> list[Backup]:
        """The newest first; raises ``BackupError``."""
        with _wrapped(self.folder):
            names = [path.name for path in self.folder.iterdir()] if self.folder.exists() else []
        found = []
        for name in names:
            if named := _NAME.fullmatch(name):
                made = datetime.strptime(named[1], _TIME).replace(tzinfo=UTC)
                found.append(Backup(self.folder / name, made))
        return sorted(found, key=lambda backup: backup.made, reverse=True)

    def due(self, now: datetime) -> bool:
        """Whether the newest is a day old, or of a time to come, as after a clock was set back."""
        made = [backup.made for backup in self.all()]
        return not made or not now - _EVERY < made[0] <= now + _EVERY

    def make(self, catalog: Catalog, now: datetime) -> Backup:
        """A new one, checked; then the oldest go.

        Raises:
            BackupError: it can't be written, or is not whole: then there is none of it; or the
                catalog is no file.
        """
        database = catalog.database
        if not isinstance(database, SqliteDatabase):
            raise BackupError(
                "The catalog is on PostgreSQL, whose own tools make backups of it: pg_dump "
                "--format=custom --file=newsdesk.dump DATABASE"
            )
        path = self.folder / f"catalog-{now.astimezone(UTC).strftime(_TIME)}.sqlite3"
        part = path.with_suffix(".part")
        with _wrapped(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                _copy(database.path, part)
                if problem := problem_of(part):
                    raise BackupError(f"The backup {path} is not kept: {problem}.")
                _put(part, path)
            finally:
                part.unlink(missing_ok=True)
        for old in self.all()[self._keep :]:
            with _wrapped(old.path):
                old.path.unlink(missing_ok=True)
        return Backup(path, now)

    def make_if_due(self, catalog: Catalog, now: datetime) -> Backup | None:
        """``make``, where the newest is a day old; None where it is not."""
        try:
            made = self.make(catalog, now) if self.due(now) else None
        except BackupError as error:
            self.trouble = str(error)
            raise
        self.trouble = None
        return made

    def newest_good(self) -> Backup | None:
        """The newest one that is whole; raises ``BackupError``."""
        return next((backup for backup in self.all() if problem_of(backup.path) is None), None)


def problem_of(path: Path) -> str | None:
    """What is wrong with a file that should be a catalog, the end of a sentence; None: nothing."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if not 0 < version <= SCHEMA_VERSION:
                return f"it has schema {version}, which is none that this Newsdesk knows"
            (result,) = db.execute("PRAGMA integrity_check(1)").fetchone()
            db.execute("SELECT COUNT(*) FROM articles").fetchone()
    except sqlite3.Error as error:
        return f"it can't be read: {error}"
    return None if result == "ok" else f"it is damaged: {result}"


def restore(backup: Path, catalog: Path) -> None:
    """Put a copy of a backup in a catalog's place, where no file may be.

    Raises:
        BackupError: it can't be copied.
    """
    part = catalog.with_name(f"{catalog.name}.part")
    with _wrapped(catalog):
        try:
            _copy(backup, part)
            _put(part, catalog)
        finally:
            part.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """Page by page, of one moment; in a journal mode that leaves no file beside the copy."""
    target.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as read,
        closing(sqlite3.connect(target)) as write,
    ):
        # A reader's transaction keeps the moment: without it, each write by others begins it anew.
        read.execute("BEGIN")
        read.execute("SELECT 1 FROM sqlite_master").fetchone()
        read.backup(write, pages=_PAGES)
        write.execute("PRAGMA journal_mode = DELETE")
        # Where it is put back, an index of what came later must not be taken for its own.
        write.execute("UPDATE meta SET value = ? WHERE key = 'id'", (uuid4().hex,))
        write.commit()


def _put(part: Path, path: Path) -> None:
    """Move a finished file to its name, so that it is there after a power cut, or nothing is."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    if hasattr(os, "O_DIRECTORY"):  # not on Windows
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _wrapped(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"The backup {path} can't be made or read: {error}.") from error
