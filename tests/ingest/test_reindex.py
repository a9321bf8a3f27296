"""`python -m ingest reindex`: another model, while the old one serves and articles change."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from ingest.embed import embed_passages
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from tests.ingest.cli import ROOT, environment, ingest, objects
from tests.tiny_models import make_tiny_model
from vectorstore import SHARED, Catalog, Changes, Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.embeddings import SentenceTransformerEmbeddings, identity_of
from vectorstore.errors import EmbeddingsMismatch, ModelChanged, Reindexing
from vectorstore.reindex import Reindex

ARTICLES = 12
LINES = 5


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two real models, one of them with more dimensions."""
    folder = tmp_path_factory.mktemp("models")
    return make_tiny_model(folder / "a"), make_tiny_model(folder / "b", 32)


def settings(folder: Path, model: Path) -> VectorstoreSettings:
    return VectorstoreSettings(_env_file=None, path=folder / "data", embeddings=str(model))


def write(folder: Path, number: int, word: str = "late") -> Path:
    file = folder / f"{number}.md"
    lines = (f"Tram {line} of line {number} is {word}. It waits." for line in range(LINES))
    file.write_text(f"---\ntitle: Line {number}\n---\n" + "\n\n".join(lines))
    return file


@pytest.fixture
def store(tmp_path: Path, models: tuple[Path, Path]) -> Iterator[Vectorstore]:
    """Articles by the first model; a process that has it open, as the bot has."""
    with closing(open_vectorstore(settings(tmp_path, models[0]))) as opened:
        files = [str(write(tmp_path, number)) for number in range(ARTICLES)]
        reports = list(ingestion(opened).add(files, operator=True))
        assert {report.outcome for report in reports} == {"added"}
        yield opened


def ingestion(store: Vectorstore) -> Ingestion:
    return Ingestion(store, IngestSettings(_env_file=None))


def check_whole(folder: Path, model: Path) -> None:
    """Every passage has the vectors that the model gives it, in catalog and index alike."""
    embeddings = SentenceTransformerEmbeddings(str(model))
    with closing(open_vectorstore(settings(folder, model))) as store:
        catalog = store.catalog
        assert catalog.meta("embeddings") == identity_of(str(model))
        for article in catalog.articles([SHARED]):
            passages = catalog.passages_of(article.id)
            expected = embed_passages(embeddings, None, article, passages, lambda _: None)
            vectors = catalog.vectors([passage.id for passage in passages])
            for passage, own in zip(passages, expected, strict=True):
                stored = vectors[passage.id]
                assert np.allclose(stored.passage, own.passage, atol=1e-2)
                assert np.allclose(stored.sentences, own.sentences, atol=1e-2)
        store.index.apply()
        found = store.index.search(SHARED, store.retriever.question_vector("Tram"), 10_000)
        ids = {row["id"] for row in catalog.query("SELECT id FROM passages")}
        assert {i for i, _ in found} <= ids
        assert len(store.retriever.search("Tram 2 of line 3", 5)) == 5
        assert catalog.query("SELECT * FROM reindexed") == []


def run(folder: Path, *arguments: str, model: Path) -> "subprocess.CompletedProcess[bytes]":
    return ingest(
        folder, "reindex", "--json", *arguments, stdin=b"", VECTORSTORE_EMBEDDINGS=str(model)
    )


def test_reindexed_while_another_process_has_the_store_open(
    store: Vectorstore, models: tuple[Path, Path], tmp_path: Path
) -> None:
    old, new = models
    before = [row["id"] for row in store.catalog.query("SELECT id FROM passages ORDER BY id")]
    with pytest.raises(EmbeddingsMismatch, match="python -m ingest reindex"):
        open_vectorstore(settings(tmp_path, new))
    done = run(tmp_path, model=new)
    assert done.returncode == 0, done.stderr.decode()
    assert objects(done) == [
        {
            "outcome": "updated",
            "before": identity_of(str(old)),
            "model": identity_of(str(new)),
            "embedded": ARTICLES * LINES,
        }
    ]
    # Who began with the old model says so, and neither answers nor writes with it.
    for use in (
        lambda: store.retriever.search("Tram 2", 3),
        lambda: store.index.apply(),
        lambda: store.catalog.vectors(before[:1]),
    ):
        with pytest.raises(ModelChanged, match="start this program again"):
            use()
    [report] = ingestion(store).add([str(write(tmp_path, 99))], operator=True)
    assert report.outcome == "failed"
    assert report.error is not None
    assert "start this program again" in report.error
    store.close()
    check_whole(tmp_path, new)
    with closing(open_vectorstore(settings(tmp_path, new))) as now:
        assert [r["id"] for r in now.catalog.query("SELECT id FROM passages ORDER BY id")] == before

    assert objects(run(tmp_path, model=new))[0]["outcome"] == "unchanged"


def test_named_on_the_command_line(
    store: Vectorstore, models: tuple[Path, Path], tmp_path: Path
) -> None:
    old, new = models
    store.close()
    done = run(tmp_path, "--model", str(new), model=old)
    assert done.returncode == 0
    assert f"Set VECTORSTORE_EMBEDDINGS={new}" in done.stderr.decode()
    check_whole(tmp_path, new)
    missing = run(tmp_path, "--model", str(tmp_path / "none"), model=new)
    assert missing.returncode == 1
    assert b"can't be loaded" in missing.stderr
    check_whole(tmp_path, new)


def test_killed_at_any_moment_it_goes_on_and_the_old_vectors_serve(
    store: Vectorstore, models: tuple[Path, Path], tmp_path: Path
) -> None:
    chance = random.Random(5)
    for number in range(4):
        killed(tmp_path, models[1], parts=chance.randint(1, 3), seconds=chance.random() / 50)
        assert store.retriever.search("Tram 2 of line 3 is late", 3)
        assert store.catalog.meta("embeddings") == store.catalog.model
        assert Reindex(store.catalog).counts()[0] > 0
        # Meanwhile one article changes and one comes.
        [changed] = ingestion(store).add([str(write(tmp_path, number, "early"))], operator=True)
        assert changed.outcome == "updated"
        [added] = ingestion(store).add([str(write(tmp_path, 50 + number))], operator=True)
        assert added.outcome == "added"
    articles = {one.title: one for one in store.catalog.articles([SHARED])}
    store.catalog.remove(articles["Line 11"].id)
    file = write(tmp_path, 10)
    file.write_text(file.read_text().replace("title: Line 10", "title: Renamed"))
    list(ingestion(store).add([str(file)], operator=True))
    # In the middle of the switch.
    killed(tmp_path, models[1], parts=1000, seconds=60)
    assert store.catalog.meta("embeddings") == store.catalog.model
    assert store.retriever.search("Tram 2 of line 3 is late", 3)
    done = run(tmp_path, model=models[1])
    assert done.returncode == 0
    assert objects(done)[0]["embedded"] == 0  # it was whole, but for the switch
    store.close()
    check_whole(tmp_path, models[1])
    assert len(objects(ingest(tmp_path, "list", "--json"))) == ARTICLES + 4 - 1


# `python -m ingest reindex`, which goes on when it is told to, and never ends its switch.
_HALTING = """
import os, signal, sys
from ingest.__main__ import main
from vectorstore import writing
from vectorstore.reindex import Reindex
keep = Reindex.keep
def halting(*arguments):
    keep(*arguments)
    print("kept", flush=True)
    sys.stdin.readline()
Reindex.keep = halting
number = writing.next_sequence
def killed(db):
    number(db)
    db.execute("UPDATE passages SET vector = x'00'")
    os.kill(os.getpid(), signal.SIGKILL)
writing.next_sequence = killed
main(["reindex"])
"""


def killed(folder: Path, model: Path, *, parts: int, seconds: float) -> None:
    """Run it until it has noted some articles, and a moment longer."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HALTING],
        cwd=ROOT,
        env=environment(folder, VECTORSTORE_EMBEDDINGS=str(model)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout
        assert process.stdin
        for _ in range(parts):
            if not process.stdout.readline():
                break
            process.stdin.write(b"\n")
            process.stdin.flush()
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()
    assert process.returncode == -signal.SIGKILL


def test_what_changes_while_it_is_embedded_is_embedded_again(
    store: Vectorstore, models: tuple[Path, Path], tmp_path: Path
) -> None:
    """Every kind of change, between the reading of a passage and the noting of its vectors."""
    new = SentenceTransformerEmbeddings(str(models[1]))
    reindex = Reindex(store.catalog)
    reindex.begin(new.identity)
    changes: list[Callable[[], Iterable[object]]] = [
        lambda: ingestion(store).add([str(write(tmp_path, 0, "early"))], operator=True),
        lambda: ingestion(store).add([str(write(tmp_path, 77))], operator=True),
        lambda: [store.catalog.remove(store.catalog.articles([SHARED])[0].id)],
        lambda: _retitle(store.catalog),
    ]
    while not reindex.switch(new.identity):
        for part in reindex.missing(3):
            if changes:
                list(changes.pop(0)())
            vectors = embed_passages(new, None, part.article, part.passages, lambda _: None)
            reindex.keep(part, vectors)
    store.close()
    check_whole(tmp_path, models[1])


def _retitle(catalog: Catalog) -> list[Changes]:
    """As a page does that only changes its headline."""
    from dataclasses import replace

    article = catalog.articles([SHARED])[0]
    passages = catalog.passages_of(article.id)
    old = SentenceTransformerEmbeddings(str(catalog.model))
    named = replace(article, title="Another headline")
    vectors = embed_passages(old, None, named, passages, lambda _: None)
    return [catalog.replace(named, list(zip(passages, vectors, strict=True)))]


def test_one_at_a_time_and_a_change_of_mind(
    store: Vectorstore, models: tuple[Path, Path], tmp_path: Path
) -> None:
    reindex = Reindex(store.catalog)
    with reindex.alone():
        refused = run(tmp_path, model=models[1])
        assert refused.returncode == 1
        assert b"Another reindex of this store is under way." in refused.stderr
        with pytest.raises(Reindexing), Reindex(store.catalog).alone():
            pass
    # Begun with one model, and then with another: nothing of the first is taken.
    new = SentenceTransformerEmbeddings(str(models[1]))
    reindex.begin(new.identity)
    part = next(reindex.missing(3))
    reindex.keep(part, embed_passages(new, None, part.article, part.passages, lambda _: None))
    assert reindex.counts()[0] == 3
    reindex.begin("another")
    assert reindex.counts()[0] == 0
    # Or back to the one that the store has.
    reindex.keep(part, embed_passages(new, None, part.article, part.passages, lambda _: None))
    assert objects(run(tmp_path, model=models[0]))[0]["outcome"] == "unchanged"
    assert reindex.counts()[0] == 0
