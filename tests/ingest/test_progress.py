"""Whoever has no terminal is told now and then how far it is."""

import json
from pathlib import Path

import pytest

from ingest import progress_bar
from ingest.__main__ import main
from tests.tiny_models import make_tiny_model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VECTORSTORE_PATH", "data")
    for number in range(2):
        Path(f"{number}.txt").write_text(f"Tram {number} is late.\nIt waits.")
    return tmp_path


@pytest.mark.usefixtures("loaded_once")
def test_moving_and_reindexing_tell_how_far_they_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_tiny_model(folder / "model")
    assert main(["add", "0.txt", "1.txt"]) == 0
    assert main(["export", "moved.jsonl"]) == 0
    assert "done; now" not in capsys.readouterr().err

    monkeypatch.setattr(progress_bar, "_TELL_SECONDS", 0.0)
    assert main(["reindex", "--json", "--model", str(model)]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["embedded"] == 4
    lines = {line for line in told.err.splitlines() if "of 4 done; now Tram" in line}
    assert {line[0] for line in lines} == {"0", "2"}

    monkeypatch.setenv("VECTORSTORE_PATH", "other")
    assert main(["import", "moved.jsonl"]) == 0
    told_again = capsys.readouterr().err.splitlines()
    assert any("done; now Tram 1 is late. (0 of 2 passages)" in line for line in told_again)
