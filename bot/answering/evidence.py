"""From retrieved passages to the sentences that answer.

A sentence is scored by what it means (its vector against the question's), by the question's words
that it or its neighbours have, and by whether it has the kind of thing that is asked for. The
sentence vectors were made at ingest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from langchain_core.documents import Document

from bot.answering.answer import Certainty
from bot.answering.asked import has_asked_kind, listed_names
from bot.answering.certainty import certainty_of
from bot.answering.claims import asks_for_words, goes_on
from bot.answering.cues import cues
from bot.answering.question import Question
from bot.answering.vocabulary import Vocabulary
from vectorstore import Catalog, HybridRetriever, LateInteraction, Passage, Span
from vectorstore.article import Matrix
from vectorstore.lexical import Lexical

# The weights were found on XQuAD and an article of the user's; `python -m evaluation` measures.
_PREVIOUS = 0.3
_PASSAGE = 0.8
_LEXICAL = 3.0
_NEIGHBOUR = 0.7
_CUE = 0.9
_LISTED_NAME = 0.3

# Of two sentences that say the same, the asker reads the one in the own language more easily.
_OWN_LANGUAGE = 0.2
# Late interaction, whose spread among the sentences of near passages is 0.1.
_INTERACTION = 20.0
# The spread of cosines among the sentences of near passages: a difference of this much counts 1.
_COSINE_UNIT = 0.065


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a retrieved passage, and what speaks for it."""

    document: Document
    """The passage; its metadata says which article and paragraph."""
    text: str
    start: int
    """In the paragraph, like ``end``."""
    end: int
    cosine: float
    lexical: float
    """Share of the question's words, weighted by rarity."""
    has_asked: bool
    """It has the kind of thing that is asked for, or nothing in particular is."""
    certainty: Certainty
    listed: int
    """How many new names it gives to a question for a list, up to 4; 0 in German."""
    vector: Matrix = field(repr=False, compare=False)
    """Centred, unit length."""
    matches: Matrix | None = field(repr=False, compare=False, default=None)
    """How near each token of the question comes to one of the sentence; None where the model shows
    no tokens."""
    interaction: float = 0.0
    """The mean of these."""
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
        matched = _Matches(self._retriever.late, question.text, self._catalog.tokens(ids))
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
            spans = whole_corrections(passages[i], str(document.metadata["language"]))
            for n, span in enumerate(spans):
                read = _sentence(question, document, span, centred[n], vector, idf)
                sentences.append(matched.added(read, passages[i], span))
        return _scored(question, sentences, previous)


class _Matches:
    """Adds to sentences how they match the tokens of a question."""

    def __init__(self, late: LateInteraction | None, text: str, kept: dict[int, bytes]) -> None:
        self._late = late
        self._question = late.question(text) if late else None
        self._kept = kept
        self._rows: dict[int, Matrix] = {}

    def added(self, sentence: Sentence, passage: Passage, span: Span) -> Sentence:
        """``span`` may be more than one of the passage's sentences."""
        kept = self._kept.get(passage.id)
        if self._late is None or self._question is None or not kept:
            return sentence
        if passage.id not in self._rows:
            count = len(passage.sentences)
            self._rows[passage.id] = self._late.matches(self._question, kept, count)
        within = [span.start <= own.start < span.end for own in passage.sentences]
        best = self._rows[passage.id][within].max(axis=0)
        return replace(sentence, matches=best, interaction=self._question.score(best))


def _sentence(
    question: Question,
    document: Document,
    span: Span,
    own: Matrix,
    asked: Matrix,
    idf: dict[str, float],
) -> Sentence:
    text = document.page_content[span.start : span.end]
    language = str(document.metadata["language"])
    offset = int(document.metadata["start"])
    return Sentence(
        document=document,
        text=text,
        start=offset + span.start,
        end=offset + span.end,
        cosine=float(own @ asked),
        lexical=lexical_share(idf, text),
        has_asked=has_asked_kind(question, text, language),
        certainty=certainty_of(
            text,
            language,
            partial(lexical_share, idf),
            for_words=asks_for_words(question.text, question.language),
            quoted=goes_on(document.page_content[: span.start], language),
        ),
        listed=listed_names(question, text, language),
        vector=own,
    )


def whole_corrections(passage: Passage, language: str) -> tuple[Span, ...]:
    """The passage's sentences, but one that opens a correction lasts to the passage's end.

    "An earlier version said that four …" quoted without "In fact there were three" would say the
    opposite of the article.
    """
    known = cues(language)
    end = len(passage.text.rstrip())
    return tuple(
        Span(s.start, end) if known.says_any("corrects", passage.text[s.start : s.end]) else s
        for s in passage.sentences
    )


def lexical_share(idf: dict[str, float], text: str) -> float:
    """The part of the question's words that a text has, weighted by their rarity, 0 to 1.

    Which words count as the same: ``Vocabulary``.
    """
    total = sum(idf.values())
    if not total:
        return 0.0
    vocabulary = Vocabulary.of(text)
    return sum(weight for term, weight in idf.items() if vocabulary.hints_at(term)) / total


def _with_previous(centred: Matrix, vector: Matrix) -> list[float]:
    """Cosine of each sentence together with the one before it, from their mean vector."""
    pairs = centred.copy()
    pairs[1:] += centred[:-1]
    norms = np.maximum(np.linalg.norm(pairs, axis=1), 1e-9)
    return [float(c) for c in (pairs @ vector) / norms]


def _scored(question: Question, sentences: list[Sentence], previous: list[float]) -> list[Sentence]:
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
            + _LISTED_NAME * sentence.listed
            + _OWN_LANGUAGE * (sentence.language == question.language)
            + _INTERACTION * sentence.interaction
        )
        scored.append(replace(sentence, score=score))
    return sorted(scored, key=lambda s: -s.score)
