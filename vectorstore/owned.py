"""The folder of a local Chroma index: whose it is, and in what condition it was left.

Beside the folder stand three files: a lock, held by the process that has it open; a mark that is
there while it is written; and a seal, which its owner leaves when it ends: the digests of all files
as they were then. A folder that still has them need not be read to be trusted.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vectorstore.errors import IndexUnavailable

# Ended without a seal so often in a row, the index itself may be what ends its owner.
_MOST_CRASHES = 3


@dataclass(frozen=True, slots=True)
class Seal:
    """What the owner noted at its end, or, while there is none, at its beginning."""

    of: dict[str, Any] = field(default_factory=dict)
    """What the index is of, and how far it has come; empty while the folder is in use."""
    files: dict[str, str] = field(default_factory=dict)
    """Digests by path in the folder."""
    crashes: int = 0
    """How many owners in a row ended without a seal."""


class OwnedFolder:
    """The folder of a local Chroma index, which only one process may open (two corrupt it)."""

    def __init__(self, path: Path) -> None:
        self.path = path / "chroma"
        self._mark = path / "chroma.dirty"
        self._seal = path / "chroma.seal"
        self._lock = FileLock(path / "chroma.lock", timeout=0)

    def acquire(self) -> bool:
        """Take the folder; False where another process has it.

        Raises:
            IndexUnavailable: the lock can't be made.
        """
        with _wrapped():
            try:
                self._lock.acquire()
            except Timeout:
                return False
        return True

    @property
    def is_in_use(self) -> bool:
        """Whether another process has it now; without a lock nobody has, and none is made.

        Raises:
            IndexUnavailable: the lock can't be read.
        """
        if not Path(self._lock.lock_file).exists():
            return False
        if not self.acquire():
            return True
        self.release()
        return False

    def release(self) -> None:
        self._lock.release()

    def dirty(self) -> None:
        """Note that a write has begun."""
        with _wrapped():
            self._mark.touch()

    def clean(self) -> None:
        """Note that all writes have ended."""
        with _wrapped():
            self._mark.unlink(missing_ok=True)

    @property
    def is_new(self) -> bool:
        """Whether there is nothing in it."""
        with _wrapped():
            return not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir()))

    @property
    def is_dirty(self) -> bool:
        """Whether its last owner died while it wrote: reading it may crash the reader."""
        return self._mark.exists()

    @property
    def keeps_crashing(self) -> bool:
        """Whether one owner after the other died with it."""
        return self.seal.crashes >= _MOST_CRASHES

    @property
    def seal(self) -> Seal:
        """The one that was left; an empty one where there is none, or it can't be read."""
        try:
            return Seal(**json.loads(self._seal.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Seal()

    @property
    def is_sealed(self) -> bool:
        """Whether every byte is as its last owner left it."""
        seal = self.seal
        with _wrapped():
            return bool(seal.files) and not self.is_dirty and seal.files == self._digests()

    def opened(self) -> None:
        """Break the seal: from now on the folder may differ from it."""
        seal = self.seal
        self._write_seal(Seal(crashes=0 if seal.files or self.is_new else seal.crashes + 1))

    def close(self, of: dict[str, Any]) -> None:
        """Seal the folder, which nobody may have open any more; ``of``: what it is an index of."""
        with _wrapped():
            self._write_seal(Seal(of, self._digests()))

    def empty(self) -> None:
        """Delete all that is in it: it can be filled again from the catalog."""
        with _wrapped():
            if self.path.is_dir() and not self.path.is_symlink():
                shutil.rmtree(self.path)
            else:
                self.path.unlink(missing_ok=True)
            self._mark.unlink(missing_ok=True)

    def _digests(self) -> dict[str, str]:
        found = {}
        for file in sorted(self.path.rglob("*")):
            if file.is_file():
                with file.open("rb") as opened:
                    digest = hashlib.file_digest(opened, "blake2b").hexdigest()
                found[file.relative_to(self.path).as_posix()] = digest
        return found

    def _write_seal(self, seal: Seal) -> None:
        # Whole or not at all: half a seal is none.
        new = self._seal.with_suffix(".seal.new")
        with _wrapped():
            values = {"of": seal.of, "files": seal.files, "crashes": seal.crashes}
            new.write_text(json.dumps(values), encoding="utf-8")
            new.replace(self._seal)


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexUnavailable(f"The Chroma index can't be used: {error}.") from error
