"""What is read and embedded ahead is stored as if nothing had been."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.ahead import Ahead, Upcoming
from ingest.document import Document
from ingest.embed import embed_passages
from ingest.errors import SourceUnreadable
from ingest.pipeline import Ingestion
from ingest.report import IngestReport
from ingest.settings import IngestSettings
from ingest.sources import Source
from tests.ingest.conftest import CountingEmbeddings
from vectorstore import SHARED, Vectorstore
from vectorstore.errors import EmbeddingsError
from vectorstore.rows import all_vectors, blobs

PARAGRAPHS = 11


class Told:
    """A source that counts how often it is read."""

    def __init__(self, number: int, paragraphs: int = PARAGRAPHS) -> None:
        self.label = f"{number}.txt"
        self.number = number
        self.paragraphs = paragraphs
        self.reads = 0

    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        self.reads += 1
        lines = (
            f"Tram {line} of line {self.number} is late. Its driver, who is called Mira{line}, "
            f"waits{' and waits' * (line % 4)}."
            for line in range(self.paragraphs)
        )
        return self.label, Document(f"Line {self.number}", True, tuple(lines), "en")

    def parts(self, settings: IngestSettings) -> list[Source]:
        return [self]


class Unread(Told):
    def read(self, settings: IngestSettings) -> tuple[str, Document]:
        raise SourceUnreadable(f"“{self.label}” can't be read.")


def write(folder: Path, number: int) -> str:
    file = folder / f"{number:02}.md"
    _, document = Told(number).read(IngestSettings(_env_file=None))
    file.write_text("\n\n".join([f"# {document.title}", *document.paragraphs]))
    return str(file)


def add(ingestion: Ingestion, *sources: str) -> list[IngestReport]:
    return list(ingestion.add(sources, operator=True))


def test_vectors_and_order_are_those_of_one_article_after_the_other(
    tmp_path: Path, ingestion: Ingestion, store: Vectorstore, embeddings: CountingEmbeddings
) -> None:
    files = [write(tmp_path, number) for number in range(12)]
    reports = add(ingestion, *files)
    assert [(r.source, r.outcome, r.added) for r in reports] == [
        (file, "added", PARAGRAPHS) for file in files
    ]
    assert len(embeddings.texts) == len(set(embeddings.texts)) == 12 * PARAGRAPHS
    ids: list[int] = []
    for report in reports:
        article = store.catalog.article(report.article_id or "")
        assert article
        passages = store.catalog.passages_of(article.id)
        ids += [passage.id for passage in passages]
        expected = embed_passages(embeddings, store.late, article, passages, lambda _: None)
        stored = store.catalog.query(
            "SELECT vector, sentence_vectors, tokens FROM passages WHERE article_id = ? "
            "ORDER BY paragraph, start",
            (article.id,),
        )
        # To the bit.
        assert [blobs(all_vectors(row)) for row in stored] == [blobs(one) for one in expected]
    assert ids == sorted(ids)


def test_one_embeds_nothing_that_another_under_way_brings(
    tmp_path: Path, ingestion: Ingestion, embeddings: CountingEmbeddings
) -> None:
    one = write(tmp_path, 1)
    copy = tmp_path / "copy.md"
    copy.write_text(Path(one).read_text())
    reports = add(ingestion, one, one, str(copy), write(tmp_path, 2))
    assert [r.outcome for r in reports] == ["added", "unchanged", "duplicate", "added"]
    assert len(embeddings.texts) == 2 * PARAGRAPHS


def test_a_failure_is_told_in_its_place(
    tmp_path: Path,
    ingestion: Ingestion,
    embeddings: CountingEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = [write(tmp_path, number) for number in range(4)]
    Path(files[1]).write_bytes(b"\x00\x01")
    states = embeddings.states

    def broken(texts: list[str], *, query: bool) -> object:
        if any("line 2" in text for text in texts):
            raise EmbeddingsError("The embedding model failed on a text: no.")
        return states(texts, query=query)

    monkeypatch.setattr(embeddings, "states", broken)
    reports = add(ingestion, *files)
    assert [r.outcome for r in reports] == ["added", "failed", "failed", "added"]
    assert reports[2].error == "The embedding model failed on a text: no."
    monkeypatch.undo()
    Path(files[1]).unlink()
    assert [r.outcome for r in add(ingestion, files[0], files[2])] == ["unchanged", "added"]


@pytest.mark.parametrize("paragraphs", [1, PARAGRAPHS, 400])
def test_little_is_read_ahead(
    store: Vectorstore, settings: IngestSettings, paragraphs: int
) -> None:
    sources = [Told(number, paragraphs) for number in range(200)]
    asked = 0

    def upcoming() -> Iterator[Upcoming]:
        nonlocal asked
        for source in sources:
            asked += 1
            yield Upcoming(source, [SHARED])

    with Ahead(store, settings, embeds=True) as ahead:
        articles = ahead.articles(upcoming())
        for _ in range(3):
            article = next(articles)
            said = ahead.read(article)
            assert [p.text for p in said.passages] == list(said.document.paragraphs)
        for source in sources[:2]:
            assert source.reads == 1
        # The three, those whose passages make 64, and four whose length was not known yet.
        assert asked <= 3 + min(32, -(-64 // paragraphs)) + 4
    read = sum(source.reads for source in sources)
    assert 3 <= read <= asked


def test_an_unreadable_one_holds_nobody_up(store: Vectorstore, settings: IngestSettings) -> None:
    sources = [Unread(number) if number % 2 else Told(number) for number in range(40)]
    with Ahead(store, settings, embeds=True) as ahead:
        read = 0
        for article in ahead.articles(Upcoming(source, [SHARED]) for source in sources):
            if isinstance(article.source, Unread):
                with pytest.raises(SourceUnreadable):
                    ahead.read(article)
            else:
                read += len(ahead.read(article).passages)
    assert read == 20 * PARAGRAPHS
