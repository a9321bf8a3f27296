"""The store: the catalog, as far as a few seconds show, and then its index.

What takes longer is left to ``python -m ingest check``, and that is said.
"""

from collections.abc import Iterator
from contextlib import closing
from itertools import chain

from bot.doctor.finding import Finding
from bot.doctor.index import index_findings
from vectorstore import VectorstoreError, VectorstoreSettings, open_catalog
from vectorstore.checks import check
from vectorstore.embeddings import BUNDLED, identity_of
from vectorstore.errors import CatalogDamaged
from vectorstore.inspection import Inspection, inspect
from vectorstore.late import Constants

_REPAIR = (
    "Stop the bot, then: python -m ingest check --repair. It keeps the damaged file and takes from "
    "the newest good backup what it can't read."
)
_CHECK = "To look at all of it: python -m ingest check"
_CHECK_DATABASE = (
    "Its own tools look at all of it: pg_amcheck, and pg_dump for backups (README, “Backups and "
    "repair”)."
)
_UNREACHABLE = (
    "Start the server, or look at VECTORSTORE_CATALOG_URL: host, port, user, password, database."
)
# Everything is looked at of so many passages, in a second.
_MOST_CHECKED = 2_000
_MOST_TOLD = 3
# A lease of the index, and what was left when, are told by the clock.
_CLOCK_SECONDS = 5.0


def store_findings(settings: VectorstoreSettings) -> Iterator[Finding]:
    """The catalog and its index; nothing is changed."""
    try:
        found = inspect(settings)
    except CatalogDamaged as error:
        yield Finding("store", "failed", str(error), _REPAIR)
        return
    except VectorstoreError as error:
        advice = _UNREACHABLE if settings.catalog_url else _readable(settings)
        yield Finding("store", "failed", str(error), advice)
        return
    if found is None or not found.articles:
        yield _empty(settings, lost=found is None)
        return
    if found.ahead is not None:
        yield from _clock(found.ahead)
    other = _other_model(found, settings)
    if other or found.behind:
        yield other or _counted(found, "", _CHECK)
        return
    try:
        yield from _opened(settings, found)
    except VectorstoreError as error:
        yield Finding("store", "failed", str(error), _REPAIR)


def _opened(settings: VectorstoreSettings, found: Inspection) -> Iterator[Finding]:
    with closing(open_catalog(settings)) as catalog:
        if settings.catalog_url:
            yield _counted(found, "Its tables were not looked at.", _CHECK_DATABASE)
        elif found.passages > _MOST_CHECKED:
            left = "what stands in it" if found.whole else "all of the file, and what stands in it,"
            yield _counted(found, f"Not looked at: whether {left} is right.", _CHECK)
        else:
            width = Constants.shipped().token_bytes if settings.embeddings == BUNDLED else None
            wrong = [finding.sentence for finding in check(catalog, width)]
            if wrong:
                told = " ".join(wrong[:_MOST_TOLD])
                yield Finding("store", "failed", f"The catalog is damaged. {told}", _REPAIR)
                return
            yield _counted(found, "", "")
        yield from chain(_reindex(found), index_findings(settings, catalog))


def _counted(found: Inspection, unseen: str, advice: str) -> Finding:
    told = f"{found.articles} articles, {found.passages} passages, schema {found.schema}"
    more = ", which the next start brings up to date." if found.behind else "."
    return Finding("store", "ok", f"{told}{more} {unseen}".strip(), advice)


def _empty(settings: VectorstoreSettings, *, lost: bool) -> Finding:
    if lost and not settings.catalog_url and (settings.path / "chroma").exists():
        told = f"{settings.path} has an index, and no catalog."
        advice = (
            "If there were articles, put a backup in its place before anything else, as "
            "catalog.sqlite3 (README, “Backups and repair”)."
        )
        return Finding("store", "warning", told, advice)
    place = "the database" if settings.catalog_url else settings.path
    told = f"There are no articles in {place} yet."
    advice = "Add some: python -m ingest add FILE-OR-ADDRESS, or /ingest on Discord."
    return Finding("store", "warning", told, advice)


def _readable(settings: VectorstoreSettings) -> str:
    return (
        f"See that this user may read and write {settings.path}, and that this Newsdesk is not "
        "older than the one that wrote it."
    )


def _other_model(found: Inspection, settings: VectorstoreSettings) -> Finding | None:
    identity = identity_of(settings.embeddings)
    if not found.passages or found.model in (None, identity):
        return None
    told = (
        f"The articles were embedded with “{found.model}”, and VECTORSTORE_EMBEDDINGS selects "
        f"“{identity}”."
    )
    advice = "Set it back, or embed all of them with the other model: python -m ingest reindex"
    return Finding("store", "failed", told, advice)


def _reindex(found: Inspection) -> Iterator[Finding]:
    if found.coming and found.coming != found.model:
        told = f"A reindex with “{found.coming}” was begun and has not ended."
        advice = f"Unless one is running, go on: python -m ingest reindex --model {found.coming}"
        yield Finding("reindex", "warning", told, advice)


def _clock(ahead: float) -> Iterator[Finding]:
    if abs(ahead) > _CLOCK_SECONDS:
        way = "ahead of" if ahead > 0 else "behind"
        told = f"The clock is {abs(ahead):.0f} seconds {way} the database's."
        advice = "Set both by the network, for instance: timedatectl set-ntp true"
        yield Finding("database clock", "warning", told, advice)
