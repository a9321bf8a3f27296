"""Adding again what has not changed: nothing is embedded, and files of which no byte is another are
not even read. `python -m benchmarks again` measures what it costs."""

from pathlib import Path

import numpy as np
import pytest

from ingest.canonical import canonical_path
from ingest.extract import read_document
from ingest.pipeline import Ingestion
from ingest.plan import article_of
from ingest.report import IngestReport
from ingest.sources import FileSource
from ingest.split import split
from tests.ingest.conftest import CountingEmbeddings
from vectorstore import SHARED, PassageVectors, Vectorstore

ARTICLES = 1000


@pytest.fixture
def news(tmp_path: Path, store: Vectorstore) -> Path:
    """A folder whose articles are stored, with vectors of which nobody asks what they say."""
    folder = tmp_path / "news"
    folder.mkdir()
    drawn = np.random.default_rng(1)
    for number in range(ARTICLES):
        file = folder / f"{number:04}.md"
        lines = (f"Line {line} of article {number}. It ends there." for line in range(3))
        file.write_text(f"---\ntitle: Article {number}\n---\n" + "\n\n".join(lines))
        document = read_document(file.name, file.read_bytes(), "markdown")
        texts = split(document.paragraphs, document.language)
        article = article_of(store.catalog, document, canonical_path(file), SHARED, texts)
        pairs = []
        for passage in texts:
            rows = drawn.random((3, 384), np.float32)
            pairs.append((passage, PassageVectors(rows[0], rows[1:])))
        store.catalog.replace(article, pairs)
    return folder


def add(ingestion: Ingestion, *sources: Path, dry_run: bool = False) -> list[IngestReport]:
    return list(ingestion.add([str(one) for one in sources], operator=True, dry_run=dry_run))


def test_a_thousand_unchanged_articles_embed_nothing_and_a_changed_paragraph_one(
    news: Path, ingestion: Ingestion, store: Vectorstore, embeddings: CountingEmbeddings
) -> None:
    for _ in range(2):  # the first reads them, the second sees that no byte is another
        reports = add(ingestion, news)
        assert len(reports) == ARTICLES
        assert {(r.outcome, r.unchanged) for r in reports} == {("unchanged", 3)}
    assert embeddings.texts == []

    file = news / "0500.md"
    file.write_text(file.read_text().replace("Line 1 of article 500. It ends there.", "Another."))
    reports = add(ingestion, news)
    [changed] = [report for report in reports if report.outcome != "unchanged"]
    assert (changed.outcome, changed.added, changed.removed, changed.unchanged) == (
        *("updated", 1, 1),
        2,
    )
    assert embeddings.texts == ["Article 500. Another."]
    assert {report.outcome for report in add(ingestion, news)} == {"unchanged"}
    assert store.catalog.count(SHARED) == 3 * ARTICLES


def test_unread_means_that_nothing_else_changed(
    tmp_path: Path, ingestion: Ingestion, store: Vectorstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, same = tmp_path / "one.md", tmp_path / "same.md"
    one.write_text("---\ntitle: Ferry\n---\nThe ferry is late.")
    same.write_text(one.read_text())
    read: list[str] = []
    reading = FileSource.read

    def noted(self: FileSource, settings: object) -> object:
        read.append(self.path.name)
        return reading(self, settings)  # type: ignore[arg-type]

    monkeypatch.setattr(FileSource, "read", noted)

    def outcomes(*, dry_run: bool = False) -> list[tuple[str, str]]:
        read.clear()
        reports = add(ingestion, one, same, dry_run=dry_run)
        return [(Path(report.source).name, report.outcome) for report in reports]

    expected = [("one.md", "unchanged"), ("same.md", "duplicate")]
    assert outcomes() == [("one.md", "added"), ("same.md", "duplicate")]
    assert outcomes() == expected
    assert read == ["same.md"]
    assert outcomes(dry_run=True) == expected

    # What an undo gave back is not what the file says.
    one.write_text("---\ntitle: Ferry\n---\nThe ferry sank.")
    same.unlink()
    add(ingestion, one)
    [article] = store.catalog.articles([SHARED])
    ingestion.undo(article.id)
    assert add(ingestion, one)[0].outcome == "updated"
    # Nor is what was removed there.
    store.catalog.remove(article.id)
    assert add(ingestion, one)[0].outcome == "added"
    # What other code reads may be other text.
    read.clear()
    assert add(ingestion, one)[0].outcome == "unchanged"
    assert read == []
    monkeypatch.setattr("ingest.sources.reader", lambda: "a newer Newsdesk")
    assert add(ingestion, one)[0].outcome == "unchanged"
    assert read == ["one.md"]
    # Another server has not read it.
    [report] = ingestion.add([str(one)], "guild-1", operator=True)
    assert report.outcome == "duplicate"
