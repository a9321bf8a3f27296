"""The numbers that a text states, whatever their notation: 1,000 is 1 000 and mille.

Number words are read by text2num in its languages; "a" and "one" are often articles, so a 1 counts
only in figures.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from babel import Locale
from text_to_num import alpha2digit

from vectorstore.searchtext import clean

READABLE = frozenset({"en", "fr", "es", "de", "it", "pt"})
"""Languages whose number words are read."""

_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.33", "⅔": "0.67"}
_FRACTION = re.compile(rf"(\d+)?\s?([{''.join(_FRACTIONS)}])")
_AND_A_HALF = re.compile(
    r"(\d+)(?:\s\w+)?\s(?:and a half|et demie?|y medi[ao]|e mezz[ao]|e mei[ao])\b", re.IGNORECASE
)
# German writes it in one word: viereinhalb.
_GERMAN_HALF = re.compile(r"\b(\w{3,}?)einhalb\w*|\b(anderthalb|eineinhalb)\w*", re.IGNORECASE)
# Ordinals that are other words more often: "secondo il sindaco", "a few seconds".
_NO_NUMBERS = re.compile(
    r"\b(secondo|segundos?|second(s|es|e)?|prim[eo]r?(?=[ -]minist)|premi[eè]re?(?=[ -]minist)"
    r"|one another)\b",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"\d{1,3}(?:[., '’]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_CLOCK = re.compile(
    r"\b(\d{1,2})(?:(?::| h |h)(\d{2})|(?= ?[ap]\.? ?m\b))(?: ?([ap])\.? ?m\b)?", re.I
)
# text2num reads these after words only, not after figures.
_ITALIAN_SCALES = {"milion": 10**6, "miliard": 10**9}
_ITALIAN_SCALE = re.compile(r"\b(milion|miliard)[eio]\b", re.IGNORECASE)
_SCALES = frozenset({Decimal(10) ** n for n in (3, 6, 9, 12)})


def stated_numbers(text: str, language: str) -> set[Decimal]:
    """Every number of a text, in figures or words; hours of the day as on a 24-hour clock."""
    found: set[Decimal] = set()
    rest = _without(_FRACTION, text, found, _mixed)
    rest = clean(rest)
    if language == "de":
        rest = _without(_GERMAN_HALF, rest, found, _german_half)
    rest = _without(_CLOCK, rest, found, _clock)
    found |= {n for n in _figures(rest, language) if n == 1}
    if language in READABLE:
        rest = alpha2digit(_NO_NUMBERS.sub(" ", rest), language, 0)
        rest = _ITALIAN_SCALE.sub(lambda m: str(_ITALIAN_SCALES[m[1].lower()]), rest)
    rest = _without(_AND_A_HALF, rest, found, lambda m: [Decimal(m[1]) + Decimal("0.5")])
    return found | {n for n in _figures(rest, language) if n != 1}


def _without(
    pattern: re.Pattern[str],
    text: str,
    found: set[Decimal],
    read: Callable[[re.Match[str]], list[Decimal]],
) -> str:
    """The text without what the pattern matches, whose numbers are added to those found."""
    for match in pattern.finditer(text):
        found.update(read(match))
    return pattern.sub(" ", text)


def _mixed(match: re.Match[str]) -> list[Decimal]:
    return [Decimal(match[1] or 0) + Decimal(_FRACTIONS[match[2]])]


def _german_half(match: re.Match[str]) -> list[Decimal]:
    whole = "1" if match[2] else alpha2digit(match[1], "de", 0)
    return [Decimal(whole) + Decimal("0.5")] if whole.isdigit() else []


def _clock(match: re.Match[str]) -> list[Decimal]:
    hour = int(match[1])
    if match[3]:
        hour = hour % 12 + (12 if match[3] in "pP" else 0)
    return [Decimal(hour), *([Decimal(match[2])] if int(match[2] or 0) else [])]


def _figures(text: str, language: str) -> Iterator[Decimal]:
    """Numbers in figures; "3 1000000", which is left of "3 million", is one."""
    before: Decimal | None = None
    end = -1
    for match in _FIGURES.finditer(text):
        number = _decimal(match.group(), language)
        if before is not None:
            if number in _SCALES and text[end : match.start()] in (" ", "-"):
                yield before * number
                before, end = None, match.end()
                continue
            yield before
        before, end = number, match.end()
    if before is not None:
        yield before


def _decimal(figures: str, language: str) -> Decimal:
    mark = _decimal_mark(language)
    parts = re.split(r"[., '’]", figures)
    if len(parts) == 1:
        return Decimal(figures)
    grouped = all(len(part) == 3 for part in parts[1:])
    if grouped and (len(parts) > 2 or figures[len(parts[0])] != mark):
        return Decimal("".join(parts))
    return Decimal(f"{''.join(parts[:-1])}.{parts[-1]}").normalize()


def _decimal_mark(language: str) -> str:
    return str(Locale(language).number_symbols["latn"]["decimal"]) if language in READABLE else "."
