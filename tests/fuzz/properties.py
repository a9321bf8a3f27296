"""What hypothesis makes up, where it matters how the pieces of an input lie: arguments, options,
lines of JSON."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.conftest import ROOT
from vectorstore.embeddings import NamedEmbeddings, load_embeddings


@dataclass(frozen=True)
class Property:
    """Inputs, and what opens the parts that they go to."""

    inputs: SearchStrategy[Any]
    opened: Callable[[Path], AbstractContextManager[Callable[[Any], None]]]
    """Gets an empty folder, which is the current one; gives a check, which raises."""
    found: Sequence[Any] = ()
    """Inputs that something was wrong with once."""


def rounds(
    inputs: SearchStrategy[Any], check: Callable[[Any], None], first: int, count: int
) -> None:
    """Raises what the check raises, for the shortest input that hypothesis finds, which is in the
    error's notes."""

    @seed(first)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs)
    def tried(made: Any) -> None:
        check(made)

    tried()


# Surrogates too: they stand for bytes that are no UTF-8, in arguments, file names and settings.
TEXT = st.text(st.characters(exclude_characters="\x00"), max_size=40) | st.binary(max_size=12).map(
    lambda data: os.fsdecode(data.replace(b"\x00", b""))
)
NASTY = st.sampled_from(
    [
        *("", " ", "-", "--", "@everyone", "<@1>", "²", "１", "٣", "9" * 20, "9" * 5000, "-1"),
        *("\ud800", "\x1b[2J", "\u202e", "\u2028", "[1](x)", "%00", "%s", "{0}", "' OR 1=1 --"),
        *("*", '"', "a*", "NEAR(a b)", "NULL", "nan", "inf", "1e999", "true", "null", "[]", "{}"),
        *("2025-02-30", "0000", "9999-12", "2025-02-18", "2024", "http://[", "http://127.0.0.1:1/"),
    ]
)
WORDS = TEXT | NASTY


SAMPLES = [
    str(ROOT / "articles" / f"2025-02-{name}.md")
    for name in ("18-us-russia-talks-riyadh.en", "15-rubio-lavrov-appel.fr")
]


@cache
def _loaded(name: str, folder: Path | None = None, **_: bool) -> NamedEmbeddings:
    return load_embeddings(name, folder)


@contextmanager
def loaded_once() -> Iterator[None]:
    """The embedding model, which every command would load again."""
    with patch("vectorstore.store.load_embeddings", _loaded):
        yield
