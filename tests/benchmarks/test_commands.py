"""`python -m benchmarks`: what it takes."""

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import main, parser
from benchmarks.results import OWN_RESULTS
from tests.test_documentation import options

COMMANDS = ("questions", "embedding", "ingest", "heartbeats", "day", "copies", "again", "sharing")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_measure_tells_its_own_options(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert told.startswith(f"usage: python -m benchmarks {command} ")
    assert ("--store" in told) == (command == "questions")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["--passages", "0"], "argument --passages: “0” is no number from 1 on"),
        (["--passages", "10", "copies"], "argument --passages: “copies” is no number from 1 on"),
        (["copies", "--rounds", "1"], "unrecognized arguments: --rounds 1"),
        (["day", "--quiet", "-1"], "argument --quiet: “-1” is no number from 0 on"),
        (["again", "--articles", "many"], "argument --articles: “many” is no number from 1 on"),
        (["question"], "invalid choice: 'question'"),
    ],
)
def test_what_no_measure_takes_is_refused(
    typed: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(typed)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_copies_are_measured_in_a_store_of_each_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["copies", "--passages", "60", "40"]) == 0
    sizes = re.findall(r"^│ +(\d+) +│", capsys.readouterr().out, re.MULTILINE)
    assert sizes == ["40", "60"]


def test_questions_are_measured_where_no_measure_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["--passages", "30", "--rounds", "1", "--no-peers", "--store", str(tmp_path / "store")]
    assert main(typed) == 0
    told = capsys.readouterr()
    assert "Filling a store up to 30 passages." in told.err
    assert "What a question costs" in told.out
    assert "dense search" in told.out
    assert "Beside others" not in told.out
    assert (tmp_path / "store" / "catalog.sqlite3").exists()


def test_a_store_that_can_not_be_made_is_told_in_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert main(["--passages", "30", "--no-peers", "--store", str(file)]) == 1
    told = capfd.readouterr().err
    assert "python -m benchmarks.filling has failed" in told
    assert "Traceback" not in told


def test_the_benchmarks_own_readme_names_their_commands_and_options() -> None:
    text = (OWN_RESULTS.parent / "README.md").read_text(encoding="utf-8")
    named = {name.removeprefix("python -m benchmarks ") for name in options(parser())}
    assert [name for name in named - {"--help"} if name not in text] == []


def test_a_folder_that_is_not_there_is_told_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    assert main(["--no-peers", "--write", str(tmp_path / "no" / "R.md")]) == 1
    told = capsys.readouterr().err
    assert "There is no folder" in told
    assert "Filling" not in told


def test_questions_are_written_with_their_plots(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    typed = ["--passages", "150", "200", "--rounds", "1", "--no-peers"]
    assert main([*typed, "--write", str(tmp_path / "R.md")]) == 0
    text = (tmp_path / "R.md").read_text(encoding="utf-8")
    assert "`python -m benchmarks --passages 150 200 --no-peers --write`" in text
    assert "## How each grows, as multiples of its own at " in text
    pictures = re.findall(r"^!\[.+\]\((plots/\w+\.svg)\)$", text, re.MULTILINE)
    assert len(pictures) == 3
    assert all((tmp_path / picture).exists() for picture in pictures)
