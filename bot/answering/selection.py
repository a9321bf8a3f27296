"""Which sentences answer, and whether the articles tell at all.

Retrieval scores tell an off-subject question from one that is on the subject, but not a *near
miss*: the right subject, the asked-for fact absent. So the evidence itself is checked for the kind
of thing that is asked for, and its articles for the question's words (``coverage``).
"""

import re
from collections.abc import Sequence

from langchain_core.documents import Document

from bot.answering.asked import office
from bot.answering.context import (
    announces,
    antecedents,
    continuations,
    counted_out,
    further_words,
    in_reading_order,
    overlap,
    points,
)
from bot.answering.evidence import Sentence
from bot.answering.question import Question
from bot.answering.reading import found

# Of the best passage, cosine + 0.2 · lexical share: below it a question is off the subject.
OFF_SUBJECT = 0.48
# Of the nearest sentence, its cosine; below the second figure one has to have the question's words,
# by late interaction. All were set with the golden questions to tune on.
_NOT_STATED = 0.46
_HARDLY_STATED = 0.5
_HAS_THE_WORDS = 0.48
# "Hello?" and "thanks!" come a little near to everything. Without a word in common, so few words
# have to come nearer.
_FEW_WORDS = 2
_NOT_STATED_FEW_WORDS = 0.54
# How much less than the best a sentence may weigh to be quoted with it: another of the same
# paragraph, one from elsewhere in the article, from another article, one of a list.
_MARGIN = 8.0
_MARGIN_ELSEWHERE = 4.0
_MARGIN_OTHER_ARTICLE = 3.0
_MARGIN_LIST = 3.0
_MARGIN_CHECKED = 2.0
_MARGIN_BESIDE = 4.0
_MOST = 3
_MOST_OF_LIST = 6
_MOST_CONTINUATIONS = 3
# A question that takes an event for granted should be answered from reports of it where there are
# any, and one that asks what is expected from announcements.
_ONLY_ANNOUNCED = 3.0
# A list that is only announced is named in full where a report of something else names a few.
_ONLY_ANNOUNCED_LIST = 0.5
_ALREADY_REPORTED = 1.5
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# Kinds that leave no doubt whether a sentence has them.
_CHECKED = frozenset({"when", "how_many", "how_long", "how_old", "money", "name"})


def select(question: Question, ranked: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that answer, in reading order; none when the asked-for kind is missing."""
    weighed = sorted(ranked, key=lambda s: -_weight(question, s))
    if question.asks & _CHECKED:
        weighed = [
            s
            for s in weighed
            if _has_asked(s) and _of_the_year(question, s) and _near_without(weighed, s, question)
        ]
    elif question.wants_list or office(question):
        weighed = [s for s in weighed if s.has_asked and _near(weighed[0], s, question)] or weighed
    if not weighed:
        return []
    if question.about_the_past:
        # What was announced is no evidence of what happened, and the other way round: either the
        # articles report it, or they only say what is expected.
        weighed = [s for s in weighed if announces(s) == announces(weighed[0])]
    elif question.wants_list and "future" in question.asks and announces(weighed[0]):
        weighed = [s for s in weighed if announces(s)]
    chosen = _nearest(question, weighed)
    if question.wants_list:
        chosen += counted_out(question, chosen, ranked)
        chosen += continuations(chosen, ranked)[:_MOST_CONTINUATIONS]
    else:
        if "said" in question.asks:
            chosen += further_words(chosen[:1], ranked)
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
    if found(ranked) and not few:
        return False
    if nearest < _HARDLY_STATED and all(s.interaction < _HAS_THE_WORDS for s in ranked):
        return True
    return nearest < (_NOT_STATED_FEW_WORDS if few else _NOT_STATED)


def _has_asked(sentence: Sentence) -> bool:
    """Whether it has the kind of thing that is asked for, by its words or by the reader."""
    return sentence.has_asked or found([sentence])


def _near(best: Sentence, sentence: Sentence, question: Question) -> bool:
    return _weight(question, sentence) > _weight(question, best) - _MARGIN_LIST


def _of_the_year(question: Question, sentence: Sentence) -> bool:
    """Whether a number may be of the year that a question names: told with it, or in an article of
    that year or of none."""
    years = set(YEAR.findall(question.text))
    published = str(sentence.document.metadata["published"] or "")
    if not years or not published or published[:4] in years:
        return True
    return not years.isdisjoint(YEAR.findall(sentence.text))


def _near_without(ranked: Sequence[Sentence], sentence: Sentence, question: Question) -> bool:
    """Whether a sentence would be near the best if nothing in particular was asked for.

    A number that stands just anywhere is not the one that is asked for.
    """
    plain = {id(s): _weight(question, s) - s.for_kind for s in ranked}
    best = max(ranked, key=lambda s: plain[id(s)])
    beside = best.place[:2] == sentence.place[:2]
    # A follow-up has words of the question before, which its own answer need not have.
    leans = question.asks & {"leans_back", "points_back"}
    margin = _MARGIN_BESIDE if beside or leans else _MARGIN_CHECKED
    return plain[id(sentence)] > plain[id(best)] - margin


def _margin(question: Question, best: Sentence, sentence: Sentence) -> float:
    """How much less than the best a sentence may weigh to be quoted beside it."""
    if question.wants_list:
        return _MARGIN_LIST
    if sentence.place[:2] == best.place[:2]:
        return _MARGIN
    return _MARGIN_ELSEWHERE if sentence.place[0] == best.place[0] else _MARGIN_OTHER_ARTICLE


def _weight(question: Question, sentence: Sentence) -> float:
    if question.about_the_past and announces(sentence):
        return sentence.score - (_ONLY_ANNOUNCED_LIST if question.wants_list else _ONLY_ANNOUNCED)
    if "future" in question.asks and not announces(sentence):
        return sentence.score - _ALREADY_REPORTED
    return sentence.score
