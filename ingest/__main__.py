"""``python -m ingest``: add, refresh, list, show and remove articles, and undo changes."""

import argparse
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from ingest import console
from ingest.arguments import parse, parser
from ingest.checking import run_backup, run_check
from ingest.errors import IngestError
from ingest.feeds.command import run_feeds
from ingest.history import write_difference, write_history, write_version
from ingest.lookup import find_article
from ingest.moving.exporting import run_export
from ingest.moving.importing import run_import
from ingest.pipeline import Ingestion
from ingest.plan import find_version
from ingest.progress_bar import ProgressBar
from ingest.reindexing import run_reindex
from ingest.report import IngestReport, failure
from ingest.same_story import in_order
from ingest.settings import IngestSettings
from vectorstore import (
    SHARED,
    Catalog,
    VectorstoreError,
    VectorstoreSettings,
    open_catalog,
    open_vectorstore,
)
from vectorstore.settings import wrong_setting
from vectorstore.stories import Stories

_FAILED = 1
_WRONG_USAGE = 2
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns 0 (all well), 1 (some source failed) or 2 (wrong usage)."""
    arguments = parse(parser(), argv)
    # Libraries log what their exceptions say again.
    logging.basicConfig(level=logging.CRITICAL, format="%(message)s")
    # But what keeps a person waiting while a store is opened is told.
    logging.getLogger("vectorstore.fingerprints").setLevel(logging.WARNING)
    try:
        settings, store_settings = IngestSettings(), VectorstoreSettings()
    except ValidationError as error:
        console.complain(wrong_setting(error, (IngestSettings, VectorstoreSettings)))
        return _WRONG_USAGE
    try:
        console.prepare_output(arguments.json)
        return _run(arguments, settings, store_settings)
    except (IngestError, VectorstoreError) as error:
        console.complain(str(error))
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _FAILED


def _run(
    arguments: argparse.Namespace, settings: IngestSettings, store_settings: VectorstoreSettings
) -> int:
    command = arguments.command or "refresh"
    if command == "add":
        return _add(arguments, settings, store_settings)
    if command == "refresh":
        return _refresh(arguments, settings, store_settings)
    if command == "feeds":
        return run_feeds(arguments, settings, store_settings)
    if command == "check":
        return run_check(arguments, store_settings)
    if command == "backup":
        return run_backup(arguments, store_settings)
    if command == "import":
        return _import(arguments, store_settings)
    if command == "reindex":
        return run_reindex(arguments, store_settings)
    if command == "undo":
        return _undo(arguments, settings, store_settings)
    with closing(open_catalog(store_settings)) as catalog:
        return _ON_CATALOG[command](arguments, catalog)


def _add(
    arguments: argparse.Namespace, settings: IngestSettings, store_settings: VectorstoreSettings
) -> int:
    try:
        bar = ProgressBar()
        with _ingestion(settings, store_settings, bar, dry_run=arguments.dry_run) as ingestion:
            reports = ingestion.add(
                arguments.sources,
                arguments.audience or SHARED,
                dry_run=arguments.dry_run,
                operator=True,
                stdin_name=arguments.name,
                progress=bar.listen,
            )
            return _write_reports(bar.interrupted_by(reports), arguments.json)
    except VectorstoreError as error:
        if not arguments.json:
            raise
        # Nothing could be opened: who reads the objects still gets one for every source.
        return _write_reports([failure(source, error) for source in arguments.sources], True)


def _refresh(
    arguments: argparse.Namespace, settings: IngestSettings, store_settings: VectorstoreSettings
) -> int:
    bar = ProgressBar()
    with _ingestion(settings, store_settings, bar, dry_run=arguments.dry_run) as ingestion:
        reports = ingestion.refresh(
            [arguments.audience] if arguments.audience else ingestion.audiences(),
            dry_run=arguments.dry_run,
            operator=True,
            progress=bar.listen,
        )
        return _write_reports(bar.interrupted_by(reports), arguments.json)


def _undo(
    arguments: argparse.Namespace, settings: IngestSettings, store_settings: VectorstoreSettings
) -> int:
    with closing(open_catalog(store_settings)) as catalog:
        audience = arguments.audience or SHARED
        article = find_article(catalog, audience, arguments.article, removed=True)
    bar = ProgressBar()
    with _ingestion(settings, store_settings, bar) as ingestion:
        reports = [ingestion.undo(article.id, arguments.version, bar.listen)]
        return _write_reports(bar.interrupted_by(reports), arguments.json)


def _import(arguments: argparse.Namespace, store_settings: VectorstoreSettings) -> int:
    bar = ProgressBar()
    with closing(open_vectorstore(store_settings, rerank=False)) as store:
        return run_import(arguments, store, bar)


def _list(arguments: argparse.Namespace, catalog: Catalog) -> int:
    audience = arguments.audience or SHARED
    told = Stories(catalog).all_of(audience)
    known = catalog.articles_by_id({i for like in told.values() for i in like})
    for article in catalog.articles([audience]):
        same = in_order(known[i] for i in told.get(article.id, ()) if i in known)
        if arguments.json:
            console.write_json(console.article_json(article, same))
        else:
            console.write_article(article, same)
    return 0


def _show(arguments: argparse.Namespace, catalog: Catalog) -> int:
    wanted = arguments.version
    audience = arguments.audience or SHARED
    article = find_article(catalog, audience, arguments.article, removed=wanted is not None)
    if wanted is not None:
        version = find_version(catalog.versions.of(article.id), wanted)
        write_version(catalog, version, arguments.json)
        return 0
    passages = catalog.passages_of(article.id)
    same = in_order(catalog.articles_by_id(Stories(catalog).of(article.id, audience)).values())
    if arguments.json:
        console.write_json(console.whole_article_json(article, passages, same))
    else:
        console.write_whole_article(article, passages, same)
    return 0


def _history(arguments: argparse.Namespace, catalog: Catalog) -> int:
    audience = arguments.audience or SHARED
    article = find_article(catalog, audience, arguments.article, removed=True)
    write_history(catalog, article.id, arguments.json)
    return 0


def _diff(arguments: argparse.Namespace, catalog: Catalog) -> int:
    audience = arguments.audience or SHARED
    article = find_article(catalog, audience, arguments.article, removed=True)
    write_difference(catalog, article.id, arguments.old, arguments.new, arguments.json)
    return 0


def _remove(arguments: argparse.Namespace, catalog: Catalog) -> int:
    article = find_article(catalog, arguments.audience or SHARED, arguments.article)
    # The index forgets it when it is opened next; the retriever leaves it out from now on.
    catalog.remove(article.id)
    if arguments.json:
        console.write_json({**console.article_json(article), "outcome": "removed"})
    else:
        console.write_removed(article)
    return 0


_ON_CATALOG = {
    "export": run_export,
    "list": _list,
    "show": _show,
    "history": _history,
    "diff": _diff,
    "remove": _remove,
}


def _write_reports(reports: Iterable[IngestReport], as_json: bool) -> int:
    status = 0
    for report in reports:
        if report.outcome == "failed":
            status = _FAILED
        if as_json:
            console.write_json(report.to_json())
        else:
            console.write_report(report)
    return status


@contextmanager
def _ingestion(
    settings: IngestSettings,
    store_settings: VectorstoreSettings,
    bar: ProgressBar,
    *,
    dry_run: bool = False,
) -> Iterator[Ingestion]:
    with TemporaryDirectory() as empty:
        path = store_settings.path
        if dry_run and (not path.exists() or (path.is_dir() and not any(path.iterdir()))):
            # To open a store makes it.
            store_settings = store_settings.model_copy(update={"path": Path(empty)})
        with closing(open_vectorstore(store_settings, rerank=False)) as store:
            yield Ingestion(store, settings, bar.complain)


if __name__ == "__main__":
    sys.exit(main())
