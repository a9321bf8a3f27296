"""Feedback from Discord as candidates for golden questions."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.records import Records
from evaluation.__main__ import main
from evaluation.golden import GoldenQuestion
from tests.bot_discord.examples import answer, citation
from vectorstore.sqlite import SqliteDatabase

ASKER, JUDGE = 111222333444555666, 777888999000111222


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog with feedback on three answers."""
    folder = tmp_path / "data"
    monkeypatch.setenv("VECTORSTORE_PATH", str(folder))
    database = SqliteDatabase(folder / "catalog.sqlite3")
    records = Records(database)
    place: dict[str, Any] = {"guild": 1, "channel": 2, "asker": ASKER}
    file = citation(source="/srv/news/ferry.md", paragraph=2)
    told = records.remember(answer(citations=(file, citation(marker=2))), **place)
    follow_up = answer(question=f"And why, <@{JUDGE}>?", certainty="mixed")
    wrong = records.remember(follow_up, leans_on=told, **place)
    silent = answer(question="Où ?", language="fr", status="not_in_articles", citations=())
    refused = records.remember(silent, private=True, **place)
    records.rate(told, JUDGE, "helpful")
    records.rate(wrong, JUDGE, "wrong_source", f"[1] Ask <@!{ASKER}> about “it”.")
    records.rate(wrong, ASKER, "not_helpful", "Non.")
    records.rate(refused, JUDGE, "helpful")
    with database.transaction() as db:
        db.execute("UPDATE feedback SET given_at = '2025-01-31T23:59:59+00:00'")
        later = "UPDATE feedback SET given_at = '2025-02-01T00:00:00+00:00' WHERE answer_id = ?"
        db.execute(later, (wrong,))
    database.close()
    return folder


def printed(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    assert main(["candidates", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("catalog")
def test_helpful_answers_tell_where_the_answer_stands(capsys: pytest.CaptureFixture[str]) -> None:
    first, refused = printed(capsys, "--verdict", "helpful")
    cited = first.pop("cited")
    assert first == {
        "id": "feedback-1-1",
        "kind": "date",
        "language": "en",
        "question": "When did the bridge close?",
        "after": None,
        "answers": [],
        "paragraphs": [["ferry.md", 2], ["https://news.example/bridge", 3]],
        "certainty": "reported",
        "split": "report",
        "verdict": "helpful",
        "reason": "",
    }
    assert [(each["source"], each["paragraph"], each["quote"]) for each in cited] == [
        ("ferry.md", 2, "The bridge closed on Tuesday."),
        ("https://news.example/bridge", 3, "The bridge closed on Tuesday."),
    ]
    assert (refused["question"], refused["kind"], refused["cited"]) == ("Où ?", None, [])


@pytest.mark.usefixtures("catalog")
def test_other_verdicts_say_what_was_wrong_and_not_what_is_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = printed(capsys, "--verdict", "wrong_source", "--verdict", "not_helpful")
    assert {(each["verdict"], each["reason"]) for each in found} == {
        ("wrong_source", "[1] Ask @… about “it”."),
        ("not_helpful", "Non."),
    }
    for each in found:
        assert each["paragraphs"] == []
        assert each["certainty"] is None
        assert (each["kind"], each["after"]) == ("follow_up", "When did the bridge close?")
        assert each["cited"]


@pytest.mark.usefixtures("catalog")
def test_since_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(printed(capsys)) == 4
    assert {each["id"] for each in printed(capsys, "--since", "2025-02")} == {
        "feedback-2-1",
        "feedback-2-2",
    }
    assert printed(capsys, "--since", "2026") == []


@pytest.mark.usefixtures("catalog")
def test_nothing_tells_who(capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps(printed(capsys))
    assert str(ASKER) not in text
    assert str(JUDGE) not in text
    assert "/srv" not in text


@pytest.mark.usefixtures("catalog")
def test_an_approved_candidate_is_a_golden_question(capsys: pytest.CaptureFixture[str]) -> None:
    first, *_ = printed(capsys)
    for key in ("verdict", "reason", "cited"):
        del first[key]
    approved = GoldenQuestion.model_validate_json(json.dumps(first | {"answers": [["Tuesday"]]}))
    assert approved.paragraphs[0] == ("ferry.md", 2)


def test_without_a_catalog_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VECTORSTORE_PATH", str(tmp_path / "nothing"))
    assert main(["candidates"]) == 1
    assert "There is no catalog in" in capsys.readouterr().err
    assert not (tmp_path / "nothing").exists()


def test_a_wrong_date_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["candidates", "--since", "soon"])
    assert ended.value.code == 2
    assert "soon" in capsys.readouterr().err
