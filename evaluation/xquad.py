"""XQuAD, a public question-answering benchmark, read for measuring retrieval.

Artetxe, Ruder & Yogatama 2020, "On the Cross-lingual Transferability of Monolingual
Representations" (arXiv:1910.11856): 240 paragraphs of 48 Wikipedia articles and 1,190 questions of
SQuAD 1.1, translated by professionals. https://github.com/google-deepmind/xquad, CC-BY-SA 4.0.
"""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from evaluation.errors import EvaluationError

ORIGIN = "https://github.com/google-deepmind/xquad"
LANGUAGES = ("en", "es", "de", "ru", "ar", "zh", "el", "hi", "ro", "th", "tr", "vi")
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph to be found."""

    article: int
    """Counted from 0; the same in every language."""
    number: int
    """Counted from 1 in the article."""
    language: str
    title: str
    """English in every language."""
    text: str

    @property
    def embedded(self) -> str:
        """What is embedded of it, as ingest does."""
        return f"{self.title}. {self.text}"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the place, in the list of paragraphs, of the one that it was written for."""

    text: str
    paragraph: int
    answer: str
    """As it stands in the paragraph of the question's own language; empty where none is given."""
    start: int = 0
    """Where the answer begins in that paragraph's text."""


@dataclass(frozen=True, slots=True)
class Translation:
    """XQuAD in one language; paragraphs and questions are parallel in all of them."""

    paragraphs: tuple[Paragraph, ...]
    questions: tuple[Question, ...]


class _Answer(BaseModel):
    text: str
    answer_start: int = 0


class _Question(BaseModel):
    question: str
    answers: list[_Answer] = []


class _Paragraph(BaseModel):
    context: str
    qas: list[_Question]


class _Article(BaseModel):
    title: str
    paragraphs: list[_Paragraph]


class _File(BaseModel):
    data: list[_Article]


def available(folder: Path) -> tuple[str, ...]:
    """The languages whose file is in the folder, in a fixed order."""
    return tuple(language for language in LANGUAGES if _path(folder, language).is_file())


def load(folder: Path, languages: Iterable[str]) -> dict[str, Translation]:
    """Read the files of these languages.

    Raises:
        EvaluationError: one is missing, is not in SQuAD's format, or not parallel to the others.
    """
    translations = {language: _translation(folder, language) for language in languages}
    shapes = {
        tuple((p.article, p.number) for p in t.paragraphs): language
        for language, t in translations.items()
    }
    if len(shapes) > 1:
        one, other = list(shapes.values())[:2]
        raise EvaluationError(
            f"The files of “{one}” and “{other}” in {folder} do not have the same paragraphs; "
            f"take all of them from {ORIGIN}."
        )
    return translations


def mix(translations: Mapping[str, Translation]) -> tuple[Paragraph, ...]:
    """Each article in one of the languages, by turns."""
    parallel = [t.paragraphs for t in translations.values()]
    return tuple(same[same[0].article % len(parallel)] for same in zip(*parallel, strict=True))


def _path(folder: Path, language: str) -> Path:
    return folder / f"xquad.{language}.json"


def _translation(folder: Path, language: str) -> Translation:
    paragraphs: list[Paragraph] = []
    questions: list[Question] = []
    for place, article in enumerate(_read(_path(folder, language)).data):
        title = article.title.replace("_", " ")
        for number, paragraph in enumerate(article.paragraphs, 1):
            right = len(paragraphs)
            for q in paragraph.qas:
                first = q.answers[0] if q.answers else _Answer(text="")
                questions.append(Question(q.question, right, first.text, first.answer_start))
            paragraphs.append(Paragraph(place, number, language, title, paragraph.context))
    return Translation(tuple(paragraphs), tuple(questions))


def _read(path: Path) -> _File:
    try:
        return _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EvaluationError(
            f"{path} can't be read ({error.strerror}); XQuAD's files are at {ORIGIN}."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise EvaluationError(
            f"{path} is not in SQuAD's format ({first['msg']}); XQuAD's files are at {ORIGIN}."
        ) from error


def add_option(command: argparse.ArgumentParser) -> None:
    """``--xquad``."""
    command.add_argument(
        "--xquad",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="folder of xquad.en.json and the like",
    )
