"""Killed at any moment, and two at once: catalog, full-text index and Chroma agree afterwards."""

import json
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import chromadb
import pytest
from chromadb.config import Settings

from ingest.__main__ import main
from tests.ingest.cli import ROOT, environment
from vectorstore import SHARED, VectorstoreSettings, open_catalog, open_vectorstore

# Runs `python -m ingest`, and kills it when a method is called for the n-th time: SIGKILL lets no
# "finally" run.
_KILLED = """
import os, signal, sys
from ingest.__main__ import main
from vectorstore.catalog import Catalog
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.index import ChromaIndex
from chromadb.api.models.Collection import Collection

owner, name, when, calls = {moment}
calls = [calls]
method = getattr(owner, name)
def killed(*arguments, **named):
    calls[0] -= 1
    if calls[0] == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = method(*arguments, **named)
    if calls[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(owner, name, killed)
main(sys.argv[1:])
"""

MOMENTS = {
    "embedding": "(BundledEmbeddings, 'states', 'before', 2)",
    "after the catalog": "(Catalog, 'replace', 'after', 2)",
    "after Chroma's rows": "(Collection, 'upsert', 'after', 1)",
    "before Chroma's mark": "(Collection, 'modify', 'before', 1)",
}


def make_articles(folder: Path) -> None:
    folder.mkdir()
    for name in "abc":
        lines = "\n".join(f"Tram {i} of line {name} is late." for i in range(4))
        (folder / f"{name}.txt").write_text(lines)


def check_that_all_agree(path: Path, passages: int) -> None:
    settings = VectorstoreSettings(_env_file=None, path=path)
    with closing(open_vectorstore(settings)) as store:
        assert store.index.apply() == 0
        found = store.retriever.search("Which tram of line b is late?", 3)
        assert "line b" in found[0].page_content
    with closing(open_catalog(settings)) as catalog:
        ids = {row["id"] for row in catalog.query("SELECT id FROM passages")}
        for table in ("words", "grams"):
            assert {row["rowid"] for row in catalog.query(f"SELECT rowid FROM {table}")} == ids
        assert catalog.totals().passages == len(ids) == passages
    client: Any = chromadb.PersistentClient(path / "chroma", Settings(anonymized_telemetry=False))
    with closing(client):
        collection = client.get_collection(SHARED, embedding_function=None)
        assert {int(i) for i in collection.get(include=[])["ids"]} == ids


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_run_again(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_articles(tmp_path / "news")
    program = _KILLED.format(moment=MOMENTS[moment])
    done = subprocess.run(
        [sys.executable, "-c", program, "add", str(tmp_path / "news")],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with closing(open_catalog(VectorstoreSettings(path=tmp_path / "data"))) as catalog:
        # What was finished is kept, what was in work is there as a whole or not at all.
        assert catalog.totals().passages % 4 == 0
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VECTORSTORE_PATH", "data")
    assert main(["add", "news"]) == 0
    check_that_all_agree(tmp_path / "data", 12)


def test_killed_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_articles(tmp_path / "news")
    for seconds in (0.1, 0.4):
        process = subprocess.Popen(
            [sys.executable, "-m", "ingest", "add", "--json", str(tmp_path / "news")],
            cwd=ROOT,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
        )
        with process:
            assert process.stdout
            process.stdout.readline()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VECTORSTORE_PATH", "data")
    assert main(["add", "news"]) == 0
    check_that_all_agree(tmp_path / "data", 12)


def test_two_processes_at_once(tmp_path: Path) -> None:
    make_articles(tmp_path / "news")
    command = [sys.executable, "-m", "ingest", "add", "--json", str(tmp_path / "news")]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in processes:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert {json.loads(line)["outcome"] for line in output.splitlines()} <= {
            "added",
            "updated",
            "unchanged",
        }
    check_that_all_agree(tmp_path / "data", 12)
