"""By which words a sentence says that it is somebody else who says so.

The tables are in ``claims.toml``, over the text folded letter by letter, so that what is found can
be pointed at in the text as it stands. A language that has no table has no such words.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from bot.answering import data

Kind = Literal["says", "source", "trails", "hearsay", "quotation"]

_WORD_KINDS: tuple[Kind, ...] = ("says", "source", "trails", "hearsay")
_UNSPACED = frozenset({"zh"})
_NEVER = re.compile(r"(?!)")
# Of these a German text ends with “ and « what others begin with them.
_QUOTATION = re.compile(
    r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|„([^„“”]+)[“”]|»([^«»]+)«|‘([^‘]+?)’(?!\w)"
)
_OPENED = re.compile(r"[“\"«„»‘]([^“”\"«»]+)$")
_CLOSED = re.compile(r"^([^“”\"«»„]+)(?:[”»]|\"(?=[^\"]*$))")
# By which a quotation begins and ends, where the two differ.
_MARKS = {"de": ("„»", "“«")}
_USUAL_MARKS = ("“«", "”»")
_SENTENCE_WORDS = 5
_PHRASE_WORDS = 2


@dataclass(frozen=True, slots=True)
class Attribution:
    """Words that attribute, from ``start`` to ``end`` of the text as it stands."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Speech:
    """The compiled tables of one language; patterns that it lacks match nothing."""

    kinds: dict[Kind, re.Pattern[str]]
    asks: re.Pattern[str]
    denied: re.Pattern[str]
    unsaid: re.Pattern[str]
    that: re.Pattern[str]
    pronoun: re.Pattern[str]
    article: re.Pattern[str]


@lru_cache(maxsize=4096)
def attributions(text: str, language: str) -> tuple[Attribution, ...]:
    """All of a sentence, in reading order."""
    known = speech(language)
    folded = aligned(text)
    for pattern in (known.denied, known.unsaid):
        folded = pattern.sub(lambda m: " " * len(m[0]), folded)
    found = [
        Attribution(kind, m.start(), m.end())
        for kind, pattern in known.kinds.items()
        for m in pattern.finditer(folded)
    ]
    if known.kinds:
        found += [Attribution("quotation", *span) for span in _quotations(text)]
    return tuple(sorted(found, key=lambda a: (a.start, -a.end)))


def aligned(text: str) -> str:
    """Without accents, letter by letter: what stands at a place stands there in the text too."""
    return "".join(map(_plain, text))


def goes_on(before: str, language: str) -> bool:
    """Whether a quotation that began in what stands before a sentence has not ended there."""
    begins, ends = _MARKS.get(language, _USUAL_MARKS)
    opened = sum(map(before.count, begins)) - sum(map(before.count, ends))
    return opened > 0 or before.count('"') % 2 == 1


def asks_for_words(question: str, language: str) -> bool:
    """Whether a question asks what somebody says or thinks: "… according to the mayor"."""
    asked = speech(language).asks.search(aligned(question)) is not None
    return asked or bool(attributions(question, language))


def before_unsaid(text: str, language: str) -> str:
    """A sentence without what somebody did not say: "The council did not say who will pay"."""
    unsaid = speech(language).unsaid.search(aligned(text))
    return text[: unsaid.start()] if unsaid else text


def speech(language: str) -> Speech:
    """The tables of a language (ISO 639-1); empty ones where we have none."""
    return _tables().get(language) or Speech({}, *[_NEVER] * 6)


def _quotations(text: str) -> list[tuple[int, int]]:
    """What is quoted of somebody, not titles and names in quotation marks."""
    spans = [
        (m.start(), m.end()) for m in _QUOTATION.finditer(text) if _is_spoken(m[m.lastindex or 0])
    ]
    rest = _QUOTATION.sub(lambda m: " " * len(m[0]), text)
    if (opened := _OPENED.search(rest)) and _is_spoken(opened[1]):
        spans.append((opened.start(), opened.end()))
    if (closed := _CLOSED.match(rest)) and _is_spoken(closed[1]):
        spans.append((0, closed.end()))
    return spans


def _is_spoken(quoted: str) -> bool:
    words = quoted.split()
    if len(words) >= _SENTENCE_WORDS:
        return True
    ends = quoted.rstrip()[-1:] in ".,!?…" and len(words) >= _PHRASE_WORDS
    return ends or (len(words) >= _PHRASE_WORDS and words[0][:1].islower())


@cache
def _plain(character: str) -> str:
    if character in "’ʼ":
        return "'"
    if character == "ß":
        return "s"
    if character.isspace():
        return " "
    kept = [c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c)]
    return kept[0] if len(kept) == 1 else character


@cache
def _tables() -> dict[str, Speech]:
    return {name: _compiled(name, table) for name, table in data.table("claims.toml").items()}


def _compiled(language: str, table: dict[str, str]) -> Speech:
    before, after = ("", "") if language in _UNSPACED else (r"(?<!\w)", r"(?!\w)")

    def pattern(name: str) -> re.Pattern[str]:
        if not (words := table.get(name)):
            return _NEVER
        # What ends in an apostrophe ("d'", "qu'") or an opening mark runs into the next word.
        return re.compile(rf"{before}(?:{words})(?:{after}|(?<=['’:,\"“‘«]))", re.IGNORECASE)

    kinds = {kind: pattern(kind) for kind in _WORD_KINDS if kind in table}
    rest = ("asks", "denied", "unsaid", "that", "pronoun", "article")
    return Speech(kinds, *(pattern(name) for name in rest))
