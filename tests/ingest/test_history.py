"""What changed, what was there before, and how it comes back: to the byte, in all three places."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.differences import edits, segments, word_changes
from ingest.errors import NothingToUndo, VersionUnknown
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from tests.ingest.cli import ingest, objects
from tests.ingest.conftest import CountingEmbeddings
from vectorstore import (
    Passage,
    Span,
    Vectorstore,
    VectorstoreSettings,
    article_id,
    open_vectorstore,
)
from vectorstore.index import ChromaIndex
from vectorstore.local_index import LocalIndex

STRIKE = """# Strike

The ferry strike began on Monday at nine.

The harbour master said 200 people waited.

Nobody was hurt.
"""
LATER = """# Strike

Nobody was hurt.

The ferry strike began on Tuesday at half past ten.

The harbour master said 200 people waited.

Talks go on.
"""


def passages(*texts: str) -> list[Passage]:
    return [Passage(n, 0, text, (Span(0, len(text)),)) for n, text in enumerate(texts, 1)]


# What changed


def test_paragraphs_are_added_changed_removed_or_moved() -> None:
    gone, went = "Nobody was hurt.", "Shops closed."
    before = passages(gone, "The strike began on Monday.", went, "Rain.", "Wind.")
    after = passages("The strike began on Tuesday.", "Rain.", "Wind.", gone, "Talks go on.")
    assert [(e.kind, e.paragraph_before, e.paragraph_after) for e in edits(before, after)] == [
        ("changed", 2, 1),
        ("removed", 3, None),
        ("moved", 1, 4),
        ("added", None, 5),
    ]


def test_a_paragraph_more_moves_nothing() -> None:
    texts = [f"Ferry {n} sailed on time." for n in range(60)]
    new = [f"An entirely new paragraph, the {n}th." for n in range(30)]
    found = edits(passages(*texts), passages(*new, *texts))
    assert [e.kind for e in found] == ["added"] * 30


def test_the_words_that_changed_are_told() -> None:
    before = "The ferry strike began on Monday at nine, the master said."
    after = "The ferry strike began on Tuesday at half past ten, the master said again."
    told = [(c.before, c.after) for c in word_changes(before, after)]
    assert told == [("Monday", "Tuesday"), ("nine", "half past ten"), ("", "again")]


def test_words_of_scripts_without_spaces() -> None:
    told = word_changes("双方于周二举行会谈。", "双方于周三举行了会谈。")
    assert [(c.before, c.after) for c in told] == [("二", "三"), ("", "了")]


@given(st.text("ab .\n\u0301周二", max_size=40), st.text("ab .\n\u0301周二", max_size=40))
def test_segments_are_the_two_texts_again(before: str, after: str) -> None:
    pieces = segments(before, after)
    assert "".join(piece.before for piece in pieces) == before
    assert "".join(piece.after for piece in pieces) == after


# The program


def test_history_diff_undo_and_show_at_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "strike.md"
    file.write_text(STRIKE)
    ingest(tmp_path, "add", "strike.md")
    file.write_text(LATER)
    tried = ingest(tmp_path, "add", "--dry-run", "strike.md").stdout.decode()
    done = ingest(tmp_path, "add", "strike.md").stdout.decode()
    assert tried == done
    assert "¶ 2 changed: “Monday” → “Tuesday”; “nine” → “half past ten”" in done
    assert "¶ 1 moved, was ¶ 3" in done
    assert "¶ 4 added: “Talks go on.”" in done

    again = ingest(tmp_path, "add", "strike.md")
    assert again.stdout.startswith(b"unchanged")
    first, second = objects(ingest(tmp_path, "history", "--json", "Strike"))
    assert (first["version"], first["paragraphs"], first["until"]) == (1, 3, second["since"])
    assert second["changes"] == {"added": 1, "changed": 1, "removed": 0, "moved": 1}
    assert second["until"] is None

    difference = ingest(tmp_path, "diff", "strike.md").stdout.decode()
    assert "began on [-Monday-]{+Tuesday+} at [-nine-]{+half past ten+}." in difference
    words = [o["words"] for o in objects(ingest(tmp_path, "diff", "Strike", "2", "1", "--json"))]
    assert [["Tuesday", "Monday"], ["half past ten", "nine"]] in words

    (undone,) = objects(ingest(tmp_path, "undo", "--json", "Strike"))
    assert undone["outcome"] == "updated"
    assert set(undone) == {
        *("source", "article_id", "title", "language", "published", "outcome", "passages", "error")
    }
    shown = ingest(tmp_path, "show", "Strike").stdout
    assert b"2. The harbour master" in shown
    (old,) = objects(ingest(tmp_path, "show", "Strike", "--version", "2", "--json"))
    assert [p["text"] for p in old["paragraphs"]] == [*LATER.split("\n\n")[1:-1], "Talks go on."]


def test_what_was_removed_comes_back(tmp_path: Path) -> None:
    (tmp_path / "strike.md").write_text(STRIKE)
    ingest(tmp_path, "add", "--audience", "guild-7", "strike.md")
    before = ingest(tmp_path, "show", "--audience", "guild-7", "strike.md").stdout
    ingest(tmp_path, "remove", "--audience", "guild-7", "strike.md")
    assert ingest(tmp_path, "show", "--audience", "guild-7", "strike.md").returncode == 1
    elsewhere = ingest(tmp_path, "undo", "strike.md")
    assert (elsewhere.returncode, elsewhere.stdout) == (1, b"")
    back = ingest(tmp_path, "undo", "--audience", "guild-7", "strike.md")
    assert back.stdout.startswith(b"added")
    assert ingest(tmp_path, "show", "--audience", "guild-7", "strike.md").stdout == before
    nothing = ingest(tmp_path, "undo", "--audience", "guild-7", "strike.md")
    assert nothing.returncode == 1
    assert "There is no version of “Strike” before this one" in nothing.stderr.decode()
    wrong = ingest(tmp_path, "undo", "--audience", "guild-7", "strike.md", "--version", "9")
    assert "has no version 9; its versions are numbered from 1 to 2" in wrong.stderr.decode()


def test_a_dry_refresh_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "articles" / "strike.md"
    file.parent.mkdir()
    file.write_text(STRIKE)
    assert ingest(tmp_path, "refresh", "--dry-run").stdout.startswith(b"added")
    assert not (tmp_path / "data").exists()
    ingest(tmp_path, "refresh")
    file.write_text(LATER)
    tried = ingest(tmp_path, "refresh", "--dry-run")
    assert tried.stdout.startswith(b"updated")
    assert len(objects(ingest(tmp_path, "history", "Strike", "--json"))) == 1
    assert ingest(tmp_path, "refresh").stdout == tried.stdout


# What is embedded


def test_an_undo_embeds_only_what_the_present_text_lacks(
    ingestion: Ingestion, store: Vectorstore, embeddings: CountingEmbeddings
) -> None:
    identity = article_id("shared", "upload:strike.md")
    ingestion.add_bytes("strike.md", STRIKE.encode(), "shared")
    ingestion.add_bytes("strike.md", LATER.encode(), "shared")
    embeddings.texts.clear()
    report = ingestion.undo(identity)
    assert embeddings.texts == ["Strike. The ferry strike began on Monday at nine."]
    assert (report.outcome, report.added, report.removed, report.unchanged) == ("updated", 1, 2, 2)
    with pytest.raises(NothingToUndo):
        ingestion.undo(identity)
    with pytest.raises(NothingToUndo):
        ingestion.undo("nowhere")
    with pytest.raises(VersionUnknown):
        ingestion.undo(identity, 4)
    assert ingestion.undo(identity, 2).outcome == "updated"
    assert ingestion.undo(identity, 2).outcome == "unchanged"
    found = store.retriever.search("When did the strike begin?", 1)
    assert found[0].page_content == "The ferry strike began on Tuesday at half past ten."


# Random edits


class HashedEmbeddings:
    """A vector for each text, always the same: real ones would take minutes for this many."""

    identity = "hashed"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        seed = int.from_bytes(sha256(text.encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).normal(size=384)
        return [float(x) for x in vector / np.linalg.norm(vector)]


@dataclass(repr=False)
class Desk:
    """A store and what is seen of it from all three sides."""

    store: Vectorstore
    ingestion: Ingestion

    def seen(self) -> object:
        """All passages by their place; full text, sums; and what Chroma holds, by text."""
        catalog = self.store.catalog
        article = next(iter(catalog.articles(["shared"])), None)
        held = catalog.passages_of(article.id) if article else []
        by_id = {p.id: p.text for p in held}
        places = [(p.paragraph, p.start, p.text, p.sentences) for p in held]
        terms = [
            tuple(row)
            for table in ("words", "grams")
            for row in catalog.query(f"SELECT term, doc, cnt FROM {table}_vocabulary")
        ]
        return article, places, terms, catalog.totals(), self._in_chroma(by_id)

    def _in_chroma(self, texts: dict[int, str]) -> "list[tuple[str, Near]]":
        assert isinstance(self.store.index, LocalIndex)
        chroma: ChromaIndex = self.store.index._keeper.chroma
        found = chroma._collection("shared").get(include=["embeddings"])
        vectors = np.asarray(found["embeddings"], np.float32)
        held = zip(found["ids"], vectors, strict=True)
        return sorted(((texts[int(i)], Near(v)) for i, v in held), key=lambda pair: pair[0])


@dataclass(frozen=True, eq=False, repr=False)
class Near:
    """A vector up to the rounding of one that was centred beside others."""

    vector: npt.NDArray[np.float32]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Near) and np.allclose(self.vector, other.vector, atol=1e-5)


@contextmanager
def desk(folder: str) -> Iterator[Desk]:
    store = open_vectorstore(VectorstoreSettings(_env_file=None, path=Path(folder)))
    hashed = replace(store, embeddings=HashedEmbeddings(), late=None)
    # It is opened in a thread; until then, nothing is applied.
    assert isinstance(store.index, LocalIndex)
    assert store.index._keeper.settled.wait(60)
    yield Desk(hashed, Ingestion(hashed, IngestSettings(_env_file=None)))
    store.close()


@pytest.fixture(scope="module")
def desks() -> Iterator[tuple[Desk, Desk]]:
    with (
        TemporaryDirectory() as one,
        TemporaryDirectory() as two,
        desk(one) as edited,
        desk(two) as fresh,
    ):
        yield edited, fresh


PARAGRAPHS = st.lists(
    st.sampled_from(
        [
            "The strike began on Monday. Nobody was hurt.",
            "The strike began on Tuesday. Nobody was hurt.",
            "Two hundred people waited.",
            "Two  hundred people\u200b waited.",
            "Le pont de Kerval a été fermé mardi.",
            "会谈于周二举行。双方均未发表评论。",
            "Talks go on. " * 120,
            "* * *",
        ]
    ),
    min_size=1,
    max_size=5,
)
TEXTS = st.tuples(st.sampled_from(["Strike", "Strike ends"]), PARAGRAPHS)
STEPS = st.lists(st.one_of(TEXTS, st.just("undo"), st.just("remove")), min_size=1, max_size=4)


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_edits_leave_what_a_fresh_ingest_has_and_undo_gives_back_the_one_before(
    desks: tuple[Desk, Desk], steps: list[tuple[str, list[str]] | str]
) -> None:
    edited, fresh = desks
    identity = article_id("shared", "upload:strike.md")
    nothing = _empty(edited, identity)
    # What is there, and what an undo gives back: a stack, as people expect.
    states: list[object] = []
    removed = False
    for step in steps:
        if step == "remove":
            removed = edited.store.catalog.remove(identity) or removed
            edited.store.index.apply()
            assert edited.seen() == nothing
        elif step == "undo":
            if not removed and len(states) < 2:
                with pytest.raises(NothingToUndo):
                    edited.ingestion.undo(identity)
                continue
            if not removed:
                states.pop()
            edited.ingestion.undo(identity)
            removed = False
            assert edited.seen() == states[-1]
        elif not isinstance(step, str):
            title, paragraphs = step
            text = "\n\n".join([f"# {title}", *paragraphs]).encode()
            if edited.ingestion.add_bytes("strike.md", text, "shared").outcome == "failed":
                continue
            _empty(fresh, identity)
            fresh.ingestion.add_bytes("strike.md", text, "shared")
            now = fresh.seen()
            assert edited.seen() == now
            if removed or not states or states[-1] != now:
                states.append(now)
            removed = False


def _empty(desk: Desk, identity: str) -> object:
    desk.store.catalog.versions.purge("shared")
    desk.store.index.apply()
    return desk.seen()
