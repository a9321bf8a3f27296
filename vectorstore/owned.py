"""The folder of a local Chroma index belongs to one process at a time."""

import shutil
from pathlib import Path

from filelock import FileLock, Timeout


class OwnedFolder:
    """The folder of a local Chroma index, which only one process may open (two corrupt it)."""

    def __init__(self, path: Path) -> None:
        self.path = path / "chroma"
        self._mark = path / "chroma.dirty"
        self._lock = FileLock(path / "chroma.lock", timeout=0)

    def acquire(self) -> bool:
        """Take the folder; False where another process has it.

        A folder that was being written when its owner died may crash whoever reads it: it is
        deleted, and filled again from the catalog.
        """
        try:
            self._lock.acquire()
        except Timeout:
            return False
        if self._mark.exists():
            shutil.rmtree(self.path, ignore_errors=True)
            self.clean()
        return True

    def release(self) -> None:
        self._lock.release()

    def dirty(self) -> None:
        """Note that a write has begun."""
        self._mark.touch()

    def clean(self) -> None:
        """Note that all writes have ended."""
        self._mark.unlink(missing_ok=True)
