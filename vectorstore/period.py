"""A period of publication: what `--since` and `--until` restrict an answer to."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from vectorstore.errors import EmptyPeriod, WrongDate

_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of publication, both ends included; an end that is None is open.

    An article is in it by the day that it gives, whatever its time zone; undated ones never are.
    """

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        """Raises ``EmptyPeriod`` where it would end before it begins."""
        if self.since and self.until and self.since > self.until:
            raise EmptyPeriod(self.since, self.until)

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day as ISO 8601, which sorts as time does."""
        return (self.since or date.min).isoformat(), (self.until or date.max).isoformat()


def first_day(written: str) -> date:
    """The day ``2025-02-18``, or the first one of ``2025-02`` or ``2025``; or ``WrongDate``."""
    return _day(written, last=False)


def last_day(written: str) -> date:
    """The day ``2025-02-18``, or the last one of ``2025-02`` or ``2025``; or ``WrongDate``."""
    return _day(written, last=True)


def read_period(since: str | None, until: str | None) -> Period | None:
    """The period between two dates as people write them; None where neither is given.

    Raises:
        WrongDate, EmptyPeriod: for the person who wrote them.
    """
    begins = first_day(since) if since is not None else None
    ends = last_day(until) if until is not None else None
    return Period(begins, ends) if begins or ends else None


def _day(written: str, *, last: bool) -> date:
    found = _WRITTEN.fullmatch(written.strip())
    if not found:
        raise WrongDate(written)
    year = int(found[1])
    try:
        month = int(found[2] or (12 if last else 1))
        return date(year, month, int(found[3] or (monthrange(year, month)[1] if last else 1)))
    except ValueError as error:
        raise WrongDate(written) from error
