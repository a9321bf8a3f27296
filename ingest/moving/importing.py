"""``python -m ingest import``: what ``export`` wrote, into this store or another."""

import argparse
import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from ingest import console
from ingest.embed import embed_passages
from ingest.errors import IngestError, NotAnExport, SourceUnreadable
from ingest.moving.lines import read_line
from ingest.plan import reusable
from ingest.progress_bar import ProgressBar
from ingest.report import Progress, ProgressListener
from ingest.sources import STDIN, readable
from vectorstore import PassageVectors, Vectorstore, VectorstoreError
from vectorstore.article import Article
from vectorstore.histories import Histories, History, merged

Outcome = Literal["added", "updated", "unchanged", "kept", "failed"]

# More than the longest book with its vectors: a file without line ends is no export.
_LONGEST_LINE = 500_000_000
_APPLIED_EVERY = 20
_FAILED = 1


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one line."""

    line: int
    outcome: Outcome
    article: Article | None = None
    versions: int = 0
    """That the article has now."""
    embedded: int = 0
    """Passages."""
    reason: str | None = None
    """A sentence: why it failed, or was not taken."""

    def to_json(self) -> dict[str, Any]:
        """The object that ``ingest import --json`` prints."""
        article = self.article
        return {
            "line": self.line,
            "outcome": self.outcome,
            "article_id": article and article.id,
            "audience": article and article.audience,
            "source": article and article.source,
            "title": article and article.title,
            "versions": self.versions,
            "embedded": self.embedded,
            "error": self.reason,
        }


def run_import(arguments: argparse.Namespace, store: Vectorstore, bar: ProgressBar) -> int:
    """Import a file; 1 where a line was refused."""
    status = 0
    with bar:
        for report in import_lines(arguments.file, store, arguments.audience, bar.listen):
            bar.hide()
            status = _FAILED if report.outcome == "failed" else status
            if arguments.json:
                console.write_json(report.to_json())
            else:
                _write(report)
            bar.show()
    return status


def import_lines(
    name: str,
    store: Vectorstore,
    audience: str | None = None,
    progress: ProgressListener | None = None,
) -> Iterator[ImportReport]:
    """Store the articles of a file, a report a line; each is stored as a whole or not at all.

    Every article goes to the audience that it was exported from, or all to ``audience``.
    """
    importing = _Importing(store, audience, progress)
    number = 0
    try:
        with _opened(name) as file:
            for number, line in enumerate(_lines(name, file), 1):
                if line.strip():
                    yield importing.line(line, number)
                if number % _APPLIED_EVERY == 0:
                    importing.apply()
    except NotAnExport as error:
        yield ImportReport(number + 1, "failed", reason=str(error))
    finally:
        importing.apply()


class _Importing:
    def __init__(
        self, store: Vectorstore, audience: str | None, progress: ProgressListener | None
    ) -> None:
        self._store = store
        self._histories = Histories(store.catalog)
        self._audience = audience
        self._progress = progress
        self._told: set[str] = set()

    def line(self, line: bytes, number: int) -> ImportReport:
        try:
            history, model = read_line(line, number)
            if model != self._store.catalog.meta("embeddings"):
                history = replace(history, vectors=())
                self._tell_of_another(model)
            return self._stored(_moved(history, self._audience), number)
        except (IngestError, VectorstoreError) as error:
            return ImportReport(number, "failed", reason=str(error))

    def apply(self) -> None:
        """Bring the index up to the catalog, which has the articles in any case."""
        try:
            self._store.index.apply()
        except VectorstoreError as error:
            self._tell(f"Articles are stored, but not all are indexed yet. {error}")

    def _stored(self, history: History, number: int) -> ImportReport:
        while True:
            mine = self._histories.of(history.article.id)
            outcome, result = merged(mine, history)
            if outcome == "unchanged" or outcome == "kept":
                reason = _why_kept(result, history) if outcome == "kept" else None
                count = len(result.editions)
                return ImportReport(number, outcome, result.article, count, reason=reason)
            vectors, embedded = self._vectors(result, number)
            # Another process may have changed the article while it was embedded.
            if self._histories.write(result, vectors, mine):
                count = len(result.editions)
                return ImportReport(number, outcome, result.article, count, embedded)

    def _vectors(self, history: History, number: int) -> tuple[list[PassageVectors], int]:
        """Of the last version's passages, and how many were embedded."""
        if history.last.version.removed:
            return [], 0
        if history.vectors:
            return list(history.vectors), 0
        article, passages = history.article, list(history.last.passages)
        known = reusable(self._store.catalog, article, passages)
        new = list({p.text: p for p in passages if p.text not in known}.values())

        def tell(done: int) -> None:
            if self._progress:
                self._progress(Progress(article.title, done, len(new), number - 1, number))

        tell(0)
        made = embed_passages(self._store.embeddings, self._store.late, article, new, tell)
        known |= {p.text: own for p, own in zip(new, made, strict=True)}
        return [known[p.text] for p in passages], len(new)

    def _tell_of_another(self, model: str | None) -> None:
        if model is not None:
            self._tell(
                f"The vectors in the file are of the model “{model}”, not of this store's: the "
                "passages are embedded."
            )

    def _tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            console.complain(sentence)


def _moved(history: History, audience: str | None) -> History:
    """The same history, of another audience's article."""
    if audience is None or audience == history.article.audience:
        return history
    editions = []
    for edition in history.editions:
        article = replace(edition.version.article, audience=audience)
        passages = tuple(replace(p, article_id=article.id) for p in edition.passages)
        version = replace(edition.version, article=article)
        editions.append(replace(edition, version=version, passages=passages))
    return History(tuple(editions), history.vectors)


def _why_kept(mine: History, other: History) -> str:
    return (
        f"The store's changed on {_written(mine.changed)}, the file's on "
        f"{_written(other.changed)}: the later one stays."
    )


def _written(time: str) -> str:
    return time[:19].replace("T", " ")


def _write(report: ImportReport) -> None:
    if report.article is None:
        console.say(report.reason or "", report.outcome)
        return
    versions = f"{report.versions} version{'' if report.versions == 1 else 's'}"
    told = report.reason or f"{versions}, {report.embedded} passages embedded"
    console.say(f"{report.article.source}: “{report.article.title}”, {told}", report.outcome)


def _lines(name: str, file: BinaryIO) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        try:
            line = file.readline(_LONGEST_LINE + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise NotAnExport(
                f"“{name}” is damaged from line {number} on: it can't be unpacked."
            ) from error
        if len(line) > _LONGEST_LINE:
            raise NotAnExport(f"Line {number} is longer than any article.")
        if not line:
            return
        yield line


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == STDIN:
        if sys.stdin is None:
            raise SourceUnreadable("Standard input is closed.")
        yield sys.stdin.buffer
        return
    with readable(name):
        file = Path(name).open("rb")  # noqa: SIM115
    with file:
        if name.endswith(".gz"):
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file
