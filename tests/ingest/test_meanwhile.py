"""What happens to a store while an article is on its way into it."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import Ingestion
from ingest.report import Progress
from ingest.settings import IngestSettings
from tests.ingest.test_pipeline import BRIDGE, add, counts, quoted
from vectorstore import SHARED, Vectorstore
from vectorstore.errors import IndexUnavailable
from vectorstore.scan import CatalogScan


@pytest.mark.parametrize(
    ("before", "theirs", "outcome"),
    [
        ("", BRIDGE, ("unchanged", 0, 0, 3)),
        ("", "A ferry runs.\nSnow fell.", ("updated", 2, 1, 1)),
        ("A ferry runs.", BRIDGE, ("unchanged", 0, 0, 3)),
        ("A ferry runs.", None, ("added", 3, 0, 0)),
    ],
)
def test_somebody_else_stores_the_same_article_meanwhile(
    before: str,
    theirs: str | None,
    outcome: tuple[str, int, int, int],
    store: Vectorstore,
    settings: IngestSettings,
) -> None:
    ours, others = Ingestion(store, settings), Ingestion(store, settings)
    if before:
        ours.add_bytes("a.txt", before.encode(), SHARED)
    started: list[Progress] = []

    def meanwhile(progress: Progress) -> None:
        if progress.passages and not started:
            started.append(progress)
            if theirs is None:
                store.catalog.remove(store.catalog.articles([SHARED])[0].id)
            else:
                others.add_bytes("a.txt", theirs.encode(), SHARED)

    assert counts(ours.add_bytes("a.txt", BRIDGE.encode(), SHARED, meanwhile)) == outcome


class _NoIndex(CatalogScan):
    def apply(self, batch: int = 0) -> int:
        raise IndexUnavailable("Chroma has gone.")


def test_an_index_that_fails_keeps_no_article_out(
    store: Vectorstore, settings: IngestSettings, caplog: pytest.LogCaptureFixture
) -> None:
    Path("a.txt").write_text(BRIDGE)
    Path("b.txt").write_text("Snow fell.")
    broken = replace(store, index=_NoIndex(store.catalog, store.retriever.centring))
    told: list[str] = []
    reports = add(Ingestion(broken, settings, told.append), "a.txt", "b.txt", "a.txt")
    assert [r.outcome for r in reports] == ["added", "added", "unchanged"]
    sentence = "Articles are stored, but not all are indexed yet. Chroma has gone."
    assert told == [sentence]
    assert quoted(store, "Where do the trams stop?")[0] == "Trams stop at the river."
    assert Ingestion(broken, settings).add_bytes("c", b"It rained.", SHARED).outcome == "added"
    assert caplog.messages == [sentence]
