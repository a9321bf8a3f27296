"""Dates that a sentence tells from the day of its writing: "yesterday", "samedi", "in zwei Wochen".

What is told from another moment of the story ("the day before", "la veille", "three days later"),
or can be meant in two ways, is not resolved: a wrong date is worse than none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.answering.answer import Certainty
from bot.answering.date_words import DateWords, Rule, date_words
from bot.answering.tense import Tense, tense_of
from vectorstore.searchtext import fold

Precision = Literal["day", "week", "weekend", "month", "year"]

# A day and a month without a year so near are meant, whatever the tense: "will follow the call of
# 12 February", written on the 16th.
_NEAR = timedelta(days=45)
# Without a tense, a day further off could be in either year.
_FAR = timedelta(days=92)
_SUNDAY = 6
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
_OPENS = re.compile(r"(?:^|[.!?:…\n])[\s\"“”„«»‘’'\-–—(]*$")


@dataclass(frozen=True, slots=True)
class Resolved:
    """Words for a date, and the days that they stand for."""

    words: str
    """As they stand in the text."""
    first: date
    last: date
    """The first day again where one day is meant."""
    precision: Precision
    relative: bool = True
    """False for a day and a month that only lack the year."""


def day_of(published: date | str | None) -> date | None:
    """The day of an article's date as the catalog has it; None where there is none to be read."""
    if isinstance(published, datetime):
        return published.date()
    if published is None or isinstance(published, date):
        return published
    try:
        return date.fromisoformat(published[:10])
    except ValueError:
        return None


def resolve(
    text: str,
    language: str,
    published: date | str | None,
    certainty: Certainty | None = None,
) -> list[Resolved]:
    """The dates that a text of this day leaves to its reader, in reading order.

    ``certainty`` of the text decides whether a bare "Saturday" was or is to come where the words
    around it don't tell. Weeks last from Monday to Sunday.
    """
    words, day = date_words(language), day_of(published)
    if words is None or day is None:
        return []
    folded, places = _folded(text)
    found = []
    for rule, match in _matches(folded, words):
        start, end = places[match.start()], places[match.end() - 1] + 1
        if rule.kind == "ignored" or _is_name(text, start, rule, language):
            continue
        tense = tense_of(text, start, end, language, words, certainty)
        if (days := _days(rule, match, words, day, tense)) is not None:
            found.append(Resolved(text[start:end], *days, relative=rule.kind != "date"))
    return found


def _folded(text: str) -> tuple[str, list[int]]:
    """The text without accents, with single spaces; and where each character stood."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = " " if character.isspace() else character.translate(_APOSTROPHES)
        if plain == " " and folded[-1:] == [" "]:
            continue
        # Case stays: it tells "Morgen" from "morgen".
        for letter in plain if plain.isascii() else _without_accents(plain):
            folded.append(letter)
            places.append(place)
    return "".join(folded), places


def _without_accents(character: str) -> str:
    plain = fold(character)
    return plain.upper() if character.isupper() else plain


def _matches(folded: str, words: DateWords) -> Iterator[tuple[Rule, re.Match[str]]]:
    """What matches, from left to right, of several the longest; nothing twice."""
    matches = [(rule, m) for rule in words.rules for m in rule.pattern.finditer(folded)]
    reached = 0
    for rule, match in sorted(matches, key=lambda found: (found[1].start(), -found[1].end())):
        if match.start() >= reached and match.end() > match.start():
            yield rule, match
            reached = match.end()


def _is_name(text: str, start: int, rule: Rule, language: str) -> bool:
    """Whether a capital letter inside a sentence makes a name of the words: "USA Today"."""
    if rule.kind in ("bare", "date") and language in ("en", "de"):
        return False
    return text[start].isupper() and not _OPENS.search(text[:start])


_Days = tuple[date, date, Precision]


def _days(
    rule: Rule, match: re.Match[str], words: DateWords, day: date, tense: Tense | None
) -> _Days | None:
    """The days meant; None where that can't be told."""
    if rule.kind in ("bare", "this", "last", "next"):
        weekday = words.weekdays[fold(match["weekday"])]
        return _one_day(_weekday(rule, weekday, day, tense))
    if rule.kind == "date":
        return _one_day(_in_some_year(match, words, day, tense))
    if rule.kind in ("ago", "ahead", "ahead_if_expected"):
        if rule.kind == "ahead_if_expected" and tense != "coming":
            # "In three days" may be how long something took.
            return None
        number = words.number(fold(match["n"]))
        sign = -1 if rule.kind == "ago" else 1
        return _shifted(day, words.unit(fold(match["unit"])), sign * number)
    if rule.kind == "week" and not rule.shift and day.weekday() == _SUNDAY and tense == "coming":
        # "They meet this week", written on a Sunday: the week that ends or the one that begins?
        return None
    return _shifted(day, rule.kind, rule.shift)


def _one_day(day: date | None) -> _Days | None:
    return None if day is None else (day, day, "day")


def _weekday(rule: Rule, weekday: int, day: date, tense: Tense | None) -> date | None:
    """The day itself counts for its own name, unless it is last or next …day."""
    behind = timedelta((day.weekday() - weekday) % 7)
    ahead = timedelta((weekday - day.weekday()) % 7)
    if rule.kind == "last":
        return day - (behind or timedelta(7))
    if rule.kind == "next":
        return day + (ahead or timedelta(7))
    if not behind:
        return day
    if tense is None:
        return day + ahead if rule.kind == "this" else None
    return day - behind if tense == "past" else day + ahead


def _in_some_year(
    match: re.Match[str], words: DateWords, day: date, tense: Tense | None
) -> date | None:
    """The day of that name that is meant: the nearest, unless the verb tells of another year."""
    month, of_month = words.months[fold(match["month"])], int(match["d"])
    weekday = match["weekday"] and words.weekdays[fold(match["weekday"])]
    years = [_date(year, month, of_month) for year in (day.year - 1, day.year, day.year + 1)]
    known = [d for d in years if d and weekday in (None, d.weekday())]
    nearest = min(known, key=lambda d: abs(d - day), default=None)
    if nearest is None or abs(nearest - day) <= _NEAR:
        return nearest
    if tense is None:
        return nearest if abs(nearest - day) <= _FAR else None
    if tense == "coming":
        return next((d for d in known if d > day), None)
    return next((d for d in reversed(known) if d < day), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shifted(day: date, unit: str, by: int) -> _Days | None:
    """So many units from the day; a week, month or year is the whole one that it falls into."""
    try:
        if unit == "day":
            return _one_day(day + timedelta(by))
        if unit in ("week", "weekend"):
            monday = day - timedelta(day.weekday()) + timedelta(weeks=by)
            sunday = monday + timedelta(6)
            if unit == "week":
                return monday, sunday, "week"
            return sunday - timedelta(1), sunday, "weekend"
        if unit == "year":
            return date(day.year + by, 1, 1), date(day.year + by, 12, 31), "year"
        year, month = divmod(day.year * 12 + day.month - 1 + by, 12)
        first = date(year, month + 1, 1)
        return first, (first + timedelta(31)).replace(day=1) - timedelta(1), "month"
    except (ValueError, OverflowError):
        # "900 years ago" was before the calendar began, as far as this goes.
        return None
