"""How certain a sentence is, and who says so: plausible news that was made up for this, in eight
languages. Half of it was never looked at while the rules were written."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from bot.answering.certainty import certainty_of
from bot.answering.claimants import MOST_CHARACTERS, claimant_of
from bot.answering.claims import asks_for_words, goes_on
from bot.answering.evidence import lexical_share
from bot.answering.question import read_question
from ingest.pipeline import Ingestion
from ingest.settings import IngestSettings
from vectorstore import Vectorstore
from vectorstore.searchtext import content_words

SENTENCES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "certainty.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
LANGUAGES = ("en", "fr", "es", "de", "it", "pt", "nl", "ru")


def about(words: str) -> Callable[[str], float]:
    return partial(lexical_share, dict.fromkeys(content_words(words), 1.0))


def judged(row: dict[str, Any]) -> bool:
    relevance = about(row["about"]) if "about" in row else None
    return bool(certainty_of(row["text"], row["language"], relevance) == row["certainty"])


def share(rows: Sequence[dict[str, Any]]) -> float:
    return sum(map(judged, rows)) / len(rows)


@pytest.mark.parametrize("split", ["tune", "report"])
@pytest.mark.parametrize("certainty", ["reported", "expected", "claimed"])
def test_each_kind_is_told(split: str, certainty: str) -> None:
    rows = [r for r in SENTENCES if (r["split"], r["certainty"]) == (split, certainty)]
    assert len(rows) >= 60
    assert share(rows) >= 0.94


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_judged(language: str) -> None:
    rows = [r for r in SENTENCES if r["language"] == language]
    assert len(rows) >= 50
    assert share(rows) >= 0.92


@pytest.mark.parametrize("split", ["tune", "report"])
def test_who_claims_it_is_named_or_nobody_is(split: str) -> None:
    named = wrong = claimed = 0
    for row in (r for r in SENTENCES if r["split"] == split):
        name = claimant_of(row["text"], row["language"], row.get("before", ""))
        told = row["claimant"] or ""
        claimed += bool(told)
        # "Olav Brekke" will do for "minister Olav Brekke".
        same = name.casefold() in told.casefold() or told.casefold() in name.casefold()
        named += bool(name and told and same)
        wrong += bool(name) and not (told and same)
    assert claimed >= 70
    assert named / claimed >= 0.9
    assert wrong <= 1


@pytest.mark.parametrize(
    ("language", "sentence", "claimant"),
    [
        ("en", "He said that the bridge was safe.", ""),
        ("en", "The council said it was safe, but Lena Marsh argued that it was not.", ""),
        ("en", "The council closed the bridge on Monday.", ""),
        ("en", "The cracks are old, according to " + "Very " * 30 + "Long.", ""),
        ("fr", "Il affirme que le pont est sûr.", ""),
        ("es", "«Perdimos nueve días», explicó.", ""),
        ("de", "Die Brücke sei sicher, ließ sie wissen.", ""),
        ("de", "Nach Angaben des Verbands Medicor fehlen 90 Leute.", "Medicor"),
        ("it", "«Resta qui», ha detto giovedì il presidente del club, Armindo Seixas.",
         "Armindo Seixas"),
        ("fr", "Tout va bien, selon le ministère de l’Intérieur.", "le ministère de l’Intérieur"),
        ("xx", "According to CNN, it is safe.", ""),
    ],
)  # fmt: skip
def test_a_name_is_never_guessed(language: str, sentence: str, claimant: str) -> None:
    found = claimant_of(sentence, language)
    assert found == claimant
    assert len(found) <= MOST_CHARACTERS
    assert found.casefold() in sentence.casefold()


def test_the_speaker_of_a_quotation_is_found_beside_it() -> None:
    quotation = "“It was dark and we heard the ice crack.”"
    assert claimant_of(quotation, "en", before="Omar Haddad recalled the night.") == "Omar Haddad"
    assert claimant_of(quotation, "en", after="Omar Haddad said it took hours.") == "Omar Haddad"
    assert claimant_of(quotation, "en", before="The ferry sank. It was found later.") == ""
    assert claimant_of("The ice was thin.", "en", before="Omar Haddad recalled the night.") == ""


def test_a_sentence_within_a_longer_quotation_is_claimed() -> None:
    assert goes_on("“It was dark. ", "en")
    assert goes_on("„Es war dunkel. ", "de")
    assert not goes_on("“It was dark.” ", "en")
    assert not goes_on("„Es war dunkel.“ ", "de")
    assert certainty_of("We heard the ice crack.", "en", quoted=True) == "claimed"


SAID = "The engineer in charge said in Sandreef that the cracks were harmless."


@pytest.mark.parametrize(
    ("words", "certainty"), [("engineer charge", "reported"), ("cracks harmless", "claimed")]
)
def test_who_said_it_is_reported_and_what_is_claimed(words: str, certainty: str) -> None:
    assert certainty_of(SAID, "en", about(words)) == certainty


@pytest.mark.parametrize(
    ("question", "certainty"),
    [
        ("How much will the repairs cost, according to Lena Marsh?", "claimed"),
        ("Combien coûteront les travaux selon Lena Marsh ?", "claimed"),
        ("What did Lena Marsh say about the repairs?", "claimed"),
        ("How much will the repairs cost?", "expected"),
    ],
)
def test_what_is_foretold_is_claimed_where_somebodys_words_are_asked_for(
    question: str, certainty: str
) -> None:
    foretold = "Lena Marsh said that the repairs would cost 40 million crowns."
    asked = asks_for_words(question, read_question(question).language)
    assert certainty_of(foretold, "en", for_words=asked) == certainty


ARTICLE = """# Mill fire in Sundhaven

The old mill at Sundhaven burned down on 3 March 2025 and 40 tonnes of grain were lost.

The fire was set on purpose, according to Sundhaven_Herald_Online.

The prosecutor believes that the owner needed the insurance money.

The owner, Tomas Reyes, denied having been near the mill that night.
"""


@pytest.fixture
def mill(store: Vectorstore, tmp_path: Path) -> Answerer:
    path = tmp_path / "mill.md"
    path.write_text(ARTICLE, encoding="utf-8")
    [report] = Ingestion(store, IngestSettings()).add([str(path)], operator=True)
    assert report.outcome == "added"
    return Answerer(store.catalog, store.retriever)


def note(answer: Answer, words: str) -> str:
    """What stands in the parentheses behind a quote."""
    [block] = [b for b in answer.text.split("\n\n") if words in b]
    return block[block.rindex(" *(") :]


def test_an_answer_says_who_claims_it(mill: Answerer) -> None:
    answer = mill.answer("Who denied having been near the mill that night?")
    assert "according to Tomas Reyes" in note(answer, "denied")
    french = mill.answer("Que dit Tomas Reyes de la nuit de l’incendie du moulin ?")
    assert "selon Tomas Reyes" in note(french, "denied")


def test_a_speaker_without_a_name_is_named_in_the_articles_language_only(mill: Answerer) -> None:
    english = mill.answer("What does the prosecutor believe about the owner of the mill?")
    assert "according to the prosecutor" in note(english, "insurance")
    french = mill.answer("Que pense le procureur du propriétaire du moulin et de l’assurance ?")
    assert "selon les personnes citées" in note(french, "insurance")


def test_a_name_is_no_markdown(mill: Answerer) -> None:
    answer = mill.answer("Was the fire at the mill set on purpose?")
    assert r"according to Sundhaven\_Herald\_Online" in note(answer, "on purpose")


def test_who_claims_it_is_no_part_of_the_json(mill: Answerer) -> None:
    answer = mill.answer("Who denied having been near the mill that night?")
    assert "Tomas Reyes" in {citation.claimant for citation in answer.citations}
    assert all("claimant" not in citation for citation in answer.to_json()["citations"])


def test_an_answer_is_as_certain_as_the_sentence_that_answers(mill: Answerer) -> None:
    answer = mill.answer("How many tonnes of grain were lost?")
    assert answer.certainty == "reported"
