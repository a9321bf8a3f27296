"""From retrieved passages to the sentences that answer.

A sentence is scored by what it means (its vector against the question's), by the question's words
that it or its neighbours have, and by whether it has the kind of thing that is asked for. The
sentence vectors were made at ingest.
"""

from collections.abc import Mapping, Sequence
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

# The weights are those of a conditional logit, fitted to which sentences answer the questions to
# tune on, one set of articles held out in turn; rounded. A sentence should be nearer to the
# question than its passage as a whole, and have the words that the article's lead lacks: what the
# lead has, all of the article is about. `python -m evaluation` measures.
_COSINE = 32.0
_PASSAGE = -15.0
_LEXICAL = 3.5
_CUE = 2.75
_LISTED = 0.85
_INTERACTION = -13.5
_BEYOND_LEAD = 16.5
# Of it and the one before: whom "she" means stands there.
_BEYOND_LEAD_WITH_PREVIOUS = 13.0


Place = tuple[str, int, int]
"""Article, paragraph and offset: sorts sentences of an article in reading order."""


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
    """How many answers it may give to "who" or to a question for a list, up to 4."""
    vector: Matrix = field(repr=False, compare=False)
    """Centred, unit length."""
    matches: Matrix | None = field(repr=False, compare=False, default=None)
    """How near each token of the question comes to one of the sentence; None where the model shows
    no tokens."""
    word_matches: Mapping[str, float] = field(repr=False, compare=False, default_factory=dict)
    """The same by the question's folded words."""
    interaction: float = 0.0
    """The mean of these."""
    beyond_lead: float = 0.0
    """The same, a word counting the less the better the article's lead has it."""
    beyond_lead_with_previous: float = 0.0
    """The same of this sentence and the one before together."""
    odds: float | None = None
    """Log odds that it answers, against that nothing in its passage does; None where the reader has
    not read it."""
    score: float = 0.0

    @property
    def for_kind(self) -> float:
        """The part of the score that it has for the kind of thing that is asked for."""
        return _CUE * self.has_asked + _LISTED * self.listed

    @property
    def language(self) -> str:
        return str(self.document.metadata["language"])

    @property
    def place(self) -> Place:
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
        leads = self._catalog.leads({str(d.metadata["article_id"]) for d in documents})
        kept = self._catalog.tokens({*ids, *(lead.id for lead in leads.values())})
        matched = _Matches(self._retriever.late, question.text, kept, leads)
        vectors = self._catalog.vectors(ids)
        sentences: list[Sentence] = []
        for document, i in zip(documents, ids, strict=True):
            # Removed by another process since it was retrieved: gone is gone.
            if i not in passages or i not in vectors:
                continue
            stored = vectors[i]
            raw = stored.sentences if len(stored.sentences) else stored.passage[np.newaxis]
            centred = self._retriever.centring.passages(raw)
            spans = whole_corrections(passages[i], str(document.metadata["language"]))
            for n, span in enumerate(spans):
                read = _sentence(question, document, span, centred[n], vector, idf)
                sentences.append(matched.added(read, passages[i], span))
        return _scored(sentences)


class _Matches:
    """Adds to sentences how they match the tokens of a question."""

    def __init__(
        self,
        late: LateInteraction | None,
        text: str,
        kept: Mapping[int, bytes],
        leads: Mapping[str, Passage],
    ) -> None:
        """``kept`` has the tokens of passages, those of ``leads``, by article, among them."""
        self._late = late
        self._question = late.question(text) if late else None
        self._kept = kept
        self._leads = leads
        self._rows: dict[int, Matrix] = {}
        self._known: dict[str, Matrix | None] = {}

    def added(self, sentence: Sentence, passage: Passage, span: Span) -> Sentence:
        """``span`` may be more than one of the passage's sentences."""
        asked, rows = self._question, self._rows_of(passage)
        if asked is None or rows is None:
            return sentence
        within = [
            n for n, own in enumerate(passage.sentences) if span.start <= own.start < span.end
        ]
        best = rows[within].max(axis=0)
        both = rows[max(0, within[0] - 1) : within[-1] + 1].max(axis=0)
        known = self._known_of(passage.article_id)
        return replace(
            sentence,
            matches=best,
            word_matches=dict(zip(asked.words, asked.by_word(best).tolist(), strict=True)),
            interaction=asked.score(best),
            beyond_lead=asked.score(best, known),
            beyond_lead_with_previous=asked.score(both, known),
        )

    def _known_of(self, article: str) -> Matrix | None:
        """How well its lead has each token of the question."""
        if article not in self._known:
            lead = self._rows_of(self._leads.get(article))
            self._known[article] = None if lead is None else lead.max(axis=0)
        return self._known[article]

    def _rows_of(self, passage: Passage | None) -> Matrix | None:
        kept = self._kept.get(passage.id) if passage else None
        if self._late is None or self._question is None or passage is None or not kept:
            return None
        if passage.id not in self._rows:
            count = len(passage.sentences)
            self._rows[passage.id] = self._late.matches(self._question, kept, count)
        return self._rows[passage.id]


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


def _scored(sentences: Sequence[Sentence]) -> list[Sentence]:
    scored = [
        replace(
            s,
            score=_COSINE * s.cosine
            + _PASSAGE * float(s.document.metadata["cosine"])
            + _LEXICAL * s.lexical
            + s.for_kind
            + _INTERACTION * s.interaction
            + _BEYOND_LEAD * s.beyond_lead
            + _BEYOND_LEAD_WITH_PREVIOUS * s.beyond_lead_with_previous,
        )
        for s in sentences
    ]
    return sorted(scored, key=lambda s: -s.score)
