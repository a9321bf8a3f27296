"""Golden questions: what is asked, what answers it, and where that stands in the articles."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.errors import EvaluationError

Kind = Literal[
    "fact",
    "list",
    "date",
    "number",
    "expected",
    "claimed",
    "near_miss",
    "off_subject",
    "follow_up",
]
Split = Literal["tune", "report"]
Place = tuple[str, int]
"""A file, relative to the articles' folder, and a paragraph, counted from 1 as ingested."""

OWN_QUESTIONS = Path(__file__).with_name("golden.jsonl")
OWN_ARTICLES = Path(__file__).parents[1] / "articles"
UNANSWERABLE = ("near_miss", "off_subject")


class GoldenQuestion(BaseModel):
    """One line of a file of golden questions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: Kind
    language: str
    """Of the question, ISO 639-1."""
    question: str
    after: str | None = None
    """The question asked just before."""
    answers: tuple[tuple[str, ...], ...] = ()
    """The items of the answer; of each, the wordings that count, as they stand in the articles."""
    paragraphs: tuple[Place, ...] = ()
    """Every paragraph that is a right citation, in all languages."""
    certainty: str | tuple[str, ...] | None = None
    """What the answer may say of its certainty; None: that is not measured."""
    split: Split = "report"

    @property
    def answerable(self) -> bool:
        return self.kind not in UNANSWERABLE

    @property
    def certainties(self) -> frozenset[str]:
        found = self.certainty or ()
        return frozenset([found] if isinstance(found, str) else found)


def load(path: Path) -> list[GoldenQuestion]:
    """Read a file of golden questions, one JSON object a line.

    Raises:
        EvaluationError: it can't be read, a line is not a question, or an id occurs twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"The questions {path} can't be read: {error}.") from error
    questions = [_question(path, n, line) for n, line in enumerate(lines, 1) if line.strip()]
    if not questions:
        raise EvaluationError(f"There is no question in {path}.")
    ids = [question.id for question in questions]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise EvaluationError(f"{path}: more than one question has the id “{twice[0]}”.")
    return questions


def check(questions: Sequence[GoldenQuestion], paragraphs: Mapping[Place, str]) -> None:
    """Whether what the questions expect stands in the articles; raises ``EvaluationError``."""
    for question in questions:
        if question.answerable != bool(question.answers and question.paragraphs):
            raise EvaluationError(
                f"Question {question.id} (“{question.kind}”) must have "
                + ("answers and paragraphs." if question.answerable else "no answer.")
            )
        if missing := [place for place in question.paragraphs if place not in paragraphs]:
            name, number = missing[0]
            raise EvaluationError(
                f"Question {question.id}: the articles have no paragraph {number} of {name}."
            )
        text = "\n".join(paragraphs[place] for place in question.paragraphs)
        if lacking := [item for item in question.answers if not states(text, item)]:
            raise EvaluationError(
                f"Question {question.id}: “{lacking[0][0]}” is in none of its paragraphs."
            )


def states(text: str, item: Sequence[str]) -> bool:
    """Whether one of an item's wordings stands in the text, whatever the case and the spaces."""
    folded = _folded(text)
    return any(_folded(wording) in folded for wording in item)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _question(path: Path, number: int, line: str) -> GoldenQuestion:
    try:
        return GoldenQuestion.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise EvaluationError(
            f"{path}, line {number} is no golden question: {where or 'it'}: {first['msg']}."
        ) from error
