"""Names of months and days of the week, from the Unicode CLDR (babel)."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Literal

from babel import Locale

from vectorstore.searchtext import fold


@cache
def calendar_names(kind: Literal["months", "days"], language: str) -> dict[str, int]:
    """Folded full names with the month (from 1) or the day (0 is Monday)."""
    contexts = getattr(Locale(language), kind).values()
    return {
        fold(str(name)): int(number)
        for context in contexts
        for number, name in context["wide"].items()
    }


def any_of(names: Iterable[str]) -> str:
    """A regular expression for one of the names, the longest that fits."""
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))
