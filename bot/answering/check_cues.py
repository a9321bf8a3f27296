"""The tables of ``checks.toml``: what the check of a sentence has to know of its language."""

import re
from dataclasses import dataclass
from functools import cache

from bot.answering import data
from bot.answering.cues import folded_text


@dataclass(frozen=True, slots=True)
class CheckCues:
    """The compiled table of one language."""

    negation: re.Pattern[str]
    no_denial: re.Pattern[str]
    ordinary: re.Pattern[str]

    def denies(self, text: str) -> bool:
        """Whether a text says that something is not so."""
        return self.negation.search(self.no_denial.sub(" ", folded_text(text))) is not None


def check_cues(language: str) -> CheckCues:
    """The cues of one of ``checked_languages``."""
    return _tables()[language]


def checked_languages() -> frozenset[str]:
    """Languages (ISO 639-1) whose sentences can be checked."""
    return frozenset(_tables())


@cache
def _tables() -> dict[str, CheckCues]:
    return {
        language: CheckCues(
            *(re.compile(rf"\b(?:{table[key]})\b") for key in ("negation", "no_denial", "ordinary"))
        )
        for language, table in data.table("checks.toml").items()
    }
