"""``python -m ingest``: add, list, show, remove and refresh articles."""

import argparse
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from ingest import console
from ingest.errors import IngestError
from ingest.lookup import find_article
from ingest.pipeline import Ingestion
from ingest.report import IngestReport, failure
from ingest.settings import IngestSettings
from vectorstore import (
    SHARED,
    Catalog,
    VectorstoreError,
    VectorstoreSettings,
    open_catalog,
    open_vectorstore,
)
from vectorstore.article import AUDIENCE
from vectorstore.settings import wrong_setting

_FAILED = 1
_WRONG_USAGE = 2
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns 0 (all well), 1 (some source failed) or 2 (wrong usage)."""
    arguments = _parser().parse_args(argv)
    # Libraries log what their exceptions say again.
    logging.basicConfig(level=logging.CRITICAL)
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
    with closing(open_catalog(store_settings)) as catalog:
        if command == "list":
            return _list(arguments, catalog)
        return _show(arguments, catalog) if command == "show" else _remove(arguments, catalog)


def _add(
    arguments: argparse.Namespace, settings: IngestSettings, store_settings: VectorstoreSettings
) -> int:
    try:
        bar = console.ProgressBar()
        with _ingestion(settings, store_settings, bar, dry_run=arguments.dry_run) as ingestion:
            reports = ingestion.add(
                arguments.sources,
                arguments.audience or SHARED,
                dry_run=arguments.dry_run,
                operator=True,
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
    bar = console.ProgressBar()
    with _ingestion(settings, store_settings, bar) as ingestion:
        reports = ingestion.refresh(
            [arguments.audience] if arguments.audience else ingestion.audiences(),
            operator=True,
            progress=bar.listen,
        )
        return _write_reports(bar.interrupted_by(reports), arguments.json)


def _list(arguments: argparse.Namespace, catalog: Catalog) -> int:
    for article in catalog.articles([arguments.audience or SHARED]):
        if arguments.json:
            console.write_json(console.article_json(article))
        else:
            console.write_article(article)
    return 0


def _show(arguments: argparse.Namespace, catalog: Catalog) -> int:
    article = find_article(catalog, arguments.audience or SHARED, arguments.article)
    passages = catalog.passages_of(article.id)
    if arguments.json:
        paragraphs = [
            {"paragraph": number, "text": text}
            for number, text in console.whole_paragraphs(passages).items()
        ]
        console.write_json({**console.article_json(article), "paragraphs": paragraphs})
    else:
        console.write_whole_article(article, passages)
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
    bar: console.ProgressBar,
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


def _audience(name: str) -> str:
    if not AUDIENCE.fullmatch(name):
        raise argparse.ArgumentTypeError(
            f"“{name}” is no audience: 3 to 63 lower-case letters, digits, dashes and "
            "underscores, the first and last a letter or digit"
        )
    return name


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument(
        "--audience",
        type=_audience,
        metavar="NAME",
        help="whose articles: shared (the default), or guild-<id> for one Discord server's "
        "(refresh: all, unless one is named)",
    )
    common.add_argument("--json", action="store_true", help="write one JSON object a line")
    parser = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Puts articles into the store. Without a command: refresh.",
        parents=[common],
    )
    parser.set_defaults(audience=None, json=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add = commands.add_parser("add", parents=[common], help="add or update articles")
    add.add_argument(
        "--dry-run", action="store_true", help="tell what would change, change nothing"
    )
    add.add_argument("sources", nargs="+", metavar="SOURCE", help="file, folder, http(s) URL, or -")
    commands.add_parser("list", parents=[common], help="list the articles")
    for name, what in (("show", "show an article's paragraphs"), ("remove", "remove an article")):
        command = commands.add_parser(name, parents=[common], help=what)
        command.add_argument("article", metavar="ID_OR_SOURCE", help="id, path, URL or upload name")
    commands.add_parser(
        "refresh", parents=[common], help="read INGEST_SOURCES and every known address again"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
