"""The plots of `python -m benchmarks --write`."""

from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from tests.benchmarks.test_results import costs

pytest.importorskip("matplotlib")

from benchmarks.plots import draw


def test_each_plot_names_what_it_shows(tmp_path: Path) -> None:
    shown = draw(tmp_path / "plots", costs([1_017, 10_017, 300_017]))
    assert all(shown.values())
    # Letters are shapes; what they say stands beside them.
    text = {name: (tmp_path / "plots" / name).read_text(encoding="utf-8") for name in shown}
    for name in ("latency.svg", "memory.svg"):
        for said in ("Newsdesk", "another", "1,017", "10,017", "300,017", "passages"):
            assert f"<!-- {said} -->" in text[name], said
    for said in ("dense search", "scoring sentences", "300,017", "5 ms"):
        assert f"<!-- {said} -->" in text["stages.svg"], said


def test_the_same_figures_make_the_same_files(tmp_path: Path) -> None:
    [once, again] = (tmp_path / "once", tmp_path / "again")
    names = draw(once, costs())
    draw(again, costs())
    assert len(names) == 3
    for name in names:
        assert (once / name).read_bytes() == (again / name).read_bytes()


def test_other_figures_make_other_plots(tmp_path: Path) -> None:
    names = draw(tmp_path / "some", costs())
    draw(tmp_path / "others", costs([1_000, 200_000]))
    for name in names:
        assert (tmp_path / "some" / name).read_bytes() != (tmp_path / "others" / name).read_bytes()


def test_one_size_is_enough(tmp_path: Path) -> None:
    assert len(draw(tmp_path / "plots", costs([1_000]))) == 3


def test_plots_that_can_not_be_written_are_told(tmp_path: Path) -> None:
    (tmp_path / "plots").write_text("")
    with pytest.raises(BenchmarkError, match="The plots can't be written: "):
        draw(tmp_path / "plots", costs())
