"""Office documents and books are ZIP archives: opened within limits of number and size."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePosixPath

from ingest.errors import NotText

# An article of 10 MB with its pictures unpacks to little more: pictures are packed already.
_MOST_BYTES = 100_000_000
_MOST_MEMBERS = 5_000
# Of what is read as text; a novel has a tenth of it.
_MOST_TEXT = 20_000_000
_ARCHIVES = {".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".jar", ".epub"}
_ENCRYPTED = 0x1  # general purpose bit 0 (APPNOTE.TXT, 4.4.4)


class Archive:
    """A ZIP archive that is safe to read."""

    def __init__(self, name: str, data: bytes) -> None:
        """
        Raises:
            NotText: it is broken, encrypted, unpacks to too much or holds another archive.
        """
        self._name = name
        with self._unbroken():
            self._file = zipfile.ZipFile(BytesIO(data))
        members = self._file.infolist()
        if len(members) > _MOST_MEMBERS:
            raise NotText(f"“{name}” holds more than {_MOST_MEMBERS:,} files; no article has.")
        # Nothing is ever unpacked beyond the size that is written here: zipfile stops there.
        if sum(member.file_size for member in members) > _MOST_BYTES:
            raise NotText(
                f"“{name}” unpacks to more than {_MOST_BYTES // 1_000_000} MB; no article has."
            )
        for member in members:
            if member.flag_bits & _ENCRYPTED:
                raise NotText(f"“{name}” is protected by a password; save it without one.")
            inner = PurePosixPath(member.filename)
            if inner.suffix.lower() in _ARCHIVES:
                raise NotText(
                    f"“{name}” holds another archive ({inner.name}), which no article needs."
                )
        self.names = frozenset(member.filename for member in members)

    def read(self, member: str) -> bytes:
        """A member's bytes.

        Raises:
            NotText: it is missing, damaged, or more than a text can be.
        """
        with self._unbroken():
            if self._file.getinfo(member).file_size > _MOST_TEXT:
                raise NotText(
                    f"“{self._name}” holds more than {_MOST_TEXT // 1_000_000} MB of text in one "
                    "file; no article has."
                )
            return self._file.read(member)

    @contextmanager
    def _unbroken(self) -> Iterator[None]:
        try:
            yield
        # KeyError: no such member; the others are what zipfile raises for damaged bytes.
        except (
            *(zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, ValueError),
            *(NotImplementedError, RuntimeError),
        ) as error:
            raise NotText(f"“{self._name}” is broken: it can't be unpacked.") from error
