"""The golden run: every question to every system, and the figures for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from evaluation.golden import GoldenQuestion
from evaluation.scores import Scores, Trial, attempt, score
from evaluation.systems import System

MEASURES: Mapping[str, str] = {
    "recall_1": "right ¶ first (R@1)",
    "recall_5": "among the first 5 (R@5)",
    "recall_10": "among the first 10 (R@10)",
    "ndcg_10": "nDCG@10",
    "answer_in_quote": "answer in quote",
    "all_items_in_quote": "whole answer in quote",
    "citation_precision": "citation precision",
    "citation_recall": "citation recall",
    "overall_certainty": "certainty right, the answer",
    "certainty": "certainty right, every quote",
    "certainty_of_answer": "certainty right, quotes that answer",
    "false_answers_off_subject": "false answers, off subject",
    "false_answers_near_miss": "false answers, near misses",
    "false_refusals": "false refusals",
    "parity_gap_recall_1": "parity gap, R@1 (points)",
    "parity_gap_answer": "parity gap, answer (points)",
    "citations": "citations an answer",
    "median_seconds": "median seconds",
}
_NOT_SHARES = {"citations", "median_seconds"}
_BREAKDOWN = {
    "questions": "asked",
    "recall_1": "R@1",
    "answer_in_quote": "answer",
    "citation_precision": "precision",
    "citation_recall": "recall",
    "overall_certainty": "certainty",
    "false_refusals": "refused",
    "citations": "cited",
}
BREAKDOWN_HEADINGS = ("", *_BREAKDOWN.values())


@dataclass(frozen=True, slots=True)
class Column:
    """One system's trials."""

    system: str
    trials: tuple[Trial, ...]
    languages: Mapping[str, str]
    """Of each article file."""

    def only(self, **attributes: str) -> "Column":
        """The questions whose attributes are these, for instance ``language="fr"``."""
        chosen = (
            trial
            for trial in self.trials
            if all(getattr(trial.question, name) == value for name, value in attributes.items())
        )
        return Column(self.system, tuple(chosen), self.languages)

    def scores(self) -> Scores:
        return score(self.trials, self.languages)

    def values(self, attribute: str) -> list[str]:
        """What an attribute of the questions is, in their order."""
        return list(dict.fromkeys(str(getattr(t.question, attribute)) for t in self.trials))


def run(
    system: System,
    questions: Sequence[GoldenQuestion],
    languages: Mapping[str, str],
    progress: Console,
) -> Column:
    """Ask one system everything."""
    with progress.status(f"{system.name}: {len(questions)} questions"):
        trials = tuple(attempt(system, question) for question in questions)
    return Column(system.name, trials, languages)


def table(columns: Sequence[Column], title: str) -> Table:
    """The systems side by side, in percent but for citations and seconds."""
    shown = Table(title=title, title_justify="left")
    shown.add_column("percent")
    for column in columns:
        shown.add_column(column.system, justify="right")
    scores = [column.scores() for column in columns]
    for name, heading in MEASURES.items():
        shown.add_row(heading, *(figure(name, getattr(s, name)) for s in scores))
    return shown


def breakdown(column: Column, attribute: str) -> Table:
    """One system's figures by kind or by language of the question."""
    shown = Table(title=f"{column.system}, by {attribute} (percent)", title_justify="left")
    for place, heading in enumerate(BREAKDOWN_HEADINGS):
        shown.add_column(heading, justify="right" if place else "left")
    for row in breakdown_rows(column, attribute):
        shown.add_row(*row)
    return shown


def breakdown_rows(column: Column, attribute: str) -> Iterator[tuple[str, ...]]:
    """The cells of ``breakdown``; of what can't be answered, the share that was refused."""
    for value in column.values(attribute):
        scores = column.only(**{attribute: value}).scores()
        cells = {name: figure(name, getattr(scores, name)) for name in _BREAKDOWN}
        if value in ("near_miss", "off_subject"):
            false = getattr(scores, f"false_answers_{value}")
            cells["false_refusals"] = figure("", 1 - false)
        yield (value, *cells.values())


def figure(name: str, value: float | None) -> str:
    """A figure as people read it."""
    if value is None:
        return "–"
    if name == "questions":
        return str(value)
    return f"{value:.2f}" if name in _NOT_SHARES else f"{100 * value:.1f}"


def failures(trials: Sequence[Trial]) -> Iterator[str]:
    """What went wrong, with the quotes; ✓ marks those of a right paragraph."""
    for trial in trials:
        if not (wrong := faults(trial)):
            continue
        asked = trial.question
        before = f"“{asked.after}” → " if asked.after else ""
        lines = [f"{asked.id} [{asked.kind}] {', '.join(wrong)}: {before}{asked.question}"]
        for quote in trial.response.quotes:
            mark = "✓" if quote.places & {*asked.paragraphs} else "✗"
            where = ", ".join(f"{name} ¶ {number}" for name, number in sorted(quote.places))
            lines.append(f"    {mark} {where}: {' '.join(quote.text.split())}")
        if asked.answerable and trial.stated < 1:
            lines.append(f"    expected: {'; '.join('|'.join(item) for item in asked.answers)}")
        yield "\n".join(lines)


def faults(trial: Trial) -> list[str]:
    """The names of what is wrong with an answer."""
    if not trial.question.answerable:
        return ["false answer"] if trial.answered else []
    if not trial.answered:
        return ["refused"]
    certain = trial.certain or not trial.question.certainties
    said = "/".join(sorted({quote.certainty for quote in trial.response.quotes}))
    right = "/".join(sorted(trial.question.certainties))
    found = {
        f"states {trial.stated:.0%}": trial.stated == 1,
        f"precision {trial.precision:.0%}": trial.precision == 1,
        f"certainty {said} for {right}": certain,
    }
    return [fault for fault, fine in found.items() if not fine]
