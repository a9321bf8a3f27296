"""The user's own article: French, machine-translated, undated, with words glued together.

It says who is *expected* at the Saudi talks; nobody attended yet. Nothing of it is copied here.
"""

import json
from typing import Any

import pytest

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from tests.conftest import ROOT, SEED
from vectorstore import Vectorstore

QUESTIONS: dict[str, Any] = json.loads(
    (ROOT / "tests" / "data" / "seed_questions.json").read_text(encoding="utf-8")
)
SAME = QUESTIONS["same_in_other_languages"]


@pytest.fixture(scope="module")
def answerer(seed_store: Vectorstore) -> Answerer:
    return Answerer(seed_store.catalog, seed_store.retriever)


def in_all_languages(english: str, name: str) -> list[str]:
    return [english, *SAME[name].values()]


def quotes(answer: Answer) -> str:
    return " ".join(citation.quote for citation in answer.citations)


@pytest.mark.parametrize(
    "question",
    in_all_languages("Who is expected at the talks in Saudi Arabia?", "expected_at_talks"),
)
def test_who_is_expected(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question)
    assert answer.status == "answered"
    assert {6, 7} <= {citation.paragraph for citation in answer.citations}
    assert all(name in quotes(answer) for name in ("Rubio", "Waltz", "Witkoff"))
    assert answer.certainty == "expected"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who attended the Saudi talks?", "what is expected"),
        ("Who took part in the talks in Saudi Arabia?", "what is expected"),
        ("Qui a participé aux discussions en Arabie saoudite ?", "ce qui est attendu"),
        ("¿Quién asistió a las conversaciones en Arabia Saudí?", "lo que se espera"),
        ("Wer hat an den Gesprächen in Saudi-Arabien teilgenommen?", "was erwartet wird"),
    ],
)
def test_expected_people_have_not_attended(answerer: Answerer, question: str, said: str) -> None:
    answer = answerer.answer(question)
    assert said in answer.text
    assert answer.certainty == "expected"
    # Who may come is named too: Dmitriev, according to CNN.
    assert {7, 8} <= {citation.paragraph for citation in answer.citations}
    assert {citation.certainty for citation in answer.citations} == {"expected"}


@pytest.mark.parametrize(
    "question",
    in_all_languages("When did the Russian offensive in Ukraine begin?", "offensive_began"),
)
def test_when_the_offensive_began(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question)
    assert any("2014" in c.quote and c.paragraph == 13 for c in answer.citations)


@pytest.mark.parametrize(
    "question", in_all_languages("What is the capital of Mongolia?", "capital_of_mongolia")
)
def test_the_article_does_not_tell(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question)
    assert answer.status == "not_in_articles"
    assert answer.citations == ()
    assert 1 <= len(answer.nearest) <= 3


def test_the_right_paragraph_is_cited(answerer: Answerer) -> None:
    asked = QUESTIONS["answerable"]
    missed = [
        question["question"]
        for question in asked
        if not {c.paragraph for c in answerer.answer(question["question"]).citations}
        & set(question["paragraphs"])
    ]
    assert len(asked) == 30
    assert len(missed) <= 1, missed


def test_off_subject_questions_are_refused(answerer: Answerer) -> None:
    asked = [question["question"] for question in QUESTIONS["off_subject"]]
    told = [q for q in asked if answerer.answer(q).status != "not_in_articles"]
    assert told == []


def test_most_near_misses_are_refused(answerer: Answerer) -> None:
    asked = [question["question"] for question in QUESTIONS["near_miss"]]
    told = [q for q in asked if answerer.answer(q).status != "not_in_articles"]
    assert len(told) <= 5, told


def test_quotes_are_the_articles_own_words(answerer: Answerer) -> None:
    paragraphs = [line for line in SEED.read_text(encoding="utf-8").splitlines() if line.strip()]
    for question in QUESTIONS["answerable"]:
        answer = answerer.answer(question["question"])
        for citation in answer.citations:
            text = paragraphs[citation.paragraph - 1]
            assert text[citation.start : citation.end] == citation.quote
            assert f"[{citation.marker}]" in answer.text
