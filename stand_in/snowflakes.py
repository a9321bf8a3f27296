"""Ids and times as Discord writes them [reference, Snowflakes]."""

from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000
_last = 0


def new_id() -> int:
    """An id later than every id before it, by Discord's clock: a bot's may be set."""
    global _last
    _last = max(_last + 1, (int(now().timestamp() * 1000) - EPOCH_MS) << 22)
    return _last


def created_at(snowflake: int) -> datetime:
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC)


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def now() -> datetime:
    return datetime.now(UTC)
