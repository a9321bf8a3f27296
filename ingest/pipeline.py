"""The way of an article into the store: read, split, compare, embed, store."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ingest.document import Document
from ingest.embed import embed_passages
from ingest.errors import IngestError, NothingToRefresh
from ingest.plan import Plan, Preview, article_of, carried_out, plan, reusable
from ingest.refresh import refreshed_sources
from ingest.report import IngestReport, Progress, ProgressListener, failure
from ingest.settings import IngestSettings
from ingest.sources import Source, UploadSource, expand
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
        self._settings = settings
        self._on_index_trouble = on_index_trouble
        self._turn = threading.Lock()

    def add(
        self,
        sources: Sequence[str],
        audience: str = SHARED,
        *,
        dry_run: bool = False,
        operator: bool = False,
        progress: ProgressListener | None = None,
    ) -> Iterator[IngestReport]:
        """Add or update the articles of some sources; one report an article, while it goes on.

        Nothing happens until the reports are taken. A source that fails stops no other one.
        ``operator``: whoever runs this program named the sources: files, folders, standard input,
        and private hosts are then allowed too. From everybody else, public addresses only.
        A dry run reports the same without writing or embedding.
        """
        found = expand(sources, operator=operator)
        batch = _Batch(len(found), progress, Preview() if dry_run else None)
        for source in found:
            yield from self._ingest(source, [audience], batch)

    def add_bytes(
        self, name: str, data: bytes, audience: str, progress: ProgressListener | None = None
    ) -> IngestReport:
        """Add or update the article in an attachment or a pasted text."""
        [report] = self._ingest(UploadSource(name, data), [audience], _Batch(1, progress))
        return report

    def refresh(
        self,
        audiences: Sequence[str],
        *,
        operator: bool = False,
        progress: ProgressListener | None = None,
    ) -> Iterator[IngestReport]:
        """Read INGEST_SOURCES (into the shared articles) and every known address again.

        ``operator``: whoever runs this program asks: what was once added from a private address,
        such as ``localhost``, is fetched from there again.

        Raises:
            NothingToRefresh: there are none of either.
        """
        known = self._store.catalog.articles(audiences)
        found = refreshed_sources(self._settings, known, audiences, operator=operator)
        if not found:
            raise NothingToRefresh(
                f"There is nothing to refresh: no “{', '.join(self._settings.sources)}” and no "
                "article that came from an address. Add one, or set INGEST_SOURCES."
            )
        batch = _Batch(sum(len(one.audiences) for one in found), progress)
        for source, places in found:
            yield from self._ingest(source, places, batch)

    def audiences(self) -> list[str]:
        """Every audience that has articles, the shared one in any case."""
        return list(dict.fromkeys((SHARED, *self._store.catalog.audiences())))

    def _ingest(
        self, source: Source, audiences: Sequence[str], batch: _Batch
    ) -> Iterator[IngestReport]:
        """Read a source once and store it for each audience."""
        batch.tell(source.label)
        try:
            identity, document = source.read(self._settings)
        except IngestError as error:
            for _ in audiences:
                batch.done += 1
                yield failure(source.label, error)
            return
        passages = split(document.paragraphs, document.language)
        for audience in audiences:
            try:
                with self._turn:
                    report = self._store_one(
                        source.label, identity, document, passages, audience, batch
                    )
            except VectorstoreError as error:
                report = failure(source.label, error)
            batch.done += 1
            batch.tell(source.label, len(passages), len(passages))
            yield report

    def _store_one(
        self,
        label: str,
        identity: str,
        document: Document,
        passages: list[Passage],
        audience: str,
        batch: _Batch,
    ) -> IngestReport:
        article = article_of(document, identity, audience)
        made = plan(self._store.catalog, label, article, passages, batch.preview)
        if batch.preview is not None:
            if made.writes:
                batch.preview.add(made)
            return made.report
        report = self._carry_out(made, batch) if made.writes else made.report
        # Also after nothing was written: a run that was killed may have left the index behind.
        self._apply(batch)
        return report

    def _apply(self, batch: _Batch) -> None:
        """Bring the index up to the catalog, which has the article whether this succeeds or not."""
        try:
            self._store.index.apply(_INDEX_BATCH)
        except VectorstoreError as error:
            if not batch.index_trouble_told:
                batch.index_trouble_told = True
                self._on_index_trouble(f"Articles are stored, but not all are indexed yet. {error}")

    def _carry_out(self, made: Plan, batch: _Batch) -> IngestReport:
        vectors = self._vectors(made, batch)
        pairs = [(passage, vectors[passage.text]) for passage in made.passages]
        return carried_out(made.report, self._store.catalog.replace(made.article, pairs))

    def _vectors(self, made: Plan, batch: _Batch) -> dict[str, PassageVectors]:
        """By passage text; only what is not stored is embedded."""
        known = reusable(self._store.catalog, made)
        new = list({p.text: p for p in made.passages if p.text not in known}.values())
        total = len(made.passages)

        def tell(done: int) -> None:
            batch.tell(made.report.source, total - len(new) + done, total)

        tell(0)
        embedded = embed_passages(self._store.embeddings, made.article, new, tell)
        return known | {p.text: v for p, v in zip(new, embedded, strict=True)}
