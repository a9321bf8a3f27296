"""The dates that a text states, in the notation of its language."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bot.answering.calendar_names import any_of, calendar_names
from bot.answering.stated_numbers import READABLE
from vectorstore.searchtext import clean, fold


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as far as it is stated; ``weekday`` is 0 on Mondays."""

    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None


def stated_dates(text: str, language: str) -> tuple[list[StatedDate], str]:
    """The dates of a text, and the text without them."""
    if language not in READABLE:
        language = "en"
    rest = _unaccented(clean(text))
    found: list[StatedDate] = []

    def take(match: re.Match[str]) -> str:
        found.append(_read(match, language))
        return " "

    for pattern in _patterns(language):
        rest = pattern.sub(take, rest)
    return found, rest


def is_stated(wanted: StatedDate, among: list[StatedDate], published: date | None) -> bool:
    """Whether one of these dates, or the day of publication, is the wanted one.

    A year or a weekday that a date leaves open is found from the day of publication.
    """
    known = [_completed(each, published) for each in among]
    if published:
        known.append([_full(published)])
    return any(_agree(wanted, each) for days in known for each in days)


def _completed(stated: StatedDate, published: date | None) -> list[StatedDate]:
    """The days that a stated date may be, and itself."""
    if published is None:
        return [stated]
    if stated.weekday is not None:
        near = (published + timedelta(days=n) for n in range(-7, 8))
        return [stated, *(_full(day) for day in near if day.weekday() == stated.weekday)]
    if stated.month is not None and stated.year is None:
        years = range(published.year - 1, published.year + 2)
        months = {12 * (y - published.year) + stated.month - published.month: y for y in years}
        year = months[min(months, key=abs)]
        return [stated, _with_weekday(StatedDate(stated.day, stated.month, year))]
    return [stated, _with_weekday(stated)]


def _full(day: date) -> StatedDate:
    return StatedDate(day.day, day.month, day.year, day.weekday())


def _with_weekday(stated: StatedDate) -> StatedDate:
    if stated.day is None or stated.month is None or stated.year is None:
        return stated
    try:
        return _full(date(stated.year, stated.month, stated.day))
    except ValueError:
        return stated


def _agree(wanted: StatedDate, known: StatedDate) -> bool:
    """Whether all that is wanted is known."""
    pairs = (
        (wanted.day, known.day),
        (wanted.month, known.month),
        (wanted.year, known.year),
        (wanted.weekday, known.weekday),
    )
    return all(part is None or part == other for part, other in pairs)


def _read(match: re.Match[str], language: str) -> StatedDate:
    parts = match.groupdict()
    if name := parts.get("weekday"):
        return StatedDate(weekday=calendar_names("days", language)[fold(name)])
    month = parts["month"]
    number = int(month) if month.isdigit() else calendar_names("months", language)[fold(month)]
    day, year = parts.get("day"), parts.get("year")
    found = (int(day) if day else None, number)
    if number > 12:
        found = (number, found[0] or 0)
    return StatedDate(*found, int(year) if year else None)


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    month = f"(?P<month>{any_of(calendar_names('months', language))})"
    day = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|o|º|\.)?"
    year = r"(?:,? (?:de |del |do )?(?P<year>\d{4}))"
    of = r" (?:of |de |d'|di )?"
    # "may" and "march" are verbs in English: alone they have to follow a preposition.
    alone = (
        r"\b(?:in|since|until|by|early|late|mid|last|next|this|of) " if language == "en" else r"\b"
    )
    texts = (
        r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:T[\d:]+)?\b",
        rf"{day}{of}{month}\b{year}?",
        rf"\b{month} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]){year}?",
        r"\b(?P<day>\d{1,2})(?:/|\.)(?P<month>\d{1,2})(?:/|\.)(?P<year>\d{4})\b",
        r"\b(?P<day>\d{1,2})/(?P<month>\d{1,2})\b",
        rf"{alone}{month}\b{year}?",
        rf"\b(?P<weekday>{any_of(calendar_names('days', language))})",
    )
    return tuple(re.compile(text, re.IGNORECASE) for text in texts)


def _unaccented(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
