"""`python -m ingest export` and `import`: the same catalog elsewhere, and what is refused."""

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ingest.moving.importing import ImportReport, import_lines
from ingest.moving.lines import write_line
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from tests.ingest.cli import ROOT, environment, ingest, objects
from tests.ingest.conftest import CountingEmbeddings
from vectorstore import Catalog, Vectorstore, VectorstoreSettings, open_catalog
from vectorstore.histories import Histories, History
from vectorstore.sqlite import SqliteDatabase

GUILD = "guild-7"
LINES = [
    "The ferry to Ormsay will stop in October. The harbour office said so on Monday.",
    "Le pont de Kerval a été fermé mardi « après » la découverte d’une fissure.\u2028Il rouvrira.",
    "\U0001f600 Die Bürgermeisterin Anna Holm eröffnete am Montag das neue Schwimmbad.",
]


def make_store(folder: Path) -> None:
    """Articles with a history, one that was removed, one of a server, one that is gone."""
    folder.mkdir()
    file = folder / "ferry.md"
    for end in ("", "\n\nTalks go on.", "\n\nTalks ended."):
        file.write_text(
            "---\ntitle: Ferry\npublished: 2025-03-04\nmodified: 2025-03-09\n---\n"
            + "\n\n".join(LINES)
            + end
        )
        assert ingest(folder, "add", "ferry.md").returncode == 0
    ingest(folder, "undo", "Ferry")
    (folder / "own.txt").write_text("Only this server knows of the ferry strike.")
    ingest(folder, "add", "--audience", GUILD, "own.txt")
    (folder / "old.txt").write_text("An article that nobody wants any more.")
    ingest(folder, "add", "old.txt")
    ingest(folder, "remove", "old.txt")
    with closing(catalog(folder)) as opened:
        [own] = opened.articles([GUILD])
        opened.note(own.id, None, "2025-03-10T08:00:00+00:00")


def catalog(folder: Path) -> Catalog:
    return open_catalog(VectorstoreSettings(_env_file=None, path=folder / "data"))


def histories(folder: Path) -> dict[str, Any]:
    """All that a store knows of its articles, vectors too, in a form that can be compared."""
    with closing(catalog(folder)) as opened:
        found = Histories(opened)
        return {
            one: json.loads(write_line(history, "any"))
            for one in found.ids()
            if (history := found.of(one, vectors=True))
        }


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("from") / "full"
    make_store(folder)
    return folder


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz", "-"])
def test_an_empty_store_gets_the_same_catalog_without_embedding(
    name: str, full: Path, tmp_path: Path
) -> None:
    exported = ingest(full, "export", "--vectors", *([] if name == "-" else [str(tmp_path / name)]))
    assert exported.returncode == 0
    assert b"3 articles exported" in exported.stderr
    if name.endswith(".gz"):
        assert gzip.decompress((tmp_path / name).read_bytes()).startswith(b"{")
    done = ingest(tmp_path, "import", "--json", name, stdin=exported.stdout)
    assert done.returncode == 0, done.stderr.decode()
    assert {(o["outcome"], o["embedded"]) for o in objects(done)} == {("added", 0)}
    assert histories(tmp_path) == histories(full)
    for command in (
        ["list", "--json"],
        ["history", "--json", "Ferry"],
        ["diff", "Ferry", "1", "2"],
    ):
        assert ingest(tmp_path, *command).stdout == ingest(full, *command).stdout
    [undone] = objects(ingest(tmp_path, "undo", "--json", "Ferry"))
    assert (undone["outcome"], undone["passages"]["removed"]) == ("updated", 1)
    assert ingest(tmp_path, "undo", str(full / "old.txt")).returncode == 0


def test_without_vectors_the_passages_are_embedded(full: Path, tmp_path: Path) -> None:
    exported = ingest(full, "export", "out.jsonl")
    assert exported.stdout == b""
    done = ingest(tmp_path, "import", "--json", str(full / "out.jsonl"))
    assert sum(o["embedded"] for o in objects(done)) == 5
    moved, there = histories(tmp_path), histories(full)
    assert moved == there  # the bundled model gives a text the same vectors again


def dumped(opened: Catalog) -> list[str]:
    """All of a catalog's file."""
    assert isinstance(opened.database, SqliteDatabase)
    return list(opened.database.connection.iterdump())


def test_a_second_import_changes_nothing(full: Path, tmp_path: Path) -> None:
    ingest(full, "export", "--vectors", "twice.jsonl")
    ingest(tmp_path, "import", str(full / "twice.jsonl"))
    with closing(catalog(tmp_path)) as opened:
        before = opened.sequence(), dumped(opened)
    done = ingest(tmp_path, "import", "--json", str(full / "twice.jsonl"))
    assert {o["outcome"] for o in objects(done)} == {"unchanged"}
    with closing(catalog(tmp_path)) as opened:
        assert (opened.sequence(), dumped(opened)) == before


def test_an_audience_exports_and_imports_alone(full: Path, tmp_path: Path) -> None:
    ingest(full, "export", "--audience", GUILD, "own.jsonl")
    [own] = (full / "own.jsonl").read_text().splitlines()
    assert json.loads(own)["audience"] == GUILD
    ingest(tmp_path, "import", str(full / "own.jsonl"))
    assert objects(ingest(tmp_path, "list", "--json")) == []
    [there] = objects(ingest(tmp_path, "list", "--json", "--audience", GUILD))
    assert there["gone"] == "2025-03-10T08:00:00+00:00"
    # Only where the person says so.
    done = ingest(tmp_path, "import", "--audience", "guild-8", "--json", str(full / "own.jsonl"))
    assert objects(done)[0]["audience"] == "guild-8"
    [moved] = objects(ingest(tmp_path, "list", "--json", "--audience", "guild-8"))
    assert moved["article_id"] != there["article_id"]
    assert len(objects(ingest(tmp_path, "list", "--json", "--audience", GUILD))) == 1


# In one process from here on.


@pytest.fixture
def ferry(ingestion: Ingestion, settings: IngestSettings, store: Vectorstore) -> History:
    """An article of two versions in the store."""
    for line in ("It runs.", "It stops."):
        Path("ferry.txt").write_text(f"The ferry is late.\n{line}")
        list(ingestion.add(["ferry.txt"], operator=True))
    [found] = store.catalog.articles(["shared"])
    history = Histories(store.catalog).of(found.id, vectors=True)
    assert history
    return history


@pytest.fixture
def line(ferry: History) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(write_line(ferry, "multilingual-e5-small-q4"))
    return parsed


def imported(store: Vectorstore, *lines: object, audience: str | None = None) -> list[ImportReport]:
    texts = (one if isinstance(one, str) else json.dumps(one) for one in lines)
    Path("in.jsonl").write_text("".join(f"{text}\n" for text in texts))
    return list(import_lines("in.jsonl", store, audience))


def texts(store: Vectorstore, article: str, number: int) -> list[str]:
    return [p.text for p in store.catalog.versions.passages(article, number)]


def test_a_history_that_goes_on_is_taken_as_it_is(
    ferry: History, line: dict[str, Any], store: Vectorstore, embeddings: CountingEmbeddings
) -> None:
    present = line["versions"][-1]
    present["until"] = "2099-01-01T00:00:00+00:00"
    newer = {**present, "version": 3, "since": present["until"], "until": None}
    newer["passages"] = [*present["passages"], [3, 0, "Talks go on.", [[0, 12]]]]
    line["versions"].append(newer)
    del line["vectors"]
    embeddings.texts.clear()
    [report] = imported(store, line)
    assert (report.outcome, report.versions, report.embedded) == ("updated", 3, 1)
    assert embeddings.texts == ["Talks go on."]
    assert texts(store, ferry.article.id, 3)[-1] == "Talks go on."
    assert texts(store, ferry.article.id, 1)[-1] == "It runs."
    assert [report.outcome for report in imported(store, line)] == ["unchanged"]


@pytest.mark.parametrize(("since", "outcome"), [("2099", "updated"), ("2001", "kept")])
def test_of_two_that_went_different_ways_the_later_one_wins(
    since: str, outcome: str, ferry: History, line: dict[str, Any], store: Vectorstore
) -> None:
    del line["vectors"], line["versions"][0]
    last = line["versions"][0]
    last |= {"version": 1, "since": f"{since}-01-01T00:00:00+00:00", "restores": None}
    last["passages"] = [[1, 0, "The ferry sank.", [[0, 15]]]]
    [report] = imported(store, line)
    assert report.outcome == outcome
    history = Histories(store.catalog).of(ferry.article.id)
    assert history
    if outcome == "kept":
        assert report.reason is not None
        assert "the file's on 2001-01-01 00:00:00: the later one stays" in report.reason
        assert [e.passages for e in history.editions] == [e.passages for e in ferry.editions]
        return
    # Nothing of the store's own is lost.
    assert [p.text for p in history.last.passages] == ["The ferry sank."]
    assert [e.passages for e in history.editions[:2]] == [e.passages for e in ferry.editions]
    before = store.catalog.sequence()
    assert [report.outcome for report in imported(store, line)] == ["unchanged"]
    assert store.catalog.sequence() == before
    undone = Ingestion(store, IngestSettings(_env_file=None)).undo(ferry.article.id)
    assert (undone.outcome, undone.added, undone.removed) == ("updated", 2, 1)


def test_a_later_removal_wins_and_can_be_undone(
    ferry: History, line: dict[str, Any], store: Vectorstore
) -> None:
    line["versions"][-1] |= {"until": "2099-01-01T00:00:00+00:00", "removed": True}
    del line["vectors"]
    assert [report.outcome for report in imported(store, line)] == ["updated"]
    assert store.catalog.article(ferry.article.id) is None
    assert store.catalog.totals().passages == 0
    assert [report.outcome for report in imported(store, line)] == ["unchanged"]
    assert store.catalog.versions.before(ferry.article.id)


def broken(line: dict[str, Any]) -> Iterator[tuple[object, str]]:
    """Lines that are refused, and what is said of them."""
    whole = json.dumps(line)

    def without(path: str, value: object = None) -> str:
        copy = json.loads(whole)
        *way, last = path.split(".")
        place = copy
        for key in way:
            place = place[int(key) if key.isdecimal() else key]
        place[int(last) if last.isdecimal() else last] = value
        return json.dumps(copy)

    yield whole[:200], "Line 2 is damaged: invalid json"
    yield "[1, 2]", "Line 2 is damaged: "
    yield "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "Line 2 is damaged"
    yield {"title": "T", "text": "An article."}, "Line 2 is not one of `python -m ingest export`"
    yield without("newsdesk_article", 2), "another Newsdesk (format 2; this one knows 1)"
    yield without("audience", "../x"), "is no audience"
    yield without("audience", "guild-9"), "its id is not that of its audience and source"
    yield without("source", "https://elsewhere.example/"), "its id is not that"
    yield without("versions", []), "versions: "
    yield without("versions.0.title", 7), "versions.0.title: "
    yield without("versions.0.since", "yesterday"), "yesterday"
    yield without("versions.0.since", "2025-01-01"), "has no zone"
    yield without("versions.0.version", 9), "not in their order"
    yield without("versions.1.until", "2099-01-01T00:00:00+00:00"), "has ended"
    yield without("versions.1.passages", []), "passages are not in their order"
    yield without("versions.1.passages.0", [1, 0, "", []]), "a passage is none"
    yield without("versions.1.passages.0", [1, 0, "A b.", [[0, 99]]]), "outside of its passage"
    yield without("versions.1.passages.0", ["1", 0, "A b.", [[0, 4]]]), "a passage is none"
    yield without("vectors.passages", []), "not as many vectors as passages"
    yield without("vectors.passages.0.0", "AAAA"), "Line 2 is damaged"
    yield without("vectors.passages.0.0", "not base64!"), "Line 2 is damaged"
    yield without("vectors.dimensions", 7), "Line 2 is damaged"


def test_a_damaged_or_foreign_line_is_refused_and_the_others_are_taken(
    ferry: History, line: dict[str, Any], store: Vectorstore, make_store: Any, tmp_path: Path
) -> None:
    good = write_line(ferry)
    cases = list(broken(line))
    empty = make_store(tmp_path / "to")
    for number, (bad, said) in enumerate(cases):
        first, second, third = imported(empty, good, bad, good)
        assert (first.outcome, third.outcome) == ("unchanged" if number else "added", "unchanged")
        assert second.outcome == "failed"
        assert second.reason is not None
        assert said in second.reason
        assert second.reason.startswith("Line 2 ")
        assert second.reason.endswith(".")
        # Nothing of it came in.
        assert list(Histories(empty.catalog).ids()) == [ferry.article.id]
        assert empty.catalog.totals().passages == 2


def test_a_cut_archive_keeps_what_came_before(full: Path, tmp_path: Path) -> None:
    ingest(full, "export", "--vectors", "cut.jsonl")
    packed = gzip.compress((full / "cut.jsonl").read_bytes() + b"x" * 9, 0)
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[:-12])
    done = ingest(tmp_path, "import", "--json", "cut.jsonl.gz")
    assert done.returncode == 1
    *good, bad = objects(done)
    assert [o["outcome"] for o in good] == ["added"] * 3
    assert bad["outcome"] == "failed"
    assert "damaged from line 4 on" in bad["error"]
    (tmp_path / "no.gz").write_bytes(b"no archive")
    assert b"damaged from line 1 on" in ingest(tmp_path, "import", "no.gz").stdout
    assert ingest(tmp_path, "import", "missing.jsonl").returncode == 1


@pytest.mark.parametrize("name", ["", ".", "x" * 300, "file/all.jsonl"])
def test_an_export_that_has_nowhere_to_go_says_so(full: Path, name: str) -> None:
    (full / "file").write_text("")
    done = ingest(full, "export", name)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert done.stderr.decode().strip().endswith(".")


def test_an_export_is_not_taken_for_an_export_of_another_tool(
    line: dict[str, Any], ingestion: Ingestion
) -> None:
    Path("mine.jsonl").write_text(json.dumps(line))
    [report] = ingestion.add(["mine.jsonl"], operator=True)
    assert report.outcome == "failed"
    assert report.error is not None
    assert "which `python -m ingest import` reads" in report.error


def test_vectors_of_another_model_are_not_taken(
    line: dict[str, Any], store: Vectorstore, capsys: pytest.CaptureFixture[str]
) -> None:
    line["vectors"]["model"] = "another"
    [report] = imported(store, line, audience="guild-3")
    assert (report.outcome, report.embedded) == ("added", 2)
    assert "of the model “another”" in capsys.readouterr().err


def test_killed_imports_go_on(full: Path, tmp_path: Path) -> None:
    # Forty articles without vectors, so that there is time to be killed in.
    with closing(catalog(full)) as opened:
        found = Histories(opened)
        ferry = next(
            h for one in found.ids() if (h := found.of(one)) and h.article.title == "Ferry"
        )
    lines = []
    for number in range(40):
        parsed = json.loads(write_line(ferry))
        article = {"audience": f"guild-{number}", "source": parsed["source"]}
        parsed |= {**article, "article_id": _id(**article)}
        lines.append(json.dumps(parsed))
    (tmp_path / "many.jsonl").write_text("\n".join(lines))
    command = [sys.executable, "-m", "ingest", "import", "--json", str(tmp_path / "many.jsonl")]
    chance = random.Random(7)
    for _ in range(4):
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE
        )
        with process:
            assert process.stdout
            for _ in range(chance.randint(1, 8)):
                process.stdout.readline()
            process.kill()
        with closing(catalog(tmp_path)) as opened:
            # Every article that is there is whole.
            assert opened.totals().passages % len(ferry.last.passages) == 0
    done = ingest(tmp_path, "import", "--json", str(tmp_path / "many.jsonl"))
    outcomes = [o["outcome"] for o in objects(done)]
    assert len(outcomes) == 40
    assert set(outcomes) == {"added", "unchanged"}
    for history in histories(tmp_path).values():
        assert [v["version"] for v in history["versions"]] == [1, 2, 3, 4]


def _id(audience: str, source: str) -> str:
    from vectorstore import article_id

    return article_id(audience, source)
