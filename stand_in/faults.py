"""Failures a test orders in advance, and enforced rate limits [topics/rate-limits]."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .refusals import Json

#: A limit so wide that the client never waits, unless a test orders a narrower one.
WIDE = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "49", "X-RateLimit-Reset-After": "1.0"}


@dataclass
class Fault:
    """The next `times` requests that match are answered so, after `delay` seconds."""

    method: str
    pattern: str
    status: int | None
    times: int
    retry_after: float = 0.1
    delay: float = 0.0
    is_global: bool = False
    via: bool = True
    #: What was asked for is done all the same.
    done: bool = False

    @property
    def headers(self) -> dict[str, str]:
        if self.status != 429:
            return {}
        headers = limit_headers(1, 0, self.retry_after) | {"Retry-After": str(self.retry_after)}
        headers["X-RateLimit-Scope"] = "global" if self.is_global else "user"
        if self.is_global:
            headers["X-RateLimit-Global"] = "true"
        return headers | ({"Via": "1.1 google"} if self.via else {})

    @property
    def body(self) -> Json:
        if self.status == 429:
            message = "You are being rate limited."
            return {"message": message, "retry_after": self.retry_after, "global": self.is_global}
        return {"message": f"{self.status}: as ordered by the test", "code": 0}


@dataclass
class Bucket:
    """At most `limit` matching requests in `seconds`, counted a path."""

    method: str
    pattern: str
    limit: int
    seconds: float
    _seen: dict[str, deque[float]] = field(default_factory=dict)

    def admit(self, path: str) -> tuple[bool, dict[str, str]]:
        now = time.monotonic()
        seen = self._seen.setdefault(path, deque())
        while seen and now - seen[0] >= self.seconds:
            seen.popleft()
        admitted = len(seen) < self.limit
        if admitted:
            seen.append(now)
        reset_after = self.seconds - (now - seen[0])
        return admitted, limit_headers(self.limit, self.limit - len(seen), reset_after)


class Faults:
    def __init__(self) -> None:
        self.ordered: list[Fault] = []
        self.buckets: list[Bucket] = []

    def take(self, method: str, path: str) -> Fault | None:
        for fault in self.ordered:
            if _matches(fault.method, fault.pattern, method, path):
                fault.times -= 1
                if not fault.times:
                    self.ordered.remove(fault)
                return fault
        return None

    def limited(self, method: str, path: str) -> tuple[Fault | None, dict[str, str]]:
        """A 429 if a bucket is full; the headers for the answer either way."""
        for bucket in self.buckets:
            if _matches(bucket.method, bucket.pattern, method, path):
                admitted, headers = bucket.admit(path)
                if admitted:
                    return None, headers
                wait = float(headers["X-RateLimit-Reset-After"])
                return Fault(method, path, 429, 1, retry_after=wait), headers
        return None, WIDE


def limit_headers(limit: int, remaining: int, reset_after: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{time.time() + reset_after:.3f}",
        "X-RateLimit-Reset-After": f"{reset_after:.3f}",
    }


def _matches(wanted: str, pattern: str, method: str, path: str) -> bool:
    return wanted in ("*", method) and fnmatchcase(path, pattern)
