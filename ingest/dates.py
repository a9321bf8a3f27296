"""Days as pages write them, as ISO 8601."""

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from unicodedata import digit

_ISO = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?:T|\s|$)")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_ADDRESS = re.compile(r"/((?:19|20)\d\d)[-/](\d{1,2})[-/](\d{1,2})(?:[-/]|$)")
# Programs write 1970-01-01 and 0001-01-01 for “unknown”.
_FIRST_YEAR = 1980
_LONGEST = 80
_WORDS = 4
_WRITTEN = re.compile(
    r"\d{1,2}(?!\d)[^\d,;()]{1,25}(?:19|20)\d\d(?!\d)"  # 4 mars 2025, 04.03.2025
    r"|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d(?!\d)"
    r"|[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d(?!\d)"  # March 4, 2025
    r"|(?:19|20)\d\d[年./-]\s?\d{1,2}[月./-]\s?\d{1,2}日?"
)


def iso_day(value: str) -> str | None:
    """The day of a date that is written for programs, in its own time zone; None for no date."""
    for pattern in (_ISO, _COMPACT):
        if found := pattern.match(value):
            return _day(*map(int, found.groups()))
    if _EPOCH.fullmatch(value):
        seconds = int(value[:10])
        when = datetime.fromtimestamp(seconds, UTC)
        return _day(when.year, when.month, when.day)
    try:
        when = parsedate_to_datetime(value)  # RFC 5322: “Tue, 4 Mar 2025 08:00:00 GMT”
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _day(when.year, when.month, when.day)


def day_in_address(url: str) -> str | None:
    """The day in ``/2025/03/04/``, where sites put that of the first publication."""
    found = _ADDRESS.search(url)
    return _day(*map(int, found.groups())) if found else None


def written_day(text: str, language: str) -> str | None:
    """The day that a short line writes out, as “4 марта 2025, 10:30”; None for anything else."""
    found = _written(text)
    if found is None or (language == "en" and _is_ambiguous(found)):
        return None
    import dateparser  # 0.1 s, and most pages date themselves

    settings = {"STRICT_PARSING": True, "PARSERS": ["absolute-time"]}
    try:
        parsed = dateparser.parse(found, languages=[language], settings=settings)
    except ValueError:  # a language that dateparser doesn't know
        return None
    return _day(parsed.year, parsed.month, parsed.day) if parsed else None


def is_date_line(text: str) -> bool:
    """Whether a paragraph may be but a date, as “Published on 4 March 2025, 10:30”."""
    found = _written(text)
    return found is not None and len(_plain(text).replace(found, " ").split()) <= _WORDS


def _written(text: str) -> str | None:
    found = _WRITTEN.search(_plain(text)) if len(text) <= _LONGEST else None
    return found.group() if found else None


def _plain(text: str) -> str:
    """With the digits of Arabic, Devanagari and others as 0 to 9."""
    return "".join(str(digit(c)) if c.isdecimal() else c for c in text)


def _is_ambiguous(found: str) -> bool:
    """“04/03/2025”: March for some, April for others."""
    numbers = re.fullmatch(r"(\d{1,2})/(\d{1,2})/\d{4}", found)
    return numbers is not None and all(int(n) <= 12 for n in numbers.groups())


def _day(year: int, month: int, day: int) -> str | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    latest = datetime.now(UTC).date() + timedelta(days=2)  # time zones, and clocks that are off
    return found.isoformat() if date(_FIRST_YEAR, 1, 1) <= found <= latest else None
