"""``python -m evaluation answers``, whole, with the bundled model."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.__main__ import main

HARBOUR = (
    ("The ferry to Ormsay was built in 1967 in the yards of Kerval.", "1967"),
    ("Its captain is Anna Holm, who came to the island as a teacher.", "Anna Holm"),
)
QUESTIONS = ("When was the ferry to Ormsay built?", "Who is the captain of the ferry?")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    paragraphs: list[dict[str, Any]] = [
        {"context": text, "qas": [{"question": question, "answers": [{"text": answer}]}]}
        for (text, answer), question in zip(HARBOUR, QUESTIONS, strict=True)
    ]
    other = {"context": "Divers found a wreck off the coast of Tarnow in May.", "qas": []}
    articles = [
        {"title": "Ferry", "paragraphs": paragraphs},
        {"title": "Wreck", "paragraphs": [other]},
    ]
    content = json.dumps({"version": "1.1", "data": articles})
    (tmp_path / "xquad.en.json").write_text(content, encoding="utf-8")
    return tmp_path


def run(folder: Path, *options: str) -> int:
    common = ["--xquad", str(folder), "--cache", str(folder), "--tasks", "en>en"]
    return main(["answers", *common, "--questions", "2", *options])


def test_answers_are_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--json") == 0
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert row["task"] == "en>en"
    assert row["answered"] == row["stated"] == row["right"] == 1
    assert 0 < row["precision"] <= 1
    assert row["citations"] >= 1
    assert row["refused"] > 0, "without its paragraph a question has no answer"


def test_people_get_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    assert "Extractive answers" in capsys.readouterr().out


def test_a_missing_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nowhere") == 1
    assert "xquad.en.json" in capsys.readouterr().err
