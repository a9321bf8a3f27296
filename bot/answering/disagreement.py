"""Articles that tell the same fact otherwise: nearly six hours here, four and a half there."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

from bot.answering.evidence import Sentence
from bot.answering.question import Question
from bot.answering.stated_numbers import stated_numbers

# Cosines of two sentences from which they are about the same fact; less where the kind of number,
# a duration or an age, already says so.
_SAME_FACT = 0.72
_SAME_FACT_OF_A_KIND = 0.62
_OF_A_KIND = frozenset({"how_long", "how_old"})
_COUNTED = frozenset({"how_many", "how_long", "how_old"})
# A sentence with more numbers is about more than one fact.
_MOST_NUMBERS = 2
_MOST_SHOWN = 2


def with_other_accounts(
    question: Question, chosen: Sequence[Sentence], ranked: Sequence[Sentence]
) -> list[Sentence]:
    """The chosen sentences, and those of other articles that give another number for the same.

    Only for questions about a number. At most two more, those in the asker's language first, and
    each number once: three papers with one figure and a fourth with another are one disagreement.
    """
    if not question.asks & _COUNTED:
        return list(chosen)
    best = max(chosen, key=lambda s: s.score)
    known = _numbers(best)
    others = [
        s for s in ranked if s not in chosen and (_disagree(question, best, s) or _updates(best, s))
    ]
    others.sort(key=lambda s: (s.language != question.language, -_likeness(best, s)))
    found: list[Sentence] = []
    for other in others:
        told = _numbers(other)
        if len(found) < _MOST_SHOWN and not told <= known:
            known |= told
            found.append(other)
    return [*chosen, *found]


def articles_differ(question: Question, chosen: Sequence[Sentence]) -> bool:
    """Whether the chosen sentences of different articles give different numbers for one fact."""
    if not question.asks & _COUNTED:
        return False
    return any(_disagree(question, one, other) for one, other in combinations(chosen, 2))


def _disagree(question: Question, one: Sentence, other: Sentence) -> bool:
    """Whether two sentences tell what happened, in different articles, with different numbers."""
    least = _SAME_FACT_OF_A_KIND if question.asks & _OF_A_KIND else _SAME_FACT
    if one.place[0] == other.place[0] or _likeness(one, other) < least:
        return False
    if not (one.has_asked and other.has_asked) or "expected" in (one.certainty, other.certainty):
        return False
    mine, theirs = _numbers(one), _numbers(other)
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _updates(one: Sentence, other: Sentence) -> bool:
    """Whether a newer article says that a number has become another one: "the cost has risen from
    14.6 to 16.1 million"."""
    older, newer = (str(s.document.metadata["published"] or "") for s in (one, other))
    if not older or newer <= older or not other.has_asked or other.certainty == "expected":
        return False
    mine = _numbers(one)
    return bool(mine) and mine < _numbers(other) and _likeness(one, other) >= _SAME_FACT_OF_A_KIND


def _likeness(one: Sentence, other: Sentence) -> float:
    return float(one.vector @ other.vector)


def newest_article_first(sentences: Sequence[Sentence]) -> list[Sentence]:
    """By the date of their articles, undated ones last; reading order within an article."""
    ordered = sorted(sentences, key=lambda s: s.place)
    return sorted(ordered, key=lambda s: str(s.document.metadata["published"] or ""), reverse=True)


def _numbers(sentence: Sentence) -> set[Decimal]:
    found = stated_numbers(sentence.text, sentence.language)
    return found if len(found) <= _MOST_NUMBERS else set()
