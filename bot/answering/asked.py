"""Whether a sentence has the kind of thing that a question asks for."""

import re
from functools import cache
from typing import Literal

from bot.answering import data
from bot.answering.calendar_names import any_of, calendar_names
from bot.answering.claims import aligned
from bot.answering.cues import cues, languages
from bot.answering.lexicon import concepts, notions
from bot.answering.names import countries_in, country, name_groups, proper_names, same_name
from bot.answering.question import Question
from bot.answering.vocabulary import Vocabulary
from vectorstore.searchtext import fold, words

_FIGURES = re.compile(r"\d+(?:[.,' \u00a0\u202f’]\d{3})*(?:[.,]\d+)?")
_LIST_ENDS = re.compile(r",\s|\s(?:and|et|y|e|und|en|и|as well as|ainsi que|sowie)\s")
_KINDS: tuple[Literal["months", "days"], ...] = ("months", "days")
# Verbs, a march, a Marco: they are months only where ``kinds.toml`` says so.
_NO_MONTHS = frozenset({"may", "march", "marco"})
_LONGEST_ITEM = 7
_MOST_LISTED = 4
_NO_PERSON = frozenset({"museum", "university", "hospital", "company", "station"})
# They may mean one, and mostly don't.
ARTICLES = frozenset(
    {"un", "une", "una", "uno", "um", "uma", "een", "один", "одна"}
    | {"ein", "eine", "einen", "einem", "einer", "eines"}
)


def has_asked_kind(question: Question, text: str, language: str) -> bool:
    """Whether a text has a date, a number, a duration, a name …, as the question asks for."""
    known = cues(language)
    asks = question.asks
    if "how_old" in asks:
        return known.says_any("age", text)
    if "money" in asks:
        return _kinds()["money"].search(_folded(text)) is not None
    if "how_long" in asks:
        lasts = known.says_any("duration", text) and _has_number(text, language)
        return lasts or _kinds()["size"].search(_folded(text)) is not None
    if "how_many" in asks:
        return _has_new_number(question, text, language)
    if "when" in asks:
        dated = _kinds()["when"].search(_folded(text)) is not None
        return (
            dated
            or known.says_any("day", text)
            or (not known.spaced and _FIGURES.search(text) is not None)
        )
    if "why" in asks:
        return known.says_any("because", text)
    if "name" in asks:
        return any(not _placed(name, text) for name in new_names(question, text))
    if _asks_for_country(question):
        return bool(countries_in(text) - countries_in(question.text))
    if asks & {"who", "where"}:
        return bool(new_names(question, text)) and _says_office(question, text, language)
    return True


def _folded(text: str) -> str:
    return aligned(text).casefold()


def _has_number(text: str, language: str) -> bool:
    return _FIGURES.search(text) is not None or cues(language).says_any("number", text)


def _has_new_number(question: Question, text: str, language: str) -> bool:
    """Whether a text has a number that is no date and that the question doesn't have itself."""
    rest = _kinds()["dates"].sub(" ", _folded(text))
    asked = set(_FIGURES.findall(question.text))
    if any(number not in asked for number in _FIGURES.findall(rest)):
        return True
    own = ARTICLES | {*words(question.text)}
    return any(word not in own for word in cues(language).found("number", rest))


def new_names(question: Question, text: str) -> list[str]:
    """Capitalised words of a text that the question does not have."""
    asked = {fold(word) for word in words(question.text)}
    names = [name for name in proper_names(f". {text}") if fold(name) not in asked]
    return [name for name in names if not any(same_name(name, own) for own in question.names)]


def _asks_for_country(question: Question) -> bool:
    """Whether "which country", "quels pays" is asked."""
    which = question.asks & {"where", "list", "what"} and "said" not in question.asks
    return bool(which) and any("country" in notions(term) for term in question.terms[:2])


def office(question: Question) -> str:
    """The folded word for what somebody is who is asked for, "who is the mayor"; or ""."""
    found = cues(question.language).office(question.text)
    named = {fold(name) for name in question.names}
    if not found or found in named or found in cues(question.language).vague:
        return ""
    # "Who is expected", "who was invited": no office.
    verb = any(cues(question.language).asks[name].fullmatch(found) for name in ("past", "future"))
    return found if found in question.terms and not verb else ""


def _says_office(question: Question, text: str, language: str) -> bool:
    """Whether a text has what somebody is who is asked for, as far as that can be known: the mayor
    of "who is the mayor"."""
    asked = office(question)
    if not asked:
        return True
    if language != question.language and not (notions(asked) or concepts(asked)):
        return True
    return Vocabulary.of(text).hints_at(asked)


def _placed(name: str, text: str) -> bool:
    """Whether a name stands only where something is: "in Bregvik", "of Tarnholm"."""
    before = [m[1] for m in re.finditer(rf"(\S+)\s+{re.escape(name)}\b", text)]
    return bool(before) and all(_kinds()["place"].fullmatch(_folded(word)) for word in before)


def listed_names(question: Question, text: str, language: str) -> int:
    """How many answers to "who" or to a question for a list a sentence may give, up to 4.

    Of people those with a name of two words or more; of countries their names; of other things the
    items of an enumeration, or new names.
    """
    if "who" in question.asks:
        return min(_MOST_LISTED, _people(question, text))
    if not question.wants_list:
        return 0
    if _asks_for_country(question):
        return min(_MOST_LISTED, len(countries_in(text) - countries_in(question.text)))
    return min(_MOST_LISTED, _enumerated(text))


def _people(question: Question, text: str) -> int:
    """Names of two words or more that the question doesn't have and that are no country's."""
    asked = {fold(word) for word in words(question.text)}
    return sum(
        len(group) > 1
        and not any(country(word) or notions(fold(word)) & _NO_PERSON for word in group)
        and not asked.issuperset(map(fold, group))
        for group in name_groups(f". {text}")
    )


def _enumerated(text: str) -> int:
    """The items of the longest enumeration of short items; 0 for a single one."""
    longest = run = 0
    for part in _LIST_ENDS.split(text):
        run = run + 1 if len(part.split()) <= _LONGEST_ITEM else 0
        longest = max(longest, run)
    return longest if longest > 1 else 0


@cache
def _kinds() -> dict[str, re.Pattern[str]]:
    """The patterns of ``kinds.toml``."""
    month, day = any_of(_calendar("months") - _NO_MONTHS), any_of(_calendar("days"))
    return {
        kind: re.compile(pattern.replace("{month}", month).replace("{day}", day))
        for kind, pattern in data.table("kinds.toml").items()
    }


@cache
def calendar_words() -> frozenset[str]:
    """Folded names of months and days of the week in the languages that have cues."""
    found = {word for kind in _KINDS for name in _calendar(kind) for word in words(name)}
    return frozenset(found - {"may", "mai"}) | {"mai"}


def _calendar(kind: Literal["months", "days"]) -> set[str]:
    return {name for language in languages() for name in calendar_names(kind, language)}
