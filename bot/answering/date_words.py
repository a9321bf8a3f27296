"""The words of ``dates.toml``, compiled, with the names of days and months."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from bot.answering import data
from bot.answering.calendar_names import any_of, calendar_names

Kind = Literal[
    "ignored", "date", "ago", "ahead", "ahead_if_expected",
    "bare", "this", "last", "next",
    "day", "week", "weekend", "month", "year",
]  # fmt: skip
"""``day`` to ``year``: so many of them from the day of writing; ``bare`` to ``next``: weekdays."""

_PATTERNS: tuple[Kind, ...] = (
    "ignored", "date", "ago", "ahead", "ahead_if_expected", "bare", "this", "last", "next",
)  # fmt: skip
_SHIFTS: tuple[Kind, ...] = ("day", "week", "weekend", "month", "year")
_DAY_OF_MONTH = r"(?P<d>[12]\d|3[01]|0?[1-9])"
_TOKEN = re.compile(r"(?<!P)<(?:on|weekday|month|d|n|unit)>")
_GROUP_NAME = re.compile(r"\(\?P<\w+>")
_THIS = r"(?:(?:this|ce|este|esta|diese[mn]|deze|quest[oa]|n?est[ea]) )?"
_ARTICLES = r"(?:(?:the|le|dem|den|el|dia|il|o|de) ){0,2}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to say a date."""

    kind: Kind
    shift: int
    """How many days, weeks … from the day of writing; 0 where the pattern itself tells."""
    pattern: re.Pattern[str]
    """Over folded text with plain apostrophes; with the groups weekday, month, d, n and unit."""


@dataclass(frozen=True, slots=True)
class DateWords:
    """What one language says for dates."""

    rules: tuple[Rule, ...]
    weekdays: dict[str, int]
    """Folded names, Monday is 0."""
    months: dict[str, int]
    numbers: tuple[re.Pattern[str], ...]
    units: dict[str, re.Pattern[str]]
    past: re.Pattern[str]
    coming: re.Pattern[str]
    undecided: re.Pattern[str]
    parts: re.Pattern[str]

    def number(self, written: str) -> int:
        """Of figures or a number word."""
        if written.isdigit():
            return int(written)
        return next(n for n, word in enumerate(self.numbers, 1) if word.fullmatch(written))

    def unit(self, written: str) -> str:
        """``day``, ``week``, ``month`` or ``year``."""
        return next(name for name, word in self.units.items() if word.fullmatch(written))


@cache
def date_words(language: str) -> DateWords | None:
    """The table of a language (ISO 639-1); None where we have none."""
    table = _raw().get(language)
    if table is None:
        return None
    weekdays = calendar_names("days", language) | table.get("weekdays", {})
    months = {n: m for n, m in calendar_names("months", language).items() if not n.isdigit()}
    tokens = _tokens(table, weekdays, months)
    return DateWords(
        rules=tuple(_rules(table, tokens)),
        weekdays=weekdays,
        months=months,
        numbers=tuple(_compiled(word) for word in table["numbers"]),
        units={name: _compiled(word) for name, word in table["units"].items()},
        past=_compiled(table["past"]),
        coming=_compiled(table["coming"]),
        undecided=_compiled(table["undecided"]),
        parts=_compiled(table["parts"]),
    )


def date_languages() -> tuple[str, ...]:
    """The languages that have a table."""
    return tuple(_raw())


@cache
def _raw() -> dict[str, Any]:
    return data.table("dates.toml")


def _tokens(table: Any, weekdays: dict[str, int], months: dict[str, int]) -> dict[str, str]:
    weekday, month = any_of(weekdays), any_of(months)
    numbers = "|".join([r"\d{1,3}", *table["numbers"]])
    return {
        "<on>": f"(?:{_THIS}(?P<weekday>{weekday}),? {_ARTICLES})?",
        "<weekday>": f"(?P<weekday>{weekday})",
        "<month>": f"(?P<month>{month})",
        "<d>": _DAY_OF_MONTH,
        "<n>": f"(?P<n>{numbers})",
        "<unit>": f"(?P<unit>{'|'.join(table['units'].values())})",
    }


def _rules(table: Any, tokens: dict[str, str]) -> Iterator[Rule]:
    for kind in _PATTERNS:
        for pattern in table[kind]:
            yield Rule(kind, 0, _compiled(_filled(pattern, tokens)))
    for kind in _SHIFTS:
        for shift, pattern in table[kind].items():
            yield Rule(kind, int(shift), _compiled(pattern))


def _filled(pattern: str, tokens: dict[str, str]) -> str:
    named: set[str] = set()

    def written(token: re.Match[str]) -> str:
        group = tokens[token.group()]
        # A name can be given to one group only; which "ignored" alternative matched is no matter.
        if token.group() in named or (token.group() == "<weekday>" and "<on>" in named):
            group = _GROUP_NAME.sub("(?:", group)
        named.add(token.group())
        return group

    return _TOKEN.sub(written, pattern)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)
