"""Where ``python -m ingest`` reads and writes: closed, full, and of another encoding."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingest.cli import environment, ingest, objects

FULL = Path("/dev/full")


def shell(
    folder: Path, arguments: str, redirection: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m ingest {arguments} {redirection}"],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One article with characters of several scripts."""
    tmp_path.joinpath("a.txt").write_text("A ferry runs. € Министр", encoding="utf-8")
    assert ingest(tmp_path, "add", "a.txt").returncode == 0
    return tmp_path


def test_a_closed_input_stops_nothing(folder: Path) -> None:
    done = shell(folder, "add --json - a.txt", "<&-")
    assert (done.returncode, done.stderr) == (1, "")
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["outcome"], first["error"]) == ("failed", "Standard input is closed.")
    assert second["outcome"] == "unchanged"


@pytest.mark.parametrize("arguments", ["list", "list --json", "show a.txt", "add a.txt"])
def test_an_output_that_takes_nothing(arguments: str, folder: Path) -> None:
    done = shell(folder, arguments, ">&-")
    sentence = "Standard output is closed: there is nowhere to write to.\n"
    assert (done.returncode, done.stderr) == (1, sentence)
    if FULL.exists():
        done = shell(folder, arguments, f">{FULL}")
        sentence = "The output can't be written: No space left on device.\n"
        assert (done.returncode, done.stderr) == (1, sentence)


def test_a_closed_stderr(folder: Path) -> None:
    done = shell(folder, "show missing", "2>&-")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_another_encoding(encoding: str, folder: Path) -> None:
    for arguments in (["list"], ["add", "a.txt"]):
        done = ingest(folder, *arguments, PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (0, b"")
        assert rb"\u041c\u0438" in done.stdout
    [article] = objects(ingest(folder, "list", "--json", PYTHONIOENCODING=encoding))
    assert article["title"] == "A ferry runs. € Министр"
    missing = ingest(folder, "show", "ж", PYTHONIOENCODING=encoding)
    assert missing.returncode == 1
    assert b"Traceback" not in missing.stderr


def test_a_name_that_is_no_unicode_is_shown_and_found(folder: Path) -> None:
    folder.joinpath("\udcff\udcfe.txt").write_text("It snows.")
    folder.joinpath("\udcfd\udcfc.txt").write_text("It rains.")
    reports = objects(ingest(folder, "add", "--json", "."))
    assert [r["source"] for r in reports] == ["a.txt", r"\xfd\xfc.txt", r"\xff\xfe.txt"]
    assert [r["outcome"] for r in reports] == ["unchanged", "added", "added"]
    shown = ingest(folder, "show", "--json", "\udcff\udcfe.txt")
    assert objects(shown)[0]["source"].endswith("/%FF%FE.txt")
    missing = ingest(folder, "show", "\udcff.txt")
    assert (missing.returncode, missing.stderr.count(b"\n")) == (1, 1)


def test_show_keeps_the_numbers(folder: Path) -> None:
    folder.joinpath("b.txt").write_text("One.\n* * *\n\u200b\nFour.\n", encoding="utf-8")
    [report] = objects(ingest(folder, "add", "--json", "b.txt"))
    assert report["passages"]["added"] == 2
    [shown] = objects(ingest(folder, "show", "--json", "b.txt"))
    assert [(p["paragraph"], p["text"]) for p in shown["paragraphs"]] == [(1, "One."), (4, "Four.")]
