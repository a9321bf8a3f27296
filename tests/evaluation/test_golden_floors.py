"""The report split through the real thing: no figure falls below its floor."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from evaluation import golden
from evaluation.errors import EvaluationError
from evaluation.floors import Floors, broken, load_floors
from evaluation.scoreboard import run
from evaluation.scores import Scores
from evaluation.systems import Corpus, Newsdesk
from vectorstore import Vectorstore


@pytest.fixture(scope="module")
def scores(sample_store: Vectorstore) -> Scores:
    corpus = Corpus.of(sample_store, golden.OWN_ARTICLES)
    languages = {name: article.language for name, article in corpus.articles.items()}
    questions = [q for q in golden.load(golden.OWN_QUESTIONS) if q.split == "report"]
    return run(Newsdesk(corpus), questions, languages, Console(file=StringIO())).scores()


def test_no_figure_is_below_its_floor(scores: Scores) -> None:
    assert broken(scores, load_floors()) == []


def test_a_figure_on_the_wrong_side_is_told(scores: Scores) -> None:
    floors = Floors(least={"answer_in_quote": 0.5}, most={"false_refusals": 0.5})
    worse = replace(scores, answer_in_quote=0.4, false_refusals=0.6)
    assert broken(worse, floors) == [
        "answer_in_quote is 0.4, below 0.5.",
        "false_refusals is 0.6, above 0.5.",
    ]


def test_a_figure_that_is_not_measured_is_told(scores: Scores) -> None:
    floors = Floors(least={}, most={"parity_gap_recall_1": 1})
    assert broken(replace(scores, parity_gap_recall_1=None), floors) != []


def test_a_floor_under_nothing_is_told(scores: Scores) -> None:
    with pytest.raises(EvaluationError, match="“answer_in_qoute” is none of the measures"):
        broken(scores, Floors(least={"answer_in_qoute": 0.5}, most={}))
