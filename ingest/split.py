"""Paragraphs to Passages: what is embedded, found and quoted."""

import re
from collections.abc import Iterable, Iterator

from ingest.document import says_something
from ingest.sentences import sentences
from vectorstore import Passage, Span

# About 300 tokens of multilingual-e5: 4 characters a token, in unspaced scripts a bit more than 1.
_LONGEST = 1200
_UNSPACED_WEIGHT = 3
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
)


def split(paragraphs: Iterable[str], language: str) -> list[Passage]:
    """The passages of an article in reading order.

    ``paragraph[start : start + len(text)] == text`` for each; a paragraph of up to 1,200 characters
    (400 in scripts without spaces) is one passage, a longer one is parted at sentence ends. What
    has no letter or digit is no passage, but its paragraph is counted.
    """
    return [
        passage
        for number, paragraph in enumerate(paragraphs, 1)
        for passage in _passages(number, paragraph, language)
        if says_something(passage.text)
    ]


def _passages(number: int, paragraph: str, language: str) -> Iterator[Passage]:
    spans = [
        piece
        for span in sentences(paragraph, language)
        for piece in _no_longer_than_a_passage(paragraph, span)
    ]
    for group in _groups(paragraph, spans):
        start, end = group[0].start, group[-1].end
        inside = tuple(Span(s.start - start, s.end - start) for s in group)
        yield Passage(number, start, paragraph[start:end], inside)


def _groups(paragraph: str, spans: list[Span]) -> Iterator[list[Span]]:
    """Neighbouring sentences in parts of about equal length, none longer than a passage."""
    total = weight(paragraph)
    share = total / max(1, -(-total // _LONGEST))
    group: list[Span] = []
    for span in spans:
        if group:
            reached = weight(paragraph[group[0].start : group[-1].end])
            with_it = weight(paragraph[group[0].start : span.end])
            # Whichever end is nearer to an equal share.
            if with_it > _LONGEST or reached + with_it >= 2 * share:
                yield group
                group = []
        group.append(span)
    if group:
        yield group


def _no_longer_than_a_passage(paragraph: str, span: Span) -> Iterator[Span]:
    """The sentence, or its parts: cut at the last space that fits, or in a word without any."""
    start = span.start
    while (fits := _fitting(paragraph, start, span.end)) < span.end:
        space = max(paragraph.rfind(c, start + 1, fits + 1) for c in " \u3000\n\t")
        cut = space if space > start else fits
        yield Span(start, start + len(paragraph[start:cut].rstrip()))
        start = cut
        # A sentence never ends in space, so this stops inside it.
        while paragraph[start].isspace():
            start += 1
    yield Span(start, span.end)


def _fitting(paragraph: str, start: int, stop: int) -> int:
    """The last end, up to ``stop``, of a part from ``start`` that is no longer than a passage."""
    end = min(start + _LONGEST, stop)
    while (over := weight(paragraph[start:end]) - _LONGEST) > 0:
        end -= max(1, over // _UNSPACED_WEIGHT)
    return end


def weight(text: str) -> int:
    """The length of a text in characters of a script with spaces."""
    return len(text) + (_UNSPACED_WEIGHT - 1) * len(_UNSPACED.findall(text))
