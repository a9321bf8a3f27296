"""What belongs to a chosen sentence: the one it leans on, those that carry it on."""

import re
from collections.abc import Sequence

from bot.answering.asked import ARTICLES
from bot.answering.cues import cues
from bot.answering.evidence import Sentence
from bot.answering.question import Question
from bot.answering.vocabulary import Vocabulary
from vectorstore.searchtext import words

_LOOKED_AHEAD = 4
_PARAGRAPHS_AHEAD = 2
_LISTS_CARRIED_ON = 2
MOST_POINTS = 4
# Cosine of two sentences that state the same, in one language or two.
SAME_STATEMENT = 0.78
# Items of an enumeration; things that an article may count and then name; the words at the head of
# a question that say what it asks for.
_ENUMERATION = 2
_MOST_COUNTED = 20
_ASKED_FOR = 2
_NUMBER = re.compile(r"\d+")


def antecedents(chosen: Sequence[Sentence], ranked: Sequence[Sentence]) -> list[Sentence]:
    """The sentences just before those that begin with "He" or "These", in the same paragraph."""
    found: list[Sentence] = []
    for sentence in (s for s in chosen if cues(s.language).leans(s.text)):
        earlier = [
            s for s in ranked if s.place[:2] == sentence.place[:2] and s.end <= sentence.start
        ]
        if earlier:
            last = max(earlier, key=lambda s: s.start)
            _add(found, last, chosen)
    return found


def further_words(chosen: Sequence[Sentence], ranked: Sequence[Sentence]) -> list[Sentence]:
    """What the same one goes on to say: words of somebody that stand right behind others."""
    found: list[Sentence] = []
    for start in (s for s in chosen if s.certainty == "claimed"):
        following = [
            s
            for s in ranked
            if s.place[:2] == start.place[:2] and s.start >= start.end and s.certainty == "claimed"
        ]
        if following:
            nearest = min(following, key=lambda s: s.start)
            _add(found, nearest, chosen)
    return found


def continuations(chosen: Sequence[Sentence], ranked: Sequence[Sentence]) -> list[Sentence]:
    """Sentences that carry a list on: "Besides her, … is expected at these talks".

    They name others but not what they are asked about, so their own score is low. They stand just
    after a chosen sentence and are as certain as it.
    """
    found: list[Sentence] = []
    for start in chosen[:_LISTS_CARRIED_ON]:
        for sentence in _following(start, ranked)[:_LOOKED_AHEAD]:
            if _carries_on(start, sentence):
                _add(found, sentence, chosen)
    return found


def counted_out(
    question: Question, chosen: Sequence[Sentence], ranked: Sequence[Sentence]
) -> list[Sentence]:
    """What follows a sentence that only counts what is asked for: "three paintings", which the next
    sentence names."""
    found: list[Sentence] = []
    for start in (s for s in chosen if s.listed < _ENUMERATION and _counts_asked(question, s)):
        for sentence in _following(start, ranked)[:_LOOKED_AHEAD]:
            if sentence.place[1] > start.place[1] + 1:
                break
            if sentence.listed >= _ENUMERATION or introduces(sentence.text):
                _add(found, sentence, chosen)
                break
    return found


def _counts_asked(question: Question, sentence: Sentence) -> bool:
    """Whether a sentence has a number of what a question asks for: "three paintings"."""
    asked = question.terms[:_ASKED_FOR]
    told = words(sentence.text)
    numbers = {*cues(sentence.language).found("number", sentence.text)} - ARTICLES
    for n, word in enumerate(told):
        if word in numbers or (word.isdecimal() and 1 < int(word) <= _MOST_COUNTED):
            counted = Vocabulary.of(" ".join(told[n + 1 : n + 3]))
            if any(counted.has(term) for term in asked):
                return True
    return False


def _carries_on(start: Sentence, sentence: Sentence) -> bool:
    near = sentence.place[1] - start.place[1] <= _PARAGRAPHS_AHEAD
    alike = announces(sentence) == announces(start)
    points = cues(sentence.language).says_any("continues", sentence.text)
    # Who is expected is listed to its end, also for a question that takes the event for granted.
    return near and alike and sentence.has_asked and (points or announces(sentence))


def in_reading_order(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Articles in the order of their best sentence, each read from its top."""
    articles = list(dict.fromkeys(s.place[0] for s in sentences))
    return sorted(sentences, key=lambda s: (articles.index(s.place[0]), *s.place[1:]))


def overlap(one: Sentence, other: Sentence) -> bool:
    """The same twice: as told by two articles, or within a correction that is quoted whole."""
    if one.text == other.text:
        return True
    if one.place[0] != other.place[0] and float(one.vector @ other.vector) > SAME_STATEMENT:
        return _numbers(one) == _numbers(other)
    same_paragraph = one.place[:2] == other.place[:2]
    return same_paragraph and one.start < other.end and other.start < one.end


def _numbers(sentence: Sentence) -> set[str]:
    return set(_NUMBER.findall(sentence.text))


def announces(sentence: Sentence) -> bool:
    return sentence.certainty == "expected"


def introduces(text: str) -> bool:
    """Whether a text ends with a colon: what it says is in what follows."""
    return text.rstrip().endswith((":", "："))


def points(chosen: Sequence[Sentence], ranked: Sequence[Sentence]) -> list[Sentence]:
    """What follows a chosen sentence that ends with a colon: the points that it introduces."""
    found: list[Sentence] = []
    for start in (s for s in chosen if introduces(s.text)):
        last = start.place[1]
        for sentence in _following(start, ranked)[:MOST_POINTS]:
            if sentence.place[1] > last + 1:
                break
            last = sentence.place[1]
            _add(found, sentence, chosen)
    return found


def _following(start: Sentence, ranked: Sequence[Sentence]) -> list[Sentence]:
    """Those that were read behind a sentence in its article, in reading order."""
    after = (s for s in ranked if s.place[0] == start.place[0] and s.place > start.place)
    return sorted(after, key=lambda s: s.place)


def _add(found: list[Sentence], sentence: Sentence, chosen: Sequence[Sentence]) -> None:
    """Add a sentence, unless it is chosen or found already."""
    if not any(overlap(sentence, other) for other in [*chosen, *found]):
        found.append(sentence)
