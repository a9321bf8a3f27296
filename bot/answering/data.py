"""The tables and lists that stand beside the code, for those who know a language to edit."""

import tomllib
from importlib.resources import files
from typing import Any


def table(name: str) -> dict[str, Any]:
    """A TOML file of this package."""
    return tomllib.loads(_text(name))


def lines(name: str) -> list[str]:
    """The lines of a text file of this package that are neither empty nor a comment."""
    return [line for line in _text(name).splitlines() if line.strip() and line[0] != "#"]


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
