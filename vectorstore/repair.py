"""Put a readable catalog in the place of a damaged one, which is kept beside it."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vectorstore.backups import Backup, Backups, restore
from vectorstore.errors import BackupError, CatalogError
from vectorstore.owned import OwnedFolder
from vectorstore.salvage import Salvaged, salvage


@dataclass(frozen=True, slots=True)
class Repaired:
    """What is in the damaged catalog's place."""

    kept: Path
    """Where the damaged one is now."""
    salvaged: Salvaged | None
    """What was read of it; None where the backup was taken instead."""
    backup: Backup | None
    """The newest good one; it was taken where nothing could be read, or for single articles."""


def replace_damaged(catalog: Path, backups: Backups) -> Repaired:
    """Salvage what can be read, or, where that is no article, take the newest good backup.

    Nothing of the damaged catalog is lost by it, at no moment is there no catalog, and what is
    interrupted can be done again.

    Raises:
        CatalogError: another process uses it, or there is neither.
    """
    folder = OwnedFolder(catalog.parent)
    if not folder.acquire():
        raise CatalogError(
            "Another process has this store open. Stop the bot, and every ingest, first."
        )
    try:
        new = catalog.with_name("catalog.repaired.sqlite3")
        backup = backups.newest_good()
        salvaged, unreadable = _salvaged(catalog, new, backup)
        if salvaged is None:
            if backup is None:
                raise CatalogError(
                    f"{unreadable} There is no good backup in {backups.folder} either. Move the "
                    "file away and ingest the articles again."
                )
            restore(backup.path, new)
        return Repaired(_put_in_place(new, catalog), salvaged, backup)
    finally:
        folder.release()


def _salvaged(catalog: Path, new: Path, backup: Backup | None) -> tuple[Salvaged | None, str]:
    """What could be read, or why it is nothing."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{new}{suffix}").unlink(missing_ok=True)
    try:
        salvaged = salvage(catalog, new, backup.path if backup else None)
    except CatalogError as error:
        return None, str(error)
    if not salvaged.whole + len(salvaged.incomplete) - len(salvaged.filled):
        return None, f"No article can be read of {catalog}."
    return salvaged, ""


def _put_in_place(new: Path, catalog: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = catalog.with_name(f"catalog.damaged-{stamp}.sqlite3")
    try:
        for suffix in ("", "-wal"):
            if (part := Path(f"{catalog}{suffix}")).exists():
                _linked(part, Path(f"{kept}{suffix}"))
        # The log of the damaged file would be played into the new one.
        for suffix in ("-wal", "-shm"):
            Path(f"{catalog}{suffix}").unlink(missing_ok=True)
        new.replace(catalog)
    except OSError as error:
        raise BackupError(f"The repaired catalog can't be put in place: {error}.") from error
    return kept


def _linked(path: Path, kept: Path) -> None:
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        shutil.copyfile(path, kept)
