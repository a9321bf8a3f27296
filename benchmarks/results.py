"""Tables of what questions cost, for people and for RESULTS.md."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.asking import USERS, Timed
from benchmarks.questions import QuestionCost

OWN_RESULTS = Path(__file__).with_name("RESULTS.md")
_PACKAGES = ("chromadb", "onnxruntime", "langchain-chroma", "sentence-transformers")
_NEWSDESK = "Newsdesk"
Cells = tuple[str, ...]
Rows = list[Cells]


def tables(costs: Sequence[QuestionCost]) -> dict[str, tuple[Cells, Rows]]:
    """By title the headings and the rows."""
    found = {
        "What a question costs": (_HEADINGS, [_row(cost) for cost in costs]),
        "Where the time goes, milliseconds a question, wall / processor": (
            ("stage", *(f"{cost.passages:,}" for cost in costs)),
            _stages(costs),
        ),
    }
    if any(cost.peers for cost in costs):
        found["Beside others, on the same passages"] = (_PEER_HEADINGS, _peers(costs))
    return found


def write(path: Path, costs: Sequence[QuestionCost], command: str) -> None:
    """All tables as Markdown."""
    lines = [
        "# What questions cost",
        "",
        f"Written by `{command}` on {datetime.now(UTC).date().isoformat()}.",
        "[README.md](README.md) says what is measured.",
        "",
        f"{_machine()}. "
        + ", ".join(f"{name} {version(name)}" for name in _PACKAGES if _has(name))
        + ".",
    ]
    for title, (headings, rows) in tables(costs).items():
        lines += ["", f"## {title}", "", _line(headings)]
        lines += [_line(("---", *("---:" for _ in headings[1:]))), *map(_line, rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


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
    return (
        f"{cost.passages:,}",
        f"{cost.ask_seconds:.1f} s",
        f"{cost.ask_megabytes:.0f} MB",
        f"{cost.bot.first_seconds:.1f} s",
        f"{cost.bot.megabytes:.0f} MB",
        f"{statistics.median(cost.bot.wall):.0f} ms",
        f"{_p95(cost.bot.wall):.0f} ms",
        f"{statistics.fmean(cost.bot.processor):.0f} ms",
        f"{_p95(cost.bot.together) / 1000:.2f} s",
    )


def _stages(costs: Sequence[QuestionCost]) -> Rows:
    stages = dict.fromkeys(stage for cost in costs for stage in cost.bot.stages)
    rows = []
    for stage in stages:
        spent = [cost.bot.stages.get(stage, (0.0, 0.0)) for cost in costs]
        rows.append((stage, *(f"{wall:.1f} / {processor:.1f}" for wall, processor in spent)))
    return rows


_PEER_HEADINGS = (
    "passages",
    "",
    "start to first answer",
    "memory",
    "median",
    "p95",
    "processor, mean",
    "median ÷ Newsdesk's",
)


def _peers(costs: Sequence[QuestionCost]) -> Rows:
    rows: Rows = []
    for cost in costs:
        own = statistics.median(cost.bot.wall)
        systems: dict[str, Timed] = {_NEWSDESK: cost.bot, **cost.peers}
        for name, asked in systems.items():
            median = statistics.median(asked.wall)
            rows.append(
                (
                    f"{cost.passages:,}",
                    name,
                    f"{asked.first_seconds:.1f} s",
                    f"{asked.megabytes:.0f} MB",
                    f"{median:.0f} ms",
                    f"{_p95(asked.wall):.0f} ms",
                    f"{statistics.fmean(asked.processor):.0f} ms",
                    f"{median / own:.2f}",
                )
            )
    return rows


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _machine() -> str:
    return f"{platform.system()}, {os.cpu_count()} processors, Python {platform.python_version()}"


def _has(package: str) -> bool:
    try:
        return bool(version(package))
    except ModuleNotFoundError:
        return False
