"""Which articles tell one story; how the threshold was set; links after any edits."""

import sqlite3
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vectorstore.wire import CORRECTED, CREDIT, OWN, TRANSLATED, TRIMMED, WIRE, store
from vectorstore import SHARED, Article, Catalog
from vectorstore.copies import Copies
from vectorstore.fingerprints import COMMON, complete, fingerprints
from vectorstore.searchtext import words
from vectorstore.stories import MOSTLY, Stories, article_fingerprints
from vectorstore.wording import says, sentence_wordings, wording

CATALOGS = ("sqlite", "postgres")
ANOTHER = [
    "The ferry to Ormsay will stop running in October, the harbour office said on Friday, because "
    "nobody wants to pay for a new engine.",
    "Some sixty people live on the island all year; the school closed in spring.",
]
QUOTED = [*OWN, WIRE[2]]
LED_BY_WIRE = [WIRE[0], *OWN]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


def share(one: Sequence[str], other: Sequence[str]) -> float:
    """Of the fingerprints of the shorter text."""
    mine, theirs = (
        article_fingerprints(" ".join(words(text)) for text in texts) for texts in (one, other)
    )
    return len(mine & theirs) / min(len(mine), len(theirs))


@pytest.mark.parametrize(
    ("other", "least"),
    [
        (WIRE[::-1], 1.0),
        ([" ".join(WIRE)], 0.8),
        (TRIMMED, 0.85),
        (CORRECTED, 0.85),
        (WIRE[:2], 1.0),
        ([*OWN, *WIRE], 1.0),
        ([*WIRE[:3], *OWN[:1]], 0.6),
    ],
)
def test_copies_are_well_above_the_threshold(other: list[str], least: float) -> None:
    assert share(WIRE, other) >= least > MOSTLY


@pytest.mark.parametrize(
    ("one", "other", "most"),
    [
        (WIRE, OWN, 0.02),
        (WIRE, TRANSLATED, 0.0),
        (WIRE, ANOTHER, 0.02),
        # A paragraph taken over, a credit line, both.
        (WIRE, QUOTED, 0.3),
        (WIRE, LED_BY_WIRE, 0.4),
        ([*WIRE, CREDIT], [*OWN, CREDIT], 0.2),
        ([*OWN[:2], CREDIT], [*ANOTHER, CREDIT], 0.3),
    ],
)
def test_other_articles_are_well_below_it(one: list[str], other: list[str], most: float) -> None:
    assert share(one, other) <= most < MOSTLY


def stories(catalog: Catalog, audience: str = SHARED) -> dict[str, set[str]]:
    """By source, the sources of those that tell the same; as asked of all, and of each."""
    everything = catalog.articles(catalog.audiences())
    source = {a.id: f"{a.audience} {a.source}".removeprefix("shared ") for a in everything}
    told = Stories(catalog).all_of(audience)
    for article in catalog.articles([audience]):
        assert set(Stories(catalog).of(article.id, audience)) == set(told.get(article.id, ()))
    return {source[i]: {source[other] for other in others} for i, others in told.items()}


def test_articles_that_are_mostly_one_text(catalog: Catalog) -> None:
    for source, texts in {
        "wire": WIRE,
        "trimmed": TRIMMED,
        "corrected": CORRECTED,
        "own": OWN,
        "quoted": QUOTED,
        "another": ANOTHER,
    }.items():
        store(catalog, source, texts)
    store(catalog, "translated", TRANSLATED, language="fr")
    told = {"wire", "trimmed", "corrected"}
    assert stories(catalog) == {
        **{source: told - {source} for source in told},
        # All of one is in the other.
        "own": {"quoted"},
        "quoted": {"own"},
    }


def test_what_many_articles_share_links_none(catalog: Catalog) -> None:
    for number in range(40):
        ship = f"On day {number} the Kestrel {number * 7} came in and left with {number * 31} tons"
        store(catalog, f"a{number}", [f"{ship}, said pilot {number}.", ANOTHER[1], CREDIT])
    # Each alone is more than half of such an article.
    assert share([ship, ANOTHER[1], CREDIT], ["x", ANOTHER[1], CREDIT]) > MOSTLY
    assert stories(catalog) == {}


def test_what_many_papers_print_is_one_story(catalog: Catalog) -> None:
    for number in range(40):
        own = f"Paper {number} adds that its readers in town {number} can send in their pictures."
        store(catalog, f"a{number}", [own, *WIRE])
    told = stories(catalog)
    assert len(told) == 40
    assert all(len(others) == 39 for others in told.values())


def test_boilerplate_beyond_all_measure_is_left_out(catalog: Catalog) -> None:
    for number in range(COMMON + 5):
        store(catalog, f"a{number}", [CREDIT])
    assert stories(catalog) == {}


def test_servers_see_the_shared_ones_and_their_own(catalog: Catalog) -> None:
    store(catalog, "wire", WIRE)
    store(catalog, "a", TRIMMED, audience="guild-1")
    store(catalog, "b", CORRECTED, audience="guild-1")
    store(catalog, "c", TRIMMED, audience="guild-2")
    assert stories(catalog) == {}
    assert stories(catalog, "guild-1") == {
        "guild-1 a": {"wire", "guild-1 b"},
        "guild-1 b": {"wire", "guild-1 a"},
    }
    assert stories(catalog, "guild-2") == {"guild-2 c": {"wire"}}


# A catalog of before.


def test_a_catalog_of_the_second_schema_is_indexed_at_opening(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    catalog = Catalog(path)
    store(catalog, "wire", WIRE)
    store(catalog, "own", TRIMMED, audience="guild-1")
    made = index(catalog)
    catalog.close()
    old = sqlite3.connect(path)
    old.executescript(
        "DROP TABLE fingerprints; DELETE FROM meta WHERE key = 'fingerprints'; "
        "DROP TRIGGER reindexed_changed; DROP TRIGGER reindexed_removed; DROP TABLE reindexed; "
        "DROP INDEX articles_read_as; ALTER TABLE articles DROP COLUMN read_as; "
        "ALTER TABLE articles DROP COLUMN modified; ALTER TABLE articles DROP COLUMN gone; "
        "ALTER TABLE versions DROP COLUMN modified; PRAGMA user_version = 2"
    )
    old.close()
    again = Catalog(path)
    assert index(again) == made != []
    assert stories(again, "guild-1") == {"guild-1 own": {"wire"}}
    again.close()


def test_a_killed_indexing_goes_on_where_it_was(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("vectorstore.fingerprints._PASSAGES_A_PART", 2)
    wire = store(catalog, "wire", WIRE)
    made = index(catalog)
    first, second = (passage.id for passage in catalog.passages_of(wire.id)[:2])
    with catalog.database.transaction() as db:
        # Killed after the first part, whose passages are not indexed again.
        db.execute("DELETE FROM fingerprints WHERE passage_id > ?", (second,))
        db.execute("UPDATE meta SET value = ? WHERE key = 'fingerprints'", (str(second),))
    assert first < second
    complete(catalog.database)
    assert index(catalog) == made
    # Who waits for it is told; there is nothing to tell the next time.
    [told] = [r.getMessage() for r in caplog.records if r.name == "vectorstore.fingerprints"]
    assert f"made of {len(WIRE) - 2} passages" in told
    complete(catalog.database)
    assert len(caplog.records) == 1


def test_schema_3_is_shipped() -> None:
    assert "fingerprints" in files("vectorstore").joinpath("schema", "3.sql").read_text("utf-8")


# Any sequence of edits.

SOURCES = [("a", SHARED), ("b", SHARED), ("c", "guild-1"), ("d", "guild-2")]
POOL = [*WIRE, *TRIMMED, CORRECTED[1], OWN[0], CREDIT, "Short.", "港は金曜日まで閉鎖される。"]
EDIT = st.tuples(
    st.sampled_from(SOURCES),
    st.one_of(
        st.lists(st.sampled_from(POOL), min_size=1, max_size=6),
        st.sampled_from(["remove", "undo", "purge"]),
    ),
)


def index(catalog: Catalog) -> list[tuple[object, ...]]:
    """The fingerprints with what they are of, without ids."""
    return [
        tuple(row)
        for row in catalog.query(
            "SELECT f.hash, p.audience, p.article_id, p.paragraph, p.start FROM fingerprints f "
            # What is of no passage would be seen.
            "LEFT JOIN passages p ON p.id = f.passage_id ORDER BY 1, 2, 3, 4, 5"
        )
    ]


def edit(catalog: Catalog, where: tuple[str, str], what: list[str] | str) -> None:
    source, audience = where
    article = Article(source, source, audience)
    if isinstance(what, list):
        store(catalog, source, what, audience=audience)
    elif what == "remove":
        catalog.remove(article.id)
    elif what == "purge" and audience != SHARED:
        catalog.versions.purge(audience)
    elif what == "undo" and (before := catalog.versions.before(article.id)):
        passages = catalog.versions.passages(article.id, before.number)
        store(catalog, source, [p.text for p in passages], audience=audience)


def links(catalog: Catalog) -> set[tuple[str, str, str]]:
    """Who says a sentence, the sentence, who says it too, as each audience sees it."""
    found = set()
    for audience in (SHARED, "guild-1", "guild-2"):
        audiences = list(dict.fromkeys((SHARED, audience)))
        for article in catalog.articles(audiences):
            for passage in catalog.passages_of(article.id):
                for text in passage.sentence_texts:
                    others = Copies(catalog).saying(text, passage.id, audiences)
                    found |= {(article.id, text, f"{audience} {o.id}") for o in others}
    return found


def read_one_by_one(catalog: Catalog) -> set[tuple[str, str, str]]:
    """The same without an index, of the sentences that are long enough for it."""
    found = set()
    for audience in (SHARED, "guild-1", "guild-2"):
        articles = catalog.articles(list(dict.fromkeys((SHARED, audience))))
        wordings = {
            a.id: [sentence_wordings(p) for p in catalog.passages_of(a.id)] for a in articles
        }
        for article in articles:
            for passage in catalog.passages_of(article.id):
                for text in passage.sentence_texts:
                    found |= {
                        (article.id, text, f"{audience} {other.id}")
                        for other in articles
                        if other.id != article.id
                        and any(says(one, wording(text)) for one in wordings[other.id])
                    }
    return found


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.lists(EDIT, min_size=1, max_size=8))
def test_after_any_edits_the_links_are_those_of_the_texts(
    edits: list[tuple[tuple[str, str], list[str] | str]],
) -> None:
    with TemporaryDirectory() as folder:
        catalog, fresh = (Catalog(Path(folder) / name) for name in ("edited", "fresh"))
        for where, what in edits:
            edit(catalog, where, what)
        for article in catalog.articles(catalog.audiences()):
            texts = [p.text for p in catalog.passages_of(article.id)]
            store(fresh, article.source, texts, audience=article.audience)
        assert index(catalog) == index(fresh)
        for audience in (SHARED, "guild-1", "guild-2"):
            assert stories(catalog, audience) == stories(fresh, audience)
        assert links(catalog) == read_one_by_one(catalog)
        catalog.close()
        fresh.close()


def test_shared_runs_of_seven_words_are_found_wherever_they_stand() -> None:
    run = "one two three four five six seven"
    for before in range(6):
        text = " ".join([*(f"x{n}" for n in range(before)), run, "y1 y2 y3"])
        assert fingerprints(text) & fingerprints(f"z1 z2 {run} z3")
    assert fingerprints("") == frozenset()
    assert len(fingerprints("two words")) == 1
