"""What the benchmarks say of their figures; the figures themselves are no matter of tests."""

import time
from pathlib import Path

from benchmarks.asking import Asked, Timed, questions
from benchmarks.questions import QuestionCost
from benchmarks.results import write
from benchmarks.stopwatch import Stopwatch


class Kitchen:
    def cook(self) -> None:
        time.sleep(0.02)
        self.chop()

    def chop(self) -> None:
        time.sleep(0.05)


def test_a_stage_does_not_count_the_stages_that_it_calls() -> None:
    watch = Stopwatch()
    chop = Kitchen.chop
    with watch.watching([(Kitchen, "cook", "cooking"), (Kitchen, "chop", "chopping")]):
        for _ in range(2):
            with watch.lap("the rest"):
                Kitchen().cook()
                Kitchen().chop()
    assert Kitchen.chop is chop
    assert len(watch.laps) == 2
    for lap in watch.laps:
        wall = {stage: seconds for stage, (seconds, _) in lap.items()}
        assert wall.keys() == {"the rest", "cooking", "chopping"}
        assert wall["chopping"] >= 0.1
        assert 0.02 <= wall["cooking"] < wall["chopping"]


def test_every_question_is_asked_once() -> None:
    asked = questions()
    assert len(asked) > 80
    assert len(set(asked)) == len(asked)


def test_the_results_name_sizes_stages_and_peers(tmp_path: Path) -> None:
    times = [float(n) for n in range(1, 41)]
    stages = {"dense search": (2.0, 1.0), "scoring sentences": (3.0, 3.0)}
    bot = Asked(2.5, times, times, 400.0, stages, times)
    peer = Timed(1.5, [2 * t for t in times], times, 300.0)
    costs = [QuestionCost(n, 2.0, 250.0, bot, {"another": peer}) for n in (1_000, 100_000)]
    write(tmp_path / "R.md", costs, "python -m benchmarks --write")
    lines = (tmp_path / "R.md").read_text(encoding="utf-8").splitlines()
    assert "Written by `python -m benchmarks --write` on " in lines[2]
    assert "| dense search | 2.0 / 1.0 | 2.0 / 1.0 |" in lines
    assert sum(line.startswith("| 100,000 |") for line in lines) == 3
    assert any(line.startswith("| 1,000 | another |") and line.endswith("2.00 |") for line in lines)
