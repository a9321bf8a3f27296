"""Where the sentences of a text begin and end.

sentencex (Wikimedia) never splits too little, but too much: after “Mme.”, or “18.” in German. So a
second pass joins what belongs together.
"""

import re
from collections.abc import Iterator
from functools import cache

from sentencex import get_sentence_boundaries

from vectorstore.article import Span

# Joined sentences, and quotes that sentencex keeps whole, stay below: an answer quotes sentences.
_LONGEST_JOINED = 300
# No paragraph is as long; sentencex takes quadratic time over quotes that are never closed.
_WINDOW = 10_000
# Lower case, without the last dot. Only what is no word of its language: "he told me." ends.
_ABBREVIATIONS = {
    "": "mr mrs ms dr prof vs e.g i.e approx mme mmes mlle mlles mm sra srta z.b d.h bzw u.a",
    "en": "st gen lt sgt capt maj adm rep gov rev supt messrs cf viz jan feb aug sept oct nov",
    "fr": "m me mgr pr ste p.ex env janv févr juil",
    "de": "hr fr dipl ing o.ä i.d.r ca evtl ggf vgl str mio mrd tsd bspw sog geb jan feb dez okt",
    "es": "sr srs dña excmo gral cnel lic ud uds p.ej ej ee aprox",
    "it": "sig sigg dott avv on arch geom",
    "ru": "г-н г-жа т.е т.к ул проф",
}
# Abbreviations before a number: elsewhere they are words, as in "he said no."
_NUMBERED = "no nos nr núm art arts fig vol chap cap abs p pp pág págs pag s n.º n°"
_ORDINAL_LANGUAGES = "cs da de et fi hr hu is lv nb nn no sk sl sr tr"
_ORDINAL = re.compile(r"(?<![\d.,:])\d{1,2}\.$")
_INITIAL = re.compile(r"(?:^|[\s(\"'“„«‘-])[^\W\d_]\.$")
_LAST_WORD = re.compile(r"[^\s(\"'“„«‘/]+$")
_NO_WORD = re.compile(r"[\W_]*(?:\d{1,3}|[A-Za-z]|[ivxIVX]+)?[.)\]:]*[\W_]*")
_PAIRED = re.compile(r"[\"“”„«»‹›()\[\]]")


def sentences(text: str, language: str) -> list[Span]:
    """The sentences as ranges: in order, not empty, no spaces at their ends.

    Together they cover everything in the text that is no space.
    """
    spans: list[Span] = []
    for start, end in _raw(text, language):
        if spans and _belong_together(text, spans[-1], Span(start, end), language):
            spans[-1] = Span(spans[-1].start, end)
        else:
            spans.append(Span(start, end))
    return spans


def _raw(text: str, language: str) -> list[tuple[int, int]]:
    found = []
    for start, end in _whole(text, language):
        if end - start <= _LONGEST_JOINED:
            found.append((start, end))
        else:
            # A long quote is whole for sentencex: without its marks it is sentences.
            inside = _PAIRED.sub(" ", text[start:end])
            found += _covering(text, start, end, _boundaries(inside, start, language))
    return found


def _whole(text: str, language: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        stop = start + _WINDOW
        # The last space that fits; +1 keeps it with the text before.
        stop = text.rfind(" ", start, stop) + 1 or stop if stop < len(text) else len(text)
        yield from _boundaries(text[start:stop], start, language)
        start = stop


def _boundaries(text: str, offset: int, language: str) -> list[tuple[int, int]]:
    code = language if language != "und" else "en"
    found = []
    for boundary in get_sentence_boundaries(code, text):
        start, end = boundary["start_index"], boundary["end_index"]
        part = text[start:end]
        if stripped := part.strip():
            start += len(part) - len(part.lstrip())
            found.append((offset + start, offset + start + len(stripped)))
    return found


def _covering(
    text: str, start: int, end: int, parts: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The parts, stretched over the marks that were masked between them."""
    found = []
    for i, (_, stop) in enumerate(parts):
        last = i == len(parts) - 1
        # Closing marks belong to the sentence before them, opening ones to the one after.
        while not last and stop < parts[i + 1][0] and not text[stop].isspace():
            stop += 1
        stop = end if last else stop
        piece = text[start:stop]
        found.append((start + len(piece) - len(piece.lstrip()), stop))
        start = stop
    return found or [(start, end)]


def _belong_together(text: str, before: Span, after: Span, language: str) -> bool:
    if after.end - before.start > _LONGEST_JOINED:
        return False
    first, second = text[before.start : before.end], text[after.start : after.end]
    glued = before.end == after.start and first.endswith(".")
    if glued or _NO_WORD.fullmatch(first) or not any(c.isalnum() for c in second):
        return True
    if _begins_small(second) or (language == "ja" and first[-1] in "」』" and second[0] == "と"):
        return True
    if not first.endswith("."):
        return False
    last_word = _LAST_WORD.search(first)
    word = last_word.group().lower().rstrip(".") if last_word else ""
    return (
        word in _abbreviations(language)
        or (word in _NUMBERED.split() and second[0].isdigit())
        or bool(_INITIAL.search(first))
        or (language in _ORDINAL_LANGUAGES.split() and bool(_ORDINAL.search(first)))
    )


@cache
def _abbreviations(language: str) -> frozenset[str]:
    return frozenset(f"{_ABBREVIATIONS['']} {_ABBREVIATIONS.get(language, '')}".split())


def _begins_small(text: str) -> bool:
    letter = next((c for c in text if c.isalnum()), "")
    return letter.islower()
