"""``python -m ingest``: exit statuses, JSON, and one clear sentence for every bad input."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.__main__ import main
from tests.ingest.cli import environment, ingest, objects
from tests.ingest.web import Web, endless, text

# Two passages of a few sentences.
LONG = f"Every tram is late again today{', and so is the next one' * 10}. " * 6


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a store of its own."""
    monkeypatch.chdir(tmp_path)
    for key in os.environ:
        if key.startswith(("INGEST_", "VECTORSTORE_")):
            monkeypatch.delenv(key)
    return tmp_path


def test_bad_inputs_each_have_a_sentence_and_stop_nothing(folder: Path, web: Web) -> None:
    Path("empty.txt").touch()
    Path("binary.txt").write_bytes(bytes(range(256)) * 20)
    Path("login.html").write_text("<html><body><form><input></form>Log in</body></html>")
    Path("encoding.txt").write_bytes(bytes(range(128, 256)) * 5)
    with Path("large.txt").open("wb") as file:
        file.truncate(50_000_000)
    Path("picture.png").write_bytes(b"\x89PNG")
    Path("good.txt").write_text("A ferry runs.")
    bad = {
        "missing.txt": "There is no file or folder “missing.txt”.",
        "empty.txt": "“empty.txt” is empty.",
        "binary.txt": "“binary.txt” is a binary file, not a text.",
        "login.html": "No article was found in “login.html”",
        "encoding.txt": "The encoding of “encoding.txt” can't be told",
        "large.txt": "“large.txt” has 50.0 MB; at most 10.0 MB are read",
        "picture.png": "“picture.png” is of a type that is not read",
        "http://nowhere.invalid/": "“nowhere.invalid” can't be reached",
        f"{web.url}/gone": f"“{web.url}/gone” answers 404 Not Found: there is no such page.",
    }
    done = ingest(folder, "add", "--json", *bad, "good.txt")
    assert done.returncode == 1
    assert done.stderr == b""
    *failed, good = objects(done)
    assert good["outcome"] == "added"
    for report, (source, sentence) in zip(failed, bad.items(), strict=True):
        assert report["source"] == source
        assert report["outcome"] == "failed"
        assert report["error"].startswith(sentence)
        assert "\n" not in report["error"]


def test_json_is_as_promised(folder: Path) -> None:
    Path("news").mkdir()
    Path("news/a.md").write_text("---\ntitle: Fähre\npublished: 2025-02-18\n---\nDie Fähre fährt.")
    done = ingest(folder, "add", "--json", "news/")
    assert done.returncode == 0
    assert "Fähre" in done.stdout.decode()
    [report] = objects(done)
    assert len(report.pop("article_id")) == 16
    assert report == {
        "source": "news/a.md",
        "title": "Fähre",
        "language": "de",
        "published": "2025-02-18",
        "outcome": "added",
        "passages": {"added": 1, "removed": 0, "unchanged": 0},
        "error": None,
    }


def test_another_embedding_model_fails_every_source(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.txt").write_text("A ferry runs.")
    assert main(["add", "a.txt"]) == 0
    monkeypatch.setenv("VECTORSTORE_EMBEDDINGS", "another/model")
    capsys.readouterr()
    assert main(["add", "a.txt", "b.txt"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("The articles in this store were embedded with")
    assert told.err.count("\n") == 1
    assert main(["add", "--json", "a.txt", "b.txt"]) == 1
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(r["source"], r["outcome"]) for r in reports] == [
        ("a.txt", "failed"),
        ("b.txt", "failed"),
    ]
    assert {r["error"] + "\n" for r in reports} == {told.err}


def test_standard_input(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def piped(text: bytes) -> dict[str, Any]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        main(["add", "--json", "-"])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return report

    text = b"---\ntitle: Ferry\n---\n\nIt runs.\n"
    first = piped(text)
    assert (first["source"], first["title"], first["outcome"]) == ("-", "Ferry", "added")
    again = piped(text + b"\nIt is free.\n")
    assert (again["article_id"], again["outcome"]) == (first["article_id"], "updated")
    assert main(["remove", "Ferry"]) == 0
    capsys.readouterr()
    assert piped(b"")["error"] == "“standard input” is empty."
    monkeypatch.setenv("INGEST_MAX_BYTES", "1000")
    assert "more than 1.0 kB" in piped(b"x" * 5000)["error"]


def test_list_show_remove(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.txt").write_text("A ferry runs.\n" + LONG)
    assert main(["add", "--json", "a.txt"]) == 0
    identity = capsys.readouterr().out.split('"article_id": "')[1][:16]
    for named in ("a.txt", "./a.txt", str(folder / "a.txt"), identity, identity[:6]):
        assert main(["show", named]) == 0
        shown = capsys.readouterr().out
        assert "\n1. A ferry runs.\n" in shown
        assert f"2. {LONG.strip()}\n" in shown
    assert main(["list"]) == 0
    assert capsys.readouterr().out.startswith(f"{identity}  undated     en   A ferry runs.  (")
    assert main(["list", "--audience", "guild-1"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["remove", "nothing.txt"]) == 1
    assert capsys.readouterr().err == "There is no article “nothing.txt” in “shared”.\n"
    assert main(["remove", "a.txt"]) == 0
    assert capsys.readouterr().out.startswith(f"removed {identity}  A ferry runs.")
    assert main(["list", "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["add", "a.txt"]) == 0
    assert capsys.readouterr().out.startswith("added     a.txt: “A ferry runs.”, 3 added, 0 rem")


def test_a_beginning_that_could_be_two(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "ab":
        Path(f"{name}.md").write_text(f"---\nurl: https://a.example/\n---\nTram {name} runs.")
    assert main(["add", "a.md", "b.md"]) == 0
    capsys.readouterr()
    assert main(["remove", "https://a.example/"]) == 1
    assert "could be 2 articles" in capsys.readouterr().err


def test_refresh_is_the_default(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, web: Web
) -> None:
    assert main([]) == 1
    assert capsys.readouterr().err.startswith("There is nothing to refresh")
    web.answers["/a"] = text("A ferry runs. It is free.", "text/plain")
    monkeypatch.setenv("INGEST_SOURCES", f"news, {web.url}/a")
    Path("news").mkdir()
    Path("news/b.txt").write_text("Snow fell.")
    assert main(["--json"]) == 0
    assert capsys.readouterr().out.count('"added"') == 4  # twice the outcome, twice the count
    monkeypatch.delenv("INGEST_SOURCES")
    assert main(["refresh"]) == 0
    assert capsys.readouterr().out.startswith(f"unchanged {web.url}/a")


def test_a_dry_run_makes_no_store(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.txt").write_text("A ferry runs.")
    assert main(["add", "--dry-run", "--json", "a.txt"]) == 0
    assert '"outcome": "added"' in capsys.readouterr().out
    assert not Path("data").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["add"],
        ["nonsense"],
        ["add", "--audience", "X", "a.txt"],
        ["list", "--audience", "-a"],
        ["show"],
        ["add", "--wrong", "a.txt"],
    ],
)
def test_wrong_usage(arguments: list[str], folder: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert not Path("data").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INGEST_TIMEOUT", "soon"),
        ("INGEST_TIMEOUT", "0"),
        ("INGEST_MAX_BYTES", "-5"),
        ("VECTORSTORE_TOP_K", "100"),
    ],
)
def test_a_wrong_setting_is_named(
    name: str,
    value: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["list"]) == 2
    message = capsys.readouterr().err
    assert message.startswith(f"{name} is “{value}”")
    assert message.count("\n") == 1


def test_a_closed_pipe_is_quiet(folder: Path) -> None:
    for i in range(3):
        Path(f"{i}.txt").write_text(f"Tram {i} runs.")
    with subprocess.Popen(
        [sys.executable, "-m", "ingest", "add", "--json", "0.txt", "1.txt", "2.txt"],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_an_interrupt_is_quiet_and_keeps_what_is_done(folder: Path) -> None:
    Path("0.txt").write_text("A ferry runs.")
    Path("1.txt").write_text("\n".join(f"Tram {i} is late." for i in range(1000)))
    with subprocess.Popen(
        [sys.executable, "-m", "ingest", "add", "--json", "0.txt", "1.txt"],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate()
    assert (process.returncode, complaints) == (130, b"")
    assert main(["show", "0.txt"]) == 0
    assert main(["show", "1.txt"]) == 1


def test_an_interrupt_waits_for_no_page_that_is_read_ahead(folder: Path, web: Web) -> None:
    Path("0.txt").write_text("A ferry runs.")
    web.answers["/slow"] = endless(pause=0.5)
    with subprocess.Popen(
        [sys.executable, "-m", "ingest", "add", "--json", "0.txt", f"{web.url}/slow", "0.txt"],
        cwd=folder,
        env=environment(folder, INGEST_TIMEOUT="600"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=120)
    assert (process.returncode, complaints) == (130, b"")
    assert main(["show", "0.txt"]) == 0


def test_a_title_commands_no_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.txt").write_text("\x1b]0;hacked\x07 A ferry runs.")
    assert main(["add", "a.txt"]) == 0
    assert "\x1b" not in capsys.readouterr().out
