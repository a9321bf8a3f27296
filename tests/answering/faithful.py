"""Sentences in several languages that state the same, and what makes them false.

``tests/data/faithful.json`` has 26 invented statements in English (twice), French, German and
Spanish. Any of them is a faithful rendering of any other.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bot.answering.answer import Citation
from bot.answering.certainty import certainty_of
from bot.answering.checking import Source
from vectorstore.article import Matrix

STATEMENTS: list[dict[str, str]] = json.loads(
    (Path(__file__).parents[1] / "data" / "faithful.json").read_text(encoding="utf-8")
)
# The language written, and the one of the source.
PAIRS = ("en2<en", "en<fr", "fr<en", "de<es", "es<de", "en<de", "es<en", "fr<de", "de<fr")
PUBLISHED = "2025-02-16"

_NAMES = ("Ahmet Yilmaz", "Priya Raman", "Olaf Brinkhorst", "Trondheim")
_MONTHS = {
    "en": ("August", "July"),
    "fr": ("août", "juillet"),
    "de": ("August", "Juli"),
    "es": ("agosto", "julio"),
}
_WITH = {"en": "with", "fr": "avec", "de": "mit", "es": "con"}
_INSTEAD = {"en": "In", "fr": "À", "de": "In", "es": "En"}
_DONE = {
    "en": {
        "is expected to travel": "travelled",
        "could begin": "began",
        "will reopen": "reopened",
        "is expected to cost": "cost",
        "will be launched": "was launched",
    },
    "fr": {
        "devrait se rendre": "s’est rendu",
        "pourrait commencer": "a commencé",
        "rouvrira": "a rouvert",
        "devrait coûter": "a coûté",
        "sera lancé": "a été lancé",
    },
    "de": {
        "soll am Dienstag mit drei Beratern nach Riad reisen": (
            "reiste am Dienstag mit drei Beratern nach Riad"
        ),
        "könnte im März beginnen": "begann im März",
        "wird am 12. Mai 2026 wieder öffnen": "öffnete am 12. Mai 2026 wieder",
        "soll elf Millionen Dollar kosten": "kostete elf Millionen Dollar",
        "wird im November von Französisch-Guayana aus gestartet werden": (
            "startete im November von Französisch-Guayana aus"
        ),
    },
    "es": {
        "Se espera que Steve Witkoff viaje el martes": "Steve Witkoff viajó el martes",
        "podría comenzar": "comenzó",
        "reabrirá": "reabrió",
        "Se espera que la reparación del puente Kestrel cueste": (
            "La reparación del puente Kestrel costó"
        ),
        "será lanzado": "fue lanzado",
    },
}
_DENIAL = re.compile(
    r"\b(?:not|never) | (?:nicht|nie)\b|\b(?:no|nunca) |n’(?=a |est )|\b(?:pas|jamais) "
)


def source(text: str, language: str, vector: Matrix | None = None, marker: int = 1) -> Source:
    """A quote of an article in that language."""
    citation = Citation(
        marker=marker,
        article_id="a",
        title="News",
        source="news.txt",
        url=None,
        site=None,
        published=PUBLISHED,
        language=language,
        paragraph=1,
        quote=text,
        start=0,
        end=len(text),
        score=1.0,
        certainty=certainty_of(text, language),
        passage_id=1,
    )
    return Source(citation, text, np.ones(1, np.float32) if vector is None else vector)


def languages_of(pair: str) -> tuple[str, str]:
    written, _, quoted = pair.partition("<")
    return written, quoted


def unfaithful(sentence: str, language: str) -> Iterator[tuple[str, str]]:
    """What is wrong, and the sentence with it; only changes that make it false."""
    for n, name in enumerate(_NAMES):
        if n % 2:
            yield "name", re.sub(r"[.]$", f" {_WITH[language]} {name}.", sentence)
        else:
            yield "name", f"{name}: {sentence}"
    yield "name", f"{_INSTEAD[language]} Trondheim: {sentence}"
    yield from _other_name(sentence)
    yield from _other_numbers(sentence)
    yield "date", re.sub(r"[.]$", f" ({_MONTHS[language][0]} 2019).", sentence)
    yield "date", re.sub(r"[.]$", f", 23 {_MONTHS[language][1]} 2025.", sentence)
    for announced, done in _DONE[language].items():
        if announced in sentence:
            yield "certainty", sentence.replace(announced, done)
    if _DENIAL.search(sentence):
        yield "negation", _DENIAL.sub("", sentence)


def _other_name(sentence: str) -> Iterator[tuple[str, str]]:
    for name in ("Rubio", "Witkoff", "Norvia", "Brandt", "Keller", "Diallo", "Ormsay", "Cannes"):
        if name in sentence:
            yield "name", sentence.replace(name, "Merkel")


def _other_numbers(sentence: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"\d+", sentence):
        other = str(int(match.group()) + 3)
        yield "number", f"{sentence[: match.start()]}{other}{sentence[match.end() :]}"
