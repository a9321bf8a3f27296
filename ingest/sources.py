"""From what a user names to Documents: files, folders, standard input, addresses, uploads."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingest.decode import decode, scrub
from ingest.document import Document
from ingest.errors import IngestError, SourceUnreadable, TooLarge
from ingest.extract import READ_TYPES, Kind, extract, kind_of, sniff
from ingest.fetch import fetch
from ingest.settings import IngestSettings

STDIN = "-"
_STDIN_NAME = "standard input"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_TRACKING = re.compile(r"utm_.*|fbclid|gclid", re.IGNORECASE)
_FILE_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}$")


class Source(Protocol):
    """One thing that becomes one article."""

    @property
    def label(self) -> str:
        """What the user knows it as."""

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        """The canonical source, and what it says; raises ``IngestError``."""


def expand(arguments: Sequence[str], *, operator: bool) -> list[Source]:
    """The sources that arguments stand for: a folder is all files in it that can be read.

    ``operator``: whoever runs this program named them, so hosts may be private. Everybody else may
    name addresses only: this machine's files are not theirs to read.
    """
    return [source for argument in arguments for source in _sources(argument, operator)]


def canonical_url(url: str) -> str:
    """The same address always written the same way, without fragment and tracking parameters."""
    parts = urlsplit(url.strip())
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in query if not _TRACKING.fullmatch(key)]
    # An untouched query stays as it is written: servers may tell "%20" from "+".
    text = parts.query if len(kept) == len(query) else urlencode(kept)
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", text, ""))


def canonical_path(path: Path) -> str:
    """What identifies a file: its path, or a file:// address where that is no Unicode text."""
    whole = path.resolve()
    text = whole.as_posix()
    return text if text == scrub(text) else whole.as_uri()


def printable(path: str) -> str:
    """A file's name for people: bytes that are no UTF-8 as ``\\xff``."""
    try:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # no system gives such a name
        return scrub(path)


def is_url(source: str) -> bool:
    """Whether a canonical source is an address that can be fetched."""
    return source.startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class WebSource:
    label: str
    url: str
    """Canonical."""
    trusted: bool = False
    """Whether an operator named the host."""

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        trusted = urlsplit(self.url).hostname if self.trusted else None
        fetched = fetch(self.url, settings, trusted)
        text = decode(self.label, fetched.data, fetched.charset)
        document = extract(self.label, text, fetched.kind)
        # Where it was read is certain; what a page says of its own address is not.
        return self.url, replace(document, url=self.url)


@dataclass(frozen=True, slots=True)
class FileSource:
    label: str
    path: Path

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        kind = kind_of(self.path.name)
        if kind is None:
            raise SourceUnreadable(
                f"“{self.label}” is of a type that is not read; {READ_TYPES} are."
            )
        text = decode(self.label, self._bytes(settings.max_bytes))
        return canonical_path(self.path), extract(self.label, text, kind)

    def _bytes(self, limit: int) -> bytes:
        with _readable(self.label):
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

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        if sys.stdin is None:  # "<&-"
            raise SourceUnreadable("Standard input is closed.")
        with _readable(_STDIN_NAME):
            data = sys.stdin.buffer.read(settings.max_bytes + 1)
        if len(data) > settings.max_bytes:
            raise TooLarge(_STDIN_NAME, settings.max_bytes)
        text = decode(_STDIN_NAME, data)
        document = extract(_STDIN_NAME, text, sniff(text))
        return f"stdin:{_named_by_itself(document)}", document


@dataclass(frozen=True, slots=True)
class UploadSource:
    """Bytes that came with a name: an attachment, or pasted text."""

    label: str
    data: bytes

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        if len(self.data) > settings.max_bytes:
            raise TooLarge(self.label, settings.max_bytes, len(self.data))
        kind = self._kind()
        text = decode(self.label, self.data)
        document = extract(self.label, text, kind or sniff(text))
        identity = canonical_url(document.url) if document.url else scrub(self.label)
        return f"upload:{identity}", document

    def _kind(self) -> Kind | None:
        kind = kind_of(self.label)
        if kind is None and _FILE_SUFFIX.search(self.label):
            raise SourceUnreadable(
                f"“{self.label}” is of a type that is not read; {READ_TYPES} are."
            )
        return kind


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An argument that leads to nothing; reading it tells why."""

    label: str
    error: IngestError

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        raise self.error


def _sources(argument: str, operator: bool) -> Iterator[Source]:
    if operator and argument == STDIN:
        yield StdinSource()
    elif _ADDRESS.match(argument):
        yield _web(argument, operator)
    elif not operator:
        reason = f"“{argument}” is no http or https address."
        yield Unreadable(argument, SourceUnreadable(reason))
    else:
        try:
            yield from _from_disk(argument)
        except IngestError as error:
            yield Unreadable(printable(argument), error)


def _web(argument: str, operator: bool) -> Source:
    try:
        return WebSource(argument, canonical_url(argument), trusted=operator)
    except ValueError:
        return Unreadable(argument, SourceUnreadable(f"“{argument}” is no valid address."))


def _from_disk(argument: str) -> Iterator[Source]:
    path = Path(argument)
    argument = printable(argument)
    with _readable(argument):
        # An empty argument would be the current folder.
        if not argument or not path.exists():
            raise SourceUnreadable(f"There is no file or folder “{argument}”.")
        folder = path.is_dir()
        if not folder and not path.is_file():
            raise SourceUnreadable(f"“{argument}” is neither a file nor a folder.")
    if not folder:
        yield FileSource(argument, path)
        return
    found = list(_in_folder(path))
    if not found:
        raise SourceUnreadable(f"The folder “{argument}” has no file to read: {READ_TYPES}.")
    yield from found


def _in_folder(folder: Path) -> Iterator[Source]:
    """Its files that can be read, those of its folders too, sorted; hidden ones are left out."""
    failures: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(parent, name)
            if not name.startswith(".") and kind_of(name) and path.is_file():
                yield FileSource(printable(str(path)), path)
    for failure in failures:
        label = printable(str(failure.filename))
        yield Unreadable(label, SourceUnreadable(f"“{label}” can't be read: {failure.strerror}."))


def _named_by_itself(document: Document) -> str:
    """What identifies a text that came without a name: the address or title that it gives."""
    if document.url:
        return canonical_url(document.url)
    if document.titled:
        return document.title
    return sha256("\n".join(document.paragraphs).encode()).hexdigest()[:16]


@contextmanager
def _readable(label: str) -> Iterator[None]:
    """Turn the file system's errors into ``SourceUnreadable``."""
    try:
        yield
    except OSError as error:
        raise SourceUnreadable(f"“{label}” can't be read: {error.strerror}.") from error
    except ValueError as error:  # a path with a NUL in it
        raise SourceUnreadable(f"“{label}” is no path.") from error
