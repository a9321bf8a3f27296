"""Whether what a sentence says of a day lies before or after it was written."""

import re
from typing import Literal

from bot.answering.answer import Certainty
from bot.answering.certainty import announces, claims
from bot.answering.cues import cues
from bot.answering.date_words import DateWords
from vectorstore.searchtext import clean

Tense = Literal["past", "coming"]

_PUNCTUATION = re.compile(r"[,;:.!?()–—«»“”]\s?")


def tense_of(
    text: str, start: int, end: int, language: str, words: DateWords, certainty: Certainty | None
) -> Tense | None:
    """The tense of the verb that the words from ``start`` to ``end`` belong to; None: undecided.

    The verb stands in the same statement, mostly before them: "said on Monday that it would close".
    ``certainty`` is the whole sentence's, for statements without a verb that we know.
    """
    opening = max((m.end() for m in _ends(text, words) if m.end() <= start), default=0)
    closing = min((m.start() for m in _ends(text, words) if m.start() >= end), default=len(text))
    before, statement = text[opening:start], text[opening:closing]
    if words.undecided.search(clean(before)) or words.undecided.search(clean(statement)):
        return None
    for part in (before, statement):
        if (tense := _tense(part, language, words)) is not None:
            return tense
    if certainty == "expected":
        return "coming"
    return _tense(text, language, words)


def _ends(text: str, words: DateWords) -> list[re.Match[str]]:
    return [*_PUNCTUATION.finditer(text), *words.parts.finditer(text)]


def _tense(text: str, language: str, words: DateWords) -> Tense | None:
    known, cleaned = cues(language), clean(text)
    if not cleaned:
        return None
    if announces(text, language) or words.coming.search(cleaned):
        return "coming"
    happened = claims(text, language) or "past" in known.asked(text)
    return "past" if happened or words.past.search(cleaned) else None
