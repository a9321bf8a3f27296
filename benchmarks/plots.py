"""Plots of what questions cost, as SVG files: the same bytes for the same figures.

Needs matplotlib, of the extra ``evaluation``.
"""

from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from benchmarks.errors import BenchmarkError
from benchmarks.figures import NEWSDESK, Figures, figures
from benchmarks.questions import QuestionCost

_STYLE = {
    # No random ids in the file, and letters as shapes: it looks alike wherever it is shown.
    "svg.hashsalt": "newsdesk",
    "svg.fonttype": "path",
    "font.size": 11,
    "xtick.labelsize": 9,
    "axes.ymargin": 0.1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}
# Okabe and Ito's colours, which colour-blind people tell apart.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
_MARKERS = "osdv^px"
_SIZE = (9, 4.4)
"""Inches of 96 pixels."""
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def draw(folder: Path, costs: Sequence[QuestionCost]) -> dict[str, str]:
    """Write the plots; what each shows, by the name of its file.

    Raises:
        BenchmarkError: they can't be written.
    """
    plots: dict[str, tuple[str, Callable[[Sequence[QuestionCost]], Any]]] = {
        "latency.svg": ("Milliseconds a question, median and p95, against passages", _latency),
        "stages.svg": ("Milliseconds of each stage of a question, by passages", _stages),
        "memory.svg": ("Megabytes of the process, against passages", _memory),
    }
    try:
        folder.mkdir(exist_ok=True)
        with rc_context(_STYLE):
            for name, (_, plot) in plots.items():
                plot(costs).savefig(folder / name, metadata={"Date": None, "Creator": None})
    except OSError as error:
        raise BenchmarkError(f"The plots can't be written: {error}.") from error
    return {name: shown for name, (shown, _) in plots.items()}


def _latency(costs: Sequence[QuestionCost]) -> Any:
    figure = Figure(figsize=_SIZE, layout="constrained")
    median, p95 = figure.subplots(1, 2, sharey=True)
    _lines(median, costs, lambda one: one.median)
    _lines(p95, costs, lambda one: one.p95)
    median.set(title="median", ylabel="milliseconds a question", yscale="log")
    p95.set(title="p95")
    times = [t for cost in costs for one in figures(cost).values() for t in (one.median, one.p95)]
    least, most = min(times) / 1.3, max(times) * 1.3
    median.set_ylim(least, most)
    median.set_yticks([tick for tick in _TICKS if least <= tick <= most])
    median.yaxis.set_major_formatter(FuncFormatter(_number))
    median.yaxis.set_minor_locator(NullLocator())
    _legend(figure, median)
    return figure


def _memory(costs: Sequence[QuestionCost]) -> Any:
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    _lines(axes, costs, lambda one: one.megabytes)
    axes.set(ylabel="megabytes, at most")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(_number))
    _legend(figure, axes)
    return figure


def _lines(axes: Any, costs: Sequence[QuestionCost], value: Callable[[Figures], float]) -> None:
    """One of each system, against passages."""
    sizes = [cost.passages for cost in costs]
    told = [figures(cost) for cost in costs]
    for name, colour, marker in zip(told[0], cycle(_COLOURS), cycle(_MARKERS), strict=False):
        own = name == NEWSDESK
        axes.plot(
            sizes,
            [value(one[name]) for one in told],
            label=name,
            color=colour,
            marker=marker,
            linewidth=3 if own else 1.5,
            zorder=3 if own else 2,
        )
    axes.set(xlabel="passages", xscale="log")
    axes.set_xticks(sizes)
    axes.xaxis.set_major_formatter(FuncFormatter(_number))
    axes.xaxis.set_minor_locator(NullLocator())


def _stages(costs: Sequence[QuestionCost]) -> Any:
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    places = range(len(costs))
    below = [0.0] * len(costs)
    stages = dict.fromkeys(stage for cost in costs for stage in cost.bot.stages)
    for stage, colour in zip(stages, cycle(_COLOURS), strict=False):
        spent = [cost.bot.stages.get(stage, (0.0, 0.0))[0] for cost in costs]
        axes.bar(places, spent, bottom=below, label=stage, color=colour, width=0.6)
        below = [sum(pair) for pair in zip(below, spent, strict=True)]
    for place, whole in zip(places, below, strict=True):
        axes.text(place, whole, f"{whole:.0f} ms", ha="center", va="bottom")
    axes.set(xlabel="passages", ylabel="milliseconds a question, mean")
    axes.set_xticks(places, [f"{cost.passages:,}" for cost in costs])
    handles, labels = axes.get_legend_handles_labels()
    # As they lie on each other.
    figure.legend(handles[::-1], labels[::-1], loc="outside right center")
    return figure


def _legend(figure: Any, axes: Any) -> None:
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def _number(value: float, _: int) -> str:
    return f"{value:,.0f}"
