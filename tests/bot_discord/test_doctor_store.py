"""What `python -m bot doctor` tells of a store that is damaged, behind, or out of reach."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.doctor.finding import Finding
from bot.doctor.store import store_findings
from bot.records import Records
from bot.servers import Servers
from stand_in import Channel, DiscordServer
from tests.bot_discord.examples import answer
from tests.bot_discord.test_doctor import findings
from tests.chroma_server import ChromaProcess
from tests.conftest import settings_at
from tests.postgres_server import PostgresProcess, running_or_skipped
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import Vectorstore, VectorstoreSettings, open_vectorstore
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.reindex import Reindex

_ARTICLES = 40


def fill(store: Vectorstore, embeddings: BundledEmbeddings) -> None:
    pairs = embedded(embeddings, FERRY)
    for n in range(_ARTICLES):
        store.catalog.replace(article(f"source {n}"), pairs)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, embeddings: BundledEmbeddings) -> Path:
    """A store as a bot leaves it; not to be written to."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    with closing(open_vectorstore(VectorstoreSettings(_env_file=None, path=folder))) as store:
        fill(store, embeddings)
        store.index.apply()
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "data")
    return tmp_path / "data"


def told(folder: Path, **settings: object) -> dict[str, Finding]:
    """By name."""
    stored = VectorstoreSettings(_env_file=None, path=folder, **settings)  # type: ignore[arg-type]
    return {finding.name: finding for finding in store_findings(stored)}


def bytes_of(folder: Path) -> dict[str, bytes]:
    """All of a folder, but for what SQLite makes beside a file to read it."""
    return {
        str(file): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith(("-wal", "-shm"))
    }


def test_a_store_that_is_whole_is_left_as_it_is(folder: Path) -> None:
    before = bytes_of(folder)
    found = told(folder)
    assert {one.status for one in found.values()} == {"ok"}
    assert found["store"].told == "40 articles, 120 passages, schema 3."
    assert found["index"].told.startswith("It has all passages")
    assert "Not looked at" in found["index"].told
    assert "python -m ingest check" in found["index"].advice
    assert bytes_of(folder) == before


def test_a_store_that_has_answered_is_whole(folder: Path) -> None:
    with closing(open_vectorstore(VectorstoreSettings(_env_file=None, path=folder))) as store:
        Records(store.catalog.database).remember(answer(), guild=1, channel=2, asker=3)
    assert told(folder)["store"].status == "ok"


def test_of_a_large_store_it_says_what_was_not_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.doctor.store._MOST_CHECKED", 100)
    found = told(folder)["store"]
    assert (found.status, found.advice) == ("ok", "To look at all of it: python -m ingest check")
    assert "Not looked at: whether what stands in it is right." in found.told
    monkeypatch.setattr("vectorstore.inspection._READING_SECONDS", -1.0)
    monkeypatch.setattr("vectorstore.inspection._STEPS", 1)
    found = told(folder)["store"]
    assert found.status == "ok"
    assert "Not looked at: whether all of the file, and what stands in it, is right." in found.told


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def kill_the_owner(folder: Path) -> None:
    (folder / "chroma.seal").write_text('{"of": {}, "files": {}, "crashes": 0}')


def crash_again(folder: Path) -> None:
    (folder / "chroma.seal").write_text('{"of": {}, "files": {}, "crashes": 3}')


def add_to_the_catalog(folder: Path) -> None:
    # While another process has the folder.
    with closing(sqlite3.connect(folder / "catalog.sqlite3")) as db:
        db.execute("UPDATE passages SET sequence = sequence + 100 WHERE id <= 7")
        db.execute("UPDATE meta SET value = 900 WHERE key = 'sequence'")
        db.commit()


def put_a_backup_in_place(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalog.sqlite3")) as db:
        db.execute("UPDATE meta SET value = 'another' WHERE key = 'id'")
        db.commit()


def change_the_model(folder: Path) -> None:
    seal = folder / "chroma.seal"
    seal.write_text(seal.read_text().replace('"centring": "', '"centring": "x'))


def run_an_older_chroma(folder: Path) -> None:
    seal = folder / "chroma.seal"
    seal.write_text(seal.read_text().replace('"chroma": "', '"chroma": "0.'))


@pytest.mark.parametrize(
    ("damage", "said", "advice"),
    [
        (lambda f: shutil.rmtree(f / "chroma"), "is missing", "makes it again"),
        (lambda f: (f / "chroma.dirty").touch(), "was being written", "makes it again"),
        (lambda f: flip(f / "chroma" / "chroma.sqlite3"), "not as they were", "check --repair"),
        (kill_the_owner, "did not come to close it", "check --repair"),
        (crash_again, "3 programs in a row", "check --repair"),
        (add_to_the_catalog, "lacks 7 of 120 passages", "brings it up to date"),
        (put_a_backup_in_place, "of another catalog", "makes it again"),
        (change_the_model, "of another embedding model", "makes it again"),
    ],
)
def test_an_index_that_is_not_as_it_should_be(
    folder: Path, damage: Callable[[Path], object], said: str, advice: str
) -> None:
    damage(folder)
    found = told(folder)
    assert found["index"].status == "warning"
    assert said in found["index"].told
    assert advice in found["index"].advice


def test_an_index_of_another_chroma_is_no_damage(folder: Path) -> None:
    run_an_older_chroma(folder)
    found = told(folder)["index"]
    assert found.status == "ok"
    assert "another version" in found.told


def test_an_index_that_a_program_has_open_is_left_to_it(folder: Path) -> None:
    with closing(open_vectorstore(VectorstoreSettings(_env_file=None, path=folder))) as store:
        found = told(folder)["index"]
        assert found.status == "ok"
        assert "A running program has it open" in found.told
        assert "/newsdesk diag" in found.advice
        assert store.index.phase != "absent"


def cut(catalog: Path) -> None:
    catalog.write_bytes(catalog.read_bytes()[:50_000])


def garble(catalog: Path) -> None:
    data = bytearray(catalog.read_bytes())
    # The pages of the tables, which a look at the counts does not read.
    data[20_000:-20_000] = bytes(len(data) - 40_000)
    catalog.write_bytes(data)


def spoil(query: str, catalog: Path) -> None:
    with closing(sqlite3.connect(catalog)) as db:
        db.execute(query)
        db.commit()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut, "is cut off"),
        (garble, "is damaged"),
        (lambda c: c.write_bytes(b"no database" * 99), "is damaged"),
        (partial(spoil, "UPDATE passages SET vector = x'00' WHERE id = 5"), "1 passages have"),
        (partial(spoil, "UPDATE passages SET text = 'No.' WHERE id = 5"), "is not what was"),
        (partial(spoil, "UPDATE totals SET words = 1"), "totals"),
    ],
)
def test_a_catalog_that_is_damaged(
    folder: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(folder / "catalog.sqlite3")
    found = told(folder)["store"]
    assert found.status == "failed"
    assert said in found.told
    assert "python -m ingest check --repair" in found.advice


def test_a_catalog_that_is_gone_is_no_new_store(folder: Path) -> None:
    for file in folder.glob("catalog.sqlite3*"):
        file.unlink()
    found = told(folder)["store"]
    assert found.status == "warning"
    assert "an index, and no catalog" in found.told
    assert "backup" in found.advice


def test_a_newer_schema(folder: Path) -> None:
    spoil("PRAGMA user_version = 99", folder / "catalog.sqlite3")
    found = told(folder)["store"]
    assert found.status == "failed"
    assert "newer Newsdesk" in found.told


def test_a_reindex_that_did_not_end(folder: Path) -> None:
    with closing(open_vectorstore(VectorstoreSettings(_env_file=None, path=folder))) as store:
        Reindex(store.catalog).begin("another/model")
    found = told(folder)["reindex"]
    assert found.status == "warning"
    assert "python -m ingest reindex --model another/model" in found.advice


async def test_the_store_of_another_bot(
    server: DiscordServer, channel: Channel, folder: Path, tmp_path: Path
) -> None:
    with closing(open_vectorstore(VectorstoreSettings(_env_file=None, path=folder))) as store:
        Servers(store.catalog.database).claim(4711)
    settings = {"VECTORSTORE_PATH": str(folder), "DISCORD_TOKEN": server.token}
    status, found = await findings(server, tmp_path, **settings)
    assert status == 1
    assert "application 4711" in found["store's bot"]["told"]
    assert "python -m bot handover" in found["store's bot"]["advice"]


# Servers


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaProcess]:
    process = ChromaProcess(tmp_path / "server")
    process.start()
    yield process
    process.stop()


async def test_a_chroma_server(
    server: DiscordServer, folder: Path, tmp_path: Path, chroma: ChromaProcess
) -> None:
    settings = {"VECTORSTORE_PATH": str(folder), "VECTORSTORE_CHROMA_URL": chroma.url}
    found = told(folder, chroma_url=chroma.url)["index"]
    assert (found.status, found.told[-22:]) == ("warning", "has 0 of 120 passages.")
    stored = VectorstoreSettings(_env_file=None, path=folder, chroma_url=chroma.url)
    with closing(open_vectorstore(stored)) as store:
        store.index.apply()
    _, by_name = await findings(server, tmp_path, **settings)
    assert by_name["index"]["status"] == "ok"
    assert "has 120 of 120 passages" in by_name["index"]["told"]
    chroma.stop()
    status, by_name = await findings(server, tmp_path, **settings)
    assert (status, by_name["index"]["status"]) == (1, "failed")
    assert "can't be reached" in by_name["index"]["told"]
    assert "VECTORSTORE_CHROMA_URL" in by_name["index"]["advice"]
    assert by_name["store"]["status"] == "ok"
    found = told(folder, chroma_url="http://")["index"]
    assert found.status == "failed"


@pytest.fixture
def database() -> Iterator[PostgresProcess]:
    """To be stopped."""
    with running_or_skipped() as process:
        yield process


async def test_a_database(
    server: DiscordServer,
    tmp_path: Path,
    database: PostgresProcess,
    embeddings: BundledEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = database.url
    folder = tmp_path / "own"
    settings = {"VECTORSTORE_PATH": str(folder), "VECTORSTORE_CATALOG_URL": url}
    _, by_name = await findings(server, tmp_path, **settings)
    assert "no articles in the database" in by_name["store"]["told"]
    with closing(open_vectorstore(settings_at(folder, url))) as store:
        fill(store, embeddings)
        store.index.apply()
    _, by_name = await findings(server, tmp_path, **settings)
    assert (by_name["store"]["status"], by_name["index"]["status"]) == ("ok", "ok")
    assert by_name["store"]["told"].startswith("40 articles, 120 passages, schema 3.")
    assert "pg_amcheck" in by_name["store"]["advice"]
    assert "database clock" not in by_name
    now = time.time
    monkeypatch.setattr("vectorstore.inspection.time.time", lambda: now() + 90)
    found = told(folder, catalog_url=SecretStr(url))["database clock"]
    assert (found.status, "ahead of the database's" in found.told) == ("warning", True)
    monkeypatch.undo()
    database.stop()
    status, by_name = await findings(server, tmp_path, **settings)
    assert (status, by_name["store"]["status"]) == (1, "failed")
    assert "can't be used" in by_name["store"]["told"]
    assert "VECTORSTORE_CATALOG_URL" in by_name["store"]["advice"]
    database.start()
