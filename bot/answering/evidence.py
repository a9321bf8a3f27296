"""From retrieved passages to the sentences that answer.

A sentence is scored by what it means (its vector against the question's), by the question's words
that it or its neighbours have, and by whether it has the kind of thing that is asked for. The
sentence vectors were made at ingest.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from babel import Locale
from langchain_core.documents import Document

from bot.answering.answer import Certainty
from bot.answering.certainty import certainty_of
from bot.answering.cues import cues, folded_text, languages
from bot.answering.names import country, proper_names, same_name
from bot.answering.question import Question
from vectorstore import Catalog, HybridRetriever
from vectorstore.article import Matrix
from vectorstore.lexical import Lexical
from vectorstore.searchtext import fold, words

# The weights were found on XQuAD and an article of the user's; `python -m evaluation` measures.
_PREVIOUS = 0.3
_PASSAGE = 0.8
_LEXICAL = 3.0
_NEIGHBOUR = 0.7
_CUE = 0.9
# The spread of cosines among the sentences of near passages: a difference of this much counts 1.
_COSINE_UNIT = 0.09
_STEM = 5
_DIGITS = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a retrieved passage, and what speaks for it."""

    document: Document
    """The passage; its metadata says which article and paragraph."""
    text: str
    start: int
    """In the paragraph, like ``end``."""
    end: int
    position: int
    """In the passage, from 0."""
    cosine: float
    lexical: float
    """Share of the question's words, weighted by rarity."""
    has_asked: bool
    """It has the kind of thing that is asked for, or nothing in particular is."""
    certainty: Certainty
    score: float = 0.0

    @property
    def language(self) -> str:
        return str(self.document.metadata["language"])

    @property
    def place(self) -> tuple[str, int, int]:
        """Article, paragraph and offset: sorts sentences of an article in reading order."""
        meta = self.document.metadata
        return str(meta["article_id"]), int(meta["paragraph"]), self.start


class EvidenceReader:
    """Scores the sentences of retrieved passages."""

    def __init__(self, catalog: Catalog, retriever: HybridRetriever) -> None:
        self._catalog = catalog
        self._retriever = retriever
        self._lexical = Lexical(catalog)

    def read(self, question: Question, documents: Sequence[Document]) -> list[Sentence]:
        """All sentences of the passages with their scores, best first."""
        vector = self._retriever.question_vector(question.text)
        idf = self._lexical.idf(question.terms)
        ids = [int(document.metadata["passage_id"]) for document in documents]
        passages = self._catalog.passages(ids)
        vectors = self._catalog.vectors(ids)
        sentences: list[Sentence] = []
        previous: list[float] = []
        for document, i in zip(documents, ids, strict=True):
            # Removed by another process since it was retrieved: gone is gone.
            if i not in passages or i not in vectors:
                continue
            stored = vectors[i]
            raw = stored.sentences if len(stored.sentences) else stored.passage[np.newaxis]
            centred = self._retriever.centring.passages(raw)
            previous += _with_previous(centred, vector)
            for n, span in enumerate(passages[i].sentences):
                sentences.append(
                    _sentence(
                        question, document, n, span.start, span.end, float(centred[n] @ vector), idf
                    )
                )
        return _scored(sentences, previous)


def _sentence(
    question: Question,
    document: Document,
    position: int,
    start: int,
    end: int,
    cosine: float,
    idf: dict[str, float],
) -> Sentence:
    text = document.page_content[start:end]
    language = str(document.metadata["language"])
    offset = int(document.metadata["start"])
    return Sentence(
        document=document,
        text=text,
        start=offset + start,
        end=offset + end,
        position=position,
        cosine=cosine,
        lexical=lexical_share(idf, text),
        has_asked=has_asked_kind(question, text, language),
        certainty=certainty_of(text, language),
    )


def lexical_share(idf: dict[str, float], text: str) -> float:
    """The part of the question's words that a text has, weighted by their rarity, 0 to 1.

    Words count as the same by their first five letters, by the country they stand for, or by
    being spellings of one name.
    """
    total = sum(idf.values())
    if not total:
        return 0.0
    found = words(text)
    stems = {word[:_STEM] for word in found}
    countries = {code for word in found if (code := country(word))}
    shared = sum(
        weight
        for term, weight in idf.items()
        if term[:_STEM] in stems or ((code := country(term)) and code in countries)
    )
    return shared / total


def has_asked_kind(question: Question, text: str, language: str) -> bool:
    """Whether a text has a date, a number, a duration, a name …, as the question asks for."""
    known = cues(language)
    asks = question.asks
    if "how_old" in asks or "how_long" in asks:
        return known.says_any("duration", text) and _has_number(text, language)
    if "how_many" in asks:
        return _has_number(text, language)
    if "when" in asks:
        return _DIGITS.search(text) is not None or known.says_any("day", text) or _calendar(text)
    if "why" in asks:
        return known.says_any("because", text)
    if "who" in asks or "where" in asks:
        return _new_name(question, text)
    return True


def _has_number(text: str, language: str) -> bool:
    return _DIGITS.search(text) is not None or cues(language).says_any("number", text)


def _calendar(text: str) -> bool:
    """Whether a month or a day of the week is named, in any language that we know."""
    return bool(calendar_words() & set(folded_text(text).split()))


def _new_name(question: Question, text: str) -> bool:
    asked = {fold(word) for word in words(question.text)}
    names = [name for name in proper_names(f". {text}") if fold(name) not in asked]
    return any(not any(same_name(name, own) for own in question.names) for name in names)


def _with_previous(centred: Matrix, vector: Matrix) -> list[float]:
    """Cosine of each sentence together with the one before it, from their mean vector."""
    pairs = centred.copy()
    pairs[1:] += centred[:-1]
    norms = np.maximum(np.linalg.norm(pairs, axis=1), 1e-9)
    return [float(c) for c in (pairs @ vector) / norms]


def _scored(sentences: list[Sentence], previous: list[float]) -> list[Sentence]:
    if not sentences:
        return []
    lexical = [s.lexical for s in sentences]
    scored = []
    for i, sentence in enumerate(sentences):
        near = [
            lexical[j]
            for j in (i - 1, i + 1)
            if 0 <= j < len(sentences) and sentences[j].document is sentence.document
        ]
        passage = float(sentence.document.metadata["cosine"])
        meaning = sentence.cosine + _PREVIOUS * previous[i] + _PASSAGE * passage
        score = (
            meaning / _COSINE_UNIT
            + _LEXICAL * sentence.lexical
            + _NEIGHBOUR * max(near, default=0.0)
            + _CUE * sentence.has_asked
        )
        scored.append(replace(sentence, score=score))
    return sorted(scored, key=lambda s: -s.score)


@cache
def calendar_words() -> frozenset[str]:
    """Folded names of months and days of the week in the languages that have cues."""
    found: set[str] = set()
    for language in languages():
        locale = Locale(language)
        for names in (locale.months, locale.days):
            for context in names.values():
                wide = context.get("wide", {})
                found.update(word for name in wide.values() for word in words(str(name)))
    return frozenset(found - {"may", "mai"}) | {"mai"}
