"""From what a user names to sources: a folder is all files in it that can be read."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.canonical import canonical_url, printable
from ingest.errors import IngestError, SourceUnreadable
from ingest.kinds import READ_TYPES, kind_of
from ingest.sources import (
    STDIN,
    FileSource,
    Source,
    StdinSource,
    Unreadable,
    WebSource,
    readable,
)

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def expand(
    arguments: Sequence[str], *, operator: bool, stdin_name: str | None = None
) -> list[Source]:
    """The sources that arguments stand for: a folder is all files in it that can be read.

    ``operator``: whoever runs this program named them, so hosts may be private. Everybody else may
    name addresses only: this machine's files are not theirs to read.
    """
    return [
        source
        for argument in arguments
        for source in (
            [StdinSource(name=stdin_name)]
            if operator and argument == STDIN
            else _sources(argument, operator)
        )
    ]


def _sources(argument: str, operator: bool) -> Iterator[Source]:
    if _ADDRESS.match(argument):
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
    with readable(argument):
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
