"""What the benchmarks say of their figures; the figures themselves are no matter of tests."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.asking import Asked
from benchmarks.errors import BenchmarkError
from benchmarks.questions import QuestionCost
from benchmarks.results import tables, write
from benchmarks.stopwatch import Stopwatch
from benchmarks.timed import USERS, Timed, asked_together, questions


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


def test_everybody_asks_at_once_through_as_many_threads_as_the_bot_has() -> None:
    asked: list[str] = []
    running, most = 0, 0
    lock = threading.Lock()

    def ask(question: str) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            asked.append(question)
        time.sleep(0.005)
        with lock:
            running -= 1

    waited = asked_together(ask, ["one", "two", "three"])
    assert most == 2
    assert len(waited) == len(asked) == 4 * USERS
    # The last of the first round waits for nine pairs before it.
    assert min(waited) >= 5
    assert max(waited) >= 40


SIZES = (1_000, 100_000)


def costs(sizes: Sequence[int] = SIZES) -> list[QuestionCost]:
    """Newsdesk takes twice as long in each store as in the one before, and a peer half of that."""
    stages = {"dense search": (2.0, 1.0), "scoring sentences": (3.0, 3.0)}
    found = []
    for turn, size in enumerate(sizes):
        times = [2.0**turn * n for n in range(1, 41)]
        bot = Asked(2.5, times, times, [10 * t for t in times], 400.0 + 100 * turn, stages)
        half = [t / 2 for t in times]
        peer = Timed(5.0, half, half, half, 300.0)
        found.append(QuestionCost(size, 2.0, 250.0, bot, {"another": peer}))
    return found


def test_the_results_name_sizes_stages_and_peers(tmp_path: Path) -> None:
    write(tmp_path / "R.md", costs(), "python -m benchmarks --write", {"plots/a.svg": "Some plot"})
    lines = (tmp_path / "R.md").read_text(encoding="utf-8").splitlines()
    assert "Written by `python -m benchmarks --write` on " in lines[2]
    assert "![Some plot](plots/a.svg)" in lines
    assert "| dense search | 2.0 / 1.0 | 2.0 / 1.0 |" in lines
    # The p95 of 1 to 40 is 38.95.
    assert "| 1,000 | 2.0 s | 250 MB | 2.5 s | 400 MB | 20 ms | 39 ms | 20 ms | 0.39 s |" in lines
    assert "| 1,000 | another | 5.0 s | 300 MB | 10 ms | 19 ms | 10 ms | 0.02 s |" in lines
    # To the first answer, memory, median, p95, and twenty at once; beside Newsdesk's.
    assert "| 1,000 | another | 2.00 | 0.75 | 0.50 | 0.50 | 0.05 |" in lines


def test_the_results_tell_how_each_grows(tmp_path: Path) -> None:
    found = tables(costs([1_000, 10_000, 100_000]))
    title = "How each grows, as multiples of its own at 1,000 passages"
    headings, rows = found[title]
    assert headings == ("passages", "", "median", "p95", "memory")
    assert rows == [
        ("10,000", "Newsdesk", "2.00", "2.00", "1.25"),
        ("10,000", "another", "2.00", "2.00", "1.00"),
        ("100,000", "Newsdesk", "4.00", "4.00", "1.50"),
        ("100,000", "another", "4.00", "4.00", "1.00"),
    ]
    assert not any("grows" in one for one in tables(costs([1_000])))


def test_results_that_can_not_be_written_are_told(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"no/R\.md can't be written"):
        write(tmp_path / "no" / "R.md", costs(), "", {})
