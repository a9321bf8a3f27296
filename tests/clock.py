"""A wall clock that tests set; the monotonic one goes on, as it does when somebody sets it."""

import sys
import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest

_PACKAGES = ("bot", "ingest", "vectorstore")


class Clock:
    """What the product's modules read in place of the machine's."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._stopped: datetime | None = None

    def now(self) -> datetime:
        return self._stopped or datetime.now(UTC) + self._offset

    def stop(self) -> None:
        """Stand still from now on."""
        self._stopped = self.now()

    def leap(self, by: timedelta) -> None:
        """Go on (or stand still) from a time so much later, or earlier."""
        if self._stopped:
            self._stopped += by
        self._offset += by

    def go_on(self) -> None:
        """Go again, by the machine's own time."""
        self._stopped, self._offset = None, timedelta()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> Self:
        clock = self

        class Told(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock.now().astimezone(tz)

        for name, module in list(sys.modules.items()):
            if name.split(".")[0] in _PACKAGES and vars(module).get("datetime") is datetime:
                monkeypatch.setattr(module, "datetime", Told)
        monkeypatch.setattr(time, "time", lambda: self.now().timestamp())
        return self


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().install(monkeypatch)
