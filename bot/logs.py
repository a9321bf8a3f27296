"""Log lines as key=value or JSON, with the request that they belong to, and without secrets."""

import json
import logging
import re
import secrets
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

Format = Literal["logfmt", "json"]
Level = Literal["debug", "info", "warning", "error"]

_request: ContextVar[str] = ContextVar("request", default="")

_HIDDEN = "[secret]"
# A shorter secret is as likely a word of a sentence.
_SHORTEST_SECRET = 6
_HIDING = (
    # An interaction's token, with which anybody can answer in the bot's name for 15 minutes.
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.=-]{20,}"), rf"\1{_HIDDEN}"),
    (re.compile(r"""(["']token["']: ?["'])[^"']+"""), rf"\1{_HIDDEN}"),
    # The password in an address.
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"), rf"\1{_HIDDEN}"),
)
_OWN_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
# They tell every address that is fetched, in a line of their own.
_TALKATIVE = ("httpx", "httpcore", "aiohttp.access")


def begin_request() -> str:
    """A new id for all that this context logs from here on, in the tasks that it starts too."""
    request = secrets.token_hex(4)
    _request.set(request)
    return request


def request_id() -> str:
    """Of the request that is being served; empty outside of any."""
    return _request.get()


def start_logging(
    level: Level, form: Format, hidden: Iterable[str], stream: TextIO | None = None
) -> None:
    """Write all logs of the process to standard error; ``hidden`` are secrets that none may tell.

    Below the level ``debug`` no line has the text of an article or a question.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Structured(form, hidden))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else "WARNING")


class Structured(logging.Formatter):
    """One line a record, whatever it holds: time, level, logger, request, message, and what the
    call gave as ``extra``."""

    def __init__(self, form: Format, hidden: Iterable[str]) -> None:
        super().__init__()
        self._json = form == "json"
        # The longest first: one secret may begin with another.
        known = sorted((s for s in hidden if len(s) >= _SHORTEST_SECRET), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if request := request_id():
            fields["request"] = request
        fields["message"] = record.getMessage()
        given = {k: v for k, v in record.__dict__.items() if k not in _OWN_FIELDS}
        fields |= {k: v for k, v in given.items() if isinstance(v, str | int | float | bool)}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack"] = record.stack_info
        shown = {k: self._hide(v) if isinstance(v, str) else v for k, v in fields.items()}
        if self._json:
            return json.dumps(shown)
        return " ".join(f"{key}={_logfmt(value)}" for key, value in shown.items())

    def _hide(self, text: str) -> str:
        if self._known:
            text = self._known.sub(_HIDDEN, text)
        for pattern, shown in _HIDING:
            text = pattern.sub(shown, text)
        return text


def _logfmt(value: object) -> str:
    """A value that can neither end its line nor pretend to be another field or a terminal's
    control sequence."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value)
    if text and text.isprintable() and not re.search(r'[\s="\\]', text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in quoted)
