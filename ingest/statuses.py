"""What an HTTP status means for somebody who wanted a page."""

import time
from email.utils import parsedate_to_datetime

import httpx

from ingest.errors import FetchFailed, Gone, TryLater


def refuse_errors(url: str, response: httpx.Response) -> None:
    """Raises ``FetchFailed`` for every status but 200."""
    status = response.status_code
    said = f"“{url}” answers {status} {response.reason_phrase}".rstrip()
    if status in {404, 410}:
        raise Gone(f"{said}: there is no such page{' any more' if status == 410 else ''}.")
    if status in {429, 503}:
        raise _try_later(said, response.headers.get("retry-after", "").strip())
    if status in {401, 402, 403}:
        raise FetchFailed(
            f"{said}: the site doesn't show it to a program; save its text to a file and add that."
        )
    if status >= 400:
        raise FetchFailed(f"{said}.")
    if status != 200:
        raise FetchFailed(f"“{url}” answers {status} without a page.")


def _try_later(said: str, wait: str) -> TryLater:
    """``wait`` is seconds or a date (RFC 9110, 10.2.3)."""
    if not wait:
        return TryLater(f"{said}.", 0)
    if wait.isdecimal():
        return TryLater(f"{said}: the site asks to try again in {wait[:20]} seconds.", float(wait))
    try:
        seconds = parsedate_to_datetime(wait).timestamp() - time.time()
    except (ValueError, OverflowError):
        seconds = 0
    return TryLater(f"{said}: the site asks to try again after {wait[:60]}.", max(0, seconds))
