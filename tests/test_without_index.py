"""The command lines with a Chroma server that can't be used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.answering.phrases import phrases
from tests.chroma_server import Proxy, free_port
from tests.conftest import ROOT

EN = phrases("en")
ARTICLE = "The ferry strike ended on Monday.\n\nThe harbour master Ann Lee said so.\n"


def run(
    folder: Path, url: str, *arguments: str, stdin: str = "", **settings: str
) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env={
            **os.environ,
            "VECTORSTORE_PATH": str(folder / "data"),
            "VECTORSTORE_CHROMA_URL": url,
            **settings,
        },
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def down() -> str:
    return f"http://127.0.0.1:{free_port()}"


def test_an_article_is_stored_and_answered_from_and_the_trouble_is_told(
    tmp_path: Path, down: str
) -> None:
    (tmp_path / "ferry.txt").write_text(ARTICLE)
    status, _, told = run(tmp_path, down, "ingest", "add", str(tmp_path / "ferry.txt"))
    assert status == 0
    assert "Articles are stored, but not all are indexed yet." in told
    assert "can't be reached" in told

    question = "When did the ferry strike end?\n"
    status, answer, told = run(tmp_path, down, "bot", "ask", "-", stdin=question)
    assert status == 0
    assert "ended on Monday" in answer
    assert EN.index_scan in " ".join(answer.split())
    assert told.count("can't be reached") == 1
    assert "Traceback" not in told

    status, answer, _ = run(tmp_path, down, "bot", "ask", "--json", "-", stdin=question)
    assert json.loads(answer)["answer"].endswith(f"*{EN.index_scan}*")


def test_a_refusal_too_says_what_was_looked_at(tmp_path: Path, down: str) -> None:
    (tmp_path / "ferry.txt").write_text(ARTICLE)
    run(tmp_path, down, "ingest", "add", str(tmp_path / "ferry.txt"))
    question = "What is the capital of Mongolia?\n"
    _, answer, _ = run(tmp_path, down, "bot", "ask", "--json", "-", stdin=question)
    told = json.loads(answer)
    assert told["status"] == "not_in_articles"
    assert told["answer"] == f"{EN.not_in_articles}\n\n*{EN.index_scan}*"


def test_a_key_that_is_not_taken_ends_with_one_sentence(tmp_path: Path) -> None:
    with Proxy(free_port()).running() as proxy:
        proxy.key = "right"
        status, answer, told = run(
            tmp_path, proxy.url, "bot", "ask", "-", VECTORSTORE_CHROMA_API_KEY="ck-secret"
        )
    assert status == 1
    assert answer == ""
    assert "VECTORSTORE_CHROMA_API_KEY" in told
    assert "ck-secret" not in told
    assert "Traceback" not in told
