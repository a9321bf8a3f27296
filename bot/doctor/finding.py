"""What ``python -m bot doctor`` finds."""

from dataclasses import asdict, dataclass
from typing import Literal

Status = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; both texts are sentences for an operator."""

    name: str
    status: Status
    told: str
    advice: str = ""
    """What to do; empty where there is nothing."""

    def to_json(self) -> dict[str, str]:
        """The object of ``bot doctor --json``; other programs read it."""
        return asdict(self)
