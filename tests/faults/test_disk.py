"""A disk that is full, that can't be written to, and that gives other bytes than it was given."""

import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.answering.answerer import Answerer
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from tests.ingest.cli import ingest, objects
from vectorstore import (
    SHARED,
    Vectorstore,
    VectorstoreError,
    VectorstoreSettings,
    open_catalog,
    open_vectorstore,
)
from vectorstore.checks import check
from vectorstore.late import Constants

# How many random ways; `FAULTS=50 pytest tests/faults` for more.
_CASES = int(os.environ.get("FAULTS", "5"))
_DISK = 12_000_000
QUESTION = "When did the ferry strike on Ormsay end?"
FERRY = (
    "The ferry strike on Ormsay ended on Monday after nine days.\n"
    "Harbour master Ines Calder expects long queues. She asks everybody for patience.\n"
)
BRIDGE = "The Kestrel Bridge reopens in June, the council said.\nIt was closed for a crack.\n"


pytestmark = pytest.mark.usefixtures("loaded_once")


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mount("-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(folder))
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """No byte is left on it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


def opened(folder: Path, *, once: bool = False) -> Vectorstore:
    return open_vectorstore(VectorstoreSettings(_env_file=None, path=folder / "data"), once=once)


def quote(store: Vectorstore) -> str:
    answer = Answerer(store.catalog, store.retriever).answer(QUESTION)
    return answer.citations[0].quote if answer.citations else ""


def check_that_all_is_there(folder: Path, articles: int) -> None:
    settings = VectorstoreSettings(_env_file=None, path=folder / "data")
    with closing(open_catalog(settings)) as catalog:
        assert len(catalog.articles([SHARED])) == articles
        assert check(catalog, Constants.shipped().token_bytes) == []


def test_a_full_disk_loses_nothing_and_is_said(disk: Path) -> None:
    (disk / "ferry.txt").write_text(FERRY)
    (disk / "bridge.txt").write_text(BRIDGE)
    assert ingest(disk, "add", "ferry.txt").returncode == 0
    with closing(opened(disk)) as store:
        store.index.apply()
        with filled(disk):
            [report] = Ingestion(store, IngestSettings(_env_file=None)).add(
                [str(disk / "bridge.txt")], operator=True
            )
            assert report.outcome == "failed"
            assert report.error
            assert "disk is full" in report.error
            # Who asks is answered all the same.
            assert quote(store).startswith("The ferry strike on Ormsay ended on Monday")
        [report] = Ingestion(store, IngestSettings(_env_file=None)).add(
            [str(disk / "bridge.txt")], operator=True
        )
        assert report.outcome == "added"
    check_that_all_is_there(disk, 2)


def test_a_program_that_starts_on_a_full_disk_says_so(disk: Path) -> None:
    (disk / "ferry.txt").write_text(FERRY)
    (disk / "bridge.txt").write_text(BRIDGE)
    assert ingest(disk, "add", "ferry.txt").returncode == 0
    with filled(disk):
        done = ingest(disk, "add", "--json", "bridge.txt")
        assert done.returncode == 1
        [report] = objects(done)
        assert report["outcome"] == "failed"
        assert report["error"].endswith(".")
        assert b"Traceback" not in done.stderr
        backup = ingest(disk, "backup")
        assert backup.returncode == 1
        assert b"Traceback" not in backup.stderr
        assert list((disk / "data").glob("backups/*")) == []
    assert ingest(disk, "add", "bridge.txt").returncode == 0
    check_that_all_is_there(disk, 2)


def test_a_disk_that_may_not_be_written_to_is_said(disk: Path) -> None:
    (disk / "ferry.txt").write_text(FERRY)
    (disk / "bridge.txt").write_text(BRIDGE)
    assert ingest(disk, "add", "ferry.txt").returncode == 0
    mount("-o", "remount,ro", str(disk))
    try:
        done = ingest(disk, "add", "bridge.txt")
    finally:
        mount("-o", "remount,rw", str(disk))
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"catalog" in done.stderr
    assert ingest(disk, "add", "bridge.txt").returncode == 0
    check_that_all_is_there(disk, 2)


@pytest.mark.parametrize("seed", range(_CASES))
def test_other_bytes_in_the_catalog_give_no_wrong_answer(seed: int, tmp_path: Path) -> None:
    choose = random.Random(seed)
    (tmp_path / "ferry.txt").write_text(FERRY)
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    with closing(opened(tmp_path, once=True)) as store:
        found = Ingestion(store, IngestSettings(_env_file=None)).add(
            [str(tmp_path / "ferry.txt"), str(tmp_path / "bridge.txt")], operator=True
        )
        assert [report.outcome for report in found] == ["added", "added"]
    path = tmp_path / "data" / "catalog.sqlite3"
    whole = path.read_bytes()
    for _ in range(20):
        data = bytearray(whole)
        for _ in range(choose.choice([1, 20, 400])):
            data[choose.randrange(len(data))] = choose.randrange(256)
        path.write_bytes(data)
        for log in path.parent.glob("catalog.sqlite3-*"):
            log.unlink()
        # An answer in the article's words, none, or a sentence; never a program that breaks.
        try:
            with closing(opened(tmp_path, once=True)) as store:
                answer = Answerer(store.catalog, store.retriever).answer(QUESTION)
        except VectorstoreError:
            continue
        for citation in (*answer.citations, *answer.nearest):
            assert citation.quote in FERRY + BRIDGE
