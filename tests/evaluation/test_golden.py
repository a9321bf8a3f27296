"""The golden questions themselves: whole, enough of them, and true to the articles."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from evaluation import golden
from evaluation.errors import EvaluationError
from evaluation.systems import Corpus
from vectorstore import Vectorstore

QUESTIONS = golden.load(golden.OWN_QUESTIONS)
HARBOUR = {("a.md", 1): "The ferry was built in\u00a01967.", ("a.md", 2): "It is blue."}
LINE: Mapping[str, object] = {
    "id": "ferry-en-001",
    "kind": "date",
    "language": "en",
    "question": "When was the ferry built?",
    "answers": [["1967"]],
    "paragraphs": [["a.md", 1]],
    "certainty": "reported",
}


def write(folder: Path, *lines: Mapping[str, object]) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_answers_stand_in_the_paragraphs_of_the_sample_articles(sample_store: Vectorstore) -> None:
    golden.check(QUESTIONS, Corpus.of(sample_store, golden.OWN_ARTICLES).paragraphs)


def test_every_kind_is_there_often_enough() -> None:
    counts = Counter(str(question.kind) for question in QUESTIONS)
    least = {"near_miss": 45, "off_subject": 30, "follow_up": 12, "list": 20, "expected": 20}
    least |= {"fact": 40, "date": 20, "number": 20, "claimed": 20}
    assert {kind: counts[kind] for kind, n in least.items() if counts[kind] < n} == {}
    assert len(QUESTIONS) >= 240


def test_six_languages_are_asked_in() -> None:
    counts = Counter(question.language for question in QUESTIONS)
    assert sum(n >= 10 for n in counts.values()) >= 6


def test_a_third_of_each_kind_is_for_tuning() -> None:
    for kind in {question.kind for question in QUESTIONS}:
        own = [question for question in QUESTIONS if question.kind == kind]
        assert 0.25 < sum(q.split == "tune" for q in own) / len(own) < 0.42, kind


def test_parallel_questions_are_in_one_split() -> None:
    splits: dict[tuple[object, ...], set[str]] = {}
    for question in QUESTIONS:
        if question.answerable:
            key = (question.kind, question.answers, question.paragraphs)
            splits.setdefault(key, set()).add(question.split)
    assert all(len(found) == 1 for found in splits.values())


def test_follow_ups_have_what_was_asked_before() -> None:
    assert all((q.kind == "follow_up") == bool(q.after) for q in QUESTIONS)


def test_nothing_is_asked_twice() -> None:
    asked = Counter((q.after, q.question.casefold()) for q in QUESTIONS)
    assert [question for question, n in asked.items() if n > 1] == []


def test_spaces_and_case_do_not_matter(tmp_path: Path) -> None:
    line = {**LINE, "answers": [["BUILT in 1967"]]}
    golden.check(golden.load(write(tmp_path, line)), HARBOUR)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"answers": [["1967"], ["red"]]}, "“red” is in none of its paragraphs"),
        ({"paragraphs": [["a.md", 3]]}, "no paragraph 3 of a.md"),
        ({"answers": []}, "must have answers and paragraphs"),
        ({"kind": "near_miss"}, "must have no answer"),
    ],
)
def test_what_the_articles_do_not_bear_out_is_told(
    tmp_path: Path, change: Mapping[str, object], told: str
) -> None:
    questions = golden.load(write(tmp_path, {**LINE, **change}))
    with pytest.raises(EvaluationError, match=told):
        golden.check(questions, HARBOUR)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"line 2 is no golden question: kind"):
        golden.load(write(tmp_path, LINE, {**LINE, "kind": "riddle"}))


def test_an_id_that_occurs_twice_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="more than one question has the id “ferry-en-001”"):
        golden.load(write(tmp_path, LINE, LINE))


def test_a_missing_or_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="can't be read"):
        golden.load(tmp_path / "nowhere.jsonl")
    with pytest.raises(EvaluationError, match="There is no question"):
        golden.load(write(tmp_path))
