"""The fixed words of the Discord side, one TOML file a language.

A translator copies ``en.toml``, translates the right-hand sides and keeps the ``{names}``. The
file's name is the language; nothing else needs to change.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """Every fixed word in one language; an attribute is a key of the file."""

    nearest: str
    undated: str
    untitled: str
    paragraph: str
    ask_something: str
    wrong_date: str
    empty_period: str
    busy: str
    closing: str
    apology: str
    not_moderator: str
    not_a_url: str
    attachment_gone: str
    waiting: str
    reading: str
    progress: str
    nothing_to_ingest: str
    added: str
    updated: str
    unchanged: str
    duplicate: str
    failed: str
    passages: str
    more: str
    articles: str
    own: str
    no_articles: str
    commands: dict[str, str]
    """Descriptions of commands and options, by the ``key`` of their English text in the code."""


def words(*preferred: str) -> Words:
    """The words in the first of these languages or Discord locales (``es-419``) that has a file,
    else in English."""
    there = languages()
    names = (language.split("-")[0].lower() for language in preferred)
    return _load(next((name for name in names if name in there), FALLBACK))


@cache
def languages() -> tuple[str, ...]:
    """The languages that there is a file for."""
    found = (file.name.partition(".") for file in files(__package__).iterdir())
    return tuple(sorted(stem for stem, _, ending in found if ending == "toml"))


@cache
def _load(language: str) -> Words:
    text = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return Words(**tomllib.loads(text))
