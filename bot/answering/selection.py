"""Which sentences answer, and whether the articles tell at all.

Retrieval scores tell an off-subject question from one that is on the subject, but not a *near
miss*: the right subject, the asked-for fact absent. So the evidence itself is checked for the kind
of thing that is asked for, and its articles for the question's words (``coverage``).
"""

from collections.abc import Sequence

from langchain_core.documents import Document

from bot.answering.context import (
    announces,
    antecedents,
    continuations,
    in_reading_order,
    overlap,
    points,
)
from bot.answering.evidence import Sentence
from bot.answering.question import Question

# Of the best passage, cosine + 0.2 · lexical share: below it a question is off the subject.
OFF_SUBJECT = 0.48
# Of the best sentence, its cosine. Both were set with the golden questions to tune on.
_NOT_STATED = 0.5
# "Hello?" and "thanks!" come a little near to everything. Without a word in common, so few words
# have to come nearer.
_FEW_WORDS = 2
_NOT_STATED_FEW_WORDS = 0.58
# How much less than the best a sentence may weigh to be quoted with it: another of the same
# paragraph, one from elsewhere, one of a list.
_MARGIN = 5.0
_MARGIN_ELSEWHERE = 2.2
_MARGIN_LIST = 4.0
_MOST = 3
_MOST_OF_LIST = 6
_MOST_CONTINUATIONS = 3
# A question that takes an event for granted should be answered from reports of it where there are
# any, and one that asks what is expected from announcements.
_WRONG_TENSE = 3.5
# Kinds that leave no doubt whether a sentence has them.
_CHECKED = frozenset({"when", "how_many", "how_long", "how_old"})


def select(question: Question, ranked: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that answer, in reading order; none when the asked-for kind is missing."""
    weighed = sorted(ranked, key=lambda s: -_weight(question, s))
    if question.asks & _CHECKED:
        weighed = [s for s in weighed if s.has_asked and _near(weighed[0], s, question)]
    elif question.wants_list:
        weighed = [s for s in weighed if s.has_asked and _near(weighed[0], s, question)] or weighed
    if not weighed:
        return []
    if question.about_the_past:
        # What was announced is no evidence of what happened, and the other way round: either the
        # articles report it, or they only say what is expected.
        weighed = [s for s in weighed if announces(s) == announces(weighed[0])]
    chosen = _nearest(question, weighed)
    if question.wants_list:
        chosen += continuations(question, chosen, ranked)[:_MOST_CONTINUATIONS]
    else:
        chosen += antecedents(chosen, ranked)
    return in_reading_order([*chosen, *points(chosen, ranked)])


def _nearest(question: Question, weighed: Sequence[Sentence]) -> list[Sentence]:
    """The best sentence and those that are hardly worse, each statement once."""
    best = weighed[0]
    chosen = [best]
    for sentence in weighed[1:]:
        if len(chosen) == (_MOST_OF_LIST if question.wants_list else _MOST):
            break
        less = _weight(question, best) - _weight(question, sentence)
        if less > _margin(question, best, sentence):
            continue
        if question.wants_list and not sentence.has_asked:
            continue
        if not any(overlap(sentence, other) for other in chosen):
            chosen.append(sentence)
    return chosen


def deciding(question: Question, chosen: Sequence[Sentence]) -> Sequence[Sentence]:
    """The chosen sentences whose certainty is the answer's: of a list all, else the best one.

    What is quoted beside the best sentence has its own note.
    """
    return chosen if question.wants_list else [max(chosen, key=lambda s: _weight(question, s))]


def off_subject(documents: Sequence[Document]) -> bool:
    """Whether no passage is near enough to be about the question's subject."""
    return max((float(d.metadata["score"]) for d in documents), default=0.0) < OFF_SUBJECT


def not_stated(question: Question, ranked: Sequence[Sentence]) -> bool:
    """Whether no sentence means anything like the question."""
    few = len(question.terms) <= _FEW_WORDS and not any(s.lexical for s in ranked)
    nearest = max((s.cosine for s in ranked), default=0.0)
    return nearest < (_NOT_STATED_FEW_WORDS if few else _NOT_STATED)


def _near(best: Sentence, sentence: Sentence, question: Question) -> bool:
    return _weight(question, sentence) > _weight(question, best) - _MARGIN_LIST


def _margin(question: Question, best: Sentence, sentence: Sentence) -> float:
    """How much less than the best a sentence may weigh to be quoted beside it."""
    if question.wants_list:
        return _MARGIN_LIST
    return _MARGIN if sentence.place[:2] == best.place[:2] else _MARGIN_ELSEWHERE


def _weight(question: Question, sentence: Sentence) -> float:
    if question.about_the_past and announces(sentence):
        return sentence.score - _WRONG_TENSE
    if "future" in question.asks and not announces(sentence):
        return sentence.score - _WRONG_TENSE / 2
    return sentence.score
