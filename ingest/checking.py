"""``python -m ingest check`` and ``backup``."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest import console
from ingest.embed import embed_passages
from ingest.sentences import sentences
from vectorstore import (
    Catalog,
    Passage,
    PassageVectors,
    Vectorstore,
    VectorstoreSettings,
    open_backups,
    open_catalog,
    open_vectorstore,
)
from vectorstore.checks import Finding, check
from vectorstore.embeddings import BUNDLED
from vectorstore.errors import CatalogDamaged
from vectorstore.late import Constants
from vectorstore.local_index import LocalIndex
from vectorstore.mending import mend_vectors, raise_sequence, rebuild_full_text
from vectorstore.repair import Repaired, replace_damaged

_FOUND = 1
_MOST_NAMED = 20
# Passages in one transaction: what is interrupted need not be begun anew.
_AT_ONCE = 64


def run_check(arguments: argparse.Namespace, settings: VectorstoreSettings) -> int:
    """Tell what is wrong, mend what can be mended where that is wanted; 1: something is left.

    Raises:
        VectorstoreError: the store can't be read or mended so far.
    """
    say = _Saying(arguments.json)
    findings = _findings(settings, say)
    if arguments.repair and any(finding.mendable for finding in findings):
        _mend(findings, settings, say)
        say.line("Looking again.")
        findings = _findings(settings, say)
    say.result(findings)
    return _FOUND if findings else 0


def run_backup(arguments: argparse.Namespace, settings: VectorstoreSettings) -> int:
    """Make a backup now, whatever VECTORSTORE_BACKUPS_KEPT says; raises ``VectorstoreError``."""
    kept = settings.model_copy(update={"backups_kept": max(1, settings.backups_kept)})
    with closing(open_catalog(settings)) as catalog:
        backup = open_backups(kept).make(catalog, datetime.now(UTC))
    size = backup.path.stat().st_size
    if arguments.json:
        console.write_json({"backup": str(backup.path), "bytes": size})
    else:
        console.say(f"{backup.path}, {size} bytes, whole.")
    return 0


class _Saying:
    """Sentences, or objects with sentences in them."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def line(self, sentence: str, **more: Any) -> None:
        if self._as_json:
            console.write_json({"sentence": sentence, **more})
        else:
            console.say(sentence)

    def result(self, findings: Sequence[Finding]) -> None:
        if not findings:
            self.line("Nothing is wrong.", findings=0)
            return
        rest = "“check --repair” mends what can be mended."
        if not any(finding.mendable for finding in findings):
            rest = "It can't be mended from what is there; a backup may help."
        self.line(f"{len(findings)} findings. {rest}", findings=len(findings))


def _findings(settings: VectorstoreSettings, say: _Saying) -> list[Finding]:
    """Everything that is wrong, each told."""
    try:
        with closing(open_catalog(settings)) as catalog:
            counts = (_count(catalog, "articles"), _count(catalog, "passages"))
            found = check(catalog, _token_bytes(settings))
    except CatalogDamaged as error:
        found = [Finding("file", str(error))]
    else:
        say.line(f"The catalog has {counts[0]} articles with {counts[1]} passages.")
        # The index is compared with the catalog's vectors.
        if not {"file", "vectors"} & {finding.kind for finding in found}:
            found += _index(settings, say)
    for finding in found:
        say.line(finding.sentence, what=finding.kind, mendable=finding.mendable)
    return found


def _count(catalog: Catalog, table: str) -> int:
    return int(catalog.query(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])


def _token_bytes(settings: VectorstoreSettings) -> int | None:
    return Constants.shipped().token_bytes if settings.embeddings == BUNDLED else None


def _index(settings: VectorstoreSettings, say: _Saying) -> Iterator[Finding]:
    with closing(open_vectorstore(settings, rerank=False)) as store:
        if not isinstance(store.index, LocalIndex):
            say.line("The index is not looked at: another process has it.")
        elif problem := store.index.examined():
            yield Finding("index", problem)


def _mend(findings: Sequence[Finding], settings: VectorstoreSettings, say: _Saying) -> None:
    kinds = {finding.kind for finding in findings}
    if "file" in kinds:
        path = settings.path / "catalog.sqlite3"
        for sentence in _told(replace_damaged(path, open_backups(settings))):
            say.line(sentence)
        # What could be read may be wrong in itself.
        findings = _findings(settings, say)
        kinds = {finding.kind for finding in findings}
    with closing(open_catalog(settings)) as catalog:
        if "full text" in kinds or "totals" in kinds:
            rebuild_full_text(catalog.database)
            say.line("The full-text tables and the totals were made again from the passages.")
        if "sequence" in kinds:
            raise_sequence(catalog.database)
            say.line("The number of the last change was put right.")
    broken = [f for f in findings if f.kind in {"sentences", "vectors"}]
    if broken or "index" in kinds:
        with closing(open_vectorstore(settings, rerank=False)) as store:
            if broken:
                count = _embed_again(store, broken)
                say.line(f"{count} passages were embedded again.")
            if "index" in kinds and isinstance(store.index, LocalIndex):
                store.index.rebuild()
                say.line("The index was made again from the catalog.")


def _embed_again(store: Vectorstore, findings: Sequence[Finding]) -> int:
    ids = sorted({i for finding in findings for i in finding.passages})
    cut = {i for finding in findings if finding.kind == "sentences" for i in finding.passages}
    done = 0
    for i in range(0, len(ids), _AT_ONCE):
        pairs = list(_embedded(store, ids[i : i + _AT_ONCE], cut))
        mend_vectors(store.catalog.database, pairs)
        done += len(pairs)
    return done


def _embedded(
    store: Vectorstore, ids: Sequence[int], cut: set[int]
) -> Iterator[tuple[Passage, PassageVectors]]:
    for passage in store.catalog.readable_passages(ids):
        article = store.catalog.article(passage.article_id)
        if article is None:
            continue
        if passage.id in cut:
            spans = tuple(sentences(passage.text, article.language))
            passage = replace(passage, sentences=spans)
        [vectors] = embed_passages(store.embeddings, store.late, article, [passage], lambda _: None)
        yield passage, vectors


def _told(repaired: Repaired) -> Iterator[str]:
    yield f"The damaged catalog is kept as {repaired.kept}."
    backup = repaired.backup
    of = f"{backup.path}, of {backup.made:%Y-%m-%d %H:%M} UTC" if backup else ""
    salvaged = repaired.salvaged
    if salvaged is None:
        yield "Nothing of it could be read."
        yield f"In its place is the backup {of}; what changed later is lost."
        return
    yield f"{salvaged.whole - len(salvaged.filled)} articles could be read whole."
    if salvaged.filled:
        yield f"{len(salvaged.filled)} were taken from the backup {of}: {_named(salvaged.filled)}."
    titles = salvaged.incomplete
    if titles:
        yield f"{len(titles)} articles lost text, ingest them again: {_named(titles)}."
    if salvaged.orphans:
        yield f"{salvaged.orphans} passages are left out: nothing tells which articles' they are."
    if salvaged.unreadable:
        yield f"Not all could be read of: {', '.join(salvaged.unreadable)}."
        if backup:
            yield f"What else is missing may be in the backup {of}."
    elif not titles and not salvaged.orphans:
        yield "Nothing was lost."


def _named(titles: Sequence[str]) -> str:
    return "; ".join(titles[:_MOST_NAMED]) + ("; …" if len(titles) > _MOST_NAMED else "")
