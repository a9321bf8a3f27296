"""The best sentences read together with the question, by the reader.

It sees what comparing can't: whether the fact that is asked for is in a sentence that has its
subject, its names and its kind of thing.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.answering.context import announces, introduces
from bot.answering.evidence import Place, Sentence
from bot.answering.question import Question
from vectorstore import Readable, Reader

# Reading takes as long as embedding a passage does, so the passages of the best sentences are read
# first, some at once, and others only while the answer is not among these.
_AT_ONCE = 2
_MOST = 6
_ENOUGH = -1.0
# What is added to a score for each of the log odds; and what those count as that are not known.
_ODDS = 0.7
_UNREAD = -4.0
# A third of what the reader was trained with were near misses, and people ask fewer: only what it
# doubts much is refused. What it is sure of need not have the question's words.
_DOUBTED = -6.0
_FOUND = 2.0


def read_closely(
    question: Question, ranked: Sequence[Sentence], reader: Reader | None
) -> list[Sentence]:
    """The same sentences, best first, with what the reader makes of those of the best passages.

    Raises:
        EmbeddingsError: it fails on a text.
    """
    if reader is None:
        return list(ranked)
    odds = _odds(question, _by_passage(ranked), reader)
    judged = [
        replace(s, odds=odds.get(s.place), score=s.score + _ODDS * odds.get(s.place, _UNREAD))
        for s in ranked
    ]
    return sorted(judged, key=lambda s: -s.score)


def _by_passage(ranked: Sequence[Sentence]) -> list[list[Sentence]]:
    """The sentences of each passage in its order; that of the best one first."""
    passages: dict[str, list[Sentence]] = {}
    for sentence in ranked:
        passages.setdefault(str(sentence.document.id), []).append(sentence)
    return [sorted(own, key=lambda s: s.start) for own in passages.values()]


def _odds(
    question: Question, passages: Sequence[Sequence[Sentence]], reader: Reader
) -> dict[Place, float]:
    known: dict[Place, float] = {}
    for start in range(0, _MOST, _AT_ONCE):
        part = passages[start : start + _AT_ONCE]
        read = reader.read(question.text, [_readable(passage) for passage in part])
        known |= {
            sentence.place: float(value)
            for passage, values in zip(part, read, strict=True)
            for sentence, value in zip(passage, values, strict=True)
            # The points after a colon may stand in other paragraphs, which are not read with it.
            if not introduces(sentence.text)
        }
        if max(known.values(), default=_UNREAD) >= _ENOUGH:
            break
    return known


def doubted(question: Question, chosen: Sequence[Sentence]) -> bool:
    """Whether the reader, where it has read any of them, finds the answer in none.

    That people are expected is no answer to who came, for a reader; here it is one.
    """
    if question.about_the_past and any(map(announces, chosen)):
        return False
    odds = [s.odds for s in chosen if s.odds is not None]
    return bool(odds) and max(odds) < _DOUBTED


def found(sentences: Sequence[Sentence]) -> bool:
    """Whether the reader is sure that one of them answers."""
    return any(s.odds is not None and s.odds >= _FOUND for s in sentences)


def _readable(sentences: Sequence[Sentence]) -> Readable:
    title = str(sentences[0].document.metadata["title"])
    return Readable(title, tuple(s.text for s in sentences))
