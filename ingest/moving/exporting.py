"""``python -m ingest export``: all articles with all their versions, a line an article."""

import argparse
import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from ingest import console
from ingest.errors import OutputFailed
from ingest.moving.lines import write_line
from vectorstore import Catalog
from vectorstore.histories import Histories

STDOUT = "-"


def run_export(arguments: argparse.Namespace, catalog: Catalog) -> int:
    """Write the articles as they are at one moment; the file appears when it is whole."""
    histories = Histories(catalog)
    count = 0
    with _written(arguments.file) as out, catalog.database.snapshot():
        model = catalog.meta("embeddings") if arguments.vectors else None
        for found in histories.ids(arguments.audience):
            if history := histories.of(found, vectors=arguments.vectors):
                out.write(write_line(history, model).encode("utf-8") + b"\n")
                count += 1
    told = f"{count} article{'' if count == 1 else 's'} exported"
    console.complain(told if arguments.file == STDOUT else f"{told} to {arguments.file}")
    return 0


@contextmanager
def _written(name: str) -> Iterator[BinaryIO]:
    if name == STDOUT:
        with console.writing():
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    path = Path(name)
    if not path.name:
        raise OutputFailed(f"“{name}” is a folder, or no name at all; the export needs a file.")
    partial = path.with_name(f"{path.name}.part")
    try:
        with _opened(partial, packed=path.suffix == ".gz") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        raise OutputFailed(f"“{name}” can't be written: {error.strerror}.") from error
    finally:
        # Where it could not be made, as in a folder that is a file, neither can it be deleted.
        with suppress(OSError):
            partial.unlink()


@contextmanager
def _opened(path: Path, *, packed: bool) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        if packed:
            # Without a name and a time in it: the same articles give the same bytes.
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as pack:
                yield cast(BinaryIO, pack)
        else:
            yield file
        file.flush()
        os.fsync(file.fileno())
