"""From sources to Documents: files, standard input, addresses, uploads, lines of exports."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from ingest import records
from ingest.canonical import canonical_path, canonical_url, same_site
from ingest.decode import decode, scrub
from ingest.document import Document
from ingest.errors import Gone, IngestError, NoText, SourceUnreadable, TooLarge
from ingest.extract import read_document
from ingest.fetch import Fetched, fetch
from ingest.kinds import READ_TYPES, Kind, kind_of
from ingest.reader import reader
from ingest.settings import IngestSettings

STDIN = "-"
_STDIN_NAME = "standard input"
_FILE_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}$")


class Source(Protocol):
    """What articles come from; most are one article."""

    @property
    def label(self) -> str:
        """What the user knows it as."""

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        """The canonical source, and what it says; raises ``IngestError``."""

    def parts(self, settings: IngestSettings) -> Sequence["Source"]:
        """Itself, or an article a line where it is a file of those; raises ``IngestError``."""


@dataclass(frozen=True, slots=True)
class WebSource:
    label: str
    url: str
    """Canonical."""
    trusted: bool = False
    """Whether an operator named the host."""
    before: Callable[[str], None] | None = None
    """As in ``fetch``; with it, it is the page of a feed's entry."""

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        try:
            fetched = self._fetched(settings)
            document = read_document(
                self.label, fetched.data, fetched.kind, fetched.charset, fetched.url
            )
        except (Gone, NoText) as error:
            error.page = self.url
            raise
        url = canonical_url(document.url) if document.url else self.url
        # What a page says of its own address is believed within its own site.
        url = url if same_site(url, fetched.url) else self.url
        return url, replace(document, url=url)

    def parts(self, settings: IngestSettings) -> Sequence["Source"]:
        # An entry of a feed is one article.
        if self.before or kind_of(urlsplit(self.url).path) != "records":
            return [self]
        fetched = self._fetched(settings)
        text = decode(self.label, fetched.data, fetched.charset)
        return _records(self.label, f"records:{self.url}", text)

    def _fetched(self, settings: IngestSettings) -> Fetched:
        host = urlsplit(self.url).hostname if self.trusted else None
        return fetch(self.url, settings, host, before=self.before)


@dataclass(frozen=True, slots=True)
class FileSource:
    label: str
    path: Path

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        data = self._bytes(settings.max_bytes)
        return canonical_path(self.path), read_document(self.label, data, kind_of(self.path.name))

    def digest(self, settings: IngestSettings) -> str | None:
        """Names the file and its content, and the code that reads it; None where reading tells
        what is wrong."""
        try:
            data = self._bytes(settings.max_bytes)
        except IngestError:
            return None
        return sha256(f"{reader()}\0{canonical_path(self.path)}\0".encode() + data).hexdigest()

    def parts(self, settings: IngestSettings) -> Sequence["Source"]:
        if kind_of(self.path.name) != "records":
            return [self]
        text = decode(self.label, self._bytes(settings.max_bytes))
        return _records(self.label, canonical_path(self.path), text)

    def _bytes(self, limit: int) -> bytes:
        if kind_of(self.path.name) is None:
            raise _unread(self.label)
        with readable(self.label):
            size = self.path.stat().st_size
            if size > limit:
                raise TooLarge(self.label, limit, size)
            with self.path.open("rb") as file:
                data = file.read(limit + 1)
        if len(data) > limit:
            raise TooLarge(self.label, limit)
        return data


@dataclass(frozen=True, slots=True)
class StdinSource:
    label: str = STDIN
    name: str | None = None
    """What the operator calls it; its suffix tells what it holds."""

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        document = read_document(self._called, self._bytes(settings), self._kind())
        return f"stdin:{self.name or _named_by_itself(document)}", document

    def parts(self, settings: IngestSettings) -> Sequence["Source"]:
        if self._kind() != "records":
            return [self]
        text = decode(self._called, self._bytes(settings))
        return _records(self._called, f"stdin:{self.name}", text)

    @property
    def _called(self) -> str:
        return self.name or _STDIN_NAME

    def _kind(self) -> Kind | None:
        return _kind_of_named(self.name) if self.name else None

    def _bytes(self, settings: IngestSettings) -> bytes:
        if sys.stdin is None:  # "<&-"
            raise SourceUnreadable("Standard input is closed.")
        with readable(self._called):
            data = sys.stdin.buffer.read(settings.max_bytes + 1)
        if len(data) > settings.max_bytes:
            raise TooLarge(self._called, settings.max_bytes)
        return data


@dataclass(frozen=True, slots=True)
class UploadSource:
    """Bytes that came with a name: an attachment, or pasted text."""

    label: str
    data: bytes

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        document = read_document(self.label, self._bytes(settings), _kind_of_named(self.label))
        identity = canonical_url(document.url) if document.url else scrub(self.label)
        return f"upload:{identity}", document

    def parts(self, settings: IngestSettings) -> Sequence["Source"]:
        if kind_of(self.label) != "records":
            return [self]
        text = decode(self.label, self._bytes(settings))
        return _records(self.label, f"upload:{scrub(self.label)}", text)

    def _bytes(self, settings: IngestSettings) -> bytes:
        if len(self.data) > settings.max_bytes:
            raise TooLarge(self.label, settings.max_bytes, len(self.data))
        return self.data


@dataclass(frozen=True, slots=True)
class RecordSource:
    """A line of an export of another tool."""

    label: str
    """``export.jsonl, line 3``."""
    file: str
    """What identifies the file."""
    line: str

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        identity, document = records.read_record(self.label, self.line)
        return f"{self.file}#{scrub(identity or _named_by_itself(document))}", document

    def parts(self, settings: IngestSettings) -> Sequence["Source"]:
        return [self]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An argument that leads to nothing; reading it tells why."""

    label: str
    error: IngestError

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        raise self.error

    def parts(self, settings: IngestSettings) -> Sequence["Source"]:
        return [self]


def _records(label: str, file: str, text: str) -> list[Source]:
    found = records.lines(label, text)
    if not found:
        raise NoText(f"“{label}” is empty.")
    return [RecordSource(f"{label}, line {number}", file, line) for number, line in found]


def _kind_of_named(name: str) -> Kind | None:
    """The kind that a name tells; None where it tells none, as that of a pasted text."""
    kind = kind_of(name)
    if kind is None and _FILE_SUFFIX.search(name):
        raise _unread(name)
    return kind


def _unread(label: str) -> SourceUnreadable:
    return SourceUnreadable(f"“{label}” is of a type that is not read; {READ_TYPES} are.")


def _named_by_itself(document: Document) -> str:
    """What identifies a text that came without a name: the address or title that it gives."""
    if document.url:
        return canonical_url(document.url)
    if document.titled:
        return document.title
    return sha256("\n".join(document.paragraphs).encode()).hexdigest()[:16]


@contextmanager
def readable(label: str) -> Iterator[None]:
    """Turn the file system's errors into ``SourceUnreadable``."""
    try:
        yield
    except OSError as error:
        raise SourceUnreadable(f"“{label}” can't be read: {error.strerror}.") from error
    except ValueError as error:  # a path with a NUL in it
        raise SourceUnreadable(f"“{label}” is no path.") from error
