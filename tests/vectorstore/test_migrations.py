"""Stores of every earlier schema, made by the program of their time, open as they were.

``stores/N.sqlite3.xz`` has two articles, one of a server, and one that was removed;
from schema 2 on one that was changed, an answer with its verdict, settings and a feed. Made by
``Ingestion.add_bytes`` of the last revision that wrote that schema.
"""

import lzma
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.records import Records
from bot.servers import Servers
from tests.conftest import ROOT
from tests.vectorstore.texts import article, embedded
from vectorstore import SHARED, Catalog, VectorstoreSettings, open_vectorstore
from vectorstore.checks import check
from vectorstore.database import SCHEMA_VERSION
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.errors import EmbeddingsMismatch
from vectorstore.feeds import Feeds
from vectorstore.late import Constants

STORES = Path(__file__).with_name("stores")
KEPT = sorted(int(path.name.split(".")[0]) for path in STORES.iterdir())
FERRY = {
    1: "The ferry to Ormsay stops running in October, the harbour office said. It has run since "
    "1921.",
    2: "The ferry to Ormsay stops running in November, the harbour office said. It has run since "
    "1921.",
}
BRIDGE = ["Die Brücke von Kerval wurde am Dienstag gesperrt.", "Ein Riss wurde gefunden."]


@pytest.fixture
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A catalog of the schema that the test is given."""
    path = tmp_path / "catalog.sqlite3"
    packed = STORES / f"{request.getfixturevalue('version')}.sqlite3.xz"
    path.write_bytes(lzma.decompress(packed.read_bytes()))
    return path


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)


def test_there_is_a_store_of_every_schema() -> None:
    assert set(KEPT) >= set(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize("version", KEPT)
def test_everything_is_there_after_a_migration(
    version: int, path: Path, embeddings: BundledEmbeddings
) -> None:
    assert version_of(path) == version
    before = path.read_bytes()
    assert before
    catalog = Catalog(path)
    try:
        check_the_articles(catalog, version)
        if version >= 2:
            check_what_the_bot_remembers(catalog)
        width = Constants.shipped().token_bytes
        assert [finding.sentence for finding in check(catalog, width)] == []
        # It is a store like any other from now on.
        catalog.replace(article(), embedded(embeddings, ["Snow fell on Monday."]))
        assert catalog.totals().passages == 6
    finally:
        catalog.close()
    assert version_of(path) == SCHEMA_VERSION


def check_the_articles(catalog: Catalog, version: int) -> None:
    found = {one.source: one for one in catalog.articles([SHARED, "guild-7"])}
    assert set(found) == {"upload:ferry.txt", "upload:bridge.md", "upload:own.txt"}
    bridge = found["upload:bridge.md"]
    assert (bridge.title, bridge.published, bridge.language) == (
        "Die Brücke von Kerval",
        "2025-03-04",
        "de",
    )
    assert [p.text for p in catalog.passages_of(bridge.id)] == BRIDGE
    ferry = found["upload:ferry.txt"]
    assert catalog.passages_of(ferry.id)[0].text == FERRY[min(version, 2)]
    history = catalog.versions.of(ferry.id)
    assert [one.number for one in history] == ([1] if version == 1 else [1, 2])
    assert catalog.versions.passages(ferry.id, 1)[0].text == FERRY[1]
    assert found["upload:own.txt"].audience == "guild-7"


def check_what_the_bot_remembers(catalog: Catalog) -> None:
    records = Records(catalog.database)
    remembered = records.by_message(8, 10)
    assert remembered
    assert (remembered.guild, remembered.asker) == (7, 9)
    assert [one.reason for one in records.feedback()] == ["good"]
    assert Servers(catalog.database).settings(7).threads
    assert [feed.title for feed in Feeds(catalog.database).of(SHARED)] == ["Harbour"]


_KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from vectorstore import sqlite
statements, before = sqlite.statements, int(sys.argv[2])
def killing(script):
    global before
    for statement in statements(script):
        if before == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        before -= 1
        yield statement
sqlite.statements = killing
sqlite.SqliteDatabase(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("version", [1])
@pytest.mark.parametrize("statements", [0, 1, 5, 12])
def test_a_migration_that_is_killed_has_not_begun(
    version: int, statements: int, path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(path), str(statements)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert version_of(path) == version
    catalog = Catalog(path)
    check_the_articles(catalog, version)
    catalog.close()


@pytest.mark.parametrize("version", [1])
def test_a_migration_that_fails_lets_go_of_the_file(
    version: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("vectorstore.sqlite.statements", lambda _: ["SELECT nonsense"])
        with pytest.raises(Exception, match="no such column"):
            Catalog(path)
    assert version_of(path) == version
    Catalog(path).close()


@pytest.mark.parametrize("version", [1])
def test_two_that_open_it_at_once_migrate_once(version: int, path: Path) -> None:
    program = "import sys; from pathlib import Path; from vectorstore import Catalog\n"
    program += "Catalog(Path(sys.argv[1])).close()"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(4)
    ]
    assert [process.wait(60) for process in processes] == [0] * 4
    catalog = Catalog(path)
    check_the_articles(catalog, version)
    catalog.close()


@pytest.mark.parametrize("version", [1])
def test_vectors_of_an_earlier_model_are_refused_with_what_to_do(version: int, path: Path) -> None:
    with pytest.raises(EmbeddingsMismatch, match="python -m ingest reindex"):
        open_vectorstore(VectorstoreSettings(_env_file=None, path=path.parent))


def test_a_store_of_a_later_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    Catalog(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Exception, match=r"made by a newer Newsdesk .*Upgrade Newsdesk"):
        Catalog(path)
    assert path.read_bytes() == before
