"""The way of an article into the store: read, split, compare, embed, store."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.document import Document
from ingest.embed import embed_passages
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
from ingest.refresh import refreshed_sources
from ingest.report import IngestReport, Progress, ProgressListener, failure
from ingest.same_story import Preview
from ingest.settings import IngestSettings
from ingest.sources import FileSource, Source, UploadSource
from ingest.split import split
from vectorstore import SHARED, Passage, PassageVectors, Vectorstore, VectorstoreError

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
        for source in found:
            yield from self._ingest(source, [audience], batch)

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
        return self._ingest(UploadSource(name, data), [audience], _Batch(1, progress))

    def add_text(
        self, title: str, text: str, audience: str, progress: ProgressListener | None = None
    ) -> IngestReport:
        """Add or update an article that somebody pasted; the title identifies it."""
        [report] = self._ingest(PastedSource(title, text), [audience], _Batch(1, progress))
        return report

    def add_source(self, source: Source, audience: str) -> IngestReport:
        """Add or update the article in a source that is one article."""
        [report] = self._ingest(source, [audience], _Batch(1, None))
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
        for source, places in found:
            yield from self._ingest(source, places, batch)

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
            report = self._carry_out(made, batch, restores)
            self._apply(batch)
            return report

    def audiences(self) -> list[str]:
        """Every audience that has articles, the shared one in any case."""
        return list(dict.fromkeys((SHARED, *self._store.catalog.audiences())))

    def _ingest(
        self, source: Source, audiences: Sequence[str], batch: _Batch
    ) -> Iterator[IngestReport]:
        """Read a source once and store its article, or its articles, for each audience."""
        batch.tell(source.label)
        try:
            parts = source.parts(self.settings)
        except IngestError as error:
            batch.done += len(audiences)
            yield from (failure(source.label, error) for _ in audiences)
            return
        batch.articles += (len(parts) - 1) * len(audiences)
        for part in parts:
            yield from self._ingest_article(part, audiences, batch)

    def _ingest_article(
        self, source: Source, audiences: Sequence[str], batch: _Batch
    ) -> Iterator[IngestReport]:
        batch.tell(source.label)
        read_as = source.digest(self.settings) if isinstance(source, FileSource) else None
        left = []
        for audience in audiences:
            if report := self._as_it_was(source.label, read_as, audience, batch):
                batch.done += 1
                yield report
            else:
                left.append(audience)
        if left:
            yield from self._read_and_store(source, read_as, left, batch)

    def _as_it_was(
        self, label: str, read_as: str | None, audience: str, batch: _Batch
    ) -> IngestReport | None:
        """The report of a file of which no byte is another, without reading what it says."""
        try:
            with self._turn:
                found = as_it_was(self._store.catalog, label, read_as, audience)
                if found and batch.preview is None:
                    self._apply(batch)
                return found
        except VectorstoreError as error:
            return failure(label, error)

    def _read_and_store(
        self, source: Source, read_as: str | None, audiences: Sequence[str], batch: _Batch
    ) -> Iterator[IngestReport]:
        try:
            identity, document = source.read(self.settings)
        except IngestError as error:
            for audience in audiences:
                batch.done += 1
                yield self._unread(source.label, error, audience, batch)
            return
        passages = split(document.paragraphs, document.language)
        for audience in audiences:
            try:
                with self._turn:
                    report = self._store_one(
                        source.label, identity, document, passages, audience, batch
                    )
                    if batch.preview is None and report.outcome != "duplicate":
                        article = article_of(
                            self._store.catalog, document, identity, audience, passages
                        )
                        note(self._store.catalog, article, read_as)
            except VectorstoreError as error:
                report = failure(source.label, error)
            batch.done += 1
            batch.tell(source.label, len(passages), len(passages))
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
        self,
        label: str,
        identity: str,
        document: Document,
        passages: list[Passage],
        audience: str,
        batch: _Batch,
    ) -> IngestReport:
        article = article_of(self._store.catalog, document, identity, audience, passages)
        made = plan(self._store.catalog, label, article, passages, batch.preview)
        if batch.preview is not None:
            if made.writes:
                batch.preview.add(made.article, made.passages)
            return made.report
        report = self._carry_out(made, batch) if made.writes else made.report
        # Also after nothing was written: a run that was killed may have left the index behind.
        self._apply(batch)
        return report

    def _apply(self, batch: _Batch) -> None:
        """Bring the index up to the catalog, which has the article whether this succeeds or not."""
        try:
            sequence = self._store.catalog.sequence()
            if sequence != self._applied:
                self._store.index.apply(_INDEX_BATCH)
                self._applied = sequence
        except VectorstoreError as error:
            if not batch.index_trouble_told:
                batch.index_trouble_told = True
                self._on_index_trouble(f"Articles are stored, but not all are indexed yet. {error}")

    def _carry_out(self, made: Plan, batch: _Batch, restores: int | None = None) -> IngestReport:
        vectors = self._vectors(made, batch)
        pairs = [(passage, vectors[passage.text]) for passage in made.passages]
        changes = self._store.catalog.replace(made.article, pairs, restores)
        return carried_out(made.report, changes)

    def _vectors(self, made: Plan, batch: _Batch) -> dict[str, PassageVectors]:
        """By passage text; only what is not stored is embedded."""
        known = reusable(self._store.catalog, made)
        new = list({p.text: p for p in made.passages if p.text not in known}.values())
        total = len(made.passages)

        def tell(done: int) -> None:
            batch.tell(made.report.source, total - len(new) + done, total)

        tell(0)
        store = self._store
        embedded = embed_passages(store.embeddings, store.late, made.article, new, tell)
        return known | {p.text: v for p, v in zip(new, embedded, strict=True)}
