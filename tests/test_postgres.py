"""The catalog on PostgreSQL: what it shares with SQLite's, and what only it can go through."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT, settings_at
from tests.postgres_server import PostgresProcess, binaries, running_or_skipped
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import Catalog, Vectorstore, open_vectorstore
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.errors import CatalogError
from vectorstore.searchtext import content_words

QUESTIONS = (
    "Who attended the Saudi talks?",
    "Qui a participé aux pourparlers en Arabie saoudite ?",
    "When will the Kestrel Bridge reopen?",
    "How many petrels were counted on Ormsay?",
    "Wie lange dauerten die Gespräche?",
    "bridge bridge ferry talks",
)


@pytest.fixture
def url(postgres: PostgresProcess) -> str:
    return postgres.new_schema()


@pytest.fixture
def own_server() -> Iterator[PostgresProcess]:
    """To be stopped and started again."""
    with running_or_skipped() as process:
        yield process


def test_its_tables_are_those_of_sqlite(url: str, tmp_path: Path) -> None:
    theirs, ours = Catalog(url), Catalog(tmp_path / "catalog.sqlite3")
    found = theirs.query(
        "SELECT table_name, column_name, is_nullable FROM information_schema.columns "
        "WHERE table_schema = current_schema()"
    )
    columns = {(table, column) for table, column, _ in found}
    optional = {(table, column) for table, column, nullable in found if nullable == "YES"}
    tables = ours.query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
        "AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'words_%' AND name NOT LIKE 'grams_%'"
    )
    for (table,) in tables:
        for _, column, _, required, _, key in ours.query(f"PRAGMA table_info({table})"):
            assert (table, column) in columns
            assert ((table, column) in optional) == (not required and not key), column
    triggers = {
        name for (name,) in ours.query("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    }
    made = theirs.query(
        "SELECT trigger_name FROM information_schema.triggers "
        "WHERE trigger_schema = current_schema()"
    )
    assert {row[0] for row in made} == triggers
    theirs.close()
    ours.close()


@pytest.mark.usefixtures("loaded_once")
def test_both_databases_find_the_same_in_the_same_order(
    url: str, sample_store: Vectorstore, tmp_path: Path
) -> None:
    with closing(open_vectorstore(settings_at(tmp_path, url))) as theirs:
        copied(sample_store.catalog, theirs.catalog)
        stores = (sample_store, theirs)
        for table in ("words", "grams"):
            query = f"SELECT term, doc FROM {table}_vocabulary"
            known = [{tuple(row) for row in one.catalog.query(query)} for one in stores]
            assert known[0] == known[1]
        for question in QUESTIONS:
            here, there = (one.retriever.search(question, 8) for one in stores)
            assert [d.page_content for d in here] == [d.page_content for d in there]
            scores = [[d.metadata["score"] for d in found] for found in (here, there)]
            # Sums in another order.
            assert scores[0] == pytest.approx(scores[1], abs=1e-4)
            assert by_words(sample_store.catalog, question) == by_words(theirs.catalog, question)


def copied(source: Catalog, target: Catalog) -> None:
    for one in source.articles(["shared"]):
        passages = source.passages_of(one.id)
        ids = [passage.id for passage in passages]
        vectors, tokens = source.vectors(ids), source.tokens(ids)
        target.replace(one, [(p, replace(vectors[p.id], tokens=tokens[p.id])) for p in passages])


def by_words(catalog: Catalog, question: str) -> list[str]:
    """The texts that BM25 puts first; behind these there are some with equal scores."""
    ids = catalog.database.matching("words", content_words(question), 4, "", ())
    passages = catalog.passages(ids)
    return [passages[i].text for i in ids]


def test_a_database_that_was_started_anew_is_used_again(
    own_server: PostgresProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    catalog = Catalog(own_server.url)
    catalog.set_meta("kept", "yes")
    own_server.stop()
    with pytest.raises(CatalogError, match="The catalog on PostgreSQL"):
        catalog.meta("kept")
    with pytest.raises(CatalogError):
        catalog.set_meta("lost", "yes")
    own_server.start()
    assert catalog.meta("kept") == "yes"
    own_server.stop()
    own_server.start()
    catalog.set_meta("after", "yes")
    assert (catalog.meta("after"), catalog.meta("lost")) == ("yes", None)
    catalog.close()


def test_what_a_transaction_did_before_it_failed_is_undone(url: str) -> None:
    catalog = Catalog(url)
    with suppress(RuntimeError), catalog.database.transaction() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('half', 'done')")
        raise RuntimeError
    assert catalog.meta("half") is None
    catalog.close()


def test_writers_wait_for_each_other(url: str) -> None:
    one, two = Catalog(url), Catalog(url)
    order: list[str] = []

    def second() -> None:
        with two.database.transaction():
            order.append("second")

    with one.database.transaction():
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.3)
        order.append("first")
    waiting.join(30)
    assert order == ["first", "second"]
    one.close()
    two.close()


def test_a_newer_schema_is_refused(url: str) -> None:
    catalog = Catalog(url)
    with catalog.database.transaction() as db:
        db.execute("UPDATE schema_version SET version = 99")
    catalog.close()
    with pytest.raises(CatalogError, match=r"newer Newsdesk \(schema 99"):
        Catalog(url)


def ingest(command: str, url: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ingest", command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "VECTORSTORE_PATH": str(folder),
            "VECTORSTORE_CATALOG_URL": url,
        },
        check=False,
    )


CHECK = "pg_amcheck --install-missing --heapallindexed"
DUMP = "pg_dump --format=custom --file=newsdesk.dump"


@pytest.mark.usefixtures("loaded_once")
def test_what_its_own_tools_saved_is_a_store_again(
    postgres: PostgresProcess, embeddings: BundledEmbeddings, tmp_path: Path
) -> None:
    """With the commands that the README gives, and an index that has what came later."""
    programs = binaries()
    assert programs
    psycopg = pytest.importorskip("psycopg")
    place = psycopg.conninfo.conninfo_to_dict(postgres.url)
    base, _, _ = postgres.url.rpartition("/")

    def run(command: str, *more: str) -> None:
        program, *arguments = [*command.split(), *more]
        subprocess.run(
            [programs / program, *arguments],
            cwd=tmp_path,
            env={"PGHOST": place["host"], "PGPORT": place["port"], "PGUSER": place["user"]},
            check=True,
        )

    for name in ("saved", "given_back"):
        run("createdb --template=template0 --encoding=UTF8", name)
    with closing(open_vectorstore(settings_at(tmp_path / "own", f"{base}/saved"))) as store:
        store.catalog.replace(article(), embedded(embeddings, FERRY[:2]))
        run(CHECK, "saved")
        run(DUMP, "saved")
        store.catalog.replace(article("later"), embedded(embeddings, FERRY[2:]))
        store.index.apply()
    run("pg_restore --exit-on-error --no-owner --dbname=given_back newsdesk.dump")
    forget = "DELETE FROM meta WHERE key = 'id'"
    run("psql --dbname=given_back --quiet", f"--command={forget}")
    with closing(open_vectorstore(settings_at(tmp_path / "own", f"{base}/given_back"))) as store:
        assert [one.source for one in store.catalog.articles(["shared"])] == [article().source]
        store.catalog.replace(article("other"), embedded(embeddings, FERRY[1:]))
        store.index.apply()
        state = store.index.state
        assert (state.phase, state.indexed, state.passages) == ("ready", 4, 4)
        [best, *_] = store.retriever.search("Who opened the swimming pool?", 3)
        assert best.page_content == FERRY[2]


def test_without_its_driver_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    program = (
        "import sys, runpy\n"
        "sys.modules['psycopg'] = None\n"
        "sys.argv = ['ingest', 'list']\n"
        "runpy.run_module('ingest', run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={
            **os.environ,
            "VECTORSTORE_PATH": str(tmp_path),
            "VECTORSTORE_CATALOG_URL": "postgresql://newsdesk@127.0.0.1:1/news",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'newsdesk[postgres]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["check", "backup"])
def test_what_its_own_tools_do_is_left_to_them(url: str, tmp_path: Path, command: str) -> None:
    done = ingest(command, url, tmp_path)
    assert done.returncode == 1
    assert "PostgreSQL, whose own tools" in done.stderr
    assert {"check": CHECK, "backup": DUMP}[command] in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://newsdesk:secret@127.0.0.1:1/news", "can't be used"),
        ("postgresql://newsdesk:secret@127.0.0.1:port/news", "can't be used"),
        ("mysql://newsdesk:secret@127.0.0.1/news", "postgresql://"),
    ],
)
def test_an_address_that_is_wrong_is_said_so_without_its_password(
    tmp_path: Path, url: str, said: str
) -> None:
    pytest.importorskip("psycopg")
    done = ingest("list", url, tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr
