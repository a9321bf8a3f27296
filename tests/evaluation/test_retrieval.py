"""``python -m evaluation retrieval``, whole, with the bundled model."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.__main__ import main

XQUAD = Path(__file__).parents[3] / "shared" / "data" / "xquad"

TITLES = ("Harbour", "Glacier", "Orchestra")
ENGLISH = (
    ("Dockers in the port went back to work after a strike of nine days.", "Who stopped working?"),
    ("The ice on the mountain lost two metres of thickness this summer.", "How much ice melted?"),
    (
        "A new conductor will lead the city's musicians from September.",
        "When does the music start?",
    ),
)
SPANISH = (
    ("Los estibadores volvieron al trabajo tras nueve días de huelga.", "¿Quién hizo huelga?"),
    ("El hielo de la montaña perdió dos metros de espesor.", "¿Cuánto hielo se fundió?"),
    ("Un nuevo director dirigirá a los músicos desde septiembre.", "¿Cuándo empieza el director?"),
)


def write(folder: Path, language: str, articles: list[dict[str, Any]]) -> None:
    content = json.dumps({"version": "1.1", "data": articles})
    (folder / f"xquad.{language}.json").write_text(content, encoding="utf-8")


def articles(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    return [
        {"title": title, "paragraphs": [{"context": text, "qas": [{"question": question}]}]}
        for title, (text, question) in zip(TITLES, pairs, strict=False)
    ]


@pytest.fixture(autouse=True)
def bundled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this machine's settings nor its .env."""
    monkeypatch.delenv("VECTORSTORE_EMBEDDINGS", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "en", articles(ENGLISH))
    write(tmp_path, "es", articles(SPANISH))
    return tmp_path


def run(folder: Path, tasks: str, *options: str) -> int:
    return main(
        ["retrieval", "--xquad", str(folder), "--cache", str(folder), "--tasks", tasks, *options]
    )


def measured(capsys: pytest.CaptureFixture[str]) -> dict[tuple[str, str], dict[str, Any]]:
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {(row["task"], row["retriever"]): row for row in rows}


def test_each_retriever_is_measured_in_each_task(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "en>en,es>en,en>mixed", "--json") == 0
    rows = measured(capsys)
    assert list(rows)[:4] == [
        ("en>en", name) for name in ("dense", "BM25", "plain RRF", "Newsdesk")
    ]
    assert len(rows) == 12
    for task in ("en>en", "es>en", "en>mixed"):
        assert rows[task, "Newsdesk"]["recall_1"] == 1
    # "Spanish" questions share no word with the English paragraphs.
    assert rows["es>en", "BM25"]["recall_10"] < 1


def test_people_get_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "en>es") == 0
    printed = capsys.readouterr().out
    assert "nDCG@10" in printed
    assert "Newsdesk" in printed
    assert "100.0" in printed


@pytest.mark.parametrize(
    ("tasks", "lacking"),
    [("en>es,de>en", "xquad.de.json"), ("ru>ar", "xquad.ru.json, xquad.ar.json")],
)
def test_a_missing_file_is_named(
    folder: Path, tasks: str, lacking: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, tasks) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        f"{folder} lacks {lacking}: put XQuAD's files there, from "
        "https://github.com/google-deepmind/xquad.\n"
    )


def test_a_missing_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nowhere", "en>en") == 1
    assert "lacks xquad.en.json" in capsys.readouterr().err


def test_one_language_is_no_mixture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "en", articles(ENGLISH))
    assert run(tmp_path, "en>mixed") == 1
    assert "two languages or more" in capsys.readouterr().err


def test_another_format_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "xquad.es.json").write_text("[]", encoding="utf-8")
    assert run(folder, "en>es") == 1
    assert "is not in SQuAD's format" in capsys.readouterr().err


def test_translations_that_are_not_parallel_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "es", articles(SPANISH[:2]))
    assert run(folder, "en>es") == 1
    assert "do not have the same paragraphs" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["retrieval"],
        ["retrieval", "--xquad", ".", "--tasks", "en-es"],
        ["retrieval", "--xquad", ".", "--tasks", "mixed>en"],
        ["retrieval", "--xquad", ".", "--tasks", "en>klingon"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2


@pytest.mark.skipif(not XQUAD.is_dir(), reason=f"XQuAD is not in {XQUAD}")
def test_ours_is_best_among_mixed_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sixth of XQuAD: 8 articles of 5 paragraphs in 6 languages, 60 English questions."""
    for path in XQUAD.glob("xquad.*.json"):
        some = json.loads(path.read_text(encoding="utf-8"))["data"][::6]
        for place, paragraph in enumerate(p for a in some for p in a["paragraphs"]):
            paragraph["qas"] = paragraph["qas"][: 1 + place % 2]
        write(tmp_path, path.suffixes[0].strip("."), some)
    assert run(tmp_path, "en>mixed", "--json") == 0
    rows = measured(capsys)
    ours = rows["en>mixed", "Newsdesk"]["recall_1"]
    assert ours >= 0.8
    assert all(ours >= row["recall_1"] for row in rows.values())
