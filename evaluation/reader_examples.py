"""What the reader learns of XQuAD: questions beside their own paragraphs, and near misses.

Near misses are what tells a reader from a search: questions about a passage's own subject that it
does not answer (Rajpurkar et al. 2018, arXiv:1806.03822).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.errors import EvaluationError
from evaluation.xquad import Paragraph, Translation
from ingest.sentences import sentences
from vectorstore.bundled.reader import Readable

LANGUAGES: Mapping[str, float] = {
    "en": 0.3,
    "es": 0.22,
    "de": 0.22,
    "ru": 0.16,
    "zh": 0.05,
    "ar": 0.05,
}
"""Of XQuAD, and how often each is drawn."""
NEAR_MISSES = Path(__file__).with_name("training") / "xquad-near-misses.jsonl"
_HELD_OUT, _OF = 5, 6
"""Every sixth article is never trained on."""
_SAME_LANGUAGE = 0.45
"""How often question and paragraph are in one language, beside when it falls so by chance."""
_PART = 2, 4
"""As many sentences of a paragraph are read, at least and at most."""
_NEAR_MISSES, _ELSEWHERE = 0.35, 0.2
"""The shares of near misses, and of questions beside another paragraph of the same article."""


class NearMiss(BaseModel):
    """A question that a paragraph of XQuAD does not answer, though it is about its subject."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paragraph: int
    """Its place among all of XQuAD, from 0."""
    language: str
    """Of the question, ISO 639-1."""
    question: str


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a passage, and which of its sentences answer; none: it doesn't tell."""

    question: str
    passage: Readable
    right: frozenset[int]

    def part(self, rng: Random) -> "Example":
        """The same with some neighbouring sentences alone, those that answer among them: news has
        shorter paragraphs than an encyclopedia."""
        sentences, length = self.passage.sentences, rng.randint(*_PART)
        first, last = min(self.right, default=0), max(self.right, default=0)
        if len(sentences) <= length or last - first >= length:
            return self
        latest = len(sentences) - length
        begin = rng.randint(0, latest)
        if self.right:
            begin = rng.randint(max(0, last - length + 1), min(first, latest))
        passage = Readable(self.passage.title, sentences[begin : begin + length])
        return Example(self.question, passage, frozenset(n - begin for n in self.right))


class XquadExamples:
    """Questions and near misses about XQuAD's paragraphs, in all pairs of its languages."""

    def __init__(
        self, translations: Mapping[str, Translation], near_misses: Sequence[NearMiss]
    ) -> None:
        """``translations`` are in some of ``LANGUAGES``.

        Raises:
            EvaluationError: there are fewer paragraphs than near misses are about.
        """
        self._translations = translations
        self._spans = {
            language: [sentences(p.text, language) for p in own.paragraphs]
            for language, own in translations.items()
        }
        self._paragraphs = next(iter(translations.values())).paragraphs
        if any(near.paragraph not in range(len(self._paragraphs)) for near in near_misses):
            raise EvaluationError(
                f"XQuAD has only {len(self._paragraphs)} paragraphs here; near misses are about "
                "others."
            )
        self._near = near_misses
        self._drawn_near = self._near_misses(held_out=False)
        self._drawn = self._numbers(held_out=False)

    def questions(self, asked: str, told: str, *, held_out: bool) -> list[Example]:
        """All questions, in one language, beside their own paragraphs in another."""
        return [self._example(number, asked, told) for number in self._numbers(held_out=held_out)]

    def near_misses(self, told: str, *, held_out: bool) -> list[Example]:
        """All of them, beside their paragraphs in a language."""
        return [self._missed(near, told) for near in self._near_misses(held_out=held_out)]

    def draw(self, rng: Random) -> Example:
        """One that may be trained on."""
        return self._drawn_whole(rng).part(rng)

    def _drawn_whole(self, rng: Random) -> Example:
        told, asked = self._language(rng), self._language(rng)
        if rng.random() < _SAME_LANGUAGE:
            asked = told
        kind = rng.random()
        if kind < _NEAR_MISSES and self._drawn_near:
            return self._missed(rng.choice(self._drawn_near), told)
        number = rng.choice(self._drawn)
        own = self._example(number, asked, told)
        others = self._others(self._translations[told].questions[number].paragraph)
        if kind < 1 - _ELSEWHERE or not others:
            return own
        return Example(own.question, self._passage(rng.choice(others), told), frozenset())

    def _language(self, rng: Random) -> str:
        known = list(self._translations)
        return rng.choices(known, [LANGUAGES[language] for language in known])[0]

    def _example(self, number: int, asked: str, told: str) -> Example:
        question = self._translations[told].questions[number]
        end = question.start + len(question.answer)
        right = frozenset(
            n
            for n, span in enumerate(self._spans[told][question.paragraph])
            if span.start < end and question.start < span.end
        )
        text = self._translations[asked].questions[number].text
        return Example(text, self._passage(question.paragraph, told), right)

    def _missed(self, near: NearMiss, told: str) -> Example:
        return Example(near.question, self._passage(near.paragraph, told), frozenset())

    def _passage(self, number: int, language: str) -> Readable:
        # Without its title, which is English in every language.
        text = self._translations[language].paragraphs[number].text
        spans = self._spans[language][number]
        return Readable("", tuple(text[span.start : span.end] for span in spans))

    def _others(self, number: int) -> list[int]:
        """The other paragraphs of the same article."""
        article = self._paragraphs[number].article
        return [n for n, p in enumerate(self._paragraphs) if p.article == article and n != number]

    def _numbers(self, *, held_out: bool) -> list[int]:
        questions = next(iter(self._translations.values())).questions
        return [
            n
            for n, question in enumerate(questions)
            if _is_held_out(self._paragraphs[question.paragraph]) == held_out
        ]

    def _near_misses(self, *, held_out: bool) -> list[NearMiss]:
        return [n for n in self._near if _is_held_out(self._paragraphs[n.paragraph]) == held_out]


def read_near_misses(path: Path) -> list[NearMiss]:
    """Those of a file, one JSON object a line; raises ``EvaluationError``."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [NearMiss.model_validate_json(line) for line in lines if line.strip()]
    except ValidationError as error:
        first = error.errors()[0]
        raise EvaluationError(f"{path} has a line that is no near miss: {first['msg']}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"The near misses {path} can't be read: {error}.") from error


def _is_held_out(paragraph: Paragraph) -> bool:
    return paragraph.article % _OF == _HELD_OUT
