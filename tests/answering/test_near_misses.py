"""What looks like a question that the articles answer, and what only looks as if they did not.

Asked over the second set of articles to tune on: invented news in six languages.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answering.answer import Answer
from bot.answering.answerer import Answerer
from evaluation import golden
from evaluation.systems import Corpus, ingested
from tests.conftest import ROOT

TUNING = ROOT / "evaluation" / "tuning"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    folder: Path = tmp_path_factory.mktemp("tuning")
    with ingested(TUNING / "articles", folder / "store", folder / "cache") as made:
        yield made


@pytest.fixture(scope="module")
def answerer(corpus: Corpus) -> Answerer:
    return Answerer(corpus.store.catalog, corpus.store.retriever)


def test_the_articles_bear_out_what_the_questions_expect(corpus: Corpus) -> None:
    golden.check(golden.load(TUNING / "questions.jsonl"), corpus.paragraphs)


@pytest.mark.parametrize("folder", sorted((TUNING / "more").iterdir()), ids=lambda path: path.name)
def test_those_of_further_sets_do_too(folder: Path, tmp_path: Path) -> None:
    with ingested(folder / "articles", tmp_path / "store", tmp_path / "cache") as made:
        golden.check(golden.load(folder / "questions.jsonl"), made.paragraphs)


def quotes(answer: Answer) -> str:
    return " ".join(citation.quote for citation in answer.citations)


@pytest.mark.parametrize(
    "question",
    [
        # Somebody else speaks beside the one who is asked about, or nobody does.
        "What did Captain Engebret tell the police?",
        "Was sagte Kapitän Engebret der Polizei?",
        "What did the president say about the dock strike?",
        "Che cosa ha detto Dragan Petrovec agli agenti?",
        # Described and not named.
        "Wie heißt der gefesselte Wachmann?",
        "Qual é o nome do diplomata romeno?",
        # The year is told, the number isn't.
        "How many people died in the eruption of 1963?",
        # An amount of money, but of something else.
        "Wie viel verdient Markus Haller?",
        "How much does Markus Haller earn?",
        # The thing, but not what happened to it.
        "How many dockers were arrested?",
        "Wer hat die Alarmanlage gebaut?",
        "Chi ha comprato la «Heuernte bei Loburg»?",
        "Quem traduziu as conversações em Sarbonne?",
        "In which prison are the two suspects held?",
        "Quelle est la profondeur de la Louvée à Sarbonne ?",
    ],
)
def test_near_misses_are_refused(answerer: Answerer, question: str) -> None:
    assert answerer.answer(question).status == "not_in_articles"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        # The sentence that has what is asked for, not the lead that has the question's words.
        ("Who was arrested in Trieste?", "Dragan Petrovec"),
        ("Wer wurde in Triest festgenommen?", "Luca Sartoris"),
        ("Who attended the Louvée summit?", "Davor Perkovic"),
        ("In which states did the dengue vaccination start?", "Minas Gerais"),
        ("Which other companies made an offer for Valdombra?", "Nordmejeri"),
        ("Who was the captain of the Halvard Star?", "Rolf Engebret"),
        # One sentence counts what is asked for, the next one names it.
        ("Quali dipinti sono stati rubati?", "Heuernte bei Loburg"),
        # What the same one goes on to say.
        ("Qu'a dit Claire Bonhoure ?", "La porte reste ouverte"),
        # The second word after "how many" may be the one that is counted.
        ("How many evacuated people have returned home?", "2.300"),
        # A word of the question stands in a translation.
        ("How many jobs would be lost according to the unions?", "700"),
    ],
)
def test_what_is_told_is_answered(answerer: Answerer, question: str, said: str) -> None:
    assert said in quotes(answerer.answer(question))


def test_a_list_of_those_expected_has_only_announcements(answerer: Answerer) -> None:
    answer = answerer.answer("Which countries were expected at the Sarbonne summit?")
    assert answer.certainty == "expected"
    assert "la Slovénie" in quotes(answer)
