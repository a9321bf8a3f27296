"""Words that tell what a question asks for, and how certain a sentence is of what it says.

The tables are in ``cues.toml``. A language that has none gets no cues: its questions ask for
nothing in particular and its sentences count as reported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.answering import data
from vectorstore.searchtext import clean, words

_UNSPACED = frozenset({"zh"})
_QUESTION_WORDS = frozenset(
    {"what", "who", "when", "where", "how_many", "how_long", "how_old", "why"}
)


@dataclass(frozen=True, slots=True)
class Cues:
    """The compiled tables of one language."""

    asks: dict[str, re.Pattern[str]]
    says: dict[str, re.Pattern[str]]
    vague: frozenset[str] = frozenset()
    """Folded words of questions that an answer need not have."""
    counts: re.Pattern[str] | None = None
    """Finds what "how many" counts, as its group."""
    holds: re.Pattern[str] | None = None
    """Finds what somebody is in "who is the mayor", as its group "office"."""
    spaced: bool = True
    """False where words are not parted by spaces: then patterns are over the text as it is."""

    def asked(self, text: str) -> frozenset[str]:
        """Which of the ``asks`` patterns a question matches.

        Of the question words only the first counts: "What did he say when …" asks for no date.
        """
        subject = self._subject(text)
        found = {n: m.start() for n, p in self.asks.items() if (m := p.search(subject))}
        first = min((found[name] for name in _QUESTION_WORDS & found.keys()), default=0)
        return frozenset(n for n in found if n not in _QUESTION_WORDS or found[n] == first)

    def says_any(self, name: str, text: str) -> bool:
        """Whether a sentence has the cue; False where the language lists none."""
        pattern = self.says.get(name)
        if pattern is None:
            return False
        if ignored := self.says.get("ignored"):
            text = ignored.sub(" ", text)
        subject = clean(text).casefold() if name == "inflected" else self._subject(text)
        return pattern.search(subject) is not None

    def found(self, name: str, text: str) -> list[str]:
        """The words of a sentence that are the cue; none where the language lists none."""
        pattern = self.says.get(name)
        return [m[0] for m in pattern.finditer(self._subject(text))] if pattern else []

    def counted(self, question: str) -> list[str]:
        """The two folded words after "how many": "evacuated people"."""
        match = self.counts.search(self._subject(question)) if self.counts else None
        return match[1].split() if match else []

    def office(self, question: str) -> str:
        """The folded word for what somebody is who is asked for: "who is the *mayor*"; or ""."""
        match = self.holds.match(self._subject(question)) if self.holds else None
        return match["office"] if match else ""

    def leans(self, text: str) -> bool:
        """Whether a sentence begins by pointing back: a pronoun or a connector."""
        pattern = self.says.get("leans")
        return pattern is not None and pattern.match(self._subject(text)) is not None

    def opens(self, names: frozenset[str], text: str) -> bool:
        """Whether a text begins with one of these ``asks`` patterns."""
        subject = self._subject(text)
        return any(self.asks[name].match(subject) for name in names & self.asks.keys())

    def _subject(self, text: str) -> str:
        return folded_text(text) if self.spaced else clean(text)


def folded_text(text: str) -> str:
    """Folded words with one space between: what most patterns are written for."""
    return " ".join(words(text))


@cache
def _tables() -> dict[str, Cues]:
    return {
        language: Cues(
            _compiled(table["asks"], language),
            _compiled(table["says"], language),
            frozenset(table.get("vague", "").split()),
            _counts(table.get("counts")),
            _holds(table.get("holds")),
            language not in _UNSPACED,
        )
        for language, table in data.table("cues.toml").items()
    }


def _compiled(table: dict[str, str], language: str) -> dict[str, re.Pattern[str]]:
    edge = "" if language in _UNSPACED else r"\b"
    return {name: re.compile(f"{edge}(?:{pattern}){edge}") for name, pattern in table.items()}


def _counts(opening: str | None) -> re.Pattern[str] | None:
    return re.compile(rf"\b(?:{opening}) (\w+(?: \w+)?)") if opening else None


def _holds(opening: str | None) -> re.Pattern[str] | None:
    return re.compile(rf"(?:{opening})\b(?P<office>\w+)") if opening else None


_NONE = Cues({}, {})


def cues(language: str) -> Cues:
    """The cues of a language (ISO 639-1); empty ones where we have none."""
    return _tables().get(language, _NONE)


def languages() -> Iterator[str]:
    """The languages that have cues, the most asked first."""
    return iter(_tables())
