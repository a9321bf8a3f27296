"""`python -m bot ask --since … --until …` as a program, and `/ask` in Discord with dates."""

import json
from datetime import date
from pathlib import Path

import pytest

from bot.answering.answerer import Answerer
from tests.conftest import folder_of
from tests.test_ask_command import ask
from vectorstore import Period, Vectorstore, read_period

QUESTION = "Who attended the Saudi talks?"


@pytest.fixture
def samples(sample_store: Vectorstore) -> Path:
    return folder_of(sample_store)


def test_only_articles_of_the_period_answer(samples: Path) -> None:
    done = ask(samples, "--json", "--since", "2025-02-17", "--until", "2025-02-18", QUESTION)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == "answered"
    assert {c["published"] for c in answer["citations"]} <= {"2025-02-17", "2025-02-18"}
    announced = json.loads(ask(samples, "--json", "--until", "2025-02-16", QUESTION).stdout)
    assert {c["published"] for c in announced["citations"]} <= {"2025-02-15", "2025-02-16"}


def test_a_period_without_articles_is_refused(samples: Path) -> None:
    done = ask(samples, "--json", "--since", "2031", QUESTION)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["status"]) == (0, "not_in_articles")
    assert answer["answer"] == "The articles do not tell."
    assert answer["citations"] == answer["nearest"] == []


def test_what_comes_nearest_is_of_the_period_too(sample_store: Vectorstore) -> None:
    answerer = Answerer(sample_store.catalog, sample_store.retriever)
    period = Period(date(2025, 6, 1), date(2025, 6, 30))
    answer = answerer.answer("What is the capital of Mongolia?", period=period)
    assert answer.status == "not_in_articles"
    assert {citation.published for citation in answer.nearest} == {"2025-06-12"}


def test_every_question_of_standard_input_has_the_period(samples: Path) -> None:
    lines = f"{QUESTION}\n¿Quién asistió a las conversaciones?\n"
    done = ask(samples, "--json", "--since", "2025-02-18", "-", stdin=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    shown = [c for answer in answers for c in answer["citations"] + answer["nearest"]]
    assert len(answers) == 2
    assert shown
    assert all(citation["published"] >= "2025-02-18" for citation in shown)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "yesterday"), "“yesterday” is no date"),
        (("--until", "2025-02-30"), "“2025-02-30” is no date"),
        (("--since", ""), "“” is no date"),
        (("--since", "2025-03", "--until", "2025-02"), "ends before it begins"),
    ],
)
def test_a_wrong_period_gets_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = ask(tmp_path, *arguments, QUESTION)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_year_is_all_of_it(samples: Path) -> None:
    assert read_period("2025", "2025") == Period(date(2025, 1, 1), date(2025, 12, 31))
    done = ask(samples, "--json", "--since", "2025", "--until", "2025", QUESTION)
    assert json.loads(done.stdout)["status"] == "answered"
