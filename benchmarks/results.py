"""Tables of what questions cost, for people and for RESULTS.md."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.figures import NEWSDESK, Figures, figures
from benchmarks.packages import installed
from benchmarks.questions import QuestionCost
from benchmarks.timed import USERS

OWN_RESULTS = Path(__file__).with_name("RESULTS.md")
_PACKAGES = (
    "chromadb",
    "onnxruntime",
    "langchain-chroma",
    "llama-index-core",
    "sentence-transformers",
)
Cells = tuple[str, ...]
Rows = list[Cells]


def tables(costs: Sequence[QuestionCost]) -> dict[str, tuple[Cells, Rows]]:
    """By title the headings and the rows; ``costs`` from the smallest store to the largest."""
    found = {
        "What a question costs": (_HEADINGS, [_row(cost) for cost in costs]),
        "Where the time goes, milliseconds a question, wall / processor": (
            ("stage", *(f"{cost.passages:,}" for cost in costs)),
            _stages(costs),
        ),
    }
    if any(cost.peers for cost in costs):
        found["Beside others, on the same passages"] = (
            _PEER_HEADINGS,
            [row for cost in costs for row in _beside(cost)],
        )
        found["Beside others, as multiples of Newsdesk's"] = (
            _RATIO_HEADINGS,
            [row for cost in costs for row in _ratios(cost)],
        )
    if len(costs) > 1:
        found[f"How each grows, as multiples of its own at {costs[0].passages:,} passages"] = (
            _GROWTH_HEADINGS,
            [row for cost in costs[1:] for row in _growth(costs[0], cost)],
        )
    return found


def write(
    path: Path, costs: Sequence[QuestionCost], command: str, pictures: Mapping[str, str]
) -> None:
    """All tables as Markdown; ``pictures``: what each shows, by its path from there.

    Raises:
        BenchmarkError: it can't be written.
    """
    try:
        path.write_text("\n".join(_lines(costs, command, pictures)) + "\n", encoding="utf-8")
    except OSError as error:
        raise BenchmarkError(f"{path} can't be written: {error}.") from error


def _lines(
    costs: Sequence[QuestionCost], command: str, pictures: Mapping[str, str]
) -> Iterator[str]:
    yield from ("# What questions cost", "")
    yield f"Written by `{command}` on {datetime.now(UTC).date().isoformat()}."
    yield from ("[README.md](README.md) says what is measured.", "")
    versions = [f"{name} {found}" for name in _PACKAGES if (found := installed(name))]
    yield f"{_machine()}. {', '.join(versions)}."
    for picture, shown in pictures.items():
        yield from ("", f"![{shown}]({picture})")
    for title, (headings, rows) in tables(costs).items():
        yield from ("", f"## {title}", "", _line(headings))
        yield _line(("---", *("---:" for _ in headings[1:])))
        yield from map(_line, rows)


_HEADINGS = (
    "passages",
    "`bot ask`",
    "its memory",
    "bot, start to first answer",
    "its memory",
    "median",
    "p95",
    "processor, mean",
    f"{USERS} users, p95",
)


def _row(cost: QuestionCost) -> Cells:
    own = figures(cost)[NEWSDESK]
    ask = f"{cost.ask_seconds:.1f} s", f"{cost.ask_megabytes:.0f} MB"
    return (f"{cost.passages:,}", *ask, *_told(own))


def _told(one: Figures) -> Cells:
    return (
        f"{one.first_seconds:.1f} s",
        f"{one.megabytes:.0f} MB",
        f"{one.median:.0f} ms",
        f"{one.p95:.0f} ms",
        f"{one.processor:.0f} ms",
        f"{one.users_p95 / 1000:.2f} s",
    )


def _stages(costs: Sequence[QuestionCost]) -> Rows:
    stages = dict.fromkeys(stage for cost in costs for stage in cost.bot.stages)
    rows = []
    for stage in stages:
        spent = [cost.bot.stages.get(stage, (0.0, 0.0)) for cost in costs]
        rows.append((stage, *(f"{wall:.1f} / {processor:.1f}" for wall, processor in spent)))
    return rows


_PEER_HEADINGS = ("passages", "", "start to first answer", "memory", *_HEADINGS[5:])
_RATIO_HEADINGS = tuple(heading for heading in _PEER_HEADINGS if heading != "processor, mean")
_GROWTH_HEADINGS = ("passages", "", "median", "p95", "memory")


def _beside(cost: QuestionCost) -> Rows:
    return [(f"{cost.passages:,}", name, *_told(one)) for name, one in figures(cost).items()]


def _ratios(cost: QuestionCost) -> Rows:
    own, *others = figures(cost).items()
    return [
        (
            f"{cost.passages:,}",
            name,
            _ratio(one.first_seconds, own[1].first_seconds),
            _ratio(one.megabytes, own[1].megabytes),
            _ratio(one.median, own[1].median),
            _ratio(one.p95, own[1].p95),
            _ratio(one.users_p95, own[1].users_p95),
        )
        for name, one in others
    ]


def _growth(smallest: QuestionCost, cost: QuestionCost) -> Rows:
    before = figures(smallest)
    return [
        (
            f"{cost.passages:,}",
            name,
            _ratio(one.median, before[name].median),
            _ratio(one.p95, before[name].p95),
            _ratio(one.megabytes, before[name].megabytes),
        )
        for name, one in figures(cost).items()
    ]


def _ratio(one: float, other: float) -> str:
    return f"{one / other:.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _machine() -> str:
    return f"{platform.system()}, {os.cpu_count()} processors, Python {platform.python_version()}"
