"""A request as its handler sees it, and the table of routes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stand_in.backend import Backend
from stand_in.refusals import Json, Refusal, invalid
from stand_in.validation.messages import Upload


@dataclass
class Call:
    backend: Backend
    query: dict[str, str]
    body: Any = None
    uploads: list[Upload] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Json:
        if isinstance(self.body, dict):
            return self.body
        if self.body is None:
            return {}
        raise Refusal(400, 50035, "Invalid Form Body")

    def id(self, name: str) -> int:
        text = self.params[name]
        if not text.isdigit():
            message = f'Value "{text}" is not snowflake.'
            raise invalid((f"{name}_id",), "NUMBER_TYPE_COERCE", message)
        return int(text)


@dataclass(frozen=True)
class Answer:
    """JSON, or a file; 204 without a body where there is nothing to say."""

    payload: Any = None
    status: int = 200


NOTHING = Answer(status=204)
Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Handler
    #: Whether it takes the bot's token; interactions carry their own in the path.
    bot: bool

    def match(self, method: str, path: str) -> dict[str, str] | None:
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.template)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found and method == self.method else None


class Routes:
    def __init__(self) -> None:
        self.listed: list[Route] = []

    def add(self, method: str, template: str, *, bot: bool = True) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.listed.append(Route(method, template, handler, bot))
            return handler

        return register
