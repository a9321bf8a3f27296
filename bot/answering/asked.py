"""Whether a sentence has the kind of thing that a question asks for."""

import re
from functools import cache
from typing import Literal

from bot.answering.calendar_names import calendar_names
from bot.answering.cues import cues, folded_text, languages
from bot.answering.names import CAPITALISES_NOUNS, proper_names, same_name
from bot.answering.question import Question
from vectorstore.searchtext import fold, words

_DIGITS = re.compile(r"\d")
_MOST_LISTED = 4


def has_asked_kind(question: Question, text: str, language: str) -> bool:
    """Whether a text has a date, a number, a duration, a name …, as the question asks for."""
    known = cues(language)
    asks = question.asks
    if "how_old" in asks:
        return known.says_any("age", text)
    if "how_long" in asks:
        return known.says_any("duration", text) and _has_number(text, language)
    if "how_many" in asks:
        return _has_number(text, language)
    if "when" in asks:
        return _DIGITS.search(text) is not None or known.says_any("day", text) or _calendar(text)
    if "why" in asks:
        return known.says_any("because", text)
    if "who" in asks or "where" in asks:
        return bool(new_names(question, text))
    return True


def _has_number(text: str, language: str) -> bool:
    return _DIGITS.search(text) is not None or cues(language).says_any("number", text)


def _calendar(text: str) -> bool:
    """Whether a month or a day of the week is named, in any language that we know."""
    return bool(calendar_words() & set(folded_text(text).split()))


def new_names(question: Question, text: str) -> list[str]:
    """Capitalised words of a text that the question does not have."""
    asked = {fold(word) for word in words(question.text)}
    names = [name for name in proper_names(f". {text}") if fold(name) not in asked]
    return [name for name in names if not any(same_name(name, own) for own in question.names)]


def listed_names(question: Question, text: str, language: str) -> int:
    """How many new names a sentence gives to a question for a list, up to 4; 0 in German, which
    capitalises every noun."""
    if not question.wants_list or language in CAPITALISES_NOUNS:
        return 0
    return min(_MOST_LISTED, len(new_names(question, text)))


@cache
def calendar_words() -> frozenset[str]:
    """Folded names of months and days of the week in the languages that have cues."""
    kinds: tuple[Literal["months", "days"], ...] = ("months", "days")
    names = (calendar_names(kind, language) for language in languages() for kind in kinds)
    found = {word for each in names for name in each for word in words(name)}
    return frozenset(found - {"may", "mai"}) | {"mai"}
