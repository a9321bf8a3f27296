"""``python -m ingest check`` and ``backup``, as an operator uses them; and damaged catalogs."""

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ingest.__main__ import main
from tests.vectorstore.texts import FERRY, article, embedded
from vectorstore import Catalog, VectorstoreSettings, open_vectorstore
from vectorstore.backups import Backups, problem_of
from vectorstore.checks import check
from vectorstore.embeddings import BundledEmbeddings
from vectorstore.errors import BackupError, CatalogDamaged
from vectorstore.late import Constants
from vectorstore.owned import OwnedFolder

_ARTICLES = 60
_PASSAGES = 3 * _ARTICLES


pytestmark = pytest.mark.usefixtures("loaded_once")


@pytest.fixture
def embeddings() -> BundledEmbeddings:
    """Not the counting ones of this folder."""
    return _shared_embeddings()


@cache
def _shared_embeddings() -> BundledEmbeddings:
    return BundledEmbeddings()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an index; not to be written to."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    settings = VectorstoreSettings(_env_file=None, path=folder)
    with closing(open_vectorstore(settings)) as store:
        pairs = embedded(_shared_embeddings(), FERRY)
        for n in range(_ARTICLES):
            store.catalog.replace(article(f"source {n}"), pairs)
        store.index.apply()
    return folder


@pytest.fixture
def no_index(folder: Path) -> None:
    """To look at one takes a process of its own, and seconds."""
    shutil.rmtree(folder / "chroma")
    (folder / "chroma.seal").unlink()


@pytest.fixture
def folder(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(whole, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


Ran = tuple[int, list[dict[str, Any]]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def running(*arguments: str) -> Ran:
        capsys.readouterr()
        status = main([*arguments, "--json"])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return running


def kinds(objects: list[dict[str, Any]]) -> set[str]:
    return {one["what"] for one in objects if "what" in one}


def sentences(objects: list[dict[str, Any]]) -> str:
    return "\n".join(one["sentence"] for one in objects)


def written(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "catalog.sqlite3")) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def test_a_whole_store_is_said_to_be_whole(folder: Path, run: Callable[..., Ran]) -> None:
    status, objects = run("check")
    assert status == 0
    assert objects[-1] == {"sentence": "Nothing is wrong.", "findings": 0}
    assert f"{_ARTICLES} articles with {_PASSAGES} passages" in objects[0]["sentence"]


DAMAGES_BY_KIND = {
    "full text": [
        "INSERT INTO words (words) VALUES ('delete-all')",
        "INSERT INTO grams (rowid, terms) VALUES (9999, 'ghost')",
        "INSERT INTO words (words, rowid, terms) VALUES ('delete', 5, 'pont')",
        "UPDATE passages SET terms = 'other words' WHERE id = 7",
    ],
    "totals": ["UPDATE totals SET words = words + 1", "DELETE FROM totals"],
    "sequence": ["UPDATE meta SET value = '3' WHERE key = 'sequence'"],
    "sentences": [
        "UPDATE passages SET sentences = '[[0, 9999]]' WHERE id = 4",
        "UPDATE passages SET sentences = 'nonsense' WHERE id = 4",
        "UPDATE passages SET sentences = '[]' WHERE id = 4",
        "UPDATE passages SET sentences = '[[9, 12], [3, 5]]' WHERE id = 4",
    ],
    "vectors": [
        "UPDATE passages SET vector = x'00' WHERE id = 9",
        "UPDATE passages SET vector = zeroblob(768) WHERE id = 9",
        "UPDATE passages SET vector = CAST(substr(vector, 1, 700) AS BLOB) WHERE id < 5",
        "UPDATE passages SET vector = x'007c' || substr(vector, 3) WHERE id = 3",
        "UPDATE passages SET sentence_vectors = x'0102' WHERE id = 9",
        "UPDATE passages SET tokens = x'0102' WHERE id = 9",
    ],
    "text": ["UPDATE passages SET text = 'Somebody wrote this.' WHERE id = 2"],
    "links": [
        "UPDATE passages SET audience = 'guild-1' WHERE id = 2",
        "DELETE FROM articles WHERE rowid = 1",
    ],
}
NOT_MENDED = {"text", "links"}


@pytest.mark.parametrize(
    ("kind", "damage"), [(kind, one) for kind, some in DAMAGES_BY_KIND.items() for one in some]
)
def test_what_is_wrong_is_found(kind: str, damage: str, folder: Path) -> None:
    written(folder, damage)
    with closing(Catalog(folder / "catalog.sqlite3")) as catalog:
        found = check(catalog, Constants.shipped().token_bytes)
    assert kind in {finding.kind for finding in found}
    assert all(finding.mendable is (finding.kind not in NOT_MENDED) for finding in found)


def test_what_can_be_mended_is_mended(folder: Path, run: Callable[..., Ran]) -> None:
    mendable = {k: some for k, some in DAMAGES_BY_KIND.items() if k not in NOT_MENDED}
    written(folder, *(damages[0] for damages in mendable.values()))
    status, objects = run("check", "--repair")
    assert kinds(objects) == set(mendable)
    assert (status, objects[-1]["findings"]) == (0, 0), sentences(objects)
    settings = VectorstoreSettings(_env_file=None, path=folder)
    with closing(open_vectorstore(settings)) as store:
        store.index.apply()
        quotes = [d.page_content for d in store.retriever.search("Who opened the pool?", 3)]
    assert quotes[0] == FERRY[2]


@pytest.mark.usefixtures("no_index")
def test_what_cannot_be_mended_is_said_so(folder: Path, run: Callable[..., Ran]) -> None:
    written(folder, *(damages[0] for k, damages in DAMAGES_BY_KIND.items() if k in NOT_MENDED))
    status, objects = run("check", "--repair")
    assert status == 1
    assert kinds(objects) >= NOT_MENDED
    assert "a backup may help" in objects[-1]["sentence"]


def test_an_index_that_is_damaged_is_found_and_made_again(
    folder: Path, run: Callable[..., Ran]
) -> None:
    sqlite = folder / "chroma" / "chroma.sqlite3"
    sqlite.write_bytes(random.Random(0).randbytes(sqlite.stat().st_size))
    status, objects = run("check")
    assert (status, kinds(objects)) == (1, {"index"})
    assert run("check", "--repair")[0] == 0
    assert OwnedFolder(folder).is_sealed


def test_an_index_in_use_is_not_looked_at(folder: Path, run: Callable[..., Ran]) -> None:
    settings = VectorstoreSettings(_env_file=None, path=folder)
    with closing(open_vectorstore(settings)):
        status, objects = run("check")
    assert status == 0
    assert "another process has it" in sentences(objects)


# Catalogs that SQLite can't read any more


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 4 // 5])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten_head(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[:200] = random.Random(1).randbytes(200)
    path.write_bytes(data)


def overwritten_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    choose = random.Random(2)
    for _ in range(8):
        at = 4096 * choose.randrange(2, len(data) // 4096)
        data[at : at + 4096] = choose.randbytes(4096)
    path.write_bytes(data)


def nonsense(path: Path) -> None:
    path.write_text("These are notes, not a database. " * 1000)


DAMAGES = [cut, emptied, overwritten_head, overwritten_pages, nonsense]


@pytest.mark.usefixtures("no_index")
@pytest.mark.parametrize("damage", [one for one in DAMAGES if one is not emptied])
def test_a_damaged_catalog_is_said_and_left_alone(
    damage: Callable[[Path], None], folder: Path, run: Callable[..., Ran]
) -> None:
    path = folder / "catalog.sqlite3"
    damage(path)
    before = path.read_bytes()
    status, objects = run("check")
    assert (status, kinds(objects)) == (1, {"file"})
    assert path.read_bytes() == before
    if damage is not overwritten_pages:
        with pytest.raises(CatalogDamaged, match="check --repair"):
            open_vectorstore(VectorstoreSettings(_env_file=None, path=folder))
    assert path.read_bytes() == before


@pytest.mark.usefixtures("no_index")
@pytest.mark.parametrize("backed_up", [True, False])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_catalog_is_salvaged_or_taken_from_the_backup(
    damage: Callable[[Path], None], backed_up: bool, folder: Path, run: Callable[..., Ran]
) -> None:
    path = folder / "catalog.sqlite3"
    if backed_up:
        assert run("backup")[0] == 0
    damage(path)
    if damage is emptied:
        # An empty file alone is a new catalog; one that has an index had articles.
        (folder / "chroma").mkdir()
    before = path.read_bytes()
    status, objects = run("check", "--repair")
    text = sentences(objects)
    if not backed_up and damage in {emptied, overwritten_head, nonsense}:
        assert status == 1
        assert path.read_bytes() == before
        return
    [kept] = folder.glob("catalog.damaged-*.sqlite3")
    assert kept.read_bytes() == before
    assert status == 0, text
    with closing(Catalog(path)) as catalog:
        found = catalog.articles(["shared"])
        passages = catalog.totals().passages
    if backed_up:
        assert (len(found), passages) == (_ARTICLES, _PASSAGES)
    else:
        assert 0 < passages < _PASSAGES
        assert "could be read whole" in text
        assert "Not all could be read of" in text


def test_a_log_without_its_catalog_is_not_thrown_away(folder: Path) -> None:
    path = folder / "catalog.sqlite3"
    writer = Catalog(path)
    writer.set_meta("note", "in the log")
    log = Path(f"{path}-wal")
    assert log.stat().st_size
    shutil.copyfile(log, folder / "kept")
    writer.close()
    path.unlink()
    shutil.copyfile(folder / "kept", log)
    with pytest.raises(CatalogDamaged, match="is missing, although it had articles"):
        Catalog(path)
    assert log.read_bytes() == (folder / "kept").read_bytes()


# Backups


@pytest.fixture
def catalog(folder: Path) -> Iterator[Catalog]:
    with closing(Catalog(folder / "catalog.sqlite3")) as catalog:
        yield catalog


NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)


def test_the_newest_backups_stay(catalog: Catalog, tmp_path: Path) -> None:
    backups = Backups(tmp_path / "backups", keep=2)
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "notes.txt").write_text("Not a backup.")
    for day in range(4):
        backups.make(catalog, NOON + timedelta(days=day))
    assert [one.made.day for one in backups.all()] == [7, 6]
    assert (tmp_path / "backups" / "notes.txt").exists()
    assert all(problem_of(one.path) is None for one in backups.all())


@pytest.mark.parametrize(
    ("hours", "due"), [(0, False), (23, False), (25, True), (-1, False), (-48, True)]
)
def test_one_is_due_a_day_later_also_by_a_clock_that_was_set_back(
    hours: int, due: bool, catalog: Catalog, tmp_path: Path
) -> None:
    backups = Backups(tmp_path / "backups", keep=2)
    assert backups.due(NOON)
    backups.make(catalog, NOON)
    assert backups.due(NOON + timedelta(hours=hours)) is due


def test_a_backup_that_is_put_back_gets_an_index_of_its_own(
    folder: Path, run: Callable[..., Ran], embeddings: BundledEmbeddings
) -> None:
    settings = VectorstoreSettings(_env_file=None, path=folder)
    status, [made] = run("backup")
    assert status == 0
    with closing(open_vectorstore(settings)) as store:
        pairs = embedded(embeddings, ["A whale was seen off Ormsay."])
        store.catalog.replace(article("later"), pairs)
        store.index.apply()
    shutil.copyfile(made["backup"], folder / "catalog.sqlite3")
    with closing(open_vectorstore(settings)) as store:
        pairs = embedded(embeddings, ["The mayor met the whale."])
        store.catalog.replace(article("another"), pairs)
        store.index.apply()
        found = [d.page_content for d in store.retriever.search("Who met the whale?", 5)]
    assert found[0] == "The mayor met the whale."
    assert "A whale was seen off Ormsay." not in found


def test_a_backup_that_fails_is_said_and_leaves_nothing(catalog: Catalog, tmp_path: Path) -> None:
    blocked = tmp_path / "backups"
    blocked.write_text("A file where the folder should be.")
    backups = Backups(blocked, keep=2)
    with pytest.raises(BackupError, match="can't be made or read"):
        backups.make_if_due(catalog, NOON)
    assert backups.trouble
    blocked.unlink()
    assert backups.make_if_due(catalog, NOON)
    assert backups.trouble is None
    assert backups.make_if_due(catalog, NOON) is None


def test_a_damaged_catalog_does_not_push_out_good_backups(folder: Path, tmp_path: Path) -> None:
    backups = Backups(tmp_path / "backups", keep=1)
    catalog = Catalog(folder / "catalog.sqlite3")
    good = backups.make(catalog, NOON)
    overwritten_pages(folder / "catalog.sqlite3")
    with pytest.raises(BackupError):
        backups.make(catalog, NOON + timedelta(days=2))
    catalog.close()
    assert backups.newest_good() == good
    assert [one.path.name for one in backups.all()] == [good.path.name]
    assert not list((tmp_path / "backups").glob("*.part"))


def test_the_newest_good_one_is_taken_where_the_newest_is_damaged(
    catalog: Catalog, tmp_path: Path
) -> None:
    backups = Backups(tmp_path / "backups", keep=3)
    good = backups.make(catalog, NOON)
    newer = backups.make(catalog, NOON + timedelta(days=1))
    nonsense(newer.path)
    assert backups.newest_good() == good
