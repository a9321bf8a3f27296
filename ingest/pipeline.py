"""The way of an article into the store: read, split, compare, embed, store."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.ahead import Ahead, Upcoming
from ingest.errors import IngestError, NothingToRefresh
from ingest.expand import expand
from ingest.pasted import PastedSource
from ingest.plan import (
    Plan,
    article_of,
    as_it_was,
    carried_out,
    lost,
    note,
    plan,
    restoration,
    reusable,
)
from ingest.reading import Read
from ingest.refresh import refreshed_sources
from ingest.report import IngestReport, Progress, ProgressListener, failure
from ingest.same_story import Preview
from ingest.settings import IngestSettings
from ingest.sources import Source, UploadSource
from vectorstore import SHARED, Vectorstore, VectorstoreError

# A larger write to Chroma holds the GIL long enough for a bot to miss a heartbeat.
_INDEX_BATCH = 50
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Batch:
    """How far one call has come, and whom to tell."""

    articles: int
    listener: ProgressListener | None
    preview: Preview | None = None
    done: int = 0
    unapplied: int = 0
    """Passages that the index lacks, or has in vain."""
    index_trouble_told: bool = False

    def tell(self, source: str, passages_done: int = 0, passages: int = 0) -> None:
        if self.listener:
            self.listener(Progress(source, passages_done, passages, self.done, self.articles))


class Ingestion:
    """Puts articles into a store; calls from several threads take turns, article by article."""

    def __init__(
        self,
        store: Vectorstore,
        settings: IngestSettings,
        on_index_trouble: Callable[[str], None] = _LOG.warning,
    ) -> None:
        """``on_index_trouble`` is told, once a call, why stored articles are not indexed yet."""
        self._store = store
        self.settings = settings
        self._on_index_trouble = on_index_trouble
        self._turn = threading.Lock()
        # The sequence number up to which this process has brought the index.
        self._applied = -1

    def add(
        self,
        sources: Sequence[str],
        audience: str = SHARED,
        *,
        dry_run: bool = False,
        operator: bool = False,
        stdin_name: str | None = None,
        progress: ProgressListener | None = None,
    ) -> Iterator[IngestReport]:
        """Add or update the articles of some sources; one report an article, while it goes on.

        Nothing happens until the reports are taken. A source that fails stops no other one.
        ``operator``: whoever runs this program named the sources: files, folders, standard input,
        and private hosts are then allowed too. From everybody else, public addresses only.
        ``stdin_name``: what standard input is called, which tells its type and identifies it.
        A dry run reports the same without writing or embedding.
        """
        found = expand(sources, operator=operator, stdin_name=stdin_name)
        batch = _Batch(len(found), progress, Preview() if dry_run else None)
        yield from self._ingest(((source, [audience]) for source in found), batch)

    def add_bytes(
        self, name: str, data: bytes, audience: str, progress: ProgressListener | None = None
    ) -> IngestReport:
        """Add or update the article in an attachment or a pasted text."""
        [report] = self.add_upload(name, data, audience, progress)
        return report

    def add_upload(
        self, name: str, data: bytes, audience: str, progress: ProgressListener | None = None
    ) -> Iterator[IngestReport]:
        """As ``add_bytes``, for an attachment that may hold an article a line (.jsonl)."""
        return self._ingest([(UploadSource(name, data), [audience])], _Batch(1, progress))

    def add_text(
        self, title: str, text: str, audience: str, progress: ProgressListener | None = None
    ) -> IngestReport:
        """Add or update an article that somebody pasted; the title identifies it."""
        source = PastedSource(title, text)
        [report] = self._ingest([(source, [audience])], _Batch(1, progress))
        return report

    def add_source(self, source: Source, audience: str) -> IngestReport:
        """Add or update the article in a source that is one article."""
        [report] = self._ingest([(source, [audience])], _Batch(1, None))
        return report

    def refresh(
        self,
        audiences: Sequence[str],
        *,
        dry_run: bool = False,
        operator: bool = False,
        progress: ProgressListener | None = None,
    ) -> Iterator[IngestReport]:
        """Read INGEST_SOURCES (into the shared articles) and every known address again.

        ``operator``: whoever runs this program asks: what was once added from a private address,
        such as ``localhost``, is fetched from there again. ``dry_run`` as in ``add``.

        Raises:
            NothingToRefresh: there are none of either.
        """
        known = self._store.catalog.articles(audiences)
        found = refreshed_sources(self.settings, known, audiences, operator=operator)
        if not found:
            raise NothingToRefresh(
                f"There is nothing to refresh: no “{', '.join(self.settings.sources)}” and no "
                "article that came from an address. Add one, or set INGEST_SOURCES."
            )
        total = sum(len(one.audiences) for one in found)
        batch = _Batch(total, progress, Preview() if dry_run else None)
        yield from self._ingest(found, batch)

    def undo(
        self,
        article_id: str,
        version: int | None = None,
        progress: ProgressListener | None = None,
    ) -> IngestReport:
        """Give an article back as it was before its last change or its removal, or at a version.

        What comes back is a new version, so that nothing is lost; a second undo goes one further
        back. Only passages that the present version lacks are embedded.

        Raises:
            NothingToUndo: there is nothing before, or the article never was there.
            VersionUnknown: it has no version of this number.
        """
        with self._turn:
            made, restores = restoration(self._store.catalog, article_id, version)
            if not made.writes:
                return made.report
            batch = _Batch(1, progress)
            with Ahead(self._store, self.settings, embeds=True) as ahead:
                report = self._carry_out(made, ahead, batch, restores=restores)
            self._apply(batch)
            return report

    def audiences(self) -> list[str]:
        """Every audience that has articles, the shared one in any case."""
        return list(dict.fromkeys((SHARED, *self._store.catalog.audiences())))

    def _ingest(
        self, found: Iterable[tuple[Source, Sequence[str]]], batch: _Batch
    ) -> Iterator[IngestReport]:
        """Read each source once and store its article, or its articles, for each audience."""
        with Ahead(self._store, self.settings, embeds=batch.preview is None) as ahead:
            for article in ahead.articles(self._upcoming(found, batch)):
                batch.tell(article.source.label)
                if article.error:
                    batch.done += len(article.audiences)
                    failed = failure(article.source.label, article.error)
                    yield from (failed for _ in article.audiences)
                else:
                    yield from self._ingest_article(article, ahead, batch)
        if batch.preview is None:
            # Also after nothing was written: a run that was killed may have left the index behind.
            with self._turn:
                self._apply(batch)

    def _upcoming(
        self, found: Iterable[tuple[Source, Sequence[str]]], batch: _Batch
    ) -> Iterator[Upcoming]:
        for source, audiences in found:
            try:
                parts = source.parts(self.settings)
            except IngestError as error:
                yield Upcoming(source, audiences, error)
                continue
            batch.articles += (len(parts) - 1) * len(audiences)
            for part in parts:
                yield Upcoming(part, audiences)

    def _ingest_article(
        self, article: Upcoming, ahead: Ahead, batch: _Batch
    ) -> Iterator[IngestReport]:
        left = []
        for audience in article.audiences:
            if report := self._as_it_was(article, audience):
                batch.done += 1
                yield report
            else:
                left.append(audience)
        if left:
            yield from self._read_and_store(article, left, ahead, batch)

    def _as_it_was(self, article: Upcoming, audience: str) -> IngestReport | None:
        """The report of a file of which no byte is another, without reading what it says."""
        label = article.source.label
        try:
            with self._turn:
                return as_it_was(self._store.catalog, label, article.read_as, audience)
        except VectorstoreError as error:
            return failure(label, error)

    def _read_and_store(
        self, article: Upcoming, audiences: Sequence[str], ahead: Ahead, batch: _Batch
    ) -> Iterator[IngestReport]:
        label = article.source.label
        try:
            said = ahead.read(article)
        except IngestError as error:
            for audience in audiences:
                batch.done += 1
                yield self._unread(label, error, audience, batch)
            return
        for audience in audiences:
            try:
                with self._turn:
                    report = self._store_one(article, said, audience, ahead, batch)
                    if batch.preview is None and report.outcome != "duplicate":
                        stored = article_of(
                            self._store.catalog,
                            said.document,
                            said.identity,
                            audience,
                            said.passages,
                        )
                        note(self._store.catalog, stored, article.read_as)
            except VectorstoreError as error:
                report = failure(label, error)
            batch.done += 1
            batch.tell(label, len(said.passages), len(said.passages))
            yield report

    def _unread(self, label: str, error: IngestError, audience: str, batch: _Batch) -> IngestReport:
        """The report of a source that can't be read; an article whose page is gone is marked."""
        try:
            with self._turn:
                found = lost(self._store.catalog, label, error, audience)
                if found is None:
                    return failure(label, error)
                article, report = found
                if batch.preview is None:
                    self._store.catalog.note(article.id, article.modified, article.gone)
                return report
        except VectorstoreError as broken:
            return failure(label, broken)

    def _store_one(
        self, upcoming: Upcoming, said: Read, audience: str, ahead: Ahead, batch: _Batch
    ) -> IngestReport:
        catalog, label = self._store.catalog, upcoming.source.label
        article = article_of(
            catalog, said.document, said.identity, audience, said.passages, batch.preview
        )
        made = plan(catalog, label, article, said.passages, batch.preview)
        if not made.writes:
            return made.report
        if batch.preview is not None:
            batch.preview.add(made.article, made.passages)
            return made.report
        report = self._carry_out(made, ahead, batch, upcoming)
        batch.unapplied += report.added + report.removed
        if batch.unapplied >= _INDEX_BATCH:
            self._apply(batch)
        return report

    def _apply(self, batch: _Batch) -> None:
        """Bring the index up to the catalog, which has the article whether this succeeds or not."""
        batch.unapplied = 0
        try:
            sequence = self._store.catalog.sequence()
            if sequence != self._applied:
                self._store.index.apply(_INDEX_BATCH)
                self._applied = sequence
        except VectorstoreError as error:
            if not batch.index_trouble_told:
                batch.index_trouble_told = True
                self._on_index_trouble(f"Articles are stored, but not all are indexed yet. {error}")

    def _carry_out(
        self,
        made: Plan,
        ahead: Ahead,
        batch: _Batch,
        upcoming: Upcoming | None = None,
        restores: int | None = None,
    ) -> IngestReport:
        """Embed what is not stored, and store; ``upcoming`` may have been embedded already."""
        known = reusable(self._store.catalog, made.article, made.passages)
        new = list({p.text: p for p in made.passages if p.text not in known}.values())
        total = len(made.passages)

        def tell(done: int) -> None:
            batch.tell(made.report.source, total - len(new) + done, total)

        tell(0)
        vectors = known | ahead.vectors(made.article, new, tell, upcoming)
        pairs = [(passage, vectors[passage.text]) for passage in made.passages]
        changes = self._store.catalog.replace(made.article, pairs, restores)
        return carried_out(made.report, changes)
