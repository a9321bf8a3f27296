"""`python -m bot ask` as a program: what others read from it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, folder_of
from vectorstore import Vectorstore


def ask(
    store: Path, *arguments: str, stdin: str = "", errors: str = "replace", **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "ask", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        errors=errors,
        cwd=ROOT,
        env={**os.environ, "VECTORSTORE_PATH": str(store), **settings},
        check=False,
    )


@pytest.fixture
def samples(sample_store: Vectorstore) -> Path:
    return folder_of(sample_store)


def test_a_person_sees_quotes_titles_and_dates(samples: Path) -> None:
    done = ask(samples, "Who attended the Saudi talks?")
    assert done.returncode == 0, done.stderr
    assert "Marco Rubio" in done.stdout
    assert "US and Russia agree to rebuild ties" in done.stdout
    assert "2025-02-18" in done.stdout
    assert done.stderr == ""


def test_a_program_reads_one_object_a_line(samples: Path) -> None:
    questions = "Who attended the Saudi talks?\n\n?!\nWhat is the capital of Mongolia?\n"
    done = ask(samples, "--json", "-", stdin=questions)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["status"] for answer in answers] == ["answered", "not_in_articles"]
    assert answers[0]["question"] == "Who attended the Saudi talks?"
    assert answers[1]["citations"] == []
    assert 1 <= len(answers[1]["nearest"]) <= 3
    assert done.returncode == 1, "one line was no question"
    assert "There is no question" in done.stderr


def test_only_a_conversation_carries_its_subject(samples: Path) -> None:
    questions = "Why was the Kestrel Bridge closed?\nWhen will it reopen?\n"
    done = ask(samples, "--json", "--conversation", "-", stdin=questions)
    _, when = [json.loads(line) for line in done.stdout.splitlines()]
    assert when["question"] == "When will it reopen?"
    assert any("14 November" in citation["quote"] for citation in when["citations"])
    independent = ask(samples, "--json", "-", stdin="Who attended the Saudi talks?\nWhy?\n")
    assert json.loads(independent.stdout.splitlines()[1])["status"] == "not_in_articles"


def test_the_store_is_made_when_there_is_none(tmp_path: Path) -> None:
    done = ask(tmp_path / "new", "--json", "Who?")
    assert done.returncode == 0
    assert json.loads(done.stdout)["answer"] == "There are no articles yet."


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "said"),
    [
        ((), {}, 2, "question"),
        (("--audience", "Not OK", "Who?"), {}, 2, "no audience"),
        (("?",), {}, 1, "There is no question to answer"),
        (("Who?",), {"VECTORSTORE_TOP_K": "many"}, 2, "VECTORSTORE_TOP_K"),
        (("-",), {"VECTORSTORE_CHROMA_URL": "nowhere"}, 1, "VECTORSTORE_CHROMA_URL must be"),
    ],
)
def test_bad_input_gets_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], status: int, said: str
) -> None:
    done = ask(tmp_path, *arguments, **settings)
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_bot_says_that_it_needs_a_token(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "VECTORSTORE_PATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("DISCORD_TOKEN is not set")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_terminal_takes_an_answer(samples: Path, encoding: str) -> None:
    done = ask(samples, "谁参加了会谈？", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    as_json = ask(samples, "--json", "谁参加了会谈？", PYTHONIOENCODING=encoding)
    assert json.loads(as_json.stdout)["question"] == "谁参加了会谈？"


@pytest.mark.parametrize(
    ("shell", "status", "said"),
    [
        ("exec {python} -m bot ask 'Who attended?' >&-", 1, "Standard output is closed"),
        ("exec {python} -m bot ask 'Who attended?' >/dev/full", 1, "can't be written"),
        ("exec {python} -m bot ask --json 'Who attended?' >/dev/full", 1, "can't be written"),
        ("exec {python} -m bot ask - <&-", 1, "Standard input is closed"),
        ("yes 'Who attended?' | head -50 | {python} -m bot ask --json - | head -1", 0, ""),
    ],
)
def test_streams_that_are_closed_or_full(samples: Path, shell: str, status: int, said: str) -> None:
    done = subprocess.run(
        ["bash", "-c", shell.format(python=sys.executable)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "VECTORSTORE_PATH": str(samples)},
        check=False,
    )
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_one_article_alone_is_asked(samples: Path) -> None:
    title = "us and russia agree to rebuild ties after first talks in saudi arabia"
    question = "Who attended the Saudi talks?"
    done = ask(samples, "--json", "--article", title, question)
    assert done.returncode == 0, done.stderr
    [answer] = [json.loads(line) for line in done.stdout.splitlines()]
    cited = {citation["article_id"] for citation in answer["citations"]}
    assert len(cited) == 1
    assert {c["title"].lower() for c in answer["citations"]} == {title}
    bridge = ask(samples, "--json", "--article", cited.pop(), "Why was the Kestrel Bridge closed?")
    assert json.loads(bridge.stdout)["status"] == "not_in_articles"
    unknown = ask(samples, "--article", "No such title", question)
    assert unknown.returncode == 1
    assert "no article “No such title”" in unknown.stderr


def test_a_line_that_is_no_utf8_keeps_no_other_from_its_answer(samples: Path) -> None:
    questions = (
        "Who attended the Saudi talks?\n\udce9t\udce9 ?\nWhy was the Kestrel Bridge closed?\n"
    )
    done = ask(
        samples, "--json", "-", stdin=questions, errors="surrogateescape", PYTHONIOENCODING="utf-8"
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["question"][:3] for a in answers if a["status"] == "answered"] == ["Who", "Why"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--since", "--until", "--article", "--audience"])
def test_two_dashes_are_no_value(samples: Path, option: str) -> None:
    done = ask(samples, f"{option}=--", "Who?")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert option in done.stderr
