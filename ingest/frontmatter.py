"""The YAML block that may come before a text: ``---``, ``title: …``, ``---``."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

from ingest.canonical import is_http_url
from ingest.errors import BadFrontMatter

_BLOCK = re.compile(
    r"\s*---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_KNOWN = re.compile(
    r"^(title|published|date|modified|updated|language|lang|url|site|author)\s*:", re.MULTILINE
)
# PyYAML reads 50 kB a second, and what is longer is no metadata.
_LONGEST_BLOCK = 20_000


class _AliasRefusedError(yaml.YAMLError):
    """A short text of aliases can stand for gigabytes."""


class _Loader(yaml.BaseLoader):
    """The base loader makes no dates and numbers: they are read, and refused, by us."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise _AliasRefusedError
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the block says; None for what it doesn't."""

    title: str | None = None
    published: str | None = None
    """ISO 8601, like ``modified``."""
    modified: str | None = None
    language: str | None = None
    url: str | None = None
    site: str | None = None
    author: str | None = None


def parse_front_matter(name: str, text: str) -> tuple[FrontMatter, str]:
    """The front matter and the text after it.

    Raises:
        BadFrontMatter: wrong YAML, or a date, language or URL in it that is none.
    """
    block = _BLOCK.match(text)
    if block is None:
        return FrontMatter(), text
    values = _values(name, block.group(1))
    if values is None:
        return FrontMatter(), text
    published = values.get("published") or values.get("date")
    modified = values.get("modified") or values.get("updated")
    language = values.get("language") or values.get("lang")
    url = values.get("url")
    found = FrontMatter(
        title=values.get("title"),
        published=_iso_date(name, published) if published else None,
        modified=_iso_date(name, modified) if modified else None,
        language=_language(name, language) if language else None,
        url=_web_address(name, url) if url else None,
        site=values.get("site"),
        author=values.get("author"),
    )
    return found, text[block.end() :]


def _values(name: str, block: str) -> dict[str, str] | None:
    """The block's scalars and lists as text; None where the dashes enclose something else."""
    if len(block) > _LONGEST_BLOCK:
        if not _KNOWN.search(block, 0, _LONGEST_BLOCK):
            return None
        raise BadFrontMatter(
            f"The front matter of “{name}” is longer than {_LONGEST_BLOCK:,} characters."
        )
    try:
        loaded = yaml.load(block, _Loader)
    except (yaml.YAMLError, RecursionError) as error:
        if not _KNOWN.search(block):
            return None
        raise BadFrontMatter(_problem(name, error)) from error
    if not isinstance(loaded, dict):
        return {} if loaded is None else None
    return {str(key).lower(): line for key, value in loaded.items() if (line := _line(value))}


def _problem(name: str, error: Exception) -> str:
    if isinstance(error, _AliasRefusedError):
        return (
            f"The front matter of “{name}” has YAML anchors or aliases (& and *), which are not "
            "read; write each value out, in quotes if it begins with one of these."
        )
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 2}" if mark else ""
    return (
        f"The front matter of “{name}” is not valid YAML{where}; put values that hold a colon or "
        "begin with a quote in quotes."
    )


def _line(value: object) -> str:
    """A scalar, or a list of scalars; nothing else is read."""
    if isinstance(value, list):
        return ", ".join(filter(None, (_line(one) for one in value if isinstance(one, str))))
    line = " ".join(value.split()) if isinstance(value, str) else ""
    return "" if line in {"~", "null"} else line


def _iso_date(name: str, value: str) -> str:
    parsed = iso_date(value)
    if parsed is None:
        raise BadFrontMatter(
            f"The date “{value}” in the front matter of “{name}” can't be read; write it as "
            "YYYY-MM-DD."
        )
    return parsed


def iso_date(value: str) -> str | None:
    """The same date, or date and time, as ISO 8601 writes it; None for what is no such date."""
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(value.strip()).isoformat()
        except ValueError:
            continue
    return None


def _language(name: str, value: str) -> str:
    code = language_code(value)
    if code is None:
        raise BadFrontMatter(
            f"The language “{value}” in the front matter of “{name}” is no ISO 639-1 code; write "
            "for instance “en” or “fr”."
        )
    return code


def language_code(tag: str) -> str | None:
    """The ISO 639-1 part of a language tag such as ``pt-BR``."""
    code = re.split("[-_]", tag.strip().lower())[0]
    return code if re.fullmatch("[a-z]{2}|und", code) else None


def _web_address(name: str, value: str) -> str:
    if is_web_address(value):
        return value
    raise BadFrontMatter(
        f"The url “{value}” in the front matter of “{name}” is no http or https address."
    )


def is_web_address(value: str) -> bool:
    """Whether a text is an http(s) URL with a host, and nothing else."""
    return value == value.strip() and " " not in value and is_http_url(value)
