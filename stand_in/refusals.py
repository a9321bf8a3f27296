"""What real Discord refuses, and how it says so [topics/opcodes-and-status-codes, JSON]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

Json = dict[str, Any]
Path = tuple[str | int, ...]


class Refusal(Exception):
    """An answer of 400 and above."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code} {message} {errors or ''}".strip())
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    @property
    def body(self) -> Json:
        answer: Json = {"message": self.message, "code": self.code}
        return answer | {"errors": self.errors} if self.errors else answer


class FieldErrors:
    """Collects what is wrong with a body, so that one answer names it all."""

    def __init__(self) -> None:
        self.found: list[tuple[Path, str, str]] = []

    def add(self, path: Path, code: str, message: str) -> None:
        self.found.append((path, code, message))

    def length(self, path: Path, text: object, most: int, least: int = 0) -> None:
        """A string between `least` and `most` long; an absent one only where `least` is 0."""
        if text is None and not least:
            return
        if text is None or text == "":
            if least:
                self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not isinstance(text, str):
            self.add(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif len(text) > most:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        elif len(text) < least:
            bounds = f"Must be between {least} and {most} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", bounds)

    def count(self, path: Path, items: object, most: int, least: int = 0) -> list[Any]:
        """A list between `least` and `most` long; the list itself, or an empty one."""
        if items is None:
            items = []
        if not isinstance(items, list):
            self.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        if not least <= len(items) <= most:
            bounds = f"Must be between {least} and {most} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", bounds)
        return items

    def choice(self, path: Path, value: object, allowed: Iterable[object]) -> bool:
        known = list(allowed)
        if value in known and not isinstance(value, bool):
            return True
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{_listed(known)}}}.")
        return False

    def raise_if_any(self) -> None:
        if self.found:
            raise Refusal(400, 50035, "Invalid Form Body", self._tree())

    def _tree(self) -> Json:
        tree: Json = {}
        for path, code, message in self.found:
            node = tree
            for step in path:
                node = node.setdefault(str(step), {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        return tree


def _listed(values: list[object]) -> str:
    return ", ".join(str(value) for value in values)


def invalid(path: Path, code: str, message: str) -> Refusal:
    errors = FieldErrors()
    errors.add(path, code, message)
    return Refusal(400, 50035, "Invalid Form Body", errors._tree())


@contextmanager
def within(field: str) -> Iterator[None]:
    """What is wrong inside is wrong with that field of the whole body."""
    try:
        yield
    except Refusal as refusal:
        if refusal.errors:
            refusal.errors = {field: refusal.errors}
        raise


def unauthorized() -> Refusal:
    return Refusal(401, 0, "401: Unauthorized")


def missing_access() -> Refusal:
    return Refusal(403, 50001, "Missing Access")


def missing_permissions() -> Refusal:
    return Refusal(403, 50013, "Missing Permissions")


def unknown(what: str) -> Refusal:
    codes = {
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "User": 10013,
        "Emoji": 10014,
        "Webhook": 10015,
        "interaction": 10062,
        "application command": 10063,
    }
    return Refusal(404, codes[what], f"Unknown {what}")


def no_such_route() -> Refusal:
    return Refusal(404, 0, "404: Not Found")


def too_large() -> Refusal:
    return Refusal(413, 40005, "Request entity too large")
